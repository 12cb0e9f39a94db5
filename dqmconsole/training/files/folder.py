"""The folder ``instructions/lessons/``: every lesson of it, and the exam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.model.problem import Problem
from dqmconsole.site.findings import Findings, Place, sendable
from dqmconsole.site.markdown import MAX_BYTES, TextLink
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.training.files.exam import read_exam
from dqmconsole.training.files.lessons import FOLDER, lesson_key, read_lesson
from dqmconsole.training.files.observed_shifts import OBSERVED, read_observed
from dqmconsole.training.files.sound import EXAM, MEASURED
from dqmconsole.training.lesson import (
    ExamSettings,
    Lesson,
    MeasuredRow,
    ObservedSettings,
)
from dqmconsole.training.measured import MeasuredError, read_measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


MAX_LESSONS = 200
MAX_MEASURED = 2_000_000  # bytes
_README = "README.md"


class Lessons(msgspec.Struct, frozen=True):
    """What the folder gave.

    Attributes:
        lessons: the healthy ones, by number.
        drafts: those with errors, as far as they can be read.
        exam: its settings; None where there are none.
        observed: the observed shifts, as far as they can be read; None where there are
            none.
        observed_drafts: numbers of those, from 0, in which something is wrong.
        has_observed: there is a file for them, whatever can be read of it.
        ids: every id for which there is a file, broken ones too.
        files: the evidence bundles that are there.
        places: :func:`lesson_key` -> where it is written.
        links: file -> the links of its words.
        problems: what was wrong.
    """

    lessons: tuple[Lesson, ...] = ()
    drafts: tuple[Lesson, ...] = ()
    exam: ExamSettings | None = None
    observed: ObservedSettings | None = None
    observed_drafts: frozenset[int] = frozenset()
    has_observed: bool = False
    ids: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    places: dict[str, Place] = {}
    links: dict[str, tuple[TextLink, ...]] = {}
    problems: tuple[Problem, ...] = ()


def read_lessons(
    names: Iterable[str],
    read: Callable[[str, Findings, int], bytes | None],
    size: Callable[[str], int | None],
) -> Lessons:
    """Read the folder. Never raises for anything that stands in it.

    Args:
        names: of what stands in the folder.
        read: gives the bytes of one, or None with a problem.
        size: gives the bytes of an evidence bundle; None where it is no file of the
            site.
    """
    return _Reading(sorted(names), read, size).lessons()


class _Reading:
    """One reading of the folder."""

    def __init__(
        self,
        names: list[str],
        read: Callable[[str, Findings, int], bytes | None],
        size: Callable[[str], int | None],
    ) -> None:
        self._names = [each for each in names if not each.startswith(".")]
        self._read = read
        self._problems: list[Problem] = []
        self._places: dict[str, Place] = {}
        self._links: dict[str, tuple[TextLink, ...]] = {}
        self._files = frozenset(
            each
            for each in self._names
            if each.endswith(EVIDENCE_SUFFIX) and size(each) is not None
        )

    def lessons(self) -> Lessons:
        """Everything."""
        ids = [each.removesuffix(".yaml") for each in self._names
               if each.endswith(".yaml")]  # fmt: skip
        exam = self._exam() if EXAM in ids else None
        observed, shifts = None, frozenset[int]()
        has_observed = OBSERVED in ids
        if has_observed:
            observed, shifts = self._observed()
        ids = [each for each in ids if each not in {EXAM, OBSERVED}]
        if len(ids) > MAX_LESSONS:
            self._say(
                FOLDER, f"has more than {MAX_LESSONS} lessons; the rest is not read"
            )
        found: list[Lesson] = []
        drafts: list[Lesson] = []
        for stem in ids[:MAX_LESSONS]:
            words = self._bytes(f"{stem}.md")
            data = self._bytes(f"{stem}.yaml")
            if data is None:
                continue
            name = sendable(stem)
            lesson = read_lesson(data, words, name)
            self._problems += lesson.problems
            self._links[f"{FOLDER}/{name}.md"] = lesson.links
            self._places |= {
                lesson_key(name, part): place for part, place in lesson.places.items()
            }
            found += [lesson.value] if lesson.value else []
            drafts += [lesson.draft] if lesson.draft else []
        kept, second = self._numbered(found)
        self._others(ids)
        return Lessons(
            lessons=tuple(kept),
            drafts=(*drafts, *second),
            exam=exam,
            observed=observed,
            observed_drafts=shifts,
            has_observed=has_observed,
            ids=frozenset(ids),
            files=self._files,
            places=self._places,
            links=self._links,
            problems=tuple(self._problems),
        )

    def _exam(self) -> ExamSettings | None:
        data = self._bytes(f"{EXAM}.yaml")
        if data is None:
            return None
        read = read_exam(data, f"{FOLDER}/{EXAM}.yaml")
        self._problems += read.problems
        self._places |= {
            lesson_key(EXAM, part): place for part, place in read.places.items()
        }
        if read.settings is None or MEASURED not in self._names:
            return read.settings
        rows = self._measured()
        return msgspec.structs.replace(
            read.settings, measured=rows or (), measured_unread=rows is None
        )

    def _measured(self) -> tuple[MeasuredRow, ...] | None:
        """The rows of the bank; None of a file that cannot be read."""
        data = self._bytes(MEASURED, MAX_MEASURED)
        if data is None:
            return None
        file = f"{FOLDER}/{MEASURED}"
        try:
            return read_measured(data.decode())
        except MeasuredError as error:
            place = Place(file, error.line, 1)
            self._say(file, f"{error}: measure it again with --again", place)
        except UnicodeDecodeError:
            self._say(file, "is no text: measure it again with --again")
        return None

    def _observed(self) -> tuple[ObservedSettings | None, frozenset[int]]:
        data = self._bytes(f"{OBSERVED}.yaml")
        if data is None:
            return None, frozenset()
        read = read_observed(data, f"{FOLDER}/{OBSERVED}.yaml")
        self._problems += read.problems
        self._places |= {
            lesson_key(OBSERVED, part): place for part, place in read.places.items()
        }
        return read.settings, read.drafts

    def _numbered(self, lessons: list[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
        """The lessons by number, and those whose number another has."""
        first: dict[int, Lesson] = {}
        second: list[Lesson] = []
        for lesson in lessons:
            other = first.setdefault(lesson.number, lesson)
            if other is lesson:
                continue
            place = self._places[lesson_key(lesson.id, "number")]
            free = max(each.number for each in lessons) + 1
            words = (
                f'a second lesson {lesson.number}, the first is "{other.id}"; it is '
                f"left out (number {free} is free)"
            )
            self._say(place.file, words, place)
            second.append(lesson)
        return [first[number] for number in sorted(first)], second

    def _others(self, ids: list[str]) -> None:
        """Files that belong to no lesson."""
        for name in self._names:
            stem, _, ending = name.rpartition(".")
            if ending == "yaml" or name in (_README, MEASURED) or name in self._files:
                continue
            if ending == EVIDENCE_SUFFIX[1:]:
                words = "is no file of the site: a link that leads out, or no file"
                self._say(f"{FOLDER}/{name}", words)
            elif ending == "md" and stem not in ids:
                hint = did_you_mean(f"{stem}.yaml", [f"{each}.yaml" for each in ids])
                words = f"no lesson {stem}.yaml stands beside it{hint}"
                self._say(f"{FOLDER}/{name}", words)
            elif ending == "yml":
                self._say(f"{FOLDER}/{name}", "is not read: name it .yaml")
            elif ending != "md":
                words = "is not read: delete it, or keep it elsewhere"
                self._say(f"{FOLDER}/{name}", words, advice=True)

    def _bytes(self, name: str, most: int = MAX_BYTES) -> bytes | None:
        findings = Findings(sendable(f"{FOLDER}/{name}"))
        data = self._read(name, findings, most)
        self._problems += findings.problems
        return data

    def _say(
        self, file: str, words: str, place: Place | None = None, *, advice: bool = False
    ) -> None:
        findings = Findings(sendable(file))
        if advice:
            findings.add(words, place, "lesson-advice", "advice")
        else:
            findings.add(words, place, "lesson", "error")
        self._problems += findings.problems
