"""Mutations of healthy Markdown: always a message with a line, never an exception."""

from __future__ import annotations

import random

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from support.instruction_texts import BEAMS, NOTE, TEXT
from support.mutations import PIECES

from dqmconsole.model.instruction import Instruction, Note
from dqmconsole.site.instructions import TextRead, read_instruction, read_note

ENCODER = msgspec.msgpack.Encoder()


def read(data: bytes, kind: str) -> TextRead[Instruction] | TextRead[Note]:
    if kind == NOTE:
        return read_note(data, "f.md", "notes/boxes", BEAMS)
    return read_instruction(data, "f.md", "hcal/occupancy", BEAMS)


def check(data: bytes, kind: str) -> None:
    found = read(data, kind)
    ENCODER.encode(found.value)
    # the Unicode line breaks of YAML 1.1 count as lines too
    lines = len(data.decode("utf-8", "replace").splitlines()) + 1
    for each in found.problems:
        assert each.message
        assert each.file == "f.md"
        assert 1 <= each.line <= lines or "binary" in each.message
    errors = any(each.severity == "error" for each in found.problems)
    assert (found.value is None) == errors
    if isinstance(found.value, Instruction):
        assert found.value.steps
        assert found.value.turns
        assert any(each.kind == "good" for each in found.value.examples)
        assert all(step.urgencies or not step.role for step in found.value.steps)


@given(st.sampled_from((TEXT, NOTE)), st.integers(0, 2**32))
@example(TEXT, 0)
def test_bytes_changed_at_random(kind: str, seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(kind.encode())
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data) or 1)
        match dice.randrange(5):
            case 0 if data:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randint(1, 30)]
            case 2:
                data[at:at] = dice.choice(PIECES)
            case 3:
                data[at:at] = data[at : at + dice.randint(1, 60)]
            case 4:
                data = data[:at] or bytearray(b"x")
    check(bytes(data), kind)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(data, TEXT)
    check(data, NOTE)


@given(st.text(max_size=300))
def test_any_body(text: str) -> None:
    head = TEXT.partition("\n---\n")[0]
    check(f"{head}\n---\n{text}".encode("utf-8", "surrogatepass"), TEXT)


@given(
    st.sampled_from([line for line in TEXT.splitlines() if line.strip()]),
    st.text("abc:;,.-#*[]()<>`!&\n 1", max_size=30),
)
def test_any_line_for_another(line: str, other: str) -> None:
    check(TEXT.replace(line, other, 1).encode(), TEXT)


def test_a_file_cut_at_every_line_and_some_columns() -> None:
    for kind in (TEXT, NOTE):
        data = kind.encode()
        for end in range(0, len(data), 7):
            check(data[:end], kind)
