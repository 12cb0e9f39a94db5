"""Who is who in the control room, and the pages outside of the console, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.markdown import as_written
from dqmconsole.shift.on_call import on_call
from dqmconsole.shift.pages import owners

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.contacts import Contact, Contacts
    from dqmconsole.model.site import PageLink, Site

NOBODY = "This site names nobody yet: its people stand in `instructions/contacts.yaml`."
ON_CALL = (
    "They look after their part, and decide what is masked or repaired in it. Call "
    "them when an instruction says so: the sheet of a call (`C`) has the order."
)
MADE_UP = "Numbers and addresses marked “example” are made up."
EXPORT = (
    "Flags set here (`F`) reach the registry as a file that your DQM experts export: "
    "`dqmconsole book export`. The console itself writes nothing there."
)


def people_text(site: Site, now: float) -> str:
    """Who decides what and when one speaks to whom, and the pages outside.

    Args:
        site: its contacts and links.
        now: unix time, s: who has a role just now.

    Returns:
        Markdown: those who decide, the pages, the others.
    """
    contacts = site.contacts
    deciding = [each for each in contacts.roles.values() if each.decides]
    others = [each for each in contacts.roles.values() if not each.decides]
    lines = list(_deciding(contacts, deciding, now)) if deciding else []
    if not contacts.roles:
        lines += [NOBODY, ""]
    if site.settings.links:
        lines += ["## Pages outside of the console", ""]
        lines += map(_link_line, site.settings.links)
        lines.append("")
    if site.settings.components:
        lines += [EXPORT, ""]
    if others:
        lines += _others(site, others, now)
    if any(each.example for each in contacts.roles.values()) or any(
        each.example for each in site.settings.links
    ):
        lines += ["", MADE_UP]
    return "\n".join(lines).strip() + "\n"


def _deciding(contacts: Contacts, roles: list[Contact], now: float) -> Iterator[str]:
    yield "## The control room"
    yield ""
    yield "| Who | Number | Decides | Speak to them |"
    yield "|---|---|---|---|"
    for each in roles:
        cells = (
            *_reached(contacts, each, now),
            as_written(each.decides),
            as_written(each.call_when),
        )
        yield f"| {' | '.join(cells)} |"
    yield ""


def _others(site: Site, roles: list[Contact], now: float) -> Iterator[str]:
    """The roles of which nothing is said but whom to call: what they own."""
    owned: dict[str, list[str]] = {}
    for name, role in owners(site).items():
        owned.setdefault(role, []).append(name)
    yield "## On call"
    yield ""
    yield ON_CALL
    yield ""
    yield "| Who | Number | Looks after | If nobody answers |"
    yield "|---|---|---|---|"
    for each in roles:
        then = site.contacts.roles.get(each.then)
        cells = (
            *_reached(site.contacts, each, now),
            as_written(", ".join(sorted(owned.get(each.role, ())))),
            as_written(then.title) if then is not None else "",
        )
        yield f"| {' | '.join(cells)} |"


def _reached(contacts: Contacts, contact: Contact, now: float) -> tuple[str, str]:
    """Who has a role just now, and their number."""
    person = on_call(contacts, contact.role, now)
    name = f": {as_written(person.name)}" if person.name else ""
    number = as_written(person.phone) if person.phone else "none known"
    if not person.reachable:
        number += ", outside their hours"
    example = " (example)" if person.example else ""
    return f"{as_written(person.title)}{name}", f"{number}{example}"


def _link_line(link: PageLink) -> str:
    about = f": {as_written(link.about)}" if link.about else ""
    example = " (example)" if link.example else ""
    address = as_written(link.url)
    return f"- **{as_written(link.title)}**{about} [{address}](<{link.url}>){example}"
