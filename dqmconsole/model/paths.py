"""What people write as a path."""

from __future__ import annotations

import os
from pathlib import Path


def with_home(path: str | Path) -> Path:
    """A path with a user's home folder in place of "~".

    Of a user that is not there it is what was written, at which there is nothing:
    unlike ``Path.expanduser`` this never raises.
    """
    return Path(os.path.expanduser(path))  # noqa: PTH111
