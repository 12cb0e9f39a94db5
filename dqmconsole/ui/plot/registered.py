"""Where drawings are registered, and under which names; no Qt."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint
from types import MappingProxyType
from typing import TYPE_CHECKING

from dqmconsole import plugins
from dqmconsole.plugins import DRAWINGS, Unusable, imported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.plugins import Registered

BUNDLED: Mapping[str, str] = MappingProxyType(
    {"hodoscope": "dqmconsole.ui.plot.drawings.hodoscope:draw"}
)


@cache
def registered_drawings() -> Registered[Callable[..., object]]:
    """The drawings of installed packages; each is imported, and Qt with it."""
    return plugins.registered(DRAWINGS, load_drawing, BUNDLED)


def drawing_names() -> tuple[str, ...]:
    """Every name under which a drawing is registered, be it usable or not."""
    return (*BUNDLED, *(each.name for each in plugins.points_of(DRAWINGS)))


def bundled_drawing(name: str) -> Callable[..., object]:
    """One of :data:`BUNDLED`."""
    return load_drawing(EntryPoint(name, BUNDLED[name], DRAWINGS))


def load_drawing(point: EntryPoint) -> Callable[..., object]:
    """The drawing that an entry point leads to.

    Raises:
        Unusable: it cannot be imported, or is no function.
    """
    found = imported(point)
    if not callable(found):
        message = f"{point.value} is no function"
        raise Unusable(message)
    return found
