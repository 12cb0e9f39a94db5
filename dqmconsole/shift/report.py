"""The hand-over as the book tells it: a draft to be edited, and a page to print."""

from __future__ import annotations

import base64
import datetime
import html as escaping
import zoneinfo
from typing import TYPE_CHECKING

from dqmconsole.markdown import PICTURE, safe_html
from dqmconsole.model.record import Entry, Settled, ShiftEnded
from dqmconsole.shift.report_parts import (
    changes,
    check_lists,
    on_the_plots,
    one_line,
    shift_calls,
    unopened_pages,
)
from dqmconsole.shift.report_runs import (
    run_flags,
    run_rows,
    runs_during,
    runs_of,
    to_sign_off,
)
from dqmconsole.shift.runs import quiet_since

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmconsole.logbook.spool import Held
    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.record import Record
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict

    Clock = Callable[[float | None], str]

_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def draft(
    logbook: Logbook,
    site: Site,
    shift: Record,
    verdicts: Mapping[str, Verdict],
    now: float,
    live: RunInfo | None = None,
    held: Sequence[Held] = (),
) -> str:
    """The hand-over in Markdown, to be edited before it is given.

    The same book, site and moment always give the same text.

    Args:
        logbook: all records.
        site: the site in force.
        shift: the record that began the shift.
        verdicts: those of this moment by plot key; empty when none are known.
        now: unix time, s.
        live: the run header of this moment; None where none is known.
        held: records that are not in the book, for their author is not signed in.
    """
    ended = [each.made_at for each, _ in logbook.of(ShiftEnded)
             if each.shift == shift.uid]  # fmt: skip
    end = ended[-1] if ended else now
    clock = clock_of(site.contacts.timezone)
    since = quiet_since(live, now) if live is not None else None
    dead = {} if live is None or since is None else {live.run: since}
    runs = runs_of(logbook, shift, end, dead)
    during = runs_during(logbook, shift, end, dead)
    sections = {
        "Runs": run_rows(logbook, site, runs, clock, live, dead),
        "Flags": run_flags(logbook, site, runs, clock),
        "To be signed off": to_sign_off(logbook, site, runs, clock, dead),
        "Open problems": _problems(logbook, shift, clock),
        "Entries": _entries(logbook, shift, clock),
        "Calls": shift_calls(logbook, shift, clock),
        "On the plots now": on_the_plots(verdicts, site),
        "Check-lists": check_lists(logbook, site, shift, during, end, live),
        "Not looked at": unopened_pages(logbook, site, during, verdicts, live),
        "What changed": changes(logbook, site, shift, end, clock),
    }
    parts = [_head(logbook, site, shift, end if ended else None, clock, now)]
    parts[0] += "".join(
        f"\n- **Not in the book:** {one_line(each.sentence)}" for each in held
    )
    parts += [f"## {title}\n\n" + "\n".join(lines) for title, lines in sections.items()]
    return "\n\n".join(parts) + "\n"


def html(text: str, title: str, pictures: Mapping[str, str] | None = None) -> str:
    """A hand-over as one page of HTML, for screen and print.

    Args:
        text: Markdown, as edited.
        title: title of the page.
        pictures: hash -> address for the pictures the text names; with those of
            :func:`addresses_of` the page needs nothing else.
    """
    name = escaping.escape(title)
    body = safe_html(text, pictures)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{name}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
        f"{body}</body>\n</html>\n"
    )


def addresses_of(pictures: Mapping[str, bytes]) -> dict[str, str]:
    """Addresses that carry their picture; none for what is no PNG or JPEG.

    Args:
        pictures: hash -> the picture.
    """
    return {
        name: f"data:{kind};base64,{base64.b64encode(data).decode()}"
        for name, data in pictures.items()
        if (kind := picture_kind(data))
    }


def picture_kind(data: bytes) -> str:
    """The media type of a PNG or JPEG by its first bytes; "" of anything else."""
    return next((kind for mark, kind in _KINDS.items() if data.startswith(mark)), "")


def clock_of(timezone: str) -> Clock:
    """Moments in words: UTC, and the site's own time behind it where that differs.

    Args:
        timezone: IANA name; one that does not exist leaves UTC alone.
    """
    try:
        zone: datetime.tzinfo = zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = datetime.UTC

    def said(when: float | None) -> str:
        if when is None:
            return "an unknown time"
        try:
            there = datetime.datetime.fromtimestamp(when, datetime.UTC)
            local = there.astimezone(zone)
        except (OverflowError, OSError, ValueError):
            return "an unknown time"
        words = f"{there:%Y-%m-%d %H:%M} UTC"
        if local.utcoffset():
            words += f" ({local:%H:%M} {local:%Z})"
        return words

    return said


