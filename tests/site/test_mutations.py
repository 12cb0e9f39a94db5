"""Mutations of healthy files: always a message with a place, never an exception."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from support.instruction_texts import (
    BEAMS,
    CHECKLISTS,
    CONTACTS,
    GLOSSARY,
    NOTE,
    NOW,
    TEXT,
)
from support.mutations import changed
from support.site_texts import KNOWN, LAYOUT, REFERENCES, SITE

from dqmconsole.model.contacts import Contacts
from dqmconsole.model.instruction import Instruction
from dqmconsole.model.layout import Layout
from dqmconsole.site.checklists import read_checklists
from dqmconsole.site.contacts import read_contacts
from dqmconsole.site.glossary import read_glossary
from dqmconsole.site.instructions import TextRead, read_instruction, read_note
from dqmconsole.site.known_issues import read_known
from dqmconsole.site.layouts import read_layout
from dqmconsole.site.references import read_references
from dqmconsole.site.settings import read_settings

if TYPE_CHECKING:
    from dqmconsole.model.problem import Problem

TREES_OF = (LAYOUT, REFERENCES, KNOWN, SITE)
TEXTS = (*TREES_OF, CONTACTS, CHECKLISTS, GLOSSARY, TEXT, NOTE)

# Everything that a file kept from ending well must survive MessagePack.
ENCODER = msgspec.msgpack.Encoder()


def read(data: bytes, kind: str) -> tuple[object, tuple[Problem, ...]]:
    if kind == LAYOUT:
        found = read_layout(data, "f", BEAMS)
        return found.layout, found.problems
    if kind == REFERENCES:
        rules, _, problems = read_references(data, "f")
        return rules, problems
    if kind == KNOWN:
        known, _, problems = read_known(data, "f")
        return known, problems
    if kind == CONTACTS:
        contacts = read_contacts(data, "f", NOW, lambda *_: None)
        return contacts.contacts, contacts.problems
    if kind == CHECKLISTS:
        lists = read_checklists(data, "f")
        return lists.checklists, lists.problems
    if kind == GLOSSARY:
        terms = read_glossary(data, "f")
        return terms.terms, terms.problems
    if kind in (TEXT, NOTE):
        text = read_text(data, kind)
        return text.value, text.problems
    settings, _, _, problems = read_settings(data, "f")
    return settings, problems


def read_text(data: bytes, kind: str) -> TextRead[Any]:
    if kind == NOTE:
        return read_note(data, "f", "notes/boxes", BEAMS)
    return read_instruction(data, "f", "hcal/occupancy", BEAMS)


def check(data: bytes, kind: str) -> None:
    value, problems = read(data, kind)
    ENCODER.encode(value)
    # the Unicode line breaks of YAML 1.1 count as lines too
    lines = len(data.decode("utf-8", "replace").splitlines()) + 1
    for each in problems:
        assert each.message
        assert each.file == "f"
        assert 0 <= each.line <= lines
    if value is None or value == Contacts():
        assert problems
    if kind in (TEXT, NOTE):
        assert (value is None) == any(each.severity == "error" for each in problems)
        for each in problems:
            assert each.line or "binary" in each.message
    if isinstance(value, Instruction):
        assert value.steps
        assert value.turns
        assert any(each.kind == "good" for each in value.examples)
        assert all(step.urgencies or not step.role for step in value.steps)


def keys_of(tree: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - a YAML tree
    found = []
    if isinstance(tree, dict):
        for key, value in tree.items():
            found += [(*at, key), *keys_of(value, (*at, key))]
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            found += keys_of(value, (*at, index))
    return found


def parent(tree: Any, at: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a YAML tree
    for step in at[:-1]:
        tree = tree[step]
    return tree


class Words(yaml.SafeLoader):
    """Loads dates and the like as the words they are."""


Words.yaml_implicit_resolvers = {
    key: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for key, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def tree_of(text: str) -> Any:  # noqa: ANN401 - a YAML tree
    return yaml.load(text, Loader=Words)


TREES = {text: tree_of(text) for text in TREES_OF}
KEYS = [(text, at) for text in TREES_OF for at in keys_of(TREES[text])]
# keys that are free words, and the values that may be anything
FREE = ("run_types", "permissions")


def is_free(at: tuple[Any, ...]) -> bool:
    return any(step in FREE for step in at[:-1])


@given(st.sampled_from(KEYS), st.text("abcdefgz_-", min_size=1, max_size=8))
def test_a_key_with_another_name_is_a_problem_with_its_line(
    where: tuple[str, tuple[Any, ...]], name: str
) -> None:
    kind, at = where
    tree = copy.deepcopy(TREES[kind])
    holder = parent(tree, at)
    if is_free(at) or name in holder or not isinstance(holder, dict):
        return
    tree_keys = {
        (name if key == at[-1] else key): value for key, value in holder.items()
    }
    holder.clear()
    holder.update(tree_keys)
    value, problems = read(yaml.safe_dump(tree, sort_keys=False).encode(), kind)
    healthy, _ = read(kind.encode(), kind)
    if value != healthy:
        assert any(each.line for each in problems)


@given(
    st.sampled_from(KEYS),
    st.sampled_from([[[]], {"zz": {}}, [{"zz": 1}], {}, [None], "\0", 1e400]),
)
def test_a_value_of_the_wrong_kind_is_a_problem_with_its_line(
    where: tuple[str, tuple[Any, ...]], wrong: object
) -> None:
    kind, at = where
    if is_free(at):
        return
    tree = copy.deepcopy(TREES[kind])
    parent(tree, at)[at[-1]] = wrong
    value, problems = read(yaml.safe_dump(tree, sort_keys=False).encode(), kind)
    ENCODER.encode(value)
    if not problems:
        # an empty mapping may stand where every key may be left out, and a text
        # may be any text
        assert wrong in ({}, "\0", 1e400), (at, wrong)
    else:
        assert any(each.line for each in problems)


@given(st.sampled_from(KEYS))
def test_a_key_that_is_gone_leaves_the_default_or_is_a_problem(
    where: tuple[str, tuple[Any, ...]],
) -> None:
    kind, at = where
    tree = copy.deepcopy(TREES[kind])
    del parent(tree, at)[at[-1]]
    check(yaml.safe_dump(tree, sort_keys=False).encode(), kind)


@given(st.sampled_from(KEYS), st.sampled_from(["{1..", "{a,b}", "x" * 5000, "", "//"]))
def test_texts_of_any_form(where: tuple[str, tuple[Any, ...]], text: str) -> None:
    kind, at = where
    tree = copy.deepcopy(TREES[kind])
    parent(tree, at)[at[-1]] = text
    check(yaml.safe_dump(tree, sort_keys=False).encode(), kind)


@given(st.sampled_from(TEXTS), st.integers(0, 2**32))
@example(LAYOUT, 0)
@example(TEXT, 0)
def test_bytes_changed_at_random(kind: str, seed: int) -> None:
    check(changed(kind, seed), kind)


@given(st.sampled_from(TEXTS), st.binary(max_size=200))
def test_any_bytes(kind: str, data: bytes) -> None:
    check(data, kind)


@given(st.text(max_size=300))
def test_any_body_of_an_instruction(text: str) -> None:
    head = TEXT.partition("\n---\n")[0]
    check(f"{head}\n---\n{text}".encode("utf-8", "surrogatepass"), TEXT)


@given(
    st.sampled_from([line for line in TEXT.splitlines() if line.strip()]),
    st.text("abc:;,.-#*[]()<>`!&\n 1", max_size=30),
)
def test_any_line_of_an_instruction_for_another(line: str, other: str) -> None:
    check(TEXT.replace(line, other, 1).encode(), TEXT)


@pytest.mark.parametrize("kind", TEXTS)
def test_a_file_cut_at_every_line_and_some_columns(kind: str) -> None:
    data = kind.encode()
    for end in range(0, len(data), 7):
        check(data[:end], kind)


def test_an_unchanged_file_is_healthy_and_read_twice_alike() -> None:
    for kind in TEXTS:
        value, problems = read(kind.encode(), kind)
        assert problems == ()
        again, _ = read(kind.encode(), kind)
        assert value == again
    assert isinstance(read(LAYOUT.encode(), LAYOUT)[0], Layout)
