"""Who is who in words: who decides, the pages outside, who is on call."""

from __future__ import annotations

import msgspec
from support.fake_session import NOW
from support.instructed import instructed_site

from dqmconsole.markdown import safe_html
from dqmconsole.model.contacts import Contact, Contacts, RotaTurn
from dqmconsole.model.site import PageLink
from dqmconsole.shift.people import EXPORT, MADE_UP, NOBODY, people_text

LEADER = Contact(
    "shift-leader",
    "Shift leader",
    "16 1003",
    rota=(RotaTurn(NOW - 60, NOW + 60, "Lea | *Berg*"),),
    decides="whether data taking goes on",
    call_when="nobody answers",
)
HCAL = Contact("hcal-dqm", "Hcal DQM", "16 1001", then="shift-leader", example=True)
REGISTRY = PageLink("Registry", "https://registry.example.org/a_b", "good runs")


def text(*roles: Contact, links: tuple[PageLink, ...] = (), now: float = NOW) -> str:
    site = instructed_site()
    settings = msgspec.structs.replace(
        site.settings, links=links, components={"hcal": ("Hcal",)} if links else {}
    )
    contacts = Contacts(roles={each.role: each for each in roles})
    site = msgspec.structs.replace(site, settings=settings, contacts=contacts)
    return people_text(site, now)


def rows(found: str) -> list[str]:
    return [each for each in found.splitlines() if each.startswith("| ")]


def test_who_decides_stands_apart_from_who_is_on_call() -> None:
    found = text(HCAL, LEADER)
    control_room, _, on_call = found.partition("## On call")
    assert control_room.startswith("## The control room")
    assert rows(control_room)[1] == (
        r"| Shift leader: Lea \| \*Berg\* | 16 1003 | whether data taking goes on | "
        "nobody answers |"
    )
    assert rows(on_call)[1] == (
        "| Hcal DQM | 16 1001 (example) | Hcal | Shift leader |"
    )
    assert MADE_UP in found
    assert "Lea" not in text(LEADER, now=NOW + 3600)  # whose turn is over


def test_the_pages_outside_can_be_followed_and_read() -> None:
    found = text(LEADER, links=(REGISTRY,))
    assert "(<https://registry.example.org/a_b>)" in found
    assert "https://registry.example.org/a_b" in safe_html(found, None)
    assert EXPORT in found
    assert MADE_UP not in found


def test_a_site_without_people_says_where_they_are_written() -> None:
    assert text() == f"{NOBODY}\n"
