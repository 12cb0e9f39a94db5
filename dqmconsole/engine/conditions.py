"""The conditions of a run, as the source's own files say them; never guessed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.compare import Exposure, Looked
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import places_of
from dqmconsole.model.trend import (
    last_filled,
    latest_number,
    mean_number,
    number_at,
    whole_number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmconsole.model.graph import Element
    from dqmconsole.model.site import ConditionPaths, SiteSettings
    from dqmconsole.recording.recent import Window

    Read = Callable[[str], Element | None]
    Reached = Callable[[str], int | None]

# A bit of a lumisection is the AND over its events; some producers store their
# share instead (cmssw#25518), and less than all of it is not on.
ON_FROM = 0.999


def read_conditions(
    read: Read,
    settings: SiteSettings,
    reached: Reached = lambda _path: None,
) -> Conditions:
    """Read the conditions from where ``site.yaml`` says they stand.

    Args:
        read: gives the element of a path, or None where there is none.
        settings: ``settings.conditions`` names the paths.
        reached: gives the latest lumisection in the file that holds a path, where
            known. By it the last bin of a trend is found that is 0 for good (a
            beam that was dumped), and the last column of a map of partitions
            that writes 0 ahead of time.
    """
    paths = settings.conditions

    def element(path: str) -> Element | None:
        return _read(read, path)

    def number(path: str) -> float | None:
        return latest_number(element(path), reached(path))

    fill = number(paths.fill)
    found = Conditions(
        run_type=_run_type(element(paths.run_type), settings),
        fill=None if fill is None or fill <= 0 else whole_number(round(fill)),
        beam_mode=_beam_mode(
            element(paths.beam_mode), settings.beam_modes, reached(paths.beam_mode)
        ),
        beam_energy=number(paths.beam_energy),
        luminosity=number(paths.luminosity),
        integrated=number(paths.integrated),
        pileup=number(paths.pileup),
        magnet=number(paths.magnet),
        dcs=_partitions(element(paths.dcs), reached(paths.dcs)),
        dcs_since=_changed(element(paths.dcs), reached(paths.dcs)),
        feds=_feds(element(paths.feds)),
        subsystems=_names(element(paths.subsystems)),
        daq_state=_word(element(paths.daq_state)),
        dead_time=number(paths.dead_time),
        scalars=_scalars(element, number, paths.scalars),
        shown=_scalars(
            element, number, {each.show: each.show for each in settings.shown}
        ),
    )
    return msgspec.structs.replace(found, no_data=_why_no_data(found, settings))


def _why_no_data(given: Conditions, settings: SiteSettings) -> str:
    """Why no data are expected in this beam mode; "" where they are."""
    modes = settings.data_expected.get(given.run_type or "")
    if modes is None or given.beam_mode in (None, *modes):
        return ""
    lit = given.luminosity is not None and given.luminosity > 0
    return "" if lit else f"{settings.name_of('beam_mode')}: {given.beam_mode}"


def exposure(
    read: Read,
    paths: ConditionPaths,
    subsystem: str,
    until: int | None = None,
    since: int | None = None,
) -> Exposure:
    """How much one client has seen of a run.

    The pile-up is the mean over the lumisections it has seen, each weighing as many
    events as it had where the site says where these are: where pile-up and rate
    fall in a run, most events are of the time before.

    Args:
        read: gives the element of a path, or None where there is none.
        paths: where the conditions of the site stand.
        subsystem: the client's.
        until: the last lumisection it has seen, or None: all of the run.
        since: the first, where it was restarted in the run; None: that of the run.
    """
    places = places_of(paths.events, subsystem)
    numbers = (latest_number(read(path)) for path in places)
    weights = _read(read, paths.events_by_lumisection)
    integrated = _read(read, paths.integrated)
    lumi = number_at(integrated, until)
    if lumi is not None and since is not None and isinstance(integrated, Histogram):
        lumi -= number_at(integrated, since - 1) or 0.0
    return Exposure(
        events=next((each for each in numbers if each is not None), None),
        lumi=lumi,
        pileup=mean_number(_read(read, paths.pileup), until, weights, since),
    )


def pileup_between(
    read: Read, paths: ConditionPaths, since: int, until: int
) -> float | None:
    """Mean pile-up of some lumisections, weighing as in :func:`exposure`; or None.

    Of lumisections of which nothing is known it is what was known last before them.

    Args:
        read: gives the element of a path, or None where there is none.
        paths: where the conditions of the site stand.
        since: the first lumisection.
        until: the last.
    """
    pileup = _read(read, paths.pileup)
    if isinstance(pileup, Scalar):
        return None  # it is that of the latest alone
    weights = _read(read, paths.events_by_lumisection)
    found = mean_number(pileup, until, weights, since)
    return number_at(pileup, until) if found is None else found


def pileup_until(read: Read, paths: ConditionPaths) -> int | None:
    """The last lumisection whose pile-up is known; None where it is no trend, or empty.

    Args:
        read: gives the element of a path, or None where there is none.
        paths: where the conditions of the site stand.
    """
    return last_filled(_read(read, paths.pileup))


def exposure_in(window: Window, seen: Exposure) -> Exposure:
    """How much of what a run has seen was seen in a window of it."""
    if window.events is None or not seen.events:
        return Exposure()
    lumi = None if seen.lumi is None else seen.lumi * (window.events / seen.events)
    pileup = seen.pileup if window.pileup is None else window.pileup
    return Exposure(window.events, lumi, pileup)


def without_parts(conditions: Conditions) -> Conditions:
    """What is known of a run as a whole: not of its partitions, FEDs, subsystems."""
    return msgspec.structs.replace(
        conditions, dcs=None, dcs_since=None, feds=None, subsystems=None
    )


def looked_for(paths: ConditionPaths, subsystem: str) -> Looked:
    """Where the exposure of a client stands, for messages."""
    events = places_of(paths.events, subsystem)
    return Looked(events[0] if events else "", paths.integrated, paths.pileup)


def _read(read: Read, path: str) -> Element | None:
    return read(path) if path else None


def unknown_type(read: Read, settings: SiteSettings) -> str:
    """The producer's word for the type of a run that is none of the site's; or ""."""
    element = _read(read, settings.conditions.run_type)
    if not isinstance(element, Scalar) or not isinstance(element.value, str):
        return ""
    word = element.value.strip()
    return "" if settings.type_of(word) else word


def _run_type(element: Element | None, settings: SiteSettings) -> str | None:
    if not isinstance(element, Scalar) or not isinstance(element.value, str):
        return None
    return settings.type_of(element.value.strip())


def _beam_mode(
    element: Element | None, names: tuple[str, ...], lumisection: int | None
) -> str | None:
    if isinstance(element, Scalar) and isinstance(element.value, str):
        word = element.value.strip().lower()
        if not (names and word.isdecimal()):
            return word or None
    if isinstance(element, Histogram) and element.dimension == 2:
        labels = element.axes[1].labels
        x, y = np.nonzero(element.values() > 0)
        if not labels or not len(x):
            return None
        return labels[int(y[np.argmax(x)])].lower() or None
    number = latest_number(element, lumisection)
    if number is None or number != round(number):
        return None
    at = round(number) - 1
    return names[at].lower() if 0 <= at < len(names) else None


def _partitions(
    element: Element | None, lumisection: int | None
) -> dict[str, bool] | None:
    if not isinstance(element, Histogram) or element.dimension != 2:
        return None
    names = element.axes[1].labels
    values = element.values()
    column = _last_column(element, lumisection)
    if not names or column is None:
        return None
    return {
        name: bool(value >= ON_FROM)
        for name, value in zip(names, values[column], strict=False)
        if name and value >= 0  # below 0, and NaN, is unknown
    }


def _changed(element: Element | None, lumisection: int | None) -> dict[str, int] | None:
    """Since which lumisection the partitions are as they are, of those that changed."""
    if not isinstance(element, Histogram) or element.dimension != 2:
        return None
    column = _last_column(element, lumisection)
    if column is None:
        return None
    found = {}
    for name, row in zip(element.axes[1].labels, element.values().T, strict=False):
        known = np.flatnonzero(row[: column + 1] >= 0)
        is_on = row[known] >= ON_FROM
        (other,) = np.nonzero(is_on != is_on[-1:])
        if name and len(other) and row[column] >= 0:
            edge = element.axes[0].edges[known[other[-1] + 1]]
            found[name] = math.ceil(edge - 1e-9)
    return found or None


def _last_column(element: Histogram, lumisection: int | None) -> int | None:
    """The column of the latest lumisection that was filled."""
    values = element.values()
    if (values < 0).any():
        told = (values >= 0).any(axis=1)
    elif lumisection is not None:
        axis = element.axes[0]
        told = axis.edges[:-1] <= lumisection + 1e-9
    else:
        told = (values > 0).any(axis=1)
    (at,) = np.nonzero(told)
    return int(at[-1]) if len(at) else None


def _scalars(
    element: Callable[[str], Element | None],
    number: Callable[[str], float | None],
    paths: Mapping[str, str],
) -> dict[str, float | str] | None:
    found: dict[str, float | str] = {}
    for name, path in paths.items():
        read = element(path)
        if isinstance(read, Scalar) and isinstance(read.value, str):
            value: float | str | None = read.value.strip() or None
        else:
            value = number(path)
        if value is None:
            value = mean_number(read)  # 0 where a trend was never anything else
        if value is not None:
            found[name] = value
    return found or None


def _word(element: Element | None) -> str | None:
    if not isinstance(element, Scalar) or not isinstance(element.value, str):
        return None
    return element.value.strip().lower() or None


def _names(element: Element | None) -> frozenset[str] | None:
    if not isinstance(element, Scalar) or not isinstance(element.value, str):
        return None
    return frozenset(element.value.replace(",", " ").split()) or None


def _feds(element: Element | None) -> frozenset[int] | None:
    if not isinstance(element, Histogram) or element.dimension != 1:
        return None
    centers = element.axes[0].centers[element.values() > 0]
    # A bin per front-end driver, either [n, n+1) or [n-0.5, n+0.5): both floor to n.
    numbers = map(whole_number, np.floor(centers))
    found = frozenset(each for each in numbers if each is not None)
    return found or None  # nothing was counted yet
