"""Mutations of healthy lessons: a message with a line, never an exception."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from support.lesson_texts import EXAM, RECTANGLE, RECTANGLE_WORDS
from support.mutations import changed

from dqmconsole.training.files.exam import read_exam
from dqmconsole.training.files.lessons import LessonRead, read_lesson

if TYPE_CHECKING:
    from dqmconsole.model.problem import Problem

ENCODER = msgspec.msgpack.Encoder()
FILE = "instructions/lessons/exam.yaml"
SCALARS: tuple[Any, ...] = (
    None, True, 0, -1, 1e308, 2**70, "", " ", "\n", "*", "a" * 300, [], [[]], {},
    {"a": 1}, ["see"], "see", "fed-lost", [1, 2], float("nan"), "plot ", "page",
)  # fmt: skip


def check(yaml_data: bytes, words: bytes) -> LessonRead:
    found = read_lesson(yaml_data, words, "rectangle")
    ENCODER.encode((found.value, found.draft))
    lines = {
        ".yaml": len(yaml_data.decode("utf-8", "replace").splitlines()) + 1,
        ".md": len(words.decode("utf-8", "replace").splitlines()) + 1,
    }
    for each in found.problems:
        assert each.message
        most = next(lines[end] for end in lines if each.file.endswith(end))
        assert 0 <= each.line <= most
    errors = [each for each in found.problems if each.severity == "error"]
    assert (found.value is None) == bool(errors)
    if found.value is not None:
        for step in found.value.steps:
            assert step.text.strip()
            assert step.done is None or step.question is None
            if step.question is not None:
                assert 1 <= step.question.right <= len(step.question.choices) <= 5
                assert len(step.question.why) == len(step.question.choices)
        assert found.value.steps
        assert found.value.debrief.strip()
    return found


@given(st.integers(0, 2**32), st.booleans())
@example(0, True)
def test_bytes_changed_at_random(seed: int, both: bool) -> None:
    words = changed(RECTANGLE_WORDS, seed + 1) if both else RECTANGLE_WORDS.encode()
    check(changed(RECTANGLE, seed), words)
    check(RECTANGLE.encode(), changed(RECTANGLE_WORDS, seed))


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes(data: bytes, words: bytes) -> None:
    check(data, words)
    exam(data)


@given(st.text("#: \nseewhich-*[]()<>`1.", max_size=200))
def test_any_words(text: str) -> None:
    check(RECTANGLE.encode(), text.encode())


def parts_of(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - a YAML tree
    items: Any = ()
    if isinstance(tree, dict):
        items = tree.items()
    elif isinstance(tree, list):
        items = enumerate(tree)
    found = []
    for key, value in items:
        found += [(*at, key), *parts_of(value, (*at, key))]
    return found


LESSON_TREE = yaml.safe_load(RECTANGLE)
EXAM_TREE = yaml.safe_load(EXAM)


def with_change(tree: Any, part: tuple[Any, ...], value: Any) -> bytes:  # noqa: ANN401 - a YAML tree
    new = copy.deepcopy(tree)
    owner = new
    for key in part[:-1]:
        owner = owner[key]
    owner[part[-1]] = value
    return yaml.safe_dump(new, sort_keys=False).encode()


@given(st.sampled_from(parts_of(LESSON_TREE)), st.sampled_from(SCALARS))
def test_any_part_of_a_lesson_for_another(part: tuple[Any, ...], value: Any) -> None:  # noqa: ANN401 - a YAML value
    check(with_change(LESSON_TREE, part, value), RECTANGLE_WORDS.encode())


def exam(data: bytes) -> tuple[Problem, ...]:
    found = read_exam(data, FILE)
    ENCODER.encode(found.settings)
    if found.settings is None:
        assert found.problems
    else:
        assert found.settings.matter
        assert found.settings.minutes <= 600
        assert all(each.pages for each in found.settings.matter)
    return found.problems


@given(st.sampled_from(parts_of(EXAM_TREE)), st.sampled_from(SCALARS))
def test_any_part_of_an_exam_for_another(part: tuple[Any, ...], value: Any) -> None:  # noqa: ANN401 - a YAML value
    exam(with_change(EXAM_TREE, part, value))


@given(st.integers(0, 2**32))
def test_an_exam_changed_at_random(seed: int) -> None:
    exam(changed(EXAM, seed))


def test_a_lesson_cut_at_many_columns() -> None:
    for end in range(0, len(RECTANGLE), 23):
        check(RECTANGLE[:end].encode(), RECTANGLE_WORDS.encode())
    for end in range(0, len(RECTANGLE_WORDS), 7):
        check(RECTANGLE.encode(), RECTANGLE_WORDS[:end].encode())
