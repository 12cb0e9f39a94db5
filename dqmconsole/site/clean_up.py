"""Files that are half written, and what a process that died left of them."""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_AFTER = 60.0  # s


def half_of(path: Path) -> Path:
    """Where this process writes a file until it is whole."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def remove_leavings(folder: Path, suffix: str) -> None:
    """Remove the halves that processes left which are no more.

    Those of the last minute stay: on a shared disk it may be another computer's
    process. What cannot be removed stays without a word.

    Args:
        folder: where to look.
        suffix: how the names of the whole files end, ".dqmevidence".
    """
    half = re.compile(rf"\..+{re.escape(suffix)}\.(\d{{1,9}})\.tmp")
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            found = half.fullmatch(path.name)
            if found is None or _is_alive(int(found[1])):
                continue
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _LEFT_AFTER:
                    path.unlink()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