def _head(
    logbook: Logbook,
    site: Site,
    shift: Record,
    ended: float | None,
    clock: Clock,
    now: float,
) -> str:
    body = shift.body
    who = one_line(shift.who) or "nobody named"
    to = f"until {clock(ended)}" if ended is not None else "and goes on"
    lines = [
        f"# Hand-over of {who}, {site.settings.experiment}",
        "",
        f"- Shift: {who} ({shift.role or 'no role'}), from {clock(shift.made_at)} {to}",
        f"- Shift leader: {one_line(getattr(body, 'leader', '')) or 'not named'}",
    ]
    read = logbook.get(getattr(body, "read", ""))
    words = f"of {one_line(read.who)}, {clock(read.made_at)}" if read else "none"
    lines.append(f"- Hand-over that was read at its start: {words}")
    lines.append(f"- This report was drafted from the book at {clock(now)}")
    return "\n".join(lines)


def _problems(logbook: Logbook, shift: Record, clock: Clock) -> list[str]:
    settled = {body.entry: (record, body) for record, body in logbook.of(Settled)}
    lines = []
    for record, body in logbook.of(Entry):
        if not body.problem:
            continue
        there = settled.get(record.uid)
        before = "" if record.shift == shift.uid else ", from before this shift"
        about = _about(record, body)
        if there is None:
            lines.append(
                f"- **{one_line(body.title)}**{about}, "
                f"{one_line(record.who) or 'the console'}, "
                f"{clock(record.made_at)}{before}"
            )
        elif there[0].shift == shift.uid:
            how = one_line(there[1].comment) or "no word how"
            lines.append(
                f"- settled in this shift: {one_line(body.title)}{about}: {how}"
            )
    return lines or ["None is open in the book."]


def _entries(logbook: Logbook, shift: Record, clock: Clock) -> list[str]:
    lines: list[str] = []
    for record, body in logbook.of(Entry):
        if record.shift != shift.uid:
            continue
        title = one_line(body.title)
        lines += [f"### {title}", ""]
        who = one_line(record.who) or "the console"
        lines.append(f"{clock(record.made_at)}, {who}{_about(record, body)}")
        if body.corrects:
            old = logbook.get(body.corrects)
            named = old.body.title if old and isinstance(old.body, Entry) else "?"
            lines += ["", f"Corrects “{one_line(named)}”."]
        if body.text.strip():
            lines += ["", *(f"> {line}" for line in body.text.strip().splitlines())]
        if body.picture:
            caption = title.translate(str.maketrans("[]\\", "() "))
            lines += ["", f"![{caption}]({PICTURE}{body.picture})"]
        if body.evidence:
            lines += ["", f"Evidence: `{body.evidence_name or body.evidence}`"]
        lines.append("")
    return lines[:-1] or ["None."]


def _about(record: Record, body: Entry) -> str:
    words = [body.status, f"run {record.run}" if record.run else "", record.subsystem]
    said = ", ".join(one_line(each) for each in words if each)
    return f" ({said})" if said else ""


# The PDF is laid out by Qt, which knows px and pt, and neither rem nor em.
_STYLE = """\
body { font: 11pt/1.45 "Source Sans 3", "Source Sans Pro", sans-serif; color: #1d2024;
  background: #fff; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 16pt; margin: 0 0 12px; }
h2 { font-size: 13pt; margin: 20px 0 6px; border-bottom: 1px solid #b8bdc4; }
h3 { font-size: 11pt; margin: 14px 0 4px; }
ul, ol { padding-left: 1.3rem; margin: 4px 0; }
table { border-collapse: collapse; margin: 4px 0; }
th, td { border: 1px solid #b8bdc4; padding: 2px 6px; text-align: left;
  vertical-align: top; font-size: 8.5pt; }
th { background: #eceef1; }
blockquote { margin: .4rem 0; padding-left: .8rem; border-left: 3px solid #b8bdc4; }
code { font-family: "DejaVu Sans Mono", monospace; font-size: .9em; }
img { max-width: 100%; border: 1px solid #b8bdc4; }
a { color: #1b4f8a; }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; }
  tr, img, li { break-inside: avoid; }
}
"""
