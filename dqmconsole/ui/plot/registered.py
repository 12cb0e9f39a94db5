"""Where drawings are registered, and under which names; no Qt."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "dqmconsole.drawings"
BUNDLED: Mapping[str, str] = MappingProxyType(
    {"hodoscope": "dqmconsole.ui.plot.drawings.hodoscope:draw"}
)


def registered_drawings() -> dict[str, EntryPoint]:
    """Every drawing by its name; of those with a bundled one's name, the bundled."""
    installed = {each.name: each for each in entry_points(group=GROUP)}
    return installed | {
        name: EntryPoint(name, value, GROUP) for name, value in BUNDLED.items()
    }
