"""What a person on shift reads has the site's own word for a lumisection."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dqmconsole

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(dqmconsole.__file__).parent
OF_ONE_EXPERIMENT = re.compile(r"\blumisections?\b|\bLS\b", re.IGNORECASE)


def said_in(text: str) -> Iterator[str]:
    """The texts of a file that are more than one word; docstrings are none."""
    tree = ast.parse(text)
    described = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in described:
            continue
        if isinstance(node.value, str) and " " in node.value:
            yield node.value


@pytest.mark.parametrize("room", ["shift", "ui"])
def test_no_sentence_names_the_lumisection_itself(room: str) -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {words}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for words in said_in(path.read_text(encoding="utf-8"))
        if OF_ONE_EXPERIMENT.search(words)
    }
    assert not found, "the word is the site's: settings.lumisection, settings.unit"


def test_what_a_sentence_says_is_found() -> None:
    text = 'def f(n):\n    """Of a lumisection."""\n    return f"ended with LS {n}"\n'
    assert list(said_in(text)) == ["ended with LS "]
