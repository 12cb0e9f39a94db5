"""From a plot and what is known of it to a verdict; pure.

The order of precedence, first match wins:

1. NOT APPLICABLE: the run is of a type the plot is not made for, or one of its
   needs is known not to be met (subsystem or front-end drivers out of the run,
   partitions off, beam mode, magnet, too few events). What is not known is
   taken as met: a plot is never excused by ignorance, nor by the few events of a
   client that is stale or cannot be read.
2. WAITING: there is no run, or the client has not entered it yet.
3. STALE, unreadable: the client's file cannot be read, so nothing is known.
4. MISSING: the file was read and the element is not in it.
5. STALE: while the run goes on, the client's content is frozen, the client is
   silent (the source says so after two measured periods), or, where the layout
   gives ``stale_after``, the data are older than that instead. Data of a run that
   ended, whose final file is there, or of a recording are not stale: nothing
   newer can come.
6. WAITING: while the run goes on, the client's content was not seen to move since
   the engine or the client started; nothing is good on content that may be old.
7. The producer's quality results, the worst of them, and beside them what the checks
   of the layout found; of equals the producer's word goes first. A layout may only
   show them, or leave them out (``quality_results``). Without any, NOT
   CHECKED. Checks by default that could not judge say nothing, and what is merely
   not empty is not checked either.
8. GOOD data that hold NaN or infinite bins, or cannot be decoded, are FAILED:
   what judged them could not have seen them. So are elements without a result
   that turned out to be unreadable when somebody wanted to see them.

Sentences hold times of day, never ages that run: a verdict changes only when
something happened, and each change is told to the console.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.elements import OK_CODE
from dqmconsole.model.glossary import NOT_ADOPTED
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.moment import time_of_day
from dqmconsole.model.run import UNNUMBERED, RunState, run_words
from dqmconsole.model.verdict import (
    JUDGED,
    WORST_FIRST,
    CheckResult,
    Status,
    Verdict,
)
from dqmconsole.model.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.engine.elements import Inspection
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.cause import Family
    from dqmconsole.model.histogram import QualityResult
    from dqmconsole.model.layout import Needs, Plot
    from dqmconsole.model.run import Client, Conditions

MAGNET_ON_FROM = 1.0  # tesla: remanence and ramps stay below
STALE_PERIODS = 2.0
# CMS status codes (DQMServices/Core/interface/DQMDefinitions.h).
_CODES = {
    30: Status.NOT_CHECKED,
    50: Status.DISABLED,
    60: Status.FAILED,
    70: Status.LOW_STATISTICS,
    90: Status.NOT_CHECKED,
    OK_CODE: Status.GOOD,
    200: Status.WARNING,
    300: Status.BAD,
}
_MOST_NAMED = 6  # partitions or FEDs
AT_TOP = "the source"  # what stands at its top is of no subsystem
_ENDED = ("ended", "final", "recorded")
# What the names of producers' algorithms tell (CMS, ATLAS, ALICE); of others: a shift.
_FAMILIES: dict[str, Family] = {
    "dead": "missing",
    "empty": "missing",
    "flag": "missing",  # of a driver that is bad the data are missing
    "holefinder": "missing",
    "lessthan": "missing",
    "noisy": "excess",
    "greaterthan": "excess",
}
# That they are good says no more than that there is something to judge.
STRUCTURAL = ("not_empty", "no_bad_numbers", "entries")


def judge(
    plot: Plot,
    inspected: Inspection,
    state: SourceState,
    known: int = 0,
    checked: tuple[CheckResult, ...] = (),
) -> Verdict:
    """Judge one plot by the order at the top of this module.

    Args:
        plot: the plot, expanded, with what page and layout say resolved.
        inspected: what the source has of its element.
        state: run, clients and conditions, at one moment.
        known: number of known issues that lie in the plot; counted, no more.
        checked: what the plot's checks found.
    """
    verdict = not_judged(plot, inspected, state) or _said_conditions(
        _by_results(plot, inspected, checked), plot, state
    )
    return msgspec.structs.replace(verdict, known=known) if known else verdict


def _said_conditions(verdict: Verdict, plot: Plot, state: SourceState) -> Verdict:
    """The verdict, which says what conditions are not known, or are said by hand."""
    if plot.needs is None or verdict.status not in JUDGED:
        return verdict
    unknown = unknown_needs(plot.needs, state.conditions)
    by_hand = said_by_hand(plot.needs, state.conditions)
    said = "; ".join(filter(None, (unknown and f"not known: {unknown}", by_hand)))
    if not said:
        return verdict
    words = f"{verdict.sentence} ({said})"
    return msgspec.structs.replace(verdict, sentence=words)


def not_judged(plot: Plot, inspected: Inspection, state: SourceState) -> Verdict | None:
    """The verdict on a plot whose content must not be judged now; else None.

    Args:
        plot: as of :func:`judge`, as are the others.
        inspected: what the source has of its element.
        state: run, clients and conditions, at one moment.
    """
    client = state.clients.get(subsystem_of(plot.path))
    return (
        _not_applicable(plot, client, state)
        or _waiting(plot, client, state)
        or _unreadable(inspected, client)
        or _missing(plot, inspected, state)
        or _stale(plot, client, state)
        or _unmoved(client)
    )


def stale_after(plot: Plot, client: Client | None) -> float | None:
    """Seconds from the content's own time after which it counts as stale.

    The layout's word, else two measured periods and the usual lag of the
    content; None while no period was measured, or when nothing newer can come.
    """
    if client is None or client.state in _ENDED:
        return None
    if plot.stale_after is not None:
        return plot.stale_after
    if client.period is None:
        return None
    return STALE_PERIODS * client.period + max(client.lag or 0.0, 0.0)


def _not_applicable(
    plot: Plot, client: Client | None, state: SourceState
) -> Verdict | None:
    run_type = state.conditions.run_type
    if plot.run_types and run_type is not None and run_type not in plot.run_types:
        wanted = " or ".join(plot.run_types)
        return Verdict(
            Status.NOT_APPLICABLE, f"only for {wanted}; this run is {run_type}"
        )
    if plot.needs is None:
        return None
    reason = unmet(plot.needs, state.conditions) or _few_events(plot, client, state)
    return Verdict(Status.NOT_APPLICABLE, reason) if reason else None


def unmet(needs: Needs, conditions: Conditions) -> str:
    """Why the conditions are not those that a plot needs; "" where they are, or may be.

    What is not known is not held against them; see :func:`unknown_needs`.
    """
    subsystems = conditions.subsystems
    if needs.subsystem and subsystems is not None and needs.subsystem not in subsystems:
        return f"{needs.subsystem} is out of the run"
    if needs.feds and conditions.feds is not None:
        out = [fed for fed in needs.feds if fed not in conditions.feds]
        if out:
            return f"{_feds(out)} out of the run"
    if needs.dcs and conditions.dcs is not None:
        off = [part for part in needs.dcs if conditions.dcs.get(part) is False]
        if off:
            said = said_by_hand(needs, conditions)
            return f"HV off: {listed(off, _MOST_NAMED)}" + (said and f" ({said})")
    mode = conditions.beam_mode
    if needs.beam and mode is not None:
        wanted = [name.lower() for name in needs.beam]
        if mode.lower() not in wanted:
            return f"no beam: needs {' or '.join(needs.beam)}; beam mode is {mode}"
    if needs.magnet and conditions.magnet is not None:
        on = abs(conditions.magnet) >= MAGNET_ON_FROM
        if on != (needs.magnet == "on"):
            return (
                f"needs the magnet {needs.magnet}; "
                f"it is {'on' if on else 'off'} ({conditions.magnet:.2f} T)"
            )
    return ""


def unknown_needs(needs: Needs, conditions: Conditions) -> str:
    """Which conditions that a plot needs are not known, in words; or ""."""
    wanted = (
        ("subsystems in the run", needs.subsystem, conditions.subsystems),
        ("FEDs in the run", needs.feds, conditions.feds),
        ("HV", needs.dcs, _of_partitions(needs.dcs, conditions)),
        ("beam mode", needs.beam, conditions.beam_mode),
        ("magnet", needs.magnet, conditions.magnet),
    )
    return ", ".join(word for word, need, known in wanted if need and known is None)


def said_by_hand(needs: Needs, conditions: Conditions) -> str:
    """What a person said of partitions that a plot needs, in words; or ""."""
    by_hand = conditions.by_hand or {}
    words = dict.fromkeys(by_hand[each] for each in needs.dcs if each in by_hand)
    return f"by hand: {'; '.join(words)}" if words else ""


def _of_partitions(names: tuple[str, ...], conditions: Conditions) -> object:
    """None where it is not known of all these partitions whether they are on."""
    dcs = conditions.dcs
    return None if dcs is None or any(name not in dcs for name in names) else dcs


def _few_events(plot: Plot, client: Client | None, state: SourceState) -> str:
    wanted = plot.needs.events if plot.needs is not None else None
    if not wanted or client is None or client.run != state.run:
        return ""
    if client.events is None or client.events >= wanted:
        return ""
    torn = client.state == "unreadable" and state.run_state is RunState.RUNNING
    if torn or _stale(plot, client, state):
        return ""  # its count no longer says what was processed
    return f"{client.events:,} events processed; means something from {wanted:,}"


def _feds(out: list[int]) -> str:
    if len(out) == 1:
        return f"FED {out[0]} is"
    return f"FEDs {listed([str(fed) for fed in out], _MOST_NAMED)} are"


def _waiting(plot: Plot, client: Client | None, state: SourceState) -> Verdict | None:
    if not state.run:
        return Verdict(Status.WAITING, "no run yet")
    name = subsystem_of(plot.path)
    if client is None and state.run == UNNUMBERED:  # one file, and no other to come
        nothing = f", nor anything else of {name}" if name else ""
        return Verdict(Status.MISSING, f"not in the file: {plot.path}{nothing}")
    name = name or AT_TOP
    if client is None:
        return Verdict(
            Status.WAITING, f"no file of {name} in {run_words(state.run)} so far"
        )
    if client.state == "waiting" or client.run < state.run:
        words = f"waiting for {name} to enter {run_words(state.run)}"
        return Verdict(Status.WAITING, words + stream_words(client))
    return None


def stream_words(client: Client) -> str:
    """Why a client that is missing is, where that is its source: ": its source, …"."""
    words = client.sentence if client.stream else ""
    return words and f": {words[0].lower()}{words[1:]}"


def _unreadable(inspected: Inspection, client: Client | None) -> Verdict | None:
    if inspected.reading:
        return Verdict(Status.WAITING, "is being read")
    if inspected.trouble:
        return Verdict(Status.STALE, f"cannot be read: {inspected.trouble}")
    if client is not None and client.state == "unreadable":
        why = client.sentence or f"the file of {client.subsystem} cannot be read"
        return Verdict(Status.STALE, f"unreadable: {why}")
    return None


def _missing(plot: Plot, inspected: Inspection, state: SourceState) -> Verdict | None:
    if inspected.found is None:
        return Verdict(Status.WAITING, "the element has not been looked for yet")
    if inspected.found:
        return None
    where = "the file" if state.run == UNNUMBERED else "this run"
    sentence = f"not in {where}: {plot.path}"
    running = state.run_state is RunState.RUNNING and state.run != UNNUMBERED
    if plot.run_types and state.conditions.run_type is None and running:
        wanted = " or ".join(plot.run_types)
        words = f"{sentence}; only for {wanted}, and the run type is not known yet"
        return Verdict(Status.WAITING, words)
    if inspected.nearest:
        sentence += f"; nearest is {inspected.nearest[0]}"
    return Verdict(Status.MISSING, sentence)


def _stale(plot: Plot, client: Client | None, state: SourceState) -> Verdict | None:
    if client is None or state.run_state is not RunState.RUNNING:
        return None
    if client.state in _ENDED:
        return None
    name = client.subsystem or AT_TOP
    if client.state == "frozen":
        return Verdict(
            Status.STALE,
            f"content frozen: files of {name} are fresh but still hold what was "
            f"there at {time_of_day(client.produced)}",
        )
    if plot.stale_after is not None:
        made = client.produced if client.produced is not None else client.written
        if made is not None and state.now - made > plot.stale_after:
            return Verdict(
                Status.STALE,
                f"data of {time_of_day(made)}, older than the "
                f"{plot.stale_after:g} s its layout allows",
            )
        return None
    if client.state != "silent":
        return None
    usual = f", usually every {client.period:.0f} s" if client.period else ""
    since = client.written if client.written is not None else client.produced
    return Verdict(
        Status.STALE,
        f"source silent: no new file of {name} since {time_of_day(since)}{usual}",
    )


def _unmoved(client: Client | None) -> Verdict | None:
    if client is None or client.state != "unmoved":
        return None
    name = client.subsystem or AT_TOP
    return Verdict(
        Status.WAITING,
        f"waiting for the content of {name} to move: it is from "
        f"{time_of_day(client.produced)}, and may be old",
    )


def _by_results(
    plot: Plot, inspected: Inspection, checked: tuple[CheckResult, ...]
) -> Verdict:
    role = plot.quality_results or "count"
    results = () if role == "ignore" else inspected.results
    counted = bool(results) and role == "count"
    if not counted:
        inspected = msgspec.structs.replace(inspected, results=())
    produced = _by_producer(inspected)
    if results and not counted and produced.status is Status.NOT_CHECKED:
        words = "no check judges it; the producer's tests are shown alone"
        produced = msgspec.structs.replace(produced, sentence=words)
    told = tuple(
        CheckResult(
            result.test,
            _status(result),
            _sentence(_status(result), result),
            value=result.result if math.isfinite(result.result) else None,
            configuration=result.algorithm,
            origin="producer",
            counts=counted,
            family=_family(result),
        )
        for result in results
    )
    own = min(
        (each for each in checked if _decides(each)),
        # that bins hold numbers says least of what is good
        key=lambda each: (
            WORST_FIRST.index(each.status),
            each.status is Status.GOOD and each.check == "no_bad_numbers",
        ),
        default=None,
    )
    failed = bool(inspected.defect) and produced.status is Status.FAILED
    if own is None or failed or (counted and not _is_worse(own, produced.status)):
        first = [each for each in told if each.check == produced.test]
        others = [each for each in (*told, *checked) if each not in first]
        why = "" if counted or failed else _why_unjudged(checked)
        return msgspec.structs.replace(
            produced,
            sentence=f"{produced.sentence}; {why}" if why else produced.sentence,
            checks=(*first, *others),
        )
    if own.status is Status.GOOD and inspected.defect:
        words = f"{own.check} passed, but {inspected.defect}: not to be trusted"
        return Verdict(Status.FAILED, words, test=own.check, checks=(*checked, *told))
    by_default = own.origin == "default"
    others = [each for each in (*checked, *told) if each is not own]
    return Verdict(
        own.status,
        f"{NOT_ADOPTED}: {own.sentence}" if by_default else own.sentence,
        test=own.check,
        result=own.value,
        checks=(own, *others),
        adopted=not by_default,
    )


def _decides(result: CheckResult) -> bool:
    """Tell whether what a check found may be the verdict."""
    if result.origin != "default" or not result.counts:
        return result.counts
    if result.status is Status.GOOD:
        return result.check not in STRUCTURAL
    return result.status in (*JUDGED, Status.FAILED)


def _why_unjudged(checked: tuple[CheckResult, ...]) -> str:
    """Why checks by default do not judge a plot that they could; "" if none could."""
    return next(
        (
            each.sentence
            for each in checked
            if each.check not in STRUCTURAL
            and each.status in (Status.LOW_STATISTICS, Status.NO_REFERENCE)
        ),
        "",
    )


def _is_worse(own: CheckResult, produced: Status) -> bool:
    """Tell whether a check finds worse than the producer's tests do."""
    worse = WORST_FIRST.index(own.status) < WORST_FIRST.index(produced)
    # a test that is switched off judges nothing, one that did not run neither
    return worse or produced in (Status.DISABLED, Status.NOT_CHECKED)


