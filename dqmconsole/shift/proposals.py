"""Proposed flags: from verdicts, high voltage and what is in the run.

A proposal is never a decision: a person confirms it, or sets another flag.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import TOP, plot_key, subsystem_of
from dqmconsole.model.record import Flag
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import JUDGED, Status, Verdict, found_better
from dqmconsole.model.words import counted
from dqmconsole.shift.flags import (
    NOT_APPLICABLE,
    components,
    history,
    is_signed_off,
    pending_sign_off,
    timelines,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.logbook.author import Author
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.layout import Layout, Plot
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import CheckResult
    from dqmconsole.shift.flags import Stretch

NO_OUTAGES: Mapping[str, OutageFact] = MappingProxyType({})
NO_VERDICT = Verdict(Status.WAITING, "no verdict yet")
GAP = 2  # lumisections between two of one cause that count as bad, too
# A plot with one of these is no evidence, where it is not marked as such.
_NOTHING_TO_JUDGE = (Status.NOT_APPLICABLE, Status.NOT_CHECKED)


class Observation(msgspec.Struct, frozen=True):
    """What the console sees of one component at one moment.

    Attributes:
        subsystems: the subsystems its plots come from.
        partitions: DCS partitions that its plots need.
        verdicts: of the plots that its flag is proposed by, with their titles: of those
            that are marked so, else of all its shift plots.
        keys: of the same plots, in the same order.
        marked: they are those that are marked.
        out: what one of its subsystems, or the whole source, is out by; or "".
    """

    subsystems: frozenset[str]
    partitions: frozenset[str]
    verdicts: tuple[tuple[str, Verdict], ...]
    keys: tuple[str, ...] = ()
    marked: bool = False
    out: str = ""


def observe(
    layouts: Sequence[Layout],
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact] = NO_OUTAGES,
) -> Observation:
    """What is seen of the layouts of a component.

    Args:
        layouts: its layouts.
        verdicts: by plot; a plot without one waits for it.
        outages: by subsystem, "" for the whole source.
    """
    plots: list[tuple[str, Plot]] = []
    subsystems, partitions = set(), set()
    for layout in layouts:
        for page in layout.pages:
            if page.audience != "shift":
                continue
            for plot in page.plots:
                subsystems.add(subsystem_of(plot.path))
                partitions |= set(plot.needs.dcs if plot.needs else ())
                key = plot_key(layout.layout, page.page, plot.path)
                plots.append((key, plot))
    marked = [each for each in plots if each[1].flag]
    found = tuple(
        (plot.title or plot.path, verdicts.get(key, NO_VERDICT))
        for key, plot in marked or plots
    )
    parts = ("", *sorted(each or TOP for each in subsystems))
    out = [outages[name] for name in parts if name in outages]
    return Observation(
        frozenset(subsystems),
        frozenset(partitions),
        found,
        tuple(key for key, _ in marked or plots),
        bool(marked),
        out[0].sentence if out else "",
    )


def proposal(seen: Observation, info: RunInfo) -> Flag | None:
    """The flag that the evidence speaks for just now; None where nothing does.

    GOOD takes that every plot was judged: those that are marked, else all that
    something judges and that mean anything now. Where some are not, or the subsystem
    gives nothing new, it is NOTSET, and the comment says why. Where two kinds of
    evidence speak against each other (verdicts are GOOD, some high voltage is off; it
    is not in the run, and yet judged), or a verdict is WARNING, `disputed` says so:
    such a proposal is not confirmed with the others. A default that nobody adopted
    never makes it BAD, nor does what was not found in enough updates to be announced.
    """
    given = info.conditions
    judged = [each for each in seen.verdicts if each[1].status in JUDGED]
    if given.subsystems and seen.subsystems and not seen.subsystems & given.subsystems:
        against = f"and yet {counted(len(judged), 'plot')} judged" if judged else ""
        return Flag("EXCLUDED", cause="not in the run", proposed=True,
                    disputed=against)  # fmt: skip
    off: set[str] = set()
    if given.dcs is not None:
        off = {each for each in seen.partitions if given.dcs.get(each) is False}
    if off and off == seen.partitions:
        words = f"high voltage off: {', '.join(sorted(off))}"
        return Flag("STANDBY", cause="HV", comment=words, proposed=True)
    bad = [each for each in judged if _is_bad(each[1])]
    if bad:
        more = f" (and {counted(len(bad) - 1, 'plot')} more)" if len(bad) > 1 else ""
        return Flag(
            "BAD",
            cause="HV" if off else _cause(bad),
            comment=f"{bad[0][0]}: {bad[0][1].sentence}{more}",
            proposed=True,
        )
    if not judged:
        return _not_meant(seen)
    if any(each[1].held is not None for each in judged):
        return None  # the next updates decide
    if why := _why_not_good(seen):
        return Flag("NOTSET", comment=why, proposed=True)
    warned = [each for each in judged if each[1].status is not Status.GOOD]
    disputes = []
    if off:
        disputes.append(f"high voltage off: {', '.join(sorted(off))}")
    if warned:
        title, verdict = warned[0]
        disputes.append(f"{verdict.status}: {title}: {verdict.sentence}")
    return Flag(
        "GOOD",
        comment=f"{counted(len(judged), 'plot')} judged" if not disputes else "",
        proposed=True,
        disputed="; ".join(disputes),
    )


def _is_bad(verdict: Verdict) -> bool:
    return verdict.announced is Status.BAD and verdict.adopted


def _why_not_good(seen: Observation) -> str:
    """Why it cannot be called GOOD, whatever its verdicts are; "" where it can."""
    if seen.out:
        return seen.out
    open_ = (Status.NOT_APPLICABLE,) if seen.marked else _NOTHING_TO_JUDGE
    left = [each for each in seen.verdicts if each[1].status not in (*JUDGED, *open_)]
    if not left:
        return ""
    many = len(seen.verdicts) - sum(
        verdict.status in open_ for _, verdict in seen.verdicts
    )
    title, verdict = left[0]
    more = f" (and {counted(len(left) - 1, 'plot')} more)" if len(left) > 1 else ""
    judged = f"{many - len(left)} of {counted(many, 'plot')} judged"
    return f"only {judged}: {title} {verdict.status}{more}"


def _cause(bad: Sequence[tuple[str, Verdict]]) -> str:
    """A cause where the verdicts name one; else the comment has to say."""
    words = " ".join(f"{title} {verdict.sentence}" for title, verdict in bad).lower()
    return "readout" if "readout" in words else "see comment"


def _not_meant(seen: Observation) -> Flag | None:
    """Where no plot means anything now (other run type, no beam), it stands by."""
    verdicts = [verdict for _, verdict in seen.verdicts]
    if not verdicts or any(
        each.status is not Status.NOT_APPLICABLE for each in verdicts
    ):
        return None
    words = verdicts[0].sentence
    return Flag("STANDBY", cause=NOT_APPLICABLE, comment=words, proposed=True)


class Proposer:
    """Notes proposals as the run goes on.

    Args:
        logbook: what was said and proposed already.
        author: notes it.
    """

    def __init__(self, logbook: Logbook, author: Author) -> None:
        self._logbook = logbook
        self._author = author
        self._run = 0
        self._looked: dict[str, list[int]] = {}
        self._good: dict[str, int] = {}  # the last lumisection that was seen so
        self._bad: dict[str, set[str]] = {}  # plots that were, since it was proposed
        self._well: dict[str, int] = {}  # from where on no update was found bad
        # of each check the shortest updates that it showed to be bad: how many
        # lumisections they were, and the last of them
        self._shown_bad: dict[str, dict[tuple[str, str], tuple[int, int]]] = {}

    def look(
        self,
        info: RunInfo,
        site: Site,
        verdicts: Mapping[str, Verdict],
        outages: Mapping[str, OutageFact] = NO_OUTAGES,
        alarms: Iterable[Alarm] = (),
    ) -> None:
        """Propose what changed.

        In a run that is over, where something was said already, only BAD is proposed
        (what else its last snapshots show is its end: the high voltage goes down), and
        of its final data that they are not judged in whole.

        Args:
            info: the run header.
            site: the site in force.
            verdicts: by plot.
            outages: by subsystem, "" for the whole source.
            alarms: where they know between which lumisections something began.
        """
        if info.run <= 0:
            return
        if info.run != self._run:
            self._run, self._looked, self._good = info.run, {}, {}
            self._bad, self._well, self._shown_bad = {}, {}, {}
        layouts = {each.layout: each for each in site.layouts}
        covered = components(site)
        lines = timelines(self._logbook, info.run, covered)
        mine = [each for each in alarms if each.run == info.run]
        for name, names in covered.items():
            seen = observe(
                [layouts[each] for each in names if each in layouts],
                verdicts,
                outages,
            )
            parts = ("", *(each or TOP for each in seen.subsystems))
            since = [outages[each].since for each in parts if each in outages]
            self._propose(name, seen, lines[name], info, mine, since)

    def _propose(
        self,
        name: str,
        seen: Observation,
        line: Sequence[Stretch],
        info: RunInfo,
        alarms: Sequence[Alarm],
        out_since: Sequence[int | None],
    ) -> None:
        now = line[-1]
        lumisection = _lumisection(seen, info)
        if lumisection is not None:
            self._note_well(name, seen, lumisection)
        flag = proposal(seen, info)
        if flag is None and now.flag.status == "GOOD" and now.flag.proposed:
            why = _why_not_good(seen)
            flag = Flag("NOTSET", comment=why, proposed=True) if why else None
        if flag is None or lumisection is None:
            return
        if flag.status == "NOTSET":
            self._take_back(name, seen, flag, now, info, out_since)
            return
        if info.state is not RunState.RUNNING and now.record is not None:
            if flag.status != "BAD":
                return  # the final data may still show what is bad, and nothing else
        elif flag.status == "GOOD":
            self._good[name] = lumisection
        looked = self._looked.setdefault(name, [])
        if lumisection not in looked[-1:]:
            looked.append(lumisection)
        if self._is_said(flag, now, info.run, name):
            return
        first = 1 if now.record is None else lumisection
        if flag.status == "BAD":
            first = _since(seen, lumisection)
        elif now.flag.status == "BAD" and now.flag.proposed:
            if flag.status == "GOOD":
                first = self._end(name, seen, lumisection)
            first = max(first, now.flag.first + 1)  # what was bad stays so
        # A lumisection can be known before its verdict is: only an earlier one counts.
        earliest = max((each for each in looked if each < first), default=0) + 1
        if flag.status == "GOOD":
            shown = self._shown_bad.pop(name, {})
            span = _good_from(seen, self._bad.pop(name, set()))
            earliest = min(earliest, span or earliest)
            if shown:
                earliest = max(last for _, last in shown.values()) + 1
            earliest = max(earliest, now.flag.first + 1)
        if flag.status == "BAD":
            first, earliest = _onset(seen, alarms, first, earliest)
            if now.record is None:
                earliest = 1  # what was before is in doubt, and that is not good
            elif _is_gap(line, flag, min(earliest, first)):
                earliest = now.first
        flag = msgspec.structs.replace(
            flag, first=first, earliest=earliest if earliest < first else None
        )
        self._note(flag, now, info.run, name)

    def _note_well(self, name: str, seen: Observation, lumisection: int) -> None:
        """Note from where on the updates were found good, though it is yet to hold."""
        verdicts = dict(
            zip(seen.keys, (each for _, each in seen.verdicts), strict=False)
        )
        bad = {key for key, each in verdicts.items() if _is_bad(each)}
        self._bad.setdefault(name, set()).update(bad)
        shown = self._shown_bad.setdefault(name, {})
        for key in bad:
            for place, span in _bad_spans(key, verdicts[key]):
                many, last = span[1] - span[0], span[1]
                before = shown.get(place, (many, 0))
                if many < before[0]:
                    shown[place] = many, last
                elif many == before[0]:  # of longer ones the last may have been good
                    shown[place] = many, max(last, before[1])
        known = (*JUDGED, *_NOTHING_TO_JUDGE)
        if any(
            each.status not in known
            or (each.status is Status.BAD and each.adopted and not found_better(each))
            for each in verdicts.values()
        ):
            self._well.pop(name, None)
        else:
            self._well.setdefault(name, lumisection)

    def _end(self, name: str, seen: Observation, lumisection: int) -> int:
        """The first lumisection that is good again, as far as that is known."""
        judged = [each for _, each in seen.verdicts if each.status in JUDGED]
        were = self._bad.get(name, set())
        mine = [each for key, (_, each) in zip(seen.keys, seen.verdicts, strict=False)
                if key in were] or judged  # fmt: skip
        since = max(
            [each.since for each in judged if each.since is not None], default=0
        )
        if not since or any(each.since is None for each in mine):
            since = lumisection
        return min(lumisection, since, self._well.get(name, lumisection))

    def _take_back(
        self,
        name: str,
        seen: Observation,
        flag: Flag,
        now: Stretch,
        info: RunInfo,
        out_since: Sequence[int | None],
    ) -> None:
        """Propose no flag any longer, where GOOD was: from what was not judged on."""
        waits = all(
            verdict.status in (*JUDGED, *_NOTHING_TO_JUDGE, Status.WAITING)
            for _, verdict in seen.verdicts
        )
        if now.flag.status != "GOOD" or (waits and not seen.out):
            return  # there is nothing to take back, or its verdict comes soon
        if info.state not in (RunState.RUNNING, RunState.FINAL):
            return
        reached = max(_lumisection(seen, info) or 0, info.lumisection or 0)
        known = [each for each in (*out_since, self._good.get(name)) if each]
        first = max(min(known, default=reached) + 1, now.first + 1)
        over = info.state is not RunState.RUNNING
        if (over and first > reached) or self._is_said(flag, now, info.run, name):
            return
        flag = msgspec.structs.replace(flag, first=first)
        self._note(flag, now, info.run, name)

    def _note(self, flag: Flag, now: Stretch, run: int, name: str) -> None:
        if self._author.refusal("change a signed-off flag") and (
            is_signed_off(self._logbook, run) or pending_sign_off(self._logbook, run)
        ):
            return  # the book would refuse it, at each look again
        what = f"{flag.status}/{flag.first}/{'disputed' if flag.disputed else ''}"
        if now.record is not None and not now.flag.proposed:
            what += f"/{now.record.uid}"  # said before it, it would not be heard
        note = f"proposal/{run}/{name}/{what}"
        self._author.note(note, flag, run=run, subsystem=name)

    def _is_said(self, flag: Flag, now: Stretch, run: int, name: str) -> bool:
        """Tell whether a proposal says nothing new; other words alone are not new."""
        if now.record is None:
            return False
        if now.flag.proposed:
            return _same(flag, now.flag)
        if now.flag.status == flag.status:
            return True
        # A person decided otherwise: the console says once what it sees.
        last = history(self._logbook, run, name)[-1][1]
        return last.proposed and _same(flag, last)


def _same(one: Flag, other: Flag) -> bool:
    return one.status == other.status and bool(one.disputed) == bool(other.disputed)


def _lumisection(seen: Observation, info: RunInfo) -> int | None:
    """The lumisection that what is seen belongs to: its clients' last one."""
    found = [
        each.lumisection
        for each in info.clients
        if each.subsystem in seen.subsystems
        and each.run == info.run
        and each.lumisection is not None
    ]
    return max(found, default=info.lumisection)


