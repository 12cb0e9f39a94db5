"""Conditions that a reference is for: whether a run has them, and how they are said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.run import Conditions

MEASURED = {
    "beam_energy": ("beam energy", " GeV"),
    "luminosity": ("luminosity", ""),
    "pileup": ("pile-up", ""),
    "magnet": ("magnet", " T"),
}
"""Conditions that are measured: name -> words, unit. Equal is within 1 %."""
NAMED = ("beam_mode", *MEASURED)
"""The conditions of every site that may stand under ``when:``."""

_ALIKE = 0.01  # of the value; and in absolute terms where that is 0
# A pile-up that differs less than this makes no other histogram once it is scaled.
_PILEUP_ALIKE = 1.5

Value = float | str


def value_of(conditions: Conditions, name: str) -> Value | None:
    """A condition of a run by its name; None where it is unknown."""
    if name in NAMED:
        found: Value | None = getattr(conditions, name)
        return found
    return (conditions.scalars or {}).get(name)


def wrong_form(wanted: object) -> str:
    """Why what stands under a condition can never be met; "" when it can."""
    match wanted:
        case bool() | None:
            return "is a number, [low, high], a word or a list of words"
        case int() | float() | str():
            return ""
        case [None, None]:
            return "has neither a low nor a high end"
        case [low, high] if _is_end(low) and _is_end(high) and _is_range(wanted):
            least, most = _ends(wanted)
            if least > most:
                return f"begins at {least:g} and ends at {most:g}: nothing is between"
            return ""
        case [str(), *rest] if all(isinstance(each, str) for each in rest):
            return ""
        case _:
            return "is a number, [low, high], a word or a list of words"


def is_met(name: str, wanted: object, value: Value) -> bool:
    """Tell whether a condition has the value that is wanted.

    Args:
        name: the condition's; what is measured is equal within 1 %.
        wanted: as it stands under ``when:``, in a form that is not wrong.
        value: what it is.
    """
    if _is_range(wanted):
        if isinstance(value, str) or math.isnan(value):
            return False
        low, high = _ends(wanted)
        return low <= value <= high
    if isinstance(wanted, list | str):
        words = wanted if isinstance(wanted, list) else [wanted]
        return _word(value) in {each.lower() for each in words}
    if isinstance(value, str) or not isinstance(wanted, int | float):
        return _word(value) == str(wanted)
    return _alike(float(wanted), value) if name in MEASURED else wanted == value


def never_both(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether no run has the conditions of both."""
    return any(
        _disjoint(name, wanted, other[name])
        for name, wanted in one.items()
        if name in other
    )


def wanted_words(name: str, wanted: object) -> str:
    """What is wanted of a condition in words: "pile-up 40 to 60"."""
    thing, unit = _thing(name)
    match wanted:
        case [None, high]:
            said = f"up to {_number(high)}{unit}"
        case [low, None]:
            said = f"from {_number(low)}{unit}"
        case [str(), *_]:
            said = " or ".join(map(str, wanted))
        case [low, high]:
            said = f"{_number(low)} to {_number(high)}{unit}"
        case _:
            said = f"{_number(wanted)}{unit}"
    return f"{thing} {said}"


def value_words(name: str, value: Value) -> str:
    """The value of a condition in words: "6800 GeV"."""
    return f"{_number(value)}{_thing(name)[1]}"


def why_not(when: Mapping[str, Any], conditions: Conditions | None) -> tuple[str, bool]:
    """Why a run has not the conditions that are wanted.

    Returns:
        The reason, "" where it has them all; and whether it is that one is unknown.
    """
    unknown = ""
    for name, wanted in when.items():
        value = None if conditions is None else value_of(conditions, name)
        if value is None:
            thing = _thing(name)[0]
            unknown = unknown or (
                f"it is for {wanted_words(name, wanted)}, and the {thing} is unknown"
            )
        elif not is_met(name, wanted, value):
            asked = wanted_words(name, wanted)
            return f"it is for {asked}, this run has {value_words(name, value)}", False
    return unknown, bool(unknown)


def differences(
    reference: Conditions, run: Conditions, *, scaled_by_pileup: bool = False
) -> Iterator[str]:
    """Say what was otherwise in the reference's run; what is unknown is not said.

    Args:
        reference: its conditions.
        run: those of the run at hand.
        scaled_by_pileup: the reference was brought to the run's pile-up.
    """
    if None not in (reference.run_type, run.run_type) and (
        reference.run_type != run.run_type
    ):
        yield f"reference of {reference.run_type}, this run {run.run_type}"
    one, other = reference.beam_energy, run.beam_energy
    if one is not None and other is not None and not _alike(one, other):
        yield f"reference at {_energy(one)} per beam, this run {_energy(other)}"
    one, other = reference.magnet, run.magnet
    if one is not None and other is not None and abs(one - other) > 0.1:
        yield f"reference at {one:.1f} T, this run {other:.1f} T"
    one, other = reference.pileup, run.pileup
    known = one is not None and other is not None and one > 0 and other > 0
    if known and not scaled_by_pileup:
        assert one is not None
        assert other is not None
        if max(one / other, other / one) > _PILEUP_ALIKE:
            yield f"reference at pile-up {one:.3g}, this run {other:.3g}"
    mine = run.scalars or {}
    for name, value in (reference.scalars or {}).items():
        if name in mine and mine[name] != value:
            with_it = f"{_thing(name)[0]} {_number(value)}"
            yield f"reference with {with_it}, this run {_number(mine[name])}"


def _thing(name: str) -> tuple[str, str]:
    return MEASURED.get(name, (name.replace("_", " "), ""))


def _is_end(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, int | float)


def _ends(wanted: list[float | None]) -> tuple[float, float]:
    low, high = wanted
    return (
        -math.inf if low is None else float(low),
        math.inf if high is None else float(high),
    )


def _word(value: Value) -> str:
    return value.strip().lower() if isinstance(value, str) else _number(value)


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value == round(value) else f"{value:.4g}"
    return str(value)


def _energy(gev: float) -> str:
    return f"{gev / 1000:.4g} TeV" if abs(gev) >= 1000 else f"{gev:.4g} GeV"


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= _ALIKE * max(abs(one), 1.0)


def _disjoint(name: str, one: object, other: object) -> bool:
    if _is_range(one) and _is_range(other):
        (low, high), (least, most) = _ends(one), _ends(other)
        return high < least or most < low
    if _is_range(one):
        one, other = other, one
    return not any(is_met(name, other, each) for each in _values(one))


def _values(wanted: object) -> Iterator[Value]:
    for each in wanted if isinstance(wanted, list) else [wanted]:
        if isinstance(each, int | float | str):
            yield each


def _is_range(wanted: object) -> TypeGuard[list[float | None]]:
    return isinstance(wanted, list) and bool(wanted) and not isinstance(wanted[0], str)
