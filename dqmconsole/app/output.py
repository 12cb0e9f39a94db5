"""What a command writes: to a file, whole or not at all, or to the terminal.

Names of files and elements and the words of others may hold anything: whatever a
command says goes through here, and control characters are escaped.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from dqmconsole.model.escape import escaped
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def say(text: str, *, err: bool = False, nl: bool = True, head: str = "") -> None:
    """Write a text to the terminal.

    Args:
        text: the text; JSON stays valid.
        err: on stderr.
        nl: with a newline at its end.
        head: what goes before it as it is, for colours.
    """
    click.echo(head + escaped(text), err=err, nl=nl)


def fail(message: str, verb: str = "book", code: int = 2) -> NoReturn:
    """End the command of a verb with a sentence.

    Args:
        message: the sentence.
        verb: the command.
        code: the exit code.
    """
    say(f"dqmconsole {verb}: {message}", err=True)
    sys.exit(code)


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on the terminal (on stderr); gives what is told how much is done.

    Args:
        what: is done, in words.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


@contextlib.contextmanager
def errors_escaped() -> Iterator[None]:
    """Escape what click is going to say of a command that ends in an error."""
    try:
        yield
    except click.ClickException as error:
        # click declares the attribute final, but reads it only when it is shown
        vars(error).update(message=escaped(error.message))
        raise


def write_out(data: bytes, output: Path | None, verb: str) -> None:
    """Write to a file, or to the terminal where none is given.

    Ends the command of the verb with a sentence when the file cannot be written; what
    it held before is then still there.
    """
    if output is None:
        say(data.decode(), nl=False)
        return
    try:
        with replacing(output) as part:
            part.write_bytes(data)
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}", verb)