def _by_producer(inspected: Inspection) -> Verdict:
    if not inspected.results and inspected.defect:
        return Verdict(Status.FAILED, inspected.defect)
    if not inspected.results:
        return Verdict(Status.NOT_CHECKED, "no quality test judges it")
    judged = [(_status(result), result) for result in inspected.results]
    status, worst = min(
        judged, key=lambda one: (WORST_FIRST.index(one[0]), _sortable(one[1].result))
    )
    if status is Status.GOOD and inspected.defect:
        return Verdict(
            Status.FAILED,
            f"{worst.test} passed, but {inspected.defect}: not to be trusted",
            test=worst.test,
        )
    return Verdict(
        status,
        _sentence(status, worst) + _others(judged, status),
        test=worst.test,
        result=worst.result if math.isfinite(worst.result) else None,
    )


def _sortable(result: float) -> float:
    return result if math.isfinite(result) else -math.inf


def _status(result: QualityResult) -> Status:
    status = _CODES.get(result.code, Status.FAILED)
    if status in (Status.DISABLED, Status.FAILED) or result.code == 90:
        return status
    if result.result == -1:
        # Older CMSSW turns "could not run" into an error (QTest.h): it is none.
        return Status.LOW_STATISTICS
    if not math.isfinite(result.result) and status is Status.GOOD:
        return Status.FAILED
    return status