def _since(seen: Observation, otherwise: int) -> int:
    """The lumisection since which the first plot is bad."""
    found = [
        verdict.since
        for _, verdict in seen.verdicts
        if verdict.status is Status.BAD and verdict.since is not None
    ]
    return min([*found, otherwise])


def _good_from(seen: Observation, were: Collection[str]) -> int | None:
    """The first lumisection of the updates that plots which were bad are good in."""
    spans = [
        _span(each.checks[0])
        for key, (_, each) in zip(seen.keys, seen.verdicts, strict=False)
        if key in were and each.checks
    ]
    return min((each[0] for each in spans if each is not None), default=None)


def _bad_spans(
    key: str, verdict: Verdict
) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    """The updates of a plot that its checks found bad, by plot and check."""
    for each in verdict.checks if not found_better(verdict) else ():
        span = _span(each)
        if each.status is Status.BAD and each.counts and span is not None:
            yield (key, each.check), span


def _span(check: CheckResult) -> tuple[int, int] | None:
    """First and last lumisection of the updates that a check judged; None: the run."""
    found = re.search(r"(\d+)(?:–(\d+))?", check.span)
    return None if found is None else (int(found[1]), int(found[2] or found[1]))


def _onset(
    seen: Observation, alarms: Iterable[Alarm], first: int, earliest: int
) -> tuple[int, int]:
    """The first bad lumisection and the earliest that may be, as alarms know them."""
    bad = {
        key
        for key, (_, verdict) in zip(seen.keys, seen.verdicts, strict=False)
        if _is_bad(verdict)
    }
    mine = [each for each in alarms
            if each.returned is None and bad & each.keys]  # fmt: skip
    latest = [each.latest for each in mine if each.latest is not None]
    since = [each.earliest for each in mine if each.earliest is not None]
    first = min([first, *latest])
    return first, min([earliest, *since]) if latest else earliest


def _is_gap(line: Sequence[Stretch], flag: Flag, first: int) -> bool:
    """Tell whether it was good, or open, only for a moment between two of one cause."""
    if len(line) < 2:
        return False
    before, gap = line[-2:]
    same = before.flag.status == "BAD" and _named(before.flag) == _named(flag)
    return gap.is_open and same and first - gap.first <= GAP


def _named(flag: Flag) -> tuple[str, str]:
    """The cause of a proposal, and the plot it names."""
    return flag.cause, flag.comment.partition(":")[0]
