"""Whether a window can be shown here, found out before Qt can abort the process."""

from __future__ import annotations

import ctypes
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from dqmconsole.app.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping


class SystemLibrary(NamedTuple):
    """A library Qt needs from the system, and the packages that bring it."""

    soname: str
    debian: str
    el: str


# What Qt's GUI module links to, window or not.
QT_NEEDS = (
    SystemLibrary("libEGL.so.1", "libegl1", "libglvnd-egl"),
    SystemLibrary("libGL.so.1", "libgl1", "libglvnd-glx"),
    SystemLibrary("libfontconfig.so.1", "libfontconfig1", "fontconfig"),
    SystemLibrary("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon"),
    SystemLibrary("libglib-2.0.so.0", "libglib2.0-0", "glib2"),
    SystemLibrary("libdbus-1.so.3", "libdbus-1-3", "dbus-libs"),
)
# What its X11 platform plugin links to besides.
X11_NEEDS = (
    SystemLibrary("libX11-xcb.so.1", "libx11-xcb1", "libX11-xcb"),
    SystemLibrary("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor"),
    SystemLibrary("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm"),
    SystemLibrary("libxcb-image.so.0", "libxcb-image0", "xcb-util-image"),
    SystemLibrary("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms"),
    SystemLibrary(
        "libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil"
    ),
    SystemLibrary("libxcb-shape.so.0", "libxcb-shape0", "libxcb"),
    SystemLibrary("libxcb-util.so.1", "libxcb-util1", "xcb-util"),
    SystemLibrary("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb"),
    SystemLibrary("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11"),
)
WITHOUT_DISPLAY = 15.0  # s that a window offscreen is kept, where nothing else is said
OFFSCREEN_SIZE = (1920, 1080)  # pixels
_X_PORT = 6000
_SOCKETS = Path("/tmp/.X11-unix")


class DisplayError(ValueError):
    """No window can be shown; the message says in one line what would help."""


def missing_libraries(needs: tuple[SystemLibrary, ...]) -> tuple[SystemLibrary, ...]:
    """Those of `needs` that the system's loader does not find."""
    return tuple(library for library in needs if not _loads(library.soname))


def install_line(missing: tuple[SystemLibrary, ...]) -> str:
    """One line that names what is missing and how to install it."""
    names = ", ".join(library.soname for library in missing)
    debian = " ".join(sorted({library.debian for library in missing}))
    el = " ".join(sorted({library.el for library in missing}))
    return (
        f"missing {names}: on Debian 'apt-get install {debian}', "
        f"on EL 'dnf install {el}'"
    )


def why_no_window(environment: Mapping[str, str] = os.environ) -> str:
    """Why no window can be shown here; "" when one can.

    Raises:
        DisplayError: Qt cannot even draw without a window, for the reason given.
    """
    missing = missing_libraries(QT_NEEDS)
    if missing:
        raise DisplayError(install_line(missing))
    platform = environment.get("QT_QPA_PLATFORM", "")
    if platform:
        return "" if platform != "offscreen" else "QT_QPA_PLATFORM is offscreen"
    if environment.get("WAYLAND_DISPLAY"):
        return ""
    display = environment.get("DISPLAY", "")
    if not display:
        return "no display (DISPLAY and WAYLAND_DISPLAY are not set)"
    missing = missing_libraries(X11_NEEDS)
    if missing:
        return install_line(missing)
    if not _answers(display):
        return f"the display {display} does not answer"
    return ""


def window_or_offscreen() -> bool:
    """Choose Qt's platform; True when there is no display, said in one line.

    Raises:
        click.ClickException: Qt cannot even draw without a window.
    """
    try:
        reason = why_no_window()
    except DisplayError as error:
        raise click.ClickException(str(error)) from error
    if not reason:
        return False
    say(f"No window here: {reason}. The same window runs offscreen.", err=True)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    return True


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def _answers(display: str) -> bool:
    host, _, rest = display.rpartition(":")
    number = rest.split(".", maxsplit=1)[0]
    if not number.isdigit():
        return False
    path = _SOCKETS / f"X{number}"
    try:
        if host in {"", "unix"}:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(2.0)
                try:
                    probe.connect(str(path))
                except FileNotFoundError:
                    probe.connect(f"\0{path}")
            return True
        with socket.create_connection((host, _X_PORT + int(number)), timeout=2.0):
            return True
    except OSError:
        return False
