"""The example package, built and installed into a folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "example_package"
_BUILD = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"


def installed(folder: Path) -> Path:
    """Where it is installed, to be put on the path of Python.

    Args:
        folder: an empty folder.
    """
    copy, wheels, home = folder / "copy", folder / "wheels", folder / "installed"
    shutil.copytree(PACKAGE, copy)  # building writes into it
    wheels.mkdir()
    subprocess.run(
        [sys.executable, "-c", _BUILD, str(wheels)],
        cwd=copy,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=60,
    )
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    return home
