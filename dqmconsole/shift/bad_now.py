"""What is not good now: plots, pages, subsystems that give nothing to judge, problems.

What gives nothing to judge is an event like BAD: the foot of the window, N and the
start of a shift have it from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.logbook.view import written
from dqmconsole.model.layout import KEY_STEP, layout_of, part_of, path_of
from dqmconsole.model.moment import day_words
from dqmconsole.model.record import PassedOn
from dqmconsole.model.run import run_number, run_words
from dqmconsole.model.verdict import JUDGED, Status, last_words, onset_words
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.alarm_words import worst_member
from dqmconsole.shift.flags import passed_on
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.pages import plots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import LastVerdict, Rollup, Verdict
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.mailbox import Mailbox
    from dqmconsole.shift.pages import PageName, Pages
    from dqmconsole.shift.session import ShiftSession

ABNORMAL = (Status.BAD, Status.STALE, Status.WARNING)
ENGINE_SILENT = "The engine is silent: what stands here is what it said last"
_MEANT_TO_BE = (*JUDGED, Status.NOT_APPLICABLE, Status.DISABLED)


class Abnormality(NamedTuple):
    """One thing that is not good.

    Attributes:
        name: the subsystem or layout; "all" for the whole source; "" for the rest.
        status: whose mark stands before it; None for none.
        words: what it is.
        key: key of the plot to show, or "": one that was BAD where there is one.
    """

    name: str
    status: Status | None
    words: str
    key: str = ""


class Untold(NamedTuple):
    """What no alarm tells of: verdicts by plot, outages by subsystem."""

    verdicts: Mapping[str, Verdict]
    outages: Mapping[str, OutageFact]


# -- everything, one row each ----------------------------------------------------------


def rows(session: ShiftSession) -> list[Abnormality]:
    """Everything that is bad now: what nobody answered first."""
    client, site = session.client, session.site
    verdicts, outages = client.mailbox.verdicts, client.mailbox.outages
    found = []
    if client.source and silence(client.engine) is not None:
        found.append(Abnormality("", Status.STALE, ENGINE_SILENT))
    found += [Abnormality("", Status.BAD, each.sentence, each.key)
              for each in session.unanswered]  # fmt: skip
    found += quiet(site, _missed(client.mailbox), outages)
    # those that nobody answered are named already, and stay the first
    waiting = {layout_of(each.key) for each in session.unanswered}
    found += sorted(plot_rows(site, verdicts), key=lambda row: row.name not in waiting)
    for each in written(session.logbook):
        if each.is_open:
            who, when = each.record.who, day_words(each.record.made_at)
            words = f"Open problem: {each.body.title} ({who}, {when})"
            found.append(Abnormality("", None, words, (*each.body.plots, "")[0]))
    for run in session.logbook.runs(PassedOn):
        record = passed_on(session.logbook, run)
        if record is not None and isinstance(record.body, PassedOn):
            said = f": {record.body.comment}" if record.body.comment else ""
            words = f"is not signed off, {record.who} passed it on{said}"
            words = f"{run_words(run).capitalize()} {words}"
            found.append(Abnormality("", None, words))
    return found


def plot_rows(site: Site | None, verdicts: Mapping[str, Verdict]) -> list[Abnormality]:
    """One row for each layout with plots that are BAD or WARNING, BAD ones first.

    Only pages of the shift count, as in the roll-ups and at the foot of the window.
    """
    ranks = {Status.BAD: 0, Status.WARNING: 1}
    by_layout: dict[str, list[tuple[int, str, str, Plot]]] = {}
    for key, (layout, page), plot in plots_of(site, "shift"):
        if key in verdicts and verdicts[key].status in ranks:
            rank = ranks[verdicts[key].status]
            by_layout.setdefault(layout, []).append((rank, key, page, plot))
    found = []
    for layout, abnormal in by_layout.items():
        each = [rank for rank, *_ in abnormal]
        counts = ", ".join(
            f"{each.count(rank)} {status}"
            for status, rank in ranks.items()
            if rank in each
        )
        worst, key, page, plot = min(abnormal, key=lambda row: row[0])
        verdict = verdicts[key]
        title = plot.title or plot.path.rsplit("/", 1)[-1]
        onset = onset_words(verdict.since, verdict.began, _unit(site))
        words = f"{layout}: {counts} — {page} › {title} {onset}".rstrip()
        row = Abnormality(layout, verdict.status, f"{words}: {verdict.sentence}", key)
        found.append((worst, row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


# -- what gives nothing to judge -------------------------------------------------------


def quiet(
    site: Site | None,
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact],
) -> tuple[Abnormality, ...]:
    """All that is quiet: the whole source or its subsystems, then single plots.

    Args:
        site: the site; only its plots on pages of the shift count.
        verdicts: by plot.
        outages: by subsystem, "" for the whole source.
    """
    stale = any(each.status is Status.STALE for each in verdicts.values())
    if not (outages or stale):
        return ()  # asked with every frame: making the keys of 400 plots takes 1 ms
    keys = shift_keys(site)
    found = [
        _of_outage(outages[name], _silenced(keys, verdicts, outages, name), _unit(site))
        for name in sorted(outages)
    ]
    by_layout: dict[str, dict[str, Verdict]] = {}
    for key in keys:
        verdict = verdicts.get(key)
        covered = "" in outages or _subsystem(key) in outages
        if verdict is not None and verdict.status is Status.STALE and not covered:
            by_layout.setdefault(layout_of(key), {})[key] = verdict
    found += [_of_plots(*each, _unit(site)) for each in by_layout.items()]
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
            by_layout.setdefault(layout_of(key), {})[key] = verdict
    return tuple(_worst_before(plots) for plots in by_layout.values())


def shift_keys(site: Site | None) -> tuple[str, ...]:
    """Keys of all plots on pages of the shift, page by page."""
    return tuple(key for key, _, _ in plots_of(site, "shift"))


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


def _unit(site: Site | None) -> str:
    """What stands before the number of a lumisection."""
    return "LS" if site is None else site.settings.unit


def _of_outage(
    fact: OutageFact, plots: Mapping[str, Verdict | None], unit: str
) -> Abnormality:
    status = Status.MISSING if fact.state == "missing" else Status.STALE
    head = f"{status} {onset_words(fact.since, fact.began, unit)}".rstrip()
    words = f"{head}: {fact.sentence}{_before(plots, unit)}"
    return Abnormality(fact.subsystem or "all", status, words, _worst_before(plots))


def _of_plots(layout: str, plots: Mapping[str, Verdict], unit: str) -> Abnormality:
    key = _worst_before(plots)
    verdict = plots[key]
    onset = onset_words(verdict.since, verdict.began, unit)
    many = f"{counted(len(plots), 'plot')} {Status.STALE}"
    page = key.split(KEY_STEP)[1]
    words = f"{layout}: {many} {onset}".rstrip() + f" — {page}: {verdict.sentence}"
    return Abnormality(layout, Status.STALE, words, key)


def _before(plots: Mapping[str, Verdict | None], unit: str) -> str:
    """What the plots were judged to be before, where that was not GOOD."""
    for status in (Status.BAD, Status.WARNING):
        last = [each for each in map(_last, plots.values()) if each is not None]
        told = [each for each in last if each.status is status]
        if told:
            more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
            return f"; {last_words(told[0], unit=unit)}{more}"
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


def _subsystem(key: str) -> str:
    return part_of(path_of(key))


# -- where to look ---------------------------------------------------------------------


def first_abnormal(keys: Sequence[str], verdicts: Mapping[str, Verdict]) -> str:
    """The first plot that is BAD, else the first STALE, else WARNING, else ""."""
    for status in ABNORMAL:
        for key in keys:
            if key in verdicts and verdicts[key].status is status:
                return key
    return ""


def next_abnormal(
    pages: Pages,
    here: str,
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact],
    first: Sequence[str] = (),
) -> str:
    """The next plot after `here` that is not good, round the end; "" when none is.

    After the first ones come all that are BAD, wherever they stand; then one plot of
    each layout that gives nothing to judge; then every WARNING.

    Args:
        pages: all pages.
        here: the plot selected, or "".
        verdicts: by plot.
        outages: by subsystem, "" for the whole source.
        first: plots that go before all others, in this order.
    """
    keys = list(pages.keys())
    at = keys.index(here) if here in keys else -1
    bad, warned = (
        [key for key in keys if key in verdicts and verdicts[key].status is status]
        for status in (Status.BAD, Status.WARNING)
    )
    ranks = [bad, list(quiet_stops(keys, verdicts, outages)), warned]
    # from the last BAD one on to the rest, and from the last warning back
    ordered = list(dict.fromkeys([*first, *(key for rank in ranks for key in rank)]))
    if here in ordered:
        return ordered[(ordered.index(here) + 1) % len(ordered)]
    if first:
        return first[0]
    worst = next((rank for rank in ranks if rank), [])
    after = [key for key in worst if keys.index(key) > at]
    return (after or worst or [""])[0]


def next_stop(session: ShiftSession, pages: Pages, here: str) -> str:
    """The plot to look at next: of the alarms that ask, then of what nobody answered.

    Of an alarm that asks its worst plot; then plots whose urgent step nobody did; then
    what is not good and in no alarm. What is acknowledged or shelved is passed over.

    Args:
        session: the shift.
        pages: all pages.
        here: the plot selected, or "".
    """
    asking = {
        row.alarm.id: plot_of(session, row.alarm) for row in session.alarms if row.asks
    }
    shown = session.alarm_of(here)
    if shown is not None and shown.alarm.id in asking:
        here = asking[shown.alarm.id]
    waiting = [each.key for each in session.unanswered]
    first = [key for key in (*asking.values(), *waiting) if pages.plot(key).page]
    verdicts, outages = untold(session)
    return next_abnormal(pages, here, verdicts, outages, list(dict.fromkeys(first)))


def plot_of(session: ShiftSession, alarm: Alarm) -> str:
    """The plot that shows an alarm best: its worst; "" where none shows it.

    Of a subsystem that gives or gave nothing to judge: one that was BAD, where there
    is one.
    """
    one = worst_member(alarm)
    if KEY_STEP in one.key or one.family != "stale":
        return one.key
    client = session.client
    if not one.key and one.key not in client.mailbox.outages:
        return ""  # of the console itself, or of the whole source and over
    keys = [key for key in shift_keys(client.site) if one.key in ("", _subsystem(key))]
    return _worst_before({key: client.mailbox.verdicts.get(key) for key in keys})


def _missed(mailbox: Mailbox) -> Mapping[str, Verdict]:
    """The verdicts; without those of data that none miss in a pause or without beam."""
    if not mailbox.run.standstill:
        return mailbox.verdicts
    return {
        key: verdict
        for key, verdict in mailbox.verdicts.items()
        if verdict.status is not Status.STALE
    }


def untold(session: ShiftSession) -> Untold:
    """What is said of plots and subsystems that are in no alarm."""
    mailbox = session.client.mailbox
    missed = _missed(mailbox)
    told = {key for row in session.alarms for key in row.alarm.keys}
    if not told:
        return Untold(missed, mailbox.outages)
    out = told & mailbox.outages.keys()
    verdicts = {
        key: verdict
        for key, verdict in missed.items()
        if key not in told and "" not in out and _subsystem(key) not in out
    }
    outages = {
        name: fact
        for name, fact in mailbox.outages.items()
        if name not in out and "" not in out
    }
    return Untold(verdicts, outages)


def worst_page(
    names: Sequence[PageName], rollups: Mapping[str, Rollup]
) -> PageName | None:
    """The page with most plots BAD, then WARNING; the first when all are alike."""

    def badness(name: PageName) -> tuple[int, ...]:
        rollup = rollups.get(name.key)
        counts = rollup.counts if rollup else {}
        return tuple(counts.get(status, 0) for status in ABNORMAL)

    return max(names, key=badness, default=None)


def summary_words(keys: Sequence[str], client: EngineClient) -> str:
    """Of a page: how many plots, how many are abnormal, the reference's run."""
    parts = [f"{len(keys)} plots"] if len(keys) != 1 else []
    for status in ABNORMAL:
        verdicts = (client.mailbox.verdicts.get(key) for key in keys)
        count = sum(v is not None and v.status is status for v in verdicts)
        if count:
            more = "s" if status is Status.WARNING and count > 1 else ""
            parts.append(f"{count} {status.lower()}{more}")
    notes = [
        client.mailbox.tiles[key].note for key in keys if key in client.mailbox.tiles
    ]
    runs = sorted({note.run for note in notes if note.run})
    if runs:
        word = "reference run" if len(runs) == 1 else "reference runs"
        hand = {note.run for note in notes if note.by_hand}
        names = [run_number(e) + (" by hand" if e in hand else "") for e in runs]
        parts.append(f"{word} {listed(names)}")
    return ", ".join(parts)
