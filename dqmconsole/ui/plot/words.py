"""Words on plots: ROOT's TLatex made readable, numbers made short."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota"),
    *("kappa", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi"),
    "omega",
)
_OTHERS = {
    "lambda": "LAMDA",  # so Unicode spells it
    "varepsilon": "EPSILON",
    "vartheta": "THETA",
    "varphi": "PHI",
} | {name: name.upper() for name in _GREEK}
_NAMES = {
    name: unicodedata.lookup(f"GREEK SMALL LETTER {full}")
    for name, full in _OTHERS.items()
}
_NAMES |= {
    name.capitalize(): unicodedata.lookup(f"GREEK CAPITAL LETTER {full}")
    for name, full in _OTHERS.items()
    if not name.startswith("var")
}
_NAMES |= {
    "pm": "±",
    "times": "×",
    "cdot": "·",
    "circ": "°",
    "leq": "≤",
    "geq": "≥",
    "neq": "≠",
    "sqrt": "√",
    "infty": "∞",
    "rightarrow": "→",
    "sum": "Σ",
    "approx": "≈",
}
_COMMAND = re.compile(r"#([A-Za-z]+)")
_RAISED = re.compile(r"\^\{?([-+0-9]+)\}?")
_LOWERED = re.compile(r"_\{([^{}]*)\}")
_SUPERSCRIPTS = str.maketrans("-+0123456789", "⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")


@lru_cache(maxsize=4096)
def plain(title: str) -> str:
    """Write a title in ROOT's TLatex as plain text: ``E_{T} [#mu m]``: E_T [μ m].

    Commands it does not know keep their name, without the ``#``.
    https://root.cern/doc/master/classTLatex.html
    """
    if not any(mark in title for mark in "#^_{"):
        return title.strip()
    text = _COMMAND.sub(lambda found: _NAMES.get(found[1], found[1]), title)
    text = _RAISED.sub(lambda found: found[1].translate(_SUPERSCRIPTS), text)
    text = _LOWERED.sub(r"_\1", text)
    return text.replace("{", "").replace("}", "").strip()


def short(value: float, digits: int = 4) -> str:
    """Write a number with few digits; thousands apart by a thin space."""
    if value != value or value in (float("inf"), float("-inf")):
        return "not a number" if value != value else str(value)
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{value:.{digits}g}"
