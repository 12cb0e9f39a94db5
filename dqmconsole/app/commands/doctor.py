"""``dqmconsole doctor``: which versions run here, and whether they fit each other."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click

from dqmconsole.app.options import site_folder_option
from dqmconsole.app.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmconsole.desk.doctor import Diagnosis

_COLOURS = {"ok": "green", "advice": "yellow", "error": "red"}
# What a console needs of Qt, in a process of its own: Qt aborts where it cannot.
_TRY_QT = """
from PySide6.QtWidgets import QApplication, QLabel
import PySide6
application = QApplication([])
label = QLabel("dqmconsole")
label.show()
application.processEvents()
print(PySide6.__version__)
"""
PATIENCE = 30.0  # s


@click.command("doctor")
@site_folder_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def doctor_command(site: Path | None, *, as_json: bool) -> None:
    """Say which program, parts, site and book run here, and whether they fit.

    For before and after an upgrade. What installed packages add (checks, sources,
    drawings, faults) is listed; what could not be imported is tried again. Exits with
    1 when something is an error, with 2 when the command line is wrong.
    """
    import msgspec

    from dqmconsole.plugins import Trials

    Trials().forget()  # before they are imported
    from dqmconsole.app.tables import registered, site_tables
    from dqmconsole.desk.doctor import examine
    from dqmconsole.site.site import bundled_site

    home = site or bundled_site()
    findings = (
        *examine(home, site_tables(), registered()),
        *_own_book(home),
        *_windows(),
    )
    if as_json:
        text = msgspec.json.format(msgspec.json.encode(findings), indent=2)
        say(text.decode())
    else:
        for finding in findings:
            _print(finding)
    if any(finding.level == "error" for finding in findings):
        sys.exit(1)


def _print(finding: Diagnosis) -> None:
    line = f"{finding.area}: {finding.sentence}"
    if finding.remedy:
        line += f"  →  {finding.remedy}"
    level = click.style(finding.level.ljust(7), fg=_COLOURS[finding.level])
    say(line, head=f"{level} ")


def _own_book(home: Path) -> Iterator[Diagnosis]:
    """The book that is this user's own, and records that are not in the site's yet."""
    from dqmconsole.app.books import book_file, data_folder
    from dqmconsole.desk import doctor
    from dqmconsole.desk.publish import PublishError, in_force
    from dqmconsole.logbook.spool import spool_path

    try:
        settings = in_force(home).settings
    except PublishError:
        return  # which was said before
    url = settings.database or f"sqlite:///{book_file(settings.experiment)}"
    if not settings.database:
        yield from doctor.book_file(book_file(settings.experiment))
    yield from doctor.waiting_records(spool_path(data_folder(), url))


def _windows() -> Iterator[Diagnosis]:
    """Whether Qt can draw at all, and show a window."""
    from dqmconsole.app.display import DisplayError, why_no_window
    from dqmconsole.desk.doctor import Diagnosis

    environment = {
        name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"
    }
    try:
        why = why_no_window(environment)
    except DisplayError as error:
        yield Diagnosis("window", "error", f"Qt cannot draw: {error}", "install these")
        return
    said, trouble = _try_qt(environment | {"QT_QPA_PLATFORM": "offscreen"})
    if trouble:
        remedy = "pip install --force-reinstall PySide6-Essentials"
        yield Diagnosis("window", "error", f"Qt cannot draw: {trouble}", remedy)
        return
    yield Diagnosis("window", "ok", f"Qt {said} draws without a display")
    if why:
        remedy = "start it at a desktop, or with ssh -X; drawing to files works"
        yield Diagnosis("window", "advice", f"no window here: {why}", remedy)
        return
    _, trouble = _try_qt(environment)
    if trouble:
        remedy = "dqmconsole demo says more"
        yield Diagnosis("window", "error", f"no window can be shown: {trouble}", remedy)
    else:
        yield Diagnosis("window", "ok", "a window can be shown")


def _try_qt(environment: dict[str, str]) -> tuple[str, str]:
    """What the trial said, and what went wrong with it."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRY_QT],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"it did not answer within {PATIENCE:.0f} s"
    except OSError as error:
        return "", str(error)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        return "", lines[-1]
    return done.stdout.strip(), ""
