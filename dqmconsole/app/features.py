"""Which features this installation has: their folders may be left out."""

from __future__ import annotations

import importlib.util

CORE = "core"
FEATURES: dict[str, tuple[str, ...]] = {
    CORE: (),
    "simulation": ("dqmconsole.simulation",),
    "training": ("dqmconsole.simulation", "dqmconsole.training",
                 "dqmconsole.ui.training"),
}  # fmt: skip
"""Name of a feature -> the packages that it stands on."""


def is_installed(feature: str) -> bool:
    """Tell whether this installation has a feature of :data:`FEATURES`."""
    found = map(importlib.util.find_spec, FEATURES[feature])
    # a folder that was emptied is still a package, of no file
    return all(each is not None and each.origin is not None for each in found)
