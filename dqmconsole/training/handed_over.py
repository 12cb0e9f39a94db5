"""The hand-over of the shift before, in the throw-away book of a training."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.markdown import as_written
from dqmconsole.model.known_issue import issues_in
from dqmconsole.model.layout import layout_of, path_of
from dqmconsole.model.record import Call, Entry, HandOver, ShiftBegan, ShiftEnded
from dqmconsole.shift.on_call import on_call
from dqmconsole.shift.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dqmconsole.model.site import Site
    from dqmconsole.shift.session import ShiftSession
    from dqmconsole.training.lesson import HandedOver, OpenProblem

WRITTEN_FOR = "Written for this training: neither the people nor the shift are real."


def write_hand_over(session: ShiftSession, site: Site, handed: HandedOver) -> str:
    """Put the shift before, its calls and its hand-over into the book of a training.

    Args:
        session: its book is open, and of a training; its run is known.
        site: whose plots and roles are named.
        handed: what is handed over.

    Returns:
        Uid of that shift, by which its records are told from the trainee's.
    """
    author, now = session.author, session.now()
    run, shift = session.client.mailbox.run.run, uuid.uuid4().hex
    signed = msgspec.structs.replace(author.signature, who=handed.who, shift=shift)
    pages = Pages(site)
    began = msgspec.structs.replace(signed, shift="")
    author.write(ShiftBegan(leader=handed.leader), uid=shift, signed=began)
    for each in handed.open:
        about = pages.key_of(each.plot) if each.plot else ""
        person = on_call(site.contacts, each.called, now)
        call = Call(
            each.called, person.name, person.phone, about, answered=True,
            comment=each.awaits,
        )  # fmt: skip
        plots = (about,) if about else ()
        text = as_written(f"{person.title} called. Awaited: {each.awaits}")
        entry = Entry(each.what, text, plots, status="BAD", problem=True)
        for body in (call, entry):
            author.write(body, run=run, subsystem=layout_of(about), signed=signed)
    report = HandOver(f"Hand-over of {handed.who}", hand_over_text(handed, site, run))
    author.write(report, signed=signed)
    author.write(ShiftEnded(), signed=signed)
    return shift


def hand_over_text(handed: HandedOver, site: Site, run: int) -> str:
    """A hand-over in Markdown.

    Args:
        handed: what is handed over.
        site: knows the titles of roles and plots, and what is known in these.
        run: in which that is to hold.
    """
    pages = Pages(site)

    def plot_words(path: str) -> str:
        place = pages.plot(pages.key_of(path))
        words = as_written(place.plot.title or path)
        return f" ([{words}](<plot:{path}>))" if path else ""

    opened = []
    for each in handed.open:
        who = as_written(site.contacts.title_of(each.called))
        opened.append(
            f"**{as_written(each.what)}**{plot_words(each.plot)}. Called: {who}. "
            f"Awaited: {as_written(each.awaits)}"
        )
    known = [
        f"{as_written(issue.problem)}{plot_words(path)}, review by {issue.expires}"
        + (f". New would be: {as_written(issue.news)}" if issue.news else "")
        for path in handed.known
        for issue in issues_in(site.known, path, run)
    ]
    parts = (
        ("Still open", opened),
        ("The shift leader asks", map(as_written, handed.requests)),
        ("References that changed", map(as_written, handed.references)),
        ("Known", known),
    )
    leader = as_written(handed.leader) or "not named"
    lines = [f"Shift leader: {leader}", ""]
    for heading, items in parts:
        lines += _part(heading, items)
    return "\n".join([*lines, WRITTEN_FOR, ""])


def called_before(handed: HandedOver | None, call: Call) -> OpenProblem | None:
    """The open problem of a hand-over about which somebody is called again; or None.

    Args:
        handed: what was handed over.
        call: of whoever has the shift now: whomever they call.
    """
    if handed is None or not call.about:
        return None
    path = path_of(call.about)
    return next((each for each in handed.open if each.plot == path), None)


def _part(heading: str, items: Iterable[str]) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    found = [f"- {each}" for each in items]
    yield from found or ["Nothing."]
    yield ""
