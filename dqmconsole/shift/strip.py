"""One subsystem by lumisection: segments, and how it stands in words.

The segments of a run cover it from its first lumisection to its last, none twice.
Nothing is said of lumisections that nobody looked at, and nothing is good that was not
judged good: a verdict reaches as far as the data it was given on, an engine that was
not there leaves a gap.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.verdict import JUDGED, Status, by_default, roll_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.history import LumisectionsFact, TransitionFact
    from dqmconsole.model.verdict import Verdict

LOUD = (Status.BAD, Status.WARNING, Status.STALE)
"""What wins over GOOD where both are, the worst first."""
OPEN = 1 << 40  # the last lumisection of what still holds
MOST_LUMISECTIONS = 50_000  # of a run; a number beyond it is no lumisection
_STANDS: dict[str, str] = {
    "frozen": "content still",
    "silent": "no new file",
    "missing": "not in this run yet",
    "unreadable": "cannot be read",
}


class Segment(msgspec.Struct, frozen=True, gc=False):
    """Some lumisections in which one thing holds of a subsystem.

    Attributes:
        first, last: the lumisections, both included.
        status: the worst of the plots; None where nobody looked.
        partly: good, but not all that applies was judged.
        key: the plot that is worst, or "".
        counts: number of plots per status.
        at: unix time, s, at which it was seen to begin, or None.
        sentence: what is the matter with the worst plot, or "".
    """

    first: int
    last: int
    status: Status | None = None
    partly: bool = False
    key: str = ""
    counts: tuple[tuple[Status, int], ...] = ()
    at: float | None = None
    sentence: str = ""


def segment_at(segments: Sequence[Segment], lumisection: int) -> Segment:
    """The segment that holds a lumisection."""
    at = bisect_right(segments, lumisection, key=lambda each: each.first) - 1
    return segments[max(at, 0)]


def status_of(counts: Mapping[Status, int], unknown: int = 0) -> tuple[Status, bool]:
    """The worst of some plots, and whether it is good in parts only.

    Args:
        counts: number of plots per status.
        unknown: plots of which nothing is known.
    """
    for status in LOUD:
        if counts.get(status):
            return status, False
    if counts.get(Status.GOOD):
        rest = sum(
            many
            for status, many in counts.items()
            if status not in (Status.GOOD, Status.NOT_APPLICABLE)
        )
        return Status.GOOD, bool(rest + unknown)
    if unknown:
        counts = {**counts, Status.WAITING: counts.get(Status.WAITING, 0) + unknown}
    return roll_up(s for s, many in counts.items() for _ in range(many)).status, False


def fold(
    keys: Sequence[str], transitions: Iterable[TransitionFact]
) -> tuple[Segment, ...]:
    """The segments of a subsystem as its plots' changes of status make them.

    From the first change on, the last one open; nobody's looking is not asked yet.
    What was bad within one lumisection only is the whole of it.

    Args:
        keys: its plots; changes of others do not count.
        transitions: the changes in the order of their time.
    """
    rank = {key: n for n, key in enumerate(keys)}
    reached: dict[str, int] = {}
    events: dict[int, list[TransitionFact]] = {}
    for each in transitions:
        if each.key not in rank:
            continue
        before = reached.get(each.key, 1)
        at = each.lumisection
        if at is None or not before <= at <= MOST_LUMISECTIONS:
            at = before
        reached[each.key] = at
        events.setdefault(at, []).append(each)
    state: dict[str, TransitionFact] = {}
    found: list[Segment] = []
    for at in sorted(events):
        state.update((each.key, each) for each in events[at])
        now = segment_from(at, keys, state, events[at][-1].at)
        worst = min(
            (each for each in events[at] if each.status in JUDGED),
            key=lambda each: severity(each.status),
            default=None,
        )
        if worst is not None and severity(worst.status) < severity(now.status):
            _append(
                found,
                Segment(
                    *(at, at, worst.status, False, worst.key),
                    ((worst.status, 1),), worst.at, worst.sentence,
                ),
            )  # fmt: skip
            now = msgspec.structs.replace(now, first=at + 1)
        _append(found, now)
    return tuple(found)


def severity(status: Status | None) -> int:
    """How far from the worst a status is: 0 for BAD."""
    return LOUD.index(status) if status in LOUD else len(LOUD)


def _append(found: list[Segment], new: Segment) -> None:
    """End the last segment where a new one begins, if that says something else."""
    if found:
        before = found[-1]
        same = msgspec.structs.replace(
            new, first=before.first, at=before.at, sentence=before.sentence
        )
        if same == msgspec.structs.replace(before, last=new.last):
            found[-1] = msgspec.structs.replace(before, last=new.last)
            return
        found[-1] = msgspec.structs.replace(before, last=new.first - 1)
        if found[-1].last < found[-1].first:
            found.pop()
    found.append(new)


def segment_from(
    first: int,
    keys: Sequence[str],
    state: Mapping[str, TransitionFact] | Mapping[str, Verdict],
    at: float | None = None,
) -> Segment:
    """A segment that is open, as its plots stand.

    Args:
        first: its first lumisection.
        keys: its plots.
        state: how those stand of which that is known.
        at: unix time, s, at which it was seen to begin, or None.
    """
    known = [key for key in keys if key in state]
    counts = Counter(state[key].status for key in known)
    worst, partly = status_of(counts, len(keys) - len(known))
    those = (key for key in known if state[key].status is worst)
    key = "" if worst is Status.GOOD else next(those, "")
    return Segment(
        *(first, OPEN, worst, partly, key), tuple(sorted(counts.items())), at,
        state[key].sentence if key else "",
    )  # fmt: skip


def clipped(
    segments: Iterable[Segment],
    watched: Sequence[tuple[int, int]],
    judged_until: int,
    last: int,
) -> tuple[Segment, ...]:
    """The segments where somebody looked, and segments without a status elsewhere.

    Args:
        segments: in order, none twice.
        watched: first and last lumisections somebody looked at, in order.
        judged_until: last lumisection of the data; verdicts reach no further.
        last: of the run.

    Returns:
        Segments from 1 to `last` without gap.
    """
    found: list[Segment] = []
    reached = 0
    for each in segments:
        end = each.last if each.status not in JUDGED else min(each.last, judged_until)
        for low, high in watched:
            first, ends = max(each.first, low, reached + 1), min(end, high, last)
            if first > ends:
                continue
            if first > reached + 1:
                found.append(Segment(reached + 1, first - 1))
            found.append(msgspec.structs.replace(each, first=first, last=ends))
            reached = ends
    if reached < last:
        found.append(Segment(reached + 1, last))
    return tuple(found)


def watched_ranges(
    facts: Iterable[LumisectionsFact], more: Iterable[int] = ()
) -> tuple[tuple[int, int], ...]:
    """The lumisections somebody looked at, first and last, in order, none twice.

    Args:
        facts: of one run.
        more: further lumisections.
    """
    found: list[tuple[int, int]] = []
    given = [(each.first, each.last) for each in facts if each.watched]
    for first, last in sorted([*given, *((each, each) for each in more)]):
        if last < first:
            continue
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


# -- how a subsystem stands now, in words ----------------------------------------------


def row_words(
    name: str,
    counts: Mapping[Status, int],
    verdicts: Sequence[Verdict],
    outage: OutageFact | None = None,
    *,
    in_run: bool = True,
    known: int = 0,
    unit: str = "LS",
) -> str:
    """How a subsystem stands: "7 of 38 bad · since LS 41".

    Args:
        name: the subsystem.
        counts: its plots per status.
        verdicts: what is said of them.
        outage: what is out of it, or None.
        in_run: it is in the run, or nobody knows.
        known: known issues in it.
        unit: what stands before the number of a lumisection.
    """
    out = counts.get(Status.NOT_APPLICABLE, 0)
    total = sum(counts.values()) - out
    if not counts:
        return "no verdict yet"
    if not total:
        why = next((each.sentence for each in verdicts if each.sentence), "")
        gone = not in_run or f"{name} is out of the run" in why
        return "not in the run" if gone else why or "does not apply now"
    status, _ = status_of(counts)
    many = counts.get(status, 0)
    rest = [each for each in counts if each not in (*JUDGED, Status.NOT_APPLICABLE)]
    if status is Status.STALE or outage is not None:
        words = [_stale_words(many, verdicts, outage, unit)]
        rest = [each for each in rest if each is not Status.STALE]
        quiet = (Status.WAITING, Status.MISSING)
        rest = [each for each in rest if each not in quiet] if outage else rest
    elif status in (Status.BAD, Status.WARNING):
        words = [f"{many} of {total} {status.lower()}"]
        if status is Status.WARNING and by_default(verdicts) == many:
            words = [f"{words[0]} by default"]
        since = [each.since for each in verdicts
                 if each.status is status and each.since is not None]  # fmt: skip
        words += [f"since {unit} {min(since)}"] if since else []
        warned = counts.get(Status.WARNING, 0)
        words += [f"{warned} warning"] if status is Status.BAD and warned else []
    elif status is Status.GOOD:
        words = [f"{many} of {total}"]
    else:
        why = next((each.sentence for each in verdicts if each.status is status), "")
        words = [f"{many} {status.lower()}" if many < total else status.lower()]
        if why and many == total:
            words = [why] if why.startswith(status.lower()) else [*words, why]
        rest = [each for each in rest if each is not status]
    words += [f"{counts[each]} {each.lower()}" for each in rest if counts[each]]
    words += [f"{known} known"] if known else []
    return " · ".join(words)


def _stale_words(
    many: int, verdicts: Sequence[Verdict], outage: OutageFact | None, unit: str
) -> str:
    stale = [each for each in verdicts if each.status is Status.STALE]
    since = outage.since if outage is not None else None
    if since is None:
        since = min((each.since for each in stale if each.since is not None),
                    default=None)  # fmt: skip
    state = _STANDS[outage.state] if outage is not None else "stale"
    if outage is not None and outage.state == "missing":
        return state
    words = f"{many} stale · {state}" if outage is not None and many else state
    words = f"{many} stale" if outage is None else words
    words += f" since {unit} {since}" if since is not None else ""
    last = [each.last.status for each in verdicts if each.last is not None]
    if last:
        words += f", last {min(last, key=lambda each: -JUDGED.index(each)).lower()}"
    return words
