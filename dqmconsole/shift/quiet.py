"""What gives nothing to judge: subsystems that are out, and single plots gone stale.

They are events like BAD: the foot of the window, N and the start of a shift have them
from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import KEY_STEP, plot_key, subsystem_of
from dqmconsole.model.verdict import JUDGED, Status, last_words, onset_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import LastVerdict, Verdict

_MEANT_TO_BE = (*JUDGED, Status.NOT_APPLICABLE, Status.DISABLED)


class Quiet(NamedTuple):
    """One thing that gives nothing to judge.

    Attributes:
        name: the subsystem or layout; "all" for the whole source.
        status: STALE, or MISSING where the subsystem never came.
        words: since when, what, and what was judged last.
        key: a plot of it: one that was BAD where there is one; "" for none.
    """

    name: str
    status: Status
    words: str
    key: str


def quiet(
    site: Site | None,
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact],
) -> tuple[Quiet, ...]:
    """All that is quiet: the whole source or its subsystems, then single plots.

    Args:
        site: the site; only its plots on pages of the shift count.
        verdicts: by plot.
        outages: by subsystem, "" for the whole source.
    """
    keys = shift_keys(site)
    found = [
        _of_outage(outages[name], _silenced(keys, verdicts, outages, name))
        for name in sorted(outages)
    ]
    by_layout: dict[str, dict[str, Verdict]] = {}
    for key in keys:
        verdict = verdicts.get(key)
        covered = "" in outages or _subsystem(key) in outages
        if verdict is not None and verdict.status is Status.STALE and not covered:
            by_layout.setdefault(_layout(key), {})[key] = verdict
    found += [_of_plots(layout, plots) for layout, plots in by_layout.items()]
    return tuple(found)


def quiet_stops(
    keys: Iterable[str],
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact],
) -> tuple[str, ...]:
    """One plot to look at for each layout that has something quiet, in order.

    Args:
        keys: all plots, page by page.
        verdicts: by plot.
        outages: by subsystem, "" for the whole source.
    """
    by_layout: dict[str, dict[str, Verdict | None]] = {}
    for key in keys:
        verdict = verdicts.get(key)
        covered = "" in outages or _subsystem(key) in outages
        lost = verdict is None or verdict.status not in _MEANT_TO_BE
        stale = verdict is not None and verdict.status is Status.STALE
        if stale or (covered and lost):
            by_layout.setdefault(_layout(key), {})[key] = verdict
    return tuple(_worst_before(plots) for plots in by_layout.values())


def shift_keys(site: Site | None) -> tuple[str, ...]:
    """Keys of all plots on pages of the shift, page by page."""
    return tuple(
        plot_key(layout.layout, page.page, plot.path)
        for layout in (site.layouts if site is not None else ())
        for page in layout.pages
        if page.audience == "shift"
        for plot in page.plots
    )


def _silenced(
    keys: Iterable[str],
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact],
    name: str,
) -> dict[str, Verdict | None]:
    """The plots that an outage silences, with what is said of them now."""
    found: dict[str, Verdict | None] = {}
    for key in keys:
        verdict = verdicts.get(key)
        if name and _subsystem(key) != name:
            continue
        if not name and _subsystem(key) in outages:
            continue
        if verdict is None or verdict.status not in _MEANT_TO_BE:
            found[key] = verdict
    return found


def _of_outage(fact: OutageFact, plots: Mapping[str, Verdict | None]) -> Quiet:
    status = Status.MISSING if fact.state == "missing" else Status.STALE
    head = f"{status} {onset_words(fact.since, fact.began)}".rstrip()
    words = f"{head}: {fact.sentence}{_before(plots)}"
    return Quiet(fact.subsystem or "all", status, words, _worst_before(plots))


def _of_plots(layout: str, plots: Mapping[str, Verdict]) -> Quiet:
    key = _worst_before(plots)
    verdict = plots[key]
    onset = onset_words(verdict.since, verdict.began)
    many = f"{len(plots)} plot{'s' * (len(plots) > 1)} {Status.STALE}"
    page = key.split(KEY_STEP)[1]
    words = f"{layout}: {many} {onset}".rstrip() + f" — {page}: {verdict.sentence}"
    return Quiet(layout, Status.STALE, words, key)


def _before(plots: Mapping[str, Verdict | None]) -> str:
    """What the plots were judged to be before, where that was not GOOD."""
    for status in (Status.BAD, Status.WARNING):
        last = [each for each in map(_last, plots.values()) if each is not None]
        told = [each for each in last if each.status is status]
        if told:
            more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
            return f"; {last_words(told[0])}{more}"
    return ""


def _worst_before(plots: Mapping[str, Verdict | None]) -> str:
    """The first plot that was BAD before, else WARNING, else the first of all."""
    for status in (Status.BAD, Status.WARNING):
        for key, verdict in plots.items():
            last = _last(verdict)
            if last is not None and last.status is status:
                return key
    return next(iter(plots), "")


def _last(verdict: Verdict | None) -> LastVerdict | None:
    return None if verdict is None else verdict.last


def _layout(key: str) -> str:
    return key.partition(KEY_STEP)[0]


def _subsystem(key: str) -> str:
    return subsystem_of(key.rpartition(KEY_STEP)[2])
