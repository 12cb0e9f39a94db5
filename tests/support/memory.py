"""A folder in memory: what is written there waits for no disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_FOLDER = Path("/dev/shm")


def folder_in_memory(room: int) -> str | None:
    """It, where there is one with so many bytes free; else None."""
    if os.access(_FOLDER, os.W_OK) and shutil.disk_usage(_FOLDER).free > room:
        return str(_FOLDER)
    return None
