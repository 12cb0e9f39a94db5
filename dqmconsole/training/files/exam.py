"""The exam's settings: ``instructions/lessons/exam.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.desk.injection_table import MARKS
from dqmconsole.site.decoder import Decoder
from dqmconsole.site.findings import Findings, Place
from dqmconsole.site.yaml_text import parse
from dqmconsole.training.files.lessons import places_of
from dqmconsole.training.files.sound import within, wrong_evidence
from dqmconsole.training.lesson import ExamSettings, ItemSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem

FEWEST_UPDATES = 12  # of a recorded run: as many as one needs for a study
_RANGES: Mapping[str, tuple[float, float]] = {
    "items": (1, 1000),
    "minutes": (1, 600),
    "valid_days": (1, 3660),
}

_MARKS: Mapping[str, tuple[float, float]] = {
    "sittings": (1, 10),
    "missed": (0, 1000),
    "found": (0, 1),
    "false_calls": (0, 1),
    "causes": (0, 1),
}

_GONE = frozenset(
    {"good", "scenario_minutes", "scenario_faults", "least_faults", "hit_rate",
     "false_alarms", "seconds"}
)  # fmt: skip
"""Keys that earlier versions of the program had."""


class ExamRead(NamedTuple):
    """What the file gave.

    Attributes:
        settings: the exam, its broken items left out; None when it is broken.
        places: "seconds", "matter[2].pages[0]" and the like -> where it is written;
            they are counted as in the settings.
        problems: what was wrong.
    """

    settings: ExamSettings | None
    places: Mapping[str, Place]
    problems: tuple[Problem, ...]


def read_exam(data: bytes, file: str) -> ExamRead:
    """Read the settings of the exam.

    Args:
        data: the file's bytes.
        file: its name, as problems say it.
    """
    findings = Findings(file)
    root = parse(data, findings)
    if root is None:
        if not findings.problems:
            findings.add("the file is empty", Place(file, 1, 1))
        return ExamRead(None, {}, findings.problems)
    _leave_out_gone(root, findings)
    shaper = Decoder(findings, droppable=(ItemSource,))
    written = shaper.struct(root, ExamSettings)
    if written is None:
        return ExamRead(None, {}, findings.problems)
    whole = True
    for key, (low, high) in _RANGES.items():
        within(written, key, low, high, shaper)
        whole = whole and low <= getattr(written, key) <= high
    mark = written.pass_mark
    for key, (low, high) in _MARKS.items():
        within(mark, key, low, high, shaper)
        whole = whole and low <= getattr(mark, key) <= high
    matter = tuple(each for each in written.matter if _is_sound(each, shaper))
    if not matter:
        words = "nothing healthy is left to make an exam of"
        shaper.complain(words, written, "matter")
    places = {"": Place(file, 1, 1)}
    places |= {key: shaper.place(written, key) for key in written.__struct_fields__}
    for item, each in enumerate(matter):
        places[f"matter[{item}]"] = shaper.place(each)
        places |= places_of(each, f"matter[{item}].", shaper)
    settings = msgspec.structs.replace(written, matter=matter)
    return ExamRead(settings if whole and matter else None, places, findings.problems)


def _leave_out_gone(root: Any, findings: Findings) -> None:  # noqa: ANN401 - a node
    """Take away the keys of earlier versions, with an advice for each."""
    if root.id != "mapping":
        return
    kept = []
    for key, value in root.value:
        if key.id == "scalar" and key.value in _GONE:
            findings.add(
                f'"{key.value}" is no longer used: leave it out',
                key,
                "lesson-advice",
                "advice",
            )
        else:
            kept.append((key, value))
    root.value = kept


def _is_sound(source: ItemSource, shaper: Decoder) -> bool:
    wrong = list(_wrongs(source, shaper))
    for words, key, item in wrong:
        shaper.complain(words, source, key, item)
    return not wrong


def _wrongs(
    source: ItemSource, shaper: Decoder
) -> Iterator[tuple[str, str, int | None]]:
    """What is wrong: the words, the key, and the item of its list."""
    if not source.pages:
        yield "it names no page", "pages", None
    for item, page in enumerate(source.pages):
        if not page.strip():
            yield "pages: an empty name", "pages", item
    if shaper.is_empty_list(source, "run_types"):
        yield "run_types: there is no run in which it may stand", "run_types", None
    if any(mark in source.cause for mark in MARKS):
        words = 'cause is "NAME" or "NAME:SUBSYSTEM": when and how much the exam says'
        if source.recorded:
            words = 'cause is "NAME:PATH_OF_A_PLOT": when and how much the exam says'
        yield words, "cause", None
    for item, size in enumerate(source.sizes):
        if size <= 0:
            yield f"sizes: {size:g} is nothing", "sizes", item
    if source.sizes and not source.cause:
        yield "sizes are those of a cause, and there is none", "sizes", None
    if source.sizes and source.evidence:
        yield "an evidence bundle has no sizes", "sizes", None
    if shaper.has(source, "evidence") and (words := wrong_evidence(source.evidence)):
        yield words, "evidence", None
    if source.evidence and not source.truth:
        words = "say whether something is wrong in it: truth: bad, or truth: good"
        yield words, "evidence", None
    yield from _wrong_recorded(source)
    if source.truth and not source.evidence:
        words = "truth is said of an evidence bundle; of a cause the table says it"
        yield words, "truth", None


def _wrong_recorded(source: ItemSource) -> Iterator[tuple[str, str, int | None]]:
    """What is wrong with the recorded runs of an item, as of :func:`_wrongs`."""
    for item, run in enumerate(source.recorded):
        if run <= 0:
            yield f"recorded: {run} is no number of a run", "recorded", item
    if source.recorded and source.evidence:
        yield "an evidence bundle is shown instead of a run", "recorded", None
    elif source.recorded and source.updates < FEWEST_UPDATES:
        words = (
            "updates: how many of them each recorded run has at least, "
            f"{FEWEST_UPDATES} or more: dqmconsole training inject counts them"
        )
        yield words, "recorded", None
    if source.updates and not source.recorded:
        yield "updates are those of recorded runs, and there is none", "updates", None
