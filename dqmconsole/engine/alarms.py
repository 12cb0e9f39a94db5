"""What is wrong now, as alarms are grouped by it: of verdicts, and of clients."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.checks.defaults import PERSIST
from dqmconsole.engine.event_shares import GROSS, EventShares, Missing
from dqmconsole.engine.grouping import Fed, Grouping, Moment, Row, Sign
from dqmconsole.engine.plot_checks import is_over
from dqmconsole.model.cause import LOCAL
from dqmconsole.model.layout import KEY_STEP, TOP
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from dqmconsole.engine.judging import JudgedPlot, Judging
    from dqmconsole.engine.memory import Memory
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.alarm import Alarm
    from dqmconsole.model.cause import Urgency
    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.site import Site

SOURCE = "source"  # the root of what is wrong with the whole source
CHECKS = "checks"  # and of what is wrong with the checks themselves
REFERENCE = "reference"  # and of what is compared with a run of another type
_LOOK_EVERY = 1.0  # s, while plots are still to be judged
_UNSAID = 10.0  # s in which the engine that decides says what it sees, too
_MOST_HELD = 16  # updates that any check is taken to wait at most


class Alarms:
    """The alarms of a source, looked for whenever something was judged.

    Of several engines on one source one decides; the others tell what it keeps. What it
    does not say for too long, because it hangs or sees it otherwise, they say once.

    Args:
        site: its layouts say what is heard.
        above: what feeds each plot, the nearest first.
        memory: keeps the rows across restarts, or None.
    """

    def __init__(
        self,
        site: Site,
        above: Mapping[str, tuple[Fed, ...]],
        memory: Memory | None = None,
    ) -> None:
        self._memory = memory
        self._grouping = Grouping()
        if memory is not None:
            # where kept rows are unknown, no answer to one of these is for another
            given = 0 if memory.is_whole else int(time.time())
            self._grouping = Grouping(memory.rows, given)
        self._judged: dict[str, int] = {}  # subsystem -> version of its data
        self._good: dict[str, deque[int]] = {}  # plot -> lumisections of good data
        self._ran: set[str] = set()  # subsystems whose data of the run went on
        self._shares = EventShares()
        self._run = 0
        self._looked: tuple[object, ...] = ()
        self._others: list[Row] = []  # as other engines have kept them since
        self._unsaid: dict[str, float] = {}  # plot -> when it is said here
        self._decided = False  # at the last look
        self._looked_at = 0.0
        self._use(site, above)

    def change_site(self, site: Site, above: Mapping[str, tuple[Fed, ...]]) -> None:
        """Limits, known issues and layouts are those of another site from now on."""
        before = self._site
        self._use(site, above)
        number = site.release.number if site.release else 0
        words = f"release {number}" if number else "a change of the site"
        if before.layouts == site.layouts and before.known != site.known:
            words = "a known issue"
        self._grouping.site_changed(words, self._judged)

    def _use(self, site: Site, above: Mapping[str, tuple[Fed, ...]]) -> None:
        self._site, self._above = site, above

    def look(
        self,
        state: SourceState,
        judging: Judging,
        outages: Iterable[OutageFact],
        of_other_type: Callable[[str], bool] = lambda _path: False,
    ) -> list[Alarm]:
        """The alarms that are new or changed.

        Args:
            state: run and clients.
            judging: all plots with their verdicts.
            outages: what gives nothing to judge now.
            of_other_type: tells whether an element is compared with a run of another
                type than its own: what is wrong then has one cause.
        """
        out = tuple(outages)
        decides = self._memory is None or self._memory.decides
        asked = (state.run, state.versions, judging.changes, out, decides)
        busy = judging.pending and 0 <= state.now - self._looked_at < _LOOK_EVERY
        if self._memory is not None:
            self._others += self._memory.take_others()
        late = min(self._unsaid.values(), default=math.inf) <= time.monotonic()
        if (asked == self._looked and not self._others and not late) or busy:
            return []
        self._looked_at = state.now
        if not judging.pending:
            self._looked = asked
        if state.run != self._run:
            self._run, self._judged, self._good = state.run, {}, {}
            self._ran = set()
        updated = {
            name
            for name, version in state.versions.items()
            if version and self._judged.get(name) != version
            if not judging.waits(name)
        }
        for name in updated:
            self._judged[name] = state.versions[name]
        signs, good = self._signs(state, judging, out, of_other_type, updated)
        moment = Moment(state.now, state.run, state.reached)
        others, self._others = self._others, []
        followed: list[Row] = []
        if not (decides and self._decided):  # another did until now
            followed, others = self._follow(others), []
        self._decided = decides
        if not decides:
            return [row.alarm for row in (*followed, *self._add(moment, signs))]
        self._unsaid = {}
        taken = {row.alarm.id: row.alarm for row in others}
        keys = {key for key in self._grouping.keys if KEY_STEP in key}
        changed = self._grouping.look(
            moment,
            signs,
            good,
            {each or TOP for each in updated} | ({""} if updated else set()),
            keys - judging.plots.keys(),
            others,
        )
        if self._memory is not None:
            closed = (row for row in changed if row.closed)
            stand = self._grouping.rows  # an update counts in each of them
            differ = (
                row for row in stand if taken.get(row.alarm.id, row.alarm) != row.alarm
            )
            self._memory.keep_rows(
                (*stand, *closed) if updated else (*changed, *differ)
            )
        return [row.alarm for row in (*followed, *changed)]

    def _signs(
        self,
        state: SourceState,
        judging: Judging,
        outages: Iterable[OutageFact],
        of_other_type: Callable[[str], bool],
        updated: Collection[str],
    ) -> tuple[dict[str, Sign], set[str]]:
        """All that is wrong now, by its key, and the keys of what is good.

        Of good plots it is noted how far their data are.
        """
        fewer = self._shares.look(state.run, state.clients)
        signs = {
            name or TOP: _of_missing(name or TOP, each)
            for name, each in fewer.items()
            if _comes(name, state)
        }
        signs |= {each.subsystem: _of_outage(each) for each in outages}
        for name in judging.isolated:
            signs.pop(name or TOP, None)
        good = {
            name or TOP
            for name, client in state.clients.items()
            if client.state == "live"
        }
        good |= {""} if good and "" not in signs else set()
        over = {
            name for name, client in state.clients.items() if is_over(state, client)
        }
        self._ran |= state.clients.keys() - over
        ended, told = over & self._ran, self._grouping.keys
        for one in judging.plots.values():
            if one.isolated or one.verdict is None or one.run != state.run:
                continue
            if one.verdict.status is Status.GOOD:
                good.add(one.key)
                if one.subsystem in updated:
                    self._note_good(one, state)
            elif one.subsystem in ended and one.key not in told:
                continue  # seen at the end of a run alone: a verdict, but no alarm
            elif (sign := self._of_plot(one, state, of_other_type)) is not None:
                signs[one.key] = sign
        return signs, good - signs.keys()

    def _follow(self, others: list[Row]) -> list[Row]:
        """Have rows as the engine that decides has kept them; those that changed."""
        mine = {row.alarm.id: row.alarm.keys for row in self._grouping.rows}
        for row in others:
            keys = mine.get(row.alarm.id, frozenset())
            if not keys & row.alarm.keys:  # the name went to another cause
                for key in keys:
                    self._unsaid.pop(key, None)
        return self._grouping.stand_by(others)

    def _add(self, moment: Moment, signs: Mapping[str, Sign]) -> list[Row]:
        """The rows of plots that the engine that decides says nothing of."""
        assert self._memory is not None
        now, said = time.monotonic(), self._grouping.wrong
        self._unsaid = {
            key: self._unsaid.get(key, now + _UNSAID)
            for key in signs
            if key not in said or self._unsaid.get(key) == math.inf
        }
        late = [key for key, at in self._unsaid.items() if at <= now]
        self._unsaid.update(dict.fromkeys(late, math.inf))  # once
        added = self._grouping.add(moment, {key: signs[key] for key in late})
        self._memory.keep_rows(added)
        return added

    def _note_good(self, one: JudgedPlot, state: SourceState) -> None:
        client = state.clients.get(one.subsystem)
        if client is not None and client.lumisection is not None:
            kept = self._good.setdefault(one.key, deque(maxlen=_MOST_HELD))
            if not kept or kept[-1] < client.lumisection:
                kept.append(client.lumisection)

    def _of_plot(
        self, one: JudgedPlot, state: SourceState, of_other_type: Callable[[str], bool]
    ) -> Sign | None:
        """What is wrong with a plot; None where nothing is.

        Nor is anything of a plot without news whose client gives none: that is an
        outage (`outages.py`) or a state, and the plot is not wrong by itself.
        """
        verdict = one.verdict
        assert verdict is not None
        status, root, family = verdict.announced, one.subsystem or one.layout, None
        urgency: Urgency = ""
        words, extent = verdict.sentence, verdict.extent
        match status:
            case Status.BAD | Status.WARNING:
                family = next((each.family for each in verdict.checks), None) or "shift"
                if of_other_type(one.plot.path):  # all kinds of it in all places
                    root, family, extent = REFERENCE, "shift", None
                    words = f"compared with a run of another type: {words}"
                if status is Status.BAD and verdict.adopted:
                    asked = one.plot.alarm
                    urgency = "" if asked is None or asked == "none" else asked
            case Status.STALE if _comes(one.subsystem, state):
                family = "stale"
            case Status.FAILED:
                root, family = CHECKS, "stale"
            case _:
                return None
        latest = None if verdict.since is None else max(verdict.since, 1)
        sign = Sign(
            key=one.key,
            root=root,
            family=family,
            status=status,
            sentence=words,
            earliest=self._earliest(one, latest),
            perhaps_from=self._earliest(one, latest, 1),
            latest=latest,
            extent=extent,
            parts=one.parts if family in LOCAL else (),
            urgency=urgency,
            above=self._above.get(one.key, ()),
            braces="" if one.plot.axes else one.braces,
        )
        other = one.otherwise
        if other is None or family not in LOCAL or family == other.result.family:
            return sign
        otherwise = msgspec.structs.replace(
            sign,
            family=other.result.family,
            status=other.result.status,
            sentence=other.result.sentence,
            extent=other.extent,
            parts=other.parts,
            urgency=urgency if other.result.status is Status.BAD else "",
            part=True,
        )
        return msgspec.structs.replace(sign, otherwise=otherwise)

    def _earliest(
        self, one: JudgedPlot, latest: int | None, more: int = 0
    ) -> int | None:
        """The lumisection after the last that was surely good, or None.

        A check that waits for several updates that agree sees its fault late.

        Args:
            one: the plot.
            latest: the lumisection in which it had surely begun.
            more: good updates before that one that are not taken to be sure, either;
                where there are no others, it may have begun with the run.
        """
        looks = self._good.get(one.key)
        if not looks or latest is None:
            return None
        assert one.verdict is not None
        written = one.plot.written_checks.values()
        held = max((each.get("persist", 1) for each in written), default=1)
        adopts = one.plot.by_kind and one.plot.checks is not None
        if adopts or not one.verdict.adopted:
            held = max(held, PERSIST)
        held += more
        if more and held > len(looks) and len(looks) < _MOST_HELD:
            return 1
        return min(looks[-min(held, len(looks))] + 1, latest)


def _comes(subsystem: str, state: SourceState) -> bool:
    """Tell whether data of a subsystem come, or would if nothing were wrong."""
    client = state.clients.get(subsystem)
    return client is not None and client.state == "live"


def _of_outage(outage: OutageFact) -> Sign:
    """A subsystem, or the whole source, that gives nothing to judge."""
    return Sign(
        key=outage.subsystem,
        root=outage.subsystem or SOURCE,
        family="stale",
        status=Status.STALE,
        sentence=outage.sentence,
        earliest=None if outage.since is None else outage.since + 1,
        urgency="now",
    )


def _of_missing(subsystem: str, missing: Missing) -> Sign:
    """A client that gets fewer events than usual."""
    lost = round(100 * (1 - missing.share), 1)
    gross = missing.share < 1 - GROSS
    return Sign(
        key=subsystem,
        root=subsystem,
        family="rate",
        status=Status.BAD if gross else Status.WARNING,
        sentence=f"{subsystem} gets {lost:g} % fewer of the events than it did before",
        earliest=missing.since,
        latest=missing.until,
        urgency="dump" if gross else "",
    )
