"""What was really done in a lesson, in words: for its debrief."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmconsole.model.layout import KEY_STEP, path_of
from dqmconsole.model.record import Call, Entry, Flag, HandOver, SignOff, Tick
from dqmconsole.model.words import counted
from dqmconsole.shift.phone_words import said_words
from dqmconsole.training.handed_over import called_before
from dqmconsole.training.records import Finding
from dqmconsole.training.truth import plot_title

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import HandedOver

MOST_WORDS = 160  # characters of an entry that are said again
_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")


def what_was_done(
    records: Sequence[Record], site: Site | None, handed: HandedOver | None = None
) -> tuple[str, ...]:
    """What a trainee put on record, one line of Markdown for each thing, in order.

    Flags of one status that a person confirmed for several components are one line.

    Args:
        records: of the throw-away book, since the lesson began.
        site: knows the titles of plots, roles and instructions; None: their ids.
        handed: what the shift before handed over: about that nobody calls again.
    """
    lines: dict[str, None] = {}
    confirmed = _confirmed_together(records)
    for record in records:
        body = record.body
        if isinstance(body, Flag) and body.proposed:
            continue
        if isinstance(body, Flag) and record.uid in confirmed:
            names = confirmed[record.uid]
            lines[f"Flagged {body.status}: {counted(len(names), 'component')}"] = None
        else:
            lines |= dict.fromkeys(_of(record, site, handed))
    return tuple(lines)


def _of(record: Record, site: Site | None, handed: HandedOver | None) -> Iterator[str]:
    body = record.body
    if isinstance(body, Finding):
        parts = [body.verdict, body.cause, body.urgency]
        said = ", ".join(_plain(each) for each in parts if each)
        yield f"Said of {_plot(body.plot, site)}: {said}"
    elif isinstance(body, Call):
        answered = {True: "answered", False: "no answer", None: ""}[body.answered]
        about = f" about {_plot(body.about, site)}" if body.about else ""
        said = said_words(body)
        if body.answered and not said:
            said = "not noted whether run, place and onset were said"
        before = called_before(handed, body)
        again = ""
        if before is not None:
            who = _role(before.called, site)
            again = f"the hand-over says that {who} was called about it already"
        notes = "; ".join(filter(None, [answered, said, again]))
        yield f"Called {_role(body.role, site)}{about}" + (
            f" ({notes})" if notes else ""
        )
    elif isinstance(body, Entry):
        words = f": “{_short(body.text)}”" if body.text.strip() else ", without words"
        with_it = "with" if body.evidence else "without"
        yield f"Wrote “{_short(body.title)}”{words} ({with_it} evidence)"
    elif isinstance(body, Tick):
        title = _instruction(body.instruction, site)
        verb = "Ticked" if body.done else "Took back"
        yield f"{verb} step {body.step + 1} of {title}"
    elif isinstance(body, Flag):
        end = "the end" if body.last is None else str(body.last)
        cause = f", cause {_plain(body.cause)}" if body.cause else ", without a cause"
        if body.status == "GOOD":
            cause = ""
        name = _plain(record.subsystem)
        yield f"Flagged {name} {body.status} from {body.first} to {end}{cause}"
    elif isinstance(body, SignOff):
        yield f"Signed off run {record.run}"
    elif isinstance(body, HandOver):
        yield "Handed the shift over"


def _confirmed_together(records: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    """Uids of flags that say the same of several components -> these.

    All that is GOOD is said together, wherever it begins and ends.
    """
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        if isinstance(record.body, Flag) and not record.body.proposed:
            body = record.body
            key: tuple[object, ...] = (record.run, body.status)
            if body.status != "GOOD":  # of these it matters where and why
                key += (body.first, body.last, body.cause)
            groups.setdefault(key, []).append(record)
    found: dict[str, tuple[str, ...]] = {}
    for group in groups.values():
        names = tuple(dict.fromkeys(each.subsystem for each in group))
        if len(names) > 1:
            found |= {each.uid: names for each in group}
    return found


def _plot(key: str, site: Site | None) -> str:
    if KEY_STEP not in key:
        return _plain(key) or "no plot"
    path = path_of(key)
    return _plain(path if site is None else plot_title(path, site))


def _role(role: str, site: Site | None) -> str:
    return _plain(role if site is None else site.contacts.title_of(role))


def _instruction(name: str, site: Site | None) -> str:
    for each in site.instructions if site is not None else ():
        if each.id == name:
            return f"“{_plain(each.title)}”"
    return _plain(name)


def _short(text: str) -> str:
    words = " ".join(text.split())
    if len(words) > MOST_WORDS:
        words = words[:MOST_WORDS].rstrip() + " …"
    return _plain(words)


def _plain(text: str) -> str:
    """A text as Markdown that shows it as it is."""
    return _MARKS.sub(r"\\\1", text)
