"""What people write as a path."""

from __future__ import annotations

import os
from pathlib import Path

NOBODY = "this machine knows no such user, or no home folder of it"


def with_home(path: str | Path) -> Path:
    """A path with a user's home folder in place of "~".

    Of a user that is not there it is what was written, at which there is nothing:
    unlike ``Path.expanduser`` this never raises.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111


def is_of_nobody(path: str) -> bool:
    """Whether a path is below the home folder of a user that is not there."""
    return path.startswith("~") and str(with_home(path)).startswith("~")
