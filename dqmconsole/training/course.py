"""The course of one person: where each lesson stands, and what was mastered."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.markdown import as_written
from dqmconsole.model.moment import date_words
from dqmconsole.model.record import hash_of
from dqmconsole.training.exam_history import past_exams, words_now
from dqmconsole.training.lesson import EXAM_TITLES, EXAMS, Lesson, teaching
from dqmconsole.training.observed_records import CertificateIssued
from dqmconsole.training.observed_shift import past_observed
from dqmconsole.training.passing import result_lines, result_of
from dqmconsole.training.records import LessonDone, LessonStepDone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import ExamName

DAY = 86400.0  # s
VALID_DAYS = 365  # days a lesson holds where the site has no exam that says it


class Standing(msgspec.Struct, frozen=True):
    """Where a lesson stands for one person.

    Attributes:
        lesson: the lesson.
        state: "new"; "begun"; "done"; "refresher" when it was done and what it
            covers, or the lesson itself, is no longer what it was, or its time is
            over.
        steps_done: steps done since it was last done; of a done one all.
        why: of a refresher, what changed; else "".
        seconds, hints, wrong: of the last time it was done, or of the steps so far.
        until: unix time, s, until which it holds, by the book's own clock; 0 when not
            done, or not in the book yet.
        hints_by_time: how many of the hints came by themselves.
    """

    lesson: Lesson
    state: Literal["new", "begun", "done", "refresher"] = "new"
    steps_done: int = 0
    why: str = ""
    seconds: float = 0.0
    hints: int = 0
    wrong: int = 0
    until: float = 0.0
    hints_by_time: int = 0


def standings(
    site: Site, records: Sequence[Record], who: str, now: float
) -> tuple[Standing, ...]:
    """Where every lesson of a site stands for a person, in the course's order.

    A lesson that was done holds from the moment at which the log stored it, whatever
    a console's clock says.

    Args:
        site: the site in force.
        records: those of the ledger, in the order of the book.
        who: the person.
        now: unix time, s.
    """
    there = covered(("*",), site)
    mine = tuple(each for each in records if each.who == who)
    last = _last_done(mine, who)
    exam = teaching(site).exam
    days = exam.valid_days if exam is not None else VALID_DAYS
    # a console's clock that is behind is found by what the log stored last
    stored = [each.stored_at for each in records if each.stored_at][-1:]
    found = []
    for lesson in teaching(site).lessons:
        steps = steps_done(lesson, mine, who)
        if lesson.id not in last:
            found.append(_begun(lesson, steps.values()))
            continue
        record, done = last[lesson.id]
        until = record.stored_at + days * DAY if record.stored_at else 0.0
        words = _why_again(lesson, done, there)
        if 0 < until < max(now, *stored):
            words.append(f"it held until {date_words(until)}")
        elif until > now + (days + 1) * DAY:  # longer than anything can hold
            words.append(f"it would hold until {date_words(until)}: a clock was wrong")
        why = "; ".join(words)
        found.append(
            Standing(
                lesson,
                "refresher" if why else "done",
                len(steps) if why else len(lesson.steps),
                why,
                done.seconds,
                done.hints,
                done.wrong,
                until,
                done.hints_by_time,
            )
        )
    return tuple(found)


def next_lesson(standings: Sequence[Standing]) -> Lesson | None:
    """What to learn next: what was begun, then what is new, then what changed.

    A new one waits for those it requires, unless nothing else is left.
    """
    done = {each.lesson.id for each in standings if each.state in {"done", "refresher"}}
    ready = [each for each in standings if done.issuperset(each.lesson.requires)]
    for state in ("begun", "new", "refresher"):
        for each in ready:
            if each.state == state:
                return each.lesson
    left = [each.lesson for each in standings if each.state != "done"]
    return left[0] if left else None


def steps_done(
    lesson: Lesson, records: Iterable[Record], who: str
) -> dict[str, LessonStepDone]:
    """The steps a person did of this very lesson since it was last done."""
    found: dict[str, LessonStepDone] = {}
    for record in records:
        body = record.body
        if record.who != who:
            continue
        if isinstance(body, LessonDone) and body.lesson == lesson.id:
            found = {}
        elif isinstance(body, LessonStepDone) and body.lesson == lesson.id:
            found[body.step] = body
    ids = {each.id for each in lesson.steps}
    return {name: each for name, each in found.items()
            if name in ids and each.hash == lesson.hash}  # fmt: skip


def covered(globs: Iterable[str], site: Site) -> dict[str, str]:
    """What a lesson or exam covers, as it is now.

    Args:
        globs: on ids of instructions and names of layouts; ``*`` crosses ``/``.
        site: the site in force.

    Returns:
        "instruction ID" -> "VERSION HASH" and "layout NAME" -> hash.
    """
    wanted = tuple(globs)

    def is_meant(name: str) -> bool:
        return any(fnmatchcase(name, each) for each in wanted)

    found = {f"instruction {each.id}": f"{each.version} {each.hash}"
             for each in site.instructions if is_meant(each.id)}  # fmt: skip
    for layout in site.layouts:
        if is_meant(layout.layout):
            found[f"layout {layout.layout}"] = layout_hash(layout)
    return found


def layout_hash(layout: Layout) -> str:
    """The hash of a layout as it is resolved, whatever its file looks like."""
    return hash_of(msgspec.json.encode(layout, order="deterministic"))


def people(records: Iterable[Record]) -> tuple[str, ...]:
    """Who ever trained, the latest first."""
    return tuple(dict.fromkeys(
        each.who for each in reversed(tuple(records)) if each.who
    ))  # fmt: skip


def record_of_completion(
    site: Site, records: Sequence[Record], who: str, now: float
) -> str:
    """What a person mastered, on which versions and until when, in Markdown.

    Args:
        site: the site in force.
        records: those of the ledger, in the order of the book.
        who: the person.
        now: unix time, s.
    """
    every = standings(site, records, who, now)
    done_by = _last_done(records, who)
    lines = [
        f"# Record of completion: {as_written(who)}",
        "",
        f"{as_written(site.settings.experiment)}, {date_words(now)} (UTC).",
        "",
        "## Mastered",
        "",
    ]
    mastered = [each for each in every if each.state == "done"]
    for each in mastered:
        _, done = done_by[each.lesson.id]
        lines.append(
            f"- **{_titled(each.lesson)}** (version {done.version}): "
            f"{as_written(each.lesson.teaches)}; {_until_words(each.until)}"
        )
        lines += [f"    - {_named(name, what)}" for name, what in done.covered.items()]
    if not mastered:
        lines.append("Nothing yet.")
    stale = [each for each in every if each.state == "refresher"]
    undone = [each for each in every if each.state in {"new", "begun"}]
    exams = []
    for past in past_exams(records):
        if past.record.who == who and past.began.part != "drill":
            part: str = past.began.part
            if part == "items":
                part = EXAM_TITLES[past.began.exam]
            begun = date_words(past.record.made_at)
            words = as_written(words_now(site, past, now))
            exams.append(f"- {begun}, {part}: {words}")
    sat = {
        each.began.exam
        for each in past_exams(records)
        if each.record.who == who and each.began.part == "items"
    }
    stands = [
        (f"The {EXAM_TITLES[name]}", _exam(site, records, who, now, name))
        for name in EXAMS
        if name in sat or (exams and name == "collisions")
    ]
    for heading, found in (
        *stands,
        (
            "Wants a refresher",
            [f"- **{_titled(each.lesson)}**: {each.why}" for each in stale],
        ),
        ("Not done yet", [f"- {_titled(each.lesson)}" for each in undone]),
        ("Exams and practice", exams),
        ("Observed shifts and certificates", _observed(records, who, now)),
    ):
        if found:
            lines += ["", f"## {heading}", "", *found]
    return "\n".join(lines) + "\n"


# -- inside ------------------------------------------------------------------------


def _exam(
    site: Site, records: Sequence[Record], who: str, now: float, name: ExamName
) -> list[str]:
    """How a person stands with an exam, as a list in Markdown."""
    result = result_of(site, records, who, now, name)
    lines = result_lines(result)
    if result.state == "over" and any(
        each.who == who and isinstance(each.body, CertificateIssued) for each in records
    ):
        lines.insert(
            1,
            "- A certificate that was issued on it stays valid for its own time, and "
            "says which pages were changed since; a new one asks for the exam again.",
        )
    return lines


def _observed(records: Sequence[Record], who: str, now: float) -> list[str]:
    """The observed shifts and certificates of a person, as a list in Markdown."""
    lines = [
        f"- {date_words(past.record.made_at)}, observed shift: "
        f"{as_written(past.words_at(now))}"
        for past in past_observed(records)
        if past.record.who == who
    ]
    lines += [
        f"- {date_words(each.made_at)}, certificate issued: where it stands now is "
        "told by `dqmconsole training certificate`"
        for each in records
        if each.who == who and isinstance(each.body, CertificateIssued)
    ]
    return lines


def _last_done(
    records: Iterable[Record], who: str
) -> dict[str, tuple[Record, LessonDone]]:
    return {
        body.lesson: (record, body)
        for record in records
        if record.who == who and isinstance(body := record.body, LessonDone)
    }


def _begun(lesson: Lesson, steps: Collection[LessonStepDone]) -> Standing:
    return Standing(
        lesson,
        "begun" if steps else "new",
        len(steps),
        seconds=sum(each.seconds for each in steps),
        hints=sum(each.hints for each in steps),
        wrong=sum(each.wrong for each in steps),
        hints_by_time=sum(each.hints_by_time for each in steps),
    )


def _why_again(lesson: Lesson, done: LessonDone, there: Mapping[str, str]) -> list[str]:
    words = []
    if lesson.version != done.version:
        words.append(f"the lesson has version {lesson.version}, not {done.version}")
    words += _changes(done.covered, {
        name: what for name, what in there.items()
        if any(fnmatchcase(name.partition(" ")[2], each) for each in lesson.covers)
    })  # fmt: skip
    return words


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    words = [f"{name} is new" for name in after if name not in before]
    for name, was in before.items():
        if name not in after:
            words.append(f"{name} is gone")
        elif after[name] != was:
            words.append(f"{name} changed")
    return words


def _titled(lesson: Lesson) -> str:
    return f"{lesson.number}. {as_written(lesson.title)}"


def _until_words(until: float) -> str:
    if not until:
        return "holds from the moment at which the book has it"
    return f"holds until {date_words(until)}"


def _named(name: str, what: str) -> str:
    """What was covered, with its version where it has one, and its hash."""
    version, blank, hash_ = what.partition(" ")
    if not blank:
        return f"{as_written(name)} ({version[:8]})"
    return f"{as_written(name)}, version {version} ({hash_[:8]})"
