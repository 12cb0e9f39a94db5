"""Records of training: what a trainee did, found and answered; bodies of ``Record``.

Findings go into the throw-away book of a lesson; progress, exams and practice go into
the real one, under the trainee's name (``Record.who``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.record import FlagStatus, OtherBody, Record
from dqmconsole.training.lesson import Answer, ExamName, Judgement
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedAt,
    ObservedBegan,
    ObservedEnded,
    ObservedSigned,
    ShadowShift,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Finding(msgspec.Struct, frozen=True, tag="finding", omit_defaults=True):
    """A trainee says of a plot what is wrong, or that nothing is.

    Attributes:
        verdict: "good" or "bad".
        plot: key of the plot, or "".
        cause: name of the table, or "" when it is not known.
        urgency: one of `model.instruction.URGENCIES`, or "nobody".
        lumisection: the run had come so far; 0 when not known.
    """

    verdict: Judgement
    plot: str = ""
    cause: str = ""
    urgency: str = ""
    lumisection: int = 0


class LessonStepDone(
    msgspec.Struct, frozen=True, tag="lesson-step", omit_defaults=True
):
    """A step of a lesson was done.

    Attributes:
        lesson, step: their ids.
        hash: of the lesson.
        seconds: it took.
        hints: hints shown.
        wrong: wrong answers and findings before the right one.
        choice: the choice of a question, from 1; 0 for none.
        hints_by_time: how many of the hints came by themselves, with time; 0 of what
            was written before they were counted apart.
    """

    lesson: str
    step: str
    hash: str = ""
    seconds: float = 0.0
    hints: int = 0
    wrong: int = 0
    choice: int = 0
    hints_by_time: int = msgspec.field(default=0, name="came")


class LessonDone(msgspec.Struct, frozen=True, tag="lesson-done", omit_defaults=True):
    """A lesson was played to its end.

    Attributes:
        lesson: its id.
        version, hash: of the lesson.
        seconds: it took.
        hints, wrong: all of them.
        covered: "instruction ID" or "layout NAME" -> hash of what it covered.
        hints_by_time: how many of the hints came by themselves.
    """

    lesson: str
    version: int = 0
    hash: str = ""
    seconds: float = 0.0
    hints: int = 0
    wrong: int = 0
    covered: dict[str, str] = {}
    hints_by_time: int = msgspec.field(default=0, name="came")


class ExamBegan(msgspec.Struct, frozen=True, tag="exam-began", omit_defaults=True):
    """An exam was begun; the record's uid names it.

    Attributes:
        part: "items" of an exam; "drill" for a daily drill, "practice" for a practice
            shift; earlier versions had a "scenario", too.
        seed: the plan follows from it and from the site.
        plan: hash of the plan.
        settings: hash of the site; only earlier versions wrote it.
        items: how many there are.
        exam: which of the exams its items are of.
        found: least share of the faults that the pass mark asked for then; 0 of what
            was written before it did.
        bank: what its items were drawn from, as of ``item_bank.bank_of``; empty where
            an earlier version did not say.
    """

    part: Literal["items", "drill", "scenario", "practice"]
    seed: int
    plan: str
    settings: str = ""
    items: int = 0
    exam: ExamName = "collisions"
    found: float = 0.0
    bank: dict[str, str] = {}


class ExamGivenUp(msgspec.Struct, frozen=True, tag="exam-given-up", omit_defaults=True):
    """An exam cannot be resumed, for the site's items are others; another one begins.

    Attributes:
        exam: its uid.
        changed: what of them was found to be another, in words; "" where that is not
            recorded.
    """

    exam: str
    changed: str = ""


class ItemShown(msgspec.Struct, frozen=True, tag="item-shown", omit_defaults=True):
    """An item is about to be shown: from now on it is spent.

    Attributes:
        exam: uid of the exam.
        number: place in the plan, from 0.
        spare: how many items of this place were spent before it by a crash.
    """

    exam: str
    number: int
    spare: int = 0


class ItemLeftOut(msgspec.Struct, frozen=True, tag="item-left-out", omit_defaults=True):
    """An item was not shown: its run does not show what the item is to show.

    Attributes:
        exam, number, spare: the item; another takes its place.
        page: "Layout/Page".
        cause: of the table, with target and size.
        why: in words.
    """

    exam: str
    number: int
    spare: int = 0
    page: str = ""
    cause: str = ""
    why: str = ""


class ItemAnswered(
    msgspec.Struct, frozen=True, tag="item-answered", omit_defaults=True
):
    """An item was answered, or left, or the exam's time was over ("").

    Attributes:
        exam, number, spare: the item.
        answer: "good", "bad", or "" when time ran out, or the item in view was left
            on purpose (counts as "good").
        plot: path of the plot that was pointed at, or "".
        seconds: from the picture to the answer.
        truth: what was right.
        kind: "fault", "harmless" or "nothing".
        cause: of the table, with target and size; "" for nothing.
        family: of the cause, or "".
        page: "Layout/Page".
        automatic: what the console's own verdicts said of the page: "bad" when a plot
            was BAD.
        warned: plots of the page that were WARNING by these.
        named: the cause that was named, of the table, or "".
        urgency: how soon to call, as it was said, or "".
        shows: paths of the plots on which it shows, the clearest first, by the run that
            was shown; empty where that is not known.
        region: on the first of these, in its axes' units; empty where it has no place.
        band: how large it is, as measured; or "".
        act: when somebody has to act, by the table: "now", "dump", "next-day"; or "".
        alike: other causes that are right: they take parts of the same kind and the
            instructions of the page ask the same, or they would have taken the very
            same channels (which is not known of a page that was not reached).
        measured_before: how large it is, was measured on another simulation, other
            references or other causes than those in force.
        recorded: number of the recorded run that was shown; 0 of a simulated one.
        strength: of a fault, as measured; 0 where that is not known.
        run_type: of the recorded run, in the site's word; "" where that is not known.
    """

    exam: str
    number: int
    spare: int = 0
    answer: Answer = ""
    plot: str = ""
    seconds: float = 0.0
    truth: Answer = ""
    kind: str = ""
    cause: str = ""
    family: str = ""
    page: str = ""
    automatic: Answer = ""
    named: str = ""
    urgency: str = ""
    shows: tuple[str, ...] = ()
    region: tuple[float, ...] = ()
    band: str = ""
    act: str = ""
    warned: int = 0
    alike: tuple[str, ...] = ()
    measured_before: bool = False
    recorded: int = 0
    strength: float = 0.0
    run_type: str = ""


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a trainee did in a simulated shift, as far as it is scored.

    The records themselves stay in the throw-away book, and go with it: a call or a
    flag of a simulated run has no place in the real one.

    Attributes:
        what: "finding", "call", "flag" or "entry".
        seconds: of the scenario's time when it was done.
        lumisection: the run had come so far, over all runs; 0 when not known.
        beam_mode: of that moment, or "".
        verdict, cause, urgency: of a finding; the cause of a flag, too.
        plots: keys of the plots it is about.
        role: of a call.
        answered: of a call: somebody did, or it was not said.
        component, status, first, last, earliest: of a flag; `last` 0: until the end.
        evidence: an entry has an evidence bundle.
    """

    what: Literal["finding", "call", "flag", "entry"]
    seconds: float
    lumisection: int = 0
    beam_mode: str = ""
    verdict: Answer = ""
    cause: str = ""
    urgency: str = ""
    plots: tuple[str, ...] = ()
    role: str = ""
    answered: bool = True
    component: str = ""
    status: FlagStatus | Literal[""] = ""
    first: int = 0
    last: int = 0
    earliest: int = 0
    evidence: bool = False


