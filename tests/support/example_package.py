"""The example package, built and installed into a folder."""

from __future__ import annotations

import functools
import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from support.waiting import PATIENCE

PACKAGE = Path(__file__).parents[1] / "example_package"
_BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"


@functools.cache
def _wheel() -> bytes:
    """The package, built once for all tests of a process."""
    with tempfile.TemporaryDirectory() as folder:
        copy, wheels = Path(folder) / "copy", Path(folder) / "wheels"
        shutil.copytree(PACKAGE, copy)  # building writes into it
        wheels.mkdir()
        subprocess.run(
            [sys.executable, "-c", _BUILD, str(wheels)],
            cwd=copy,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
        )
        (wheel,) = wheels.glob("*.whl")
        return wheel.read_bytes()


def installed(folder: Path) -> Path:
    """Where it is installed, to be put on the path of Python.

    Args:
        folder: an empty folder.
    """
    home = folder / "installed"
    with zipfile.ZipFile(io.BytesIO(_wheel())) as archive:
        archive.extractall(home)
    return home
