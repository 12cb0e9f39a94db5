"""What a command writes: to a file, whole or not at all, or to the terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from dqmconsole.app.book_access import fail

if TYPE_CHECKING:
    from pathlib import Path


def write_out(data: bytes, output: Path | None, verb: str) -> None:
    """Write to a file, or to the terminal where none is given.

    Ends the command of the verb with a sentence when the file cannot be written; what
    it held before is then still there.
    """
    if output is None:
        click.echo(data.decode(), nl=False)
        return
    part = output.with_name(f"{output.name}.part{os.getpid()}")
    try:
        part.write_bytes(data)
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        fail(f"{output} cannot be written: {error.strerror}", verb)
