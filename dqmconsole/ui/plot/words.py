"""Words on plots: ROOT's TLatex made readable, numbers made short."""

from __future__ import annotations

from dqmconsole.model.tlatex import plain_title


def plain(title: str) -> str:
    """A title in ROOT's TLatex as plain text: ``E_{T} [#mum]``: E_T [μm]."""
    return plain_title(title)


def short(value: float, digits: int = 4) -> str:
    """Write a number with few digits; thousands apart by a thin space."""
    if value != value or value in (float("inf"), float("-inf")):
        return "not a number" if value != value else str(value)
    if value == int(value) and abs(value) < 1e7:
        return f"{int(value):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{value:.{digits}g}"
