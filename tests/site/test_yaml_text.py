from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.site import yaml_text
from dqmconsole.site.findings import Findings
from dqmconsole.site.yaml_text import MAX_BYTES, parse, read_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["libyaml", "python"])
def any_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "python":
        monkeypatch.setattr(yaml_text, "LOADER", yaml.SafeLoader)


def problem_of(data: bytes) -> tuple[str, int, int]:
    findings = Findings("f.yaml")
    assert parse(data, findings) is None
    (problem,) = findings.problems
    return problem.message, problem.line, problem.column


@pytest.mark.usefixtures("any_loader")
@pytest.mark.parametrize(
    ("data", "words", "line", "column"),
    [
        (b"a: [1\nb: 2\n", "syntax error", 2, None),
        (b"a:\n\tb: 1\n", "a tab", 2, 1),
        (b"a: 'x\n", "syntax error", 2, None),
        (b"a: 1\n---\nb: 2\n", "syntax error", 2, 1),
        (b"a: *nowhere\n", "quotes round a text that begins with *", 1, 4),
        (b"a: b: c\n", "needs quotes", 1, 5),
        (b"a: @b\n", "put quotes round", 1, 4),
        ("é: x\nb: \xe9".encode("latin-1"), "not UTF-8: byte 0xe9", 1, 1),
        (b"a: x\nbc\xff", "not UTF-8: byte 0xff", 2, 3),
        (b"\xff\xfea\0:\0", "binary", 0, 0),
        (b"root\0\0\1\2", "binary", 0, 0),
        (b"a: \x07\n", "control character U+0007", 1, 4),
        (b"x: " + b"[" * 100, "nested more than", 1, 43),
        (b"a: &a [*a]\n", "contains itself", 1, 8),
    ],
)
def test_what_cannot_be_parsed_says_where(
    data: bytes, words: str, line: int, column: int | None
) -> None:
    message, at_line, at_column = problem_of(data)
    assert words in message
    assert at_line == line
    assert column in (None, at_column)


@pytest.mark.usefixtures("any_loader")
def test_an_alias_bomb_is_refused_before_it_is_composed() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 20)]
    message, line, _ = problem_of("\n".join(lines).encode())
    assert "aliases written out" in message
    assert 1 < line <= 6


@pytest.mark.usefixtures("any_loader")
@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"# words\n", b"---\n", b"~", b"\xef\xbb\xbf"]
)
def test_an_empty_document_is_no_problem_here(data: bytes) -> None:
    findings = Findings("f.yaml")
    assert parse(data, findings) is None
    assert findings.problems == ()


@pytest.mark.usefixtures("any_loader")
def test_columns_count_characters_even_after_a_byte_order_mark() -> None:
    findings = Findings("f.yaml")
    root = parse("\ufefféßç: [ñ, x]\r\nnext: 1".encode(), findings)
    assert isinstance(root, yaml.MappingNode)
    (_, first), (second, _) = root.value
    assert findings.place(first.value[1]).column == 10
    assert (findings.place(second).line, findings.place(second).column) == (2, 1)


def test_only_plain_readable_files_of_bounded_size_are_read(tmp_path: Path) -> None:
    def problem(path: Path) -> str:
        findings = Findings("f.yaml")
        assert read_bytes(path, findings) is None
        return findings.problems[0].message

    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    loop = tmp_path / "loop.yaml"
    loop.symlink_to(loop)
    assert "larger than 4 MB" in problem(huge)
    assert "not a file" in problem(pipe)
    assert "not a file" in problem(tmp_path)
    assert "missing" in problem(tmp_path / "nothing.yaml")
    assert "cannot be read" in problem(loop)


@given(st.binary(max_size=80) | st.text("ab:-[]{}&*!|>'\"\n\t #%,?0", max_size=60))
def test_nothing_makes_the_parser_raise(data: bytes | str) -> None:
    findings = Findings("f.yaml")
    parse(data if isinstance(data, bytes) else data.encode(), findings)
    assert len(findings.problems) <= 1
