"""Records of training in both books, written as a trainee may and by the ledger."""

from __future__ import annotations

import pytest
from support.books import Place, record
from support.postgres import PASSWORD

from dqmconsole.logbook.book import Book
from dqmconsole.logbook.replicate import BookThread
from dqmconsole.training.ledger import Ledger
from dqmconsole.training.observed_records import (
    CertificateIssued,
    ObservedAt,
    ObservedBegan,
    ObservedEnded,
    ObservedSigned,
    ShadowShift,
)
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ExamGivenUp,
    Finding,
    ItemAnswered,
    ItemLeftOut,
    ItemShown,
    LessonDone,
    LessonStepDone,
    Mark,
    ScenarioAt,
    TrainingBody,
    understood,
)

BODIES: tuple[TrainingBody, ...] = (
    Finding("bad", "Hcal › Digis › Hcal/x", "fed-lost", "call now", 7),
    LessonStepDone("voltage", "see", "h", 12.5, 1, 2, 3),
    LessonDone("voltage", 2, "h", 300.0, 1, 2, {"layout Hcal": "h"}),
    ExamBegan("items", 7, "p", "s", 100),
    ExamGivenUp("e", "an exam has 6 items, and had 4"),
    ItemShown("e", 3, 1),
    ItemLeftOut("e", 3, 1, "Hcal/Timing", "t0-drift:Hcal*6#0", "its run shows nothing"),
    ItemAnswered("e", 3, 1, "bad", "Hcal/x", 4.5, "bad", "fault", "fed-lost:Hcal"),
    ScenarioAt("e", 60.0, 12),
    ExamEnded("e", "scenario", (Mark("fed-lost:Hcal@3", "found", 1, 1, "yes", 40.0),)),
    ObservedBegan("morning", "h", 90.0),
    ObservedAt("o", 300.0, left=True),
    ObservedEnded("o", ()),
    ObservedSigned("o", "Max", "max", "expert", ("heard",)),
    CertificateIssued("o", "e", "CMS", "Max", shadow_items=("Go along",)),
    ShadowShift("Max", "max", "2027-01-20", items=("Go along",)),
)


def test_every_kind_is_here() -> None:
    assert {type(each) for each in BODIES} == set(TrainingBody.__args__)


@pytest.mark.parametrize("account", ["tim_trainee", "leo_leader"])
def test_whoever_may_write_writes_them(place: Place, account: str) -> None:
    place.make()
    book = place.open(account)
    book.write([record(each, account, role="trainee") for each in BODIES])
    assert [understood(each).body for each in book.read().records] == list(BODIES)
    book.close()


def test_the_ledger_writes_into_the_book(place: Place) -> None:
    place.make()
    account = "tim_trainee" if place.shared else ""

    def opener(user: str, password: str) -> Book:
        return Book.open(place.url, user=user, password=password or PASSWORD)

    ledger = Ledger(BookThread(opener, None, user=account), lambda: 1.8e9, account)
    for body in BODIES:
        ledger.write("Ada Trainee", body)
    assert ledger.close(20.0) == ""
    book = place.open()
    found = tuple(map(understood, book.read().records))
    assert [(each.who, each.role, each.body) for each in found] == [
        ("Ada Trainee", "trainee", body) for body in BODIES
    ]
    book.close()
