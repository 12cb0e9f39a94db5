"""What is bad now: plots, open problems, and runs that were passed on; no Qt here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.layout import KEY_STEP, plot_key
from dqmconsole.model.moment import day_words
from dqmconsole.model.record import Entry, PassedOn, Settled
from dqmconsole.model.verdict import Status, onset_words
from dqmconsole.shift.flags import is_signed_off
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.shift.session import ShiftSession

ABNORMAL = (Status.BAD, Status.WARNING)
ENGINE_SILENT = "The engine is silent: what stands here is what it said last"


class Row(NamedTuple):
    """One thing that is bad.

    Attributes:
        status: whose mark stands before it; None for none.
        words: what it is.
        key: key of the plot to show, or "".
    """

    status: Status | None
    words: str
    key: str = ""


def rows(session: ShiftSession) -> list[Row]:
    """Everything that is bad now: what nobody answered first."""
    client, site = session.client, session.site
    found = [Row(Status.BAD, each.sentence, each.key) for each in session.unanswered]
    if client.source and silence(client.engine) is not None:
        found.insert(0, Row(Status.STALE, ENGINE_SILENT))
    waiting = {each.key.partition(KEY_STEP)[0] for each in session.unanswered}
    if site is not None:
        found += [
            Row(each.status, each.words, each.key)
            for each in quiet(site, client.mailbox.verdicts, client.mailbox.outages)
        ]
        plots = plot_rows(site, client.mailbox.verdicts)
        # those that nobody answered are named already, and stay the first
        found += [row for name, row in plots if name in waiting]
        found += [row for name, row in plots if name not in waiting]
    found += [
        Row(
            None,
            f"Open problem: {body.title} ({record.who}, {day_words(record.made_at)})",
            body.plots[0] if body.plots else "",
        )
        for record, body in open_problems(session.logbook)
    ]
    for run, record, body in passed_on(session.logbook):
        said = f": {body.comment}" if body.comment else ""
        found.append(
            Row(None, f"Run {run} is not signed off, {record.who} passed it on{said}")
        )
    return found


def plot_rows(site: Site, verdicts: Mapping[str, Verdict]) -> list[tuple[str, Row]]:
    """One row for each layout with plots that are not good, BAD ones first.

    Only pages of the shift count, as in the roll-ups and at the foot of the window.
    """
    told: list[tuple[str, Row]] = []
    for layout in site.layouts:
        abnormal = [
            (plot_key(layout.layout, page.page, plot.path), page.page, plot)
            for page in layout.pages
            if page.audience == "shift"
            for plot in page.plots
        ]
        found = [
            (key, page, plot, verdicts[key])
            for key, page, plot in abnormal
            if key in verdicts and verdicts[key].status in ABNORMAL
        ]
        if not found:
            continue
        found.sort(key=lambda each: ABNORMAL.index(each[3].status))
        counts = ", ".join(
            f"{many} {status}"
            for status in ABNORMAL
            if (many := sum(each[3].status is status for each in found))
        )
        key, page, plot, verdict = found[0]
        title = plot.title or plot.path.rsplit("/", 1)[-1]
        onset = onset_words(verdict.since, verdict.began)
        words = f"{layout.layout}: {counts} — {page} › {title} {onset}".rstrip() + ": "
        row = Row(verdict.status, words + verdict.sentence, key)
        told.append((layout.layout, row))
    told.sort(key=lambda each: ABNORMAL.index(each[1].status or Status.WARNING))
    return told


def open_problems(logbook: Logbook) -> list[tuple[Record, Entry]]:
    """Entries whose problem is still open, newest first."""
    settled = {body.entry for _, body in logbook.of(Settled)}
    entries = logbook.of(Entry)
    corrected = {body.corrects for _, body in entries if body.corrects}
    return [
        (record, body)
        for record, body in reversed(entries)
        if body.problem and record.uid not in settled and record.uid not in corrected
    ]


def passed_on(logbook: Logbook) -> list[tuple[int, Record, PassedOn]]:
    """Runs whose sign-off was passed on and has not been given yet."""
    newest: dict[int, tuple[Record, PassedOn]] = {}
    for record, body in logbook.of(PassedOn):
        newest[record.run] = (record, body)
    return [
        (run, record, body)
        for run, (record, body) in sorted(newest.items())
        if is_signed_off(logbook, run) is None
    ]
