"""What the manual and the README show works: commands are known, YAML is read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from dqmconsole.app.cli import run
from dqmconsole.desk.check import validate
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = Path(__file__).parents[2]
MANUAL = HOME / "dqmconsole" / "manual"
TEXTS = sorted([*MANUAL.glob("*.md"), HOME / "README.md"])
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SITE = "experiment: X\nbeam_modes: [no beam, stable beams]\n"


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    """The blocks of a language, each with the name of its text."""
    for path in TEXTS:
        for found, body in FENCED.findall(path.read_text()):
            if found == kind:
                yield path.name, body


def commands() -> list[tuple[str, str]]:
    """Every line that calls the program: where it stands, and what follows its name."""
    found = []
    for name, body in blocks("sh"):
        for line in body.replace("\\\n", " ").splitlines():
            for piece in line.split("&&"):
                _, called, words = piece.partition("dqmconsole ")
                if called and not _.strip().removesuffix("bin/").strip(".venxt/"):
                    found.append((name, words))
    return found


@pytest.mark.parametrize(("name", "line"), commands())
def test_a_command_takes_the_words_it_is_given(name: str, line: str) -> None:
    del name
    words = shlex.split(line, comments=True)
    command: click.Command = run
    context = click.Context(run, info_name="dqmconsole")
    while isinstance(command, click.Group):
        verb = words.pop(0)
        found = command.get_command(context, verb)
        assert found is not None, verb
        command, context = found, click.Context(found, info_name=verb, parent=context)
    parser = command.make_parser(context)
    # raises on an option that is not there; whether files are is another matter
    options, left, order = parser.parse_args(args=list(words))
    assert not left, left
    for parameter in order:
        if isinstance(parameter.type, click.Choice):
            value = options[parameter.name or ""]
            for each in value if isinstance(value, (list, tuple)) else [value]:
                parameter.type.convert(each, parameter, context)


def test_what_the_manual_sends_to_is_in_the_bundled_site() -> None:
    named = [
        (file, of)
        for path in MANUAL.glob("*.md")
        for file, of in re.findall(
            r"`([\w/.-]*README\.md)`((?:\s+\w+){4})", path.read_text()
        )
    ]
    assert len(named) == 2
    for file, of in named:
        # a site of one's own has none: `init` writes what it knows of
        assert of.split() == ["of", "the", "bundled", "site"]
        assert (bundled_site() / file).is_file()


def test_there_are_commands() -> None:
    assert len(commands()) > 30


def test_the_layouts_of_the_manual_are_read(tmp_path: Path) -> None:
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    (layouts / "site.yaml").write_text(SITE)
    many = 0
    for name, body in blocks("yaml"):
        if not body.startswith("layout:"):
            continue
        many += 1
        (layouts / f"{many}.yaml").write_text(body)
        found = [
            str(each)
            for each in validate(tmp_path)
            if each.severity == "error" and each.code not in ("unknown-role",)
        ]
        assert found == [], name
    assert many