class ScenarioAt(msgspec.Struct, frozen=True, tag="scenario-at", omit_defaults=True):
    """How far the scenario of an exam had come; only earlier versions wrote it.

    Attributes:
        exam: its uid.
        seconds: of its time that are spent.
        lumisection: last one simulated, over all runs.
        actions: what the trainee did since the record before it.
    """

    exam: str
    seconds: float
    lumisection: int
    actions: tuple[Action, ...] = msgspec.field(default=(), name="deeds")


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a practice shift was scored on.

    Attributes:
        cause: "NAME:SUBSYSTEM@LS" of the plan; "" for what belongs to none.
        on: "found", "cause", "urgency", "call", "flag", "entry", "time",
            "false alarm".
        points, of: what was reached of what.
        words: why.
        seconds: from onset until it was done, of "time".
    """

    cause: str
    on: str
    points: float
    of: float
    words: str = ""
    seconds: float | None = None


class ExamEnded(msgspec.Struct, frozen=True, tag="exam-ended", omit_defaults=True):
    """An exam or practice is over; the marks of a practice shift.

    Attributes:
        exam: its uid.
        part: as it was begun.
        marks: what it was scored on; of items none, their answers stand for themselves.
        covered: as of :class:`LessonDone`; of items their seal, see
            ``item_bank.seal_of``, with the instructions of their pages.
    """

    exam: str
    part: str
    marks: tuple[Mark, ...] = ()
    covered: dict[str, str] = {}


TrainingBody = (
    Finding | LessonStepDone | LessonDone | ExamBegan | ExamGivenUp | ItemShown
    | ItemLeftOut | ItemAnswered | ScenarioAt | ExamEnded | ObservedBegan | ObservedAt
    | ObservedEnded | ObservedSigned | ShadowShift | CertificateIssued
)  # fmt: skip
KINDS: dict[str, type[msgspec.Struct]] = {
    str(each.__struct_config__.tag): each for each in TrainingBody.__args__
}
"""Kind of a record, as it is stored -> what it says."""


def understood(record: Record) -> Record:
    """A record with what it says of the training, where it says that.

    What is of no kind of the training, or was written otherwise by a newer program,
    stays as it is.
    """
    body = record.body
    if not isinstance(body, OtherBody) or body.kind not in KINDS:
        return record
    try:
        found = msgspec.convert(dict(body), type=KINDS[body.kind])
    except msgspec.ValidationError:
        return record
    return msgspec.structs.replace(record, body=found)


def of_training(records: Iterable[Record]) -> Iterator[Record]:
    """The records of training among some, understood."""
    for each in map(understood, records):
        if isinstance(each.body, TrainingBody):
            yield each
