"""Whatever files, elements and people are called, the terminal is not commanded."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from dqmconsole.app.cli import COMMANDS, run
from dqmconsole.app.commands.demo import print_verdicts
from dqmconsole.app.output import say, write_out
from dqmconsole.model.escape import EscapingFormatter, escaped
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.layout import Layout, Page
from dqmconsole.model.run import Conditions, RunInfo
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.rootio.write import write_dqm
from dqmconsole.shift.mailbox import Mailbox

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ESC, CSI = "\x1b", "\x9b"
EVIL = f"a{ESC}]0;owned\x07b{CSI}2Jc\x7f\u202ed"
COLOUR = re.compile("\x1b\\[[0-9]*m")  # the program's own
COMMANDING = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A]


def harmless(text: str) -> None:
    found = [sign for sign in (*COMMANDING, "\u202e") if sign in text]
    assert not found, f"{found} in {text!r}"


def call(*arguments: object) -> Result:
    # in colour, as on a terminal: else click takes some of it away itself
    result = CliRunner().invoke(run, [str(each) for each in arguments], color=True)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    harmless(COLOUR.sub("", result.output))
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of a hostile name with elements of such names."""
    place = tmp_path / f"d{EVIL}"
    place.mkdir()
    data = Histogram(EVIL, EVIL, "TH1D", (Axis(2, 0.0, 1.0),), np.ones(4))
    for run_ in (10, 11):
        write_dqm(
            place / f"DQM_V0001_Hcal_R{run_:09d}.root",
            run_,
            {f"Hcal/{EVIL}": [data, Scalar("text", EVIL), Scalar("l\n", "x\ny")]},
        )
    (place / "DQM_V0001_L1T_R000000011.root").write_bytes(b"broken")
    return place


def test_ls_of_hostile_elements(folder: Path) -> None:
    result = call("ls", folder)
    assert result.exit_code == 0
    assert "\\x1b]0;owned\\x07b\\u009b2Jc\\u007f\\u202ed" in result.stdout
    assert len(result.stdout.splitlines()) == 3  # a newline in a name is none
    result = call("ls", "--json", folder)
    found = {json.loads(line)["path"] for line in result.stdout.splitlines()}
    assert f"Hcal/{EVIL}/{EVIL}" in found
    call("ls", folder, "--run", 12)
    call("ls", folder, f"nothing{EVIL}")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_with_a_hostile_argument(command: str, tmp_path: Path) -> None:
    name = tmp_path / EVIL
    for arguments in (
        (command, name),
        (command, f"--{EVIL}"),
        (command, "--site", name),
        (command, "--site", name, name, "--output", name / "x.pdf"),
        (command, f"bogus{EVIL}"),
    ):
        result = call(*arguments)
        if command not in ("doctor", "validate"):
            assert result.exit_code
    call(EVIL)


def test_a_site_of_hostile_names(tmp_path: Path) -> None:
    layouts = tmp_path / "layouts"
    layouts.mkdir()
    (layouts / "site.yaml").write_text('experiment: "x\\e[2J"\n')
    (layouts / f"{EVIL}.yaml").write_text("layout: [")
    (layouts / "other.yaml").write_text(
        'layout: "H\\e[2J"\npages: [{page: "p\\e[2J", plots: [{path: "a/\\e[2J"}]}]\n'
        '"key\\e[2J": 1\n'
    )
    result = call("validate", "--site", tmp_path)
    assert result.exit_code == 1
    assert "\\x1b" in result.stdout
    call("doctor", "--site", tmp_path)
    json.loads(call("doctor", "--json", "--site", tmp_path).stdout)
    call("publish", "--site", tmp_path, "--yes", "--why", EVIL, "--by", EVIL)
    call("publish", "--site", tmp_path, "--list")


def test_the_book_with_hostile_words(tmp_path: Path) -> None:
    book = tmp_path / f"{EVIL}.sqlite"
    for verb in (("info",), ("export",), ("handover",), ("import", tmp_path / EVIL)):
        call("book", *verb, "--book", book)
    broken = tmp_path / "b.sqlite"
    broken.write_bytes(EVIL.encode() * 100)
    call("book", "info", "--book", broken)


def test_what_goes_to_the_terminal_stays_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    value = {"words": EVIL + "\n\t\u2028"}
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        say(text)
        write_out(text.encode(), None, "book")
        out = capsys.readouterr().out
        harmless(out)
        for line in out.splitlines()[:1]:
            found, _ = json.JSONDecoder().raw_decode(line)
            assert found == value


@pytest.mark.parametrize("name", ["n" * 300, "file/in/it"])
def test_where_no_file_can_be_is_said(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("as it was")
    with pytest.raises(SystemExit):
        write_out(b"", tmp_path / name, "book")
    assert "cannot be written" in capsys.readouterr().err


class Verdicts:
    """What the table reads of a session."""

    banner = f"DEMO {EVIL} [bold]"
    settings = SiteSettings("x", lumisection=EVIL)
    site = Site("", "", settings, (Layout(EVIL, (Page("p", ()),)),))

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.mailbox.run = RunInfo(7, conditions=Conditions(run_type=EVIL))
        self.mailbox.verdicts[EVIL] = Verdict(Status.BAD, f"{EVIL} [red]")


def test_the_table_of_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=200)
    monkeypatch.setattr("rich.console.Console", lambda: console)
    print_verdicts(Verdicts())  # type: ignore[arg-type]
    harmless(stream.getvalue())
    assert "[bold]" in stream.getvalue()
    assert "\\x1b]0;owned" in stream.getvalue()


def test_log_lines_and_their_tracebacks() -> None:
    form = EscapingFormatter("%(name)s %(message)s")
    try:
        int(EVIL)
    except ValueError as error:
        error.add_note(EVIL)
        record = logging.LogRecord(EVIL, 40, "", 1, "%s", (EVIL,), sys.exc_info())
    text = form.format(record)
    harmless(text)
    assert "Traceback" in text
    assert len(text.splitlines()) > 3


PROGRAMS = {
    "command": "from dqmconsole.__main__ import main\nmain()",
    "thread": (
        "import threading\n"
        "from dqmconsole.model.escape import escape_tracebacks\nescape_tracebacks()\n"
        "def fail(): raise OSError('\\x1b[2J')\n"
        "one = threading.Thread(target=fail); one.start(); one.join()"
    ),
    "engine": "from dqmconsole.engine.__main__ import main\nmain(['\\x1b[2J'])",
    "detector": "from dqmconsole.simulation.__main__ import main\n"
    "main(['--folder', '/nowhere', '--cause', '\\x1b[2J'])",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_process_says_at_its_end(program: str) -> None:
    before = (
        "import dqmconsole.app.cli as cli\n"
        "def fail(): raise OSError('\\x1b[2J')\n"
        "cli.run = fail\n"
    )
    text = (before if program == "command" else "") + PROGRAMS[program]
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, check=False
    )
    harmless(done.stderr)
    assert "\\x1b[2J" in done.stderr


def test_what_is_escaped_and_what_is_not() -> None:
    assert escaped("µ σ — “x” ü\n\t") == "µ σ — “x” ü\n\t"
    assert escaped("a\tb\nc\r", lines=False) == "a\\tb\\nc\\r"
    assert escaped("\udc80") == "\\udc80"


def test_a_child_that_fails_over_a_hostile_name(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dqmconsole.site.calendars", EVIL, "0"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    harmless(done.stderr)
    assert "\\x1b]0;owned" in done.stderr