def _family(result: QualityResult) -> Family | None:
    """How the data are wrong, as far as the name of the algorithm tells that.

    Of an algorithm that looks for several things, its message says which it found.
    """
    if _status(result) not in (Status.BAD, Status.WARNING):
        return None
    name, message = result.algorithm.lower(), result.message.lower()
    named = [word for word in _FAMILIES if word in name]
    word = next((word for word in named if word in message), next(iter(named), ""))
    return _FAMILIES.get(word, "shift")


def _sentence(status: Status, worst: QualityResult) -> str:
    message = " ".join(worst.message.split())
    number = f"result {worst.result:.3g}" if math.isfinite(worst.result) else ""
    match status:
        case Status.DISABLED:
            head, number = "test is switched off", ""
        case Status.LOW_STATISTICS:
            head, number = "too few entries to judge", ""
        case Status.FAILED if worst.code not in _CODES:
            head = f"test ended with unknown code {worst.code}"
        case Status.FAILED:
            head, number = "test is invalid or gave no number", ""
        case Status.NOT_CHECKED if worst.code == 90:
            head, number = "test did not run", ""
        case Status.NOT_CHECKED:
            head = "test gives no judgement"
        case _ if message:
            return message  # the producer's own words; the panel names the test
        case _:
            head = ""
    words = [word for word in (head, message, number) if word]
    return f"{worst.test}: {'; '.join(words) or 'no message'}"


def _others(judged: Iterable[tuple[Status, QualityResult]], status: Status) -> str:
    counts: dict[Status, int] = {}
    for other, _ in judged:
        if other is not status:
            counts[other] = counts.get(other, 0) + 1
    if not counts:
        return ""
    told = ", ".join(
        f"{counts[other]} {other}" for other in WORST_FIRST if other in counts
    )
    return f" (other tests: {told})"
