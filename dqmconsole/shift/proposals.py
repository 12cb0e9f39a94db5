"""Proposed flags: from verdicts, high voltage and what is in the run.

A proposal is never a decision: a person confirms it, or sets another flag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.record import Flag
from dqmconsole.model.run import RunState
from dqmconsole.model.verdict import JUDGED, Status, Verdict
from dqmconsole.shift.flags import components, history, timelines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.logbook.author import Author
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.layout import Layout
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.shift.flags import Stretch

# Of a plot with one of these nothing can be said, though something should be.
_LOST = (Status.MISSING, Status.STALE, Status.FAILED)


class Observation(msgspec.Struct, frozen=True):
    """What the console sees of one component at one moment.

    Attributes:
        subsystems: the subsystems its plots come from.
        partitions: DCS partitions that its plots need.
        verdicts: of its shift plots, with their titles.
    """

    subsystems: frozenset[str]
    partitions: frozenset[str]
    verdicts: tuple[tuple[str, Verdict], ...]


def observe(layouts: Sequence[Layout], verdicts: Mapping[str, Verdict]) -> Observation:
    """What is seen of the layouts of a component."""
    found = []
    subsystems, partitions = set(), set()
    for layout in layouts:
        for page in layout.pages:
            if page.audience != "shift":
                continue
            for plot in page.plots:
                subsystems.add(subsystem_of(plot.path))
                partitions |= set(plot.needs.dcs if plot.needs else ())
                verdict = verdicts.get(plot_key(layout.layout, page.page, plot.path))
                if verdict is not None:
                    found.append((plot.title or plot.path, verdict))
    return Observation(frozenset(subsystems), frozenset(partitions), tuple(found))


def proposal(seen: Observation, info: RunInfo) -> Flag | None:
    """The flag that the evidence speaks for just now; None where nothing does.

    Where two kinds of evidence speak against each other (verdicts are GOOD, some high
    voltage is off; it is not in the run, and yet judged), a verdict is WARNING, or
    more plots are lost than judged, `disputed` says so: such a proposal is not
    confirmed with the others.
    """
    given = info.conditions
    judged = [each for each in seen.verdicts if each[1].status in JUDGED]
    if given.subsystems and seen.subsystems and not seen.subsystems & given.subsystems:
        against = f"and yet {_plots(len(judged))} judged" if judged else ""
        return Flag("EXCLUDED", cause="not in the run", proposed=True,
                    disputed=against)  # fmt: skip
    off: set[str] = set()
    if given.dcs is not None:
        off = {each for each in seen.partitions if given.dcs.get(each) is False}
    if off and off == seen.partitions:
        words = f"high voltage off: {', '.join(sorted(off))}"
        return Flag("STANDBY", cause="HV", comment=words, proposed=True)
    bad = [each for each in judged if each[1].status is Status.BAD]
    if bad:
        more = f" (and {_plots(len(bad) - 1)} more)" if len(bad) > 1 else ""
        return Flag(
            "BAD",
            cause="HV" if off else _cause(bad),
            comment=f"{bad[0][0]}: {bad[0][1].sentence}{more}",
            proposed=True,
        )
    if not judged:
        return _not_meant(seen)
    warned = [each for each in judged if each[1].status is Status.WARNING]
    disputes = []
    if off:
        disputes.append(f"high voltage off: {', '.join(sorted(off))}")
    if warned:
        disputes.append(f"WARNING: {warned[0][0]}: {warned[0][1].sentence}")
    lost = [each for each in seen.verdicts if each[1].status in _LOST]
    if len(lost) > len(judged):
        words = f"{_plots(len(lost))} {lost[0][1].status}, only {len(judged)} judged"
        disputes.append(words)
    return Flag(
        "GOOD",
        comment=f"{_plots(len(judged))} judged" if not disputes else "",
        proposed=True,
        disputed="; ".join(disputes),
    )


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
    return Flag("STANDBY", cause="not applicable", comment=words, proposed=True)


def _plots(many: int) -> str:
    return f"{many} plot" if many == 1 else f"{many} plots"


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

    def look(self, info: RunInfo, site: Site, verdicts: Mapping[str, Verdict]) -> None:
        """Propose what changed.

        In a run that is over, where something was said already, only BAD is proposed:
        what else its last snapshots show is its end (the high voltage goes down).

        Args:
            info: the run header.
            site: the site in force.
            verdicts: by plot.
        """
        if info.run <= 0:
            return
        if info.run != self._run:
            self._run, self._looked = info.run, {}
        layouts = {each.layout: each for each in site.layouts}
        covered = components(site)
        lines = timelines(self._logbook, info.run, covered)
        for name, names in covered.items():
            seen = observe(
                [layouts[each] for each in names if each in layouts], verdicts
            )
            self._propose(name, seen, lines[name][-1], info)

    def _propose(
        self, name: str, seen: Observation, now: Stretch, info: RunInfo
    ) -> None:
        over = info.state is not RunState.RUNNING
        lumisection = _lumisection(seen, info)
        flag = proposal(seen, info)
        if flag is None or lumisection is None:
            return
        if over and now.record is not None and flag.status != "BAD":
            return  # the final data may still show what is bad, and nothing else
        looked = self._looked.setdefault(name, [])
        if lumisection not in looked[-1:]:
            looked.append(lumisection)
        if self._is_said(flag, now, info.run, name):
            return
        first = 1 if now.record is None else lumisection
        if flag.status == "BAD":
            first = _since(seen, lumisection)
        # A lumisection can be known before its verdict is: only an earlier one counts.
        earliest = max((each for each in looked if each < first), default=0) + 1
        if now.record is None and flag.status == "BAD":
            earliest = 1  # what was before is in doubt, and data in doubt are not good
        flag = msgspec.structs.replace(
            flag, first=first, earliest=earliest if earliest < first else None
        )
        what = f"{flag.status}/{first}/{'disputed' if flag.disputed else ''}"
        if now.record is not None and not now.flag.proposed:
            what += f"/{now.record.uid}"  # said before it, it would not be heard
        note = f"proposal/{info.run}/{name}/{what}"
        self._author.note(note, flag, run=info.run, subsystem=name)

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
