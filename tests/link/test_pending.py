"""Pictures may be skipped, facts may not: in any interleaving of put and take."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dqmconsole.link.pending import Pending
from dqmconsole.model.frame import (
    Frame,
    NoticeFact,
    Picture,
    RollupFact,
    RunFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.message import Hello, Ping, Search, Watch, WatchItem
from dqmconsole.model.run import RunInfo
from dqmconsole.model.verdict import Status, Verdict, roll_up
from dqmconsole.shift.mailbox import Mailbox

KEYS = st.sampled_from(["a", "b", "c"])


def histogram(number: int) -> Histogram:
    return Histogram(
        name=str(number),
        title="",
        root_class="TH1F",
        axes=(Axis(1, 0, 1),),
        contents=np.full(3, number),
    )


def tile(key: str, version: int, reference: int | None = None) -> Tile:
    picture = Picture(
        data=histogram(version),
        reference=None if reference is None else histogram(reference),
        reference_is_new=reference is not None,
    )
    return Tile(
        key=key,
        path=key,
        run=1,
        version=version,
        verdict=Verdict(Status.GOOD, ""),
        picture=picture,
    )


def frame(sequence: int, *tiles: Tile, facts: tuple[object, ...] = ()) -> Frame:
    return Frame(
        sequence=sequence,
        sent=float(sequence),
        site="s",
        run=RunInfo(run=sequence),
        tiles=tiles,
        facts=facts,  # type: ignore[arg-type]  # the tests send facts alone
    )


class AnyInterleaving(RuleBasedStateMachine):
    """A sender, the waiting room, a reader; compared with a plain record."""

    def __init__(self) -> None:
        super().__init__()
        self.pending = Pending()
        self.mailbox = Mailbox()
        self.sequence = 0
        self.latest: dict[str, int] = {}
        self.references: dict[str, int] = {}
        self.run_facts_sent: list[str] = []
        self.verdicts: dict[str, str] = {}
        self.rollups: dict[str, int] = {}
        self.searches_sent: list[int] = []
        self.searches_seen: list[int] = []

    @rule(keys=st.lists(KEYS, max_size=3, unique=True), new=st.booleans())
    def put_pictures(self, keys: list[str], new: bool) -> None:
        self.sequence += 1
        reference = self.sequence if new else None
        tiles = [tile(key, self.sequence, reference) for key in keys]
        self.pending.put(frame(self.sequence, *tiles))
        for key in keys:
            self.latest[key] = self.sequence
            if new:
                self.references[key] = self.sequence

    @rule(key=KEYS)
    def put_facts(self, key: str) -> None:
        self.sequence += 1
        words = f"fact {self.sequence}"
        self.run_facts_sent.append(words)
        self.verdicts[key] = words
        self.rollups[key] = self.sequence
        facts = (
            RunFact(1, words),
            VerdictFact(key, 1, Verdict(Status.BAD, words)),
            RollupFact(key, roll_up([Status.GOOD] * self.sequence)),
        )
        self.pending.put(frame(self.sequence, facts=facts))

    @rule()
    def put_search(self) -> None:
        self.sequence += 1
        self.searches_sent.append(self.sequence)
        self.pending.put(Search(request=self.sequence, text="x"))

    @rule()
    def put_hello(self) -> None:
        self.pending.put(Hello(version="1", pid=1, source="s"))

    @rule()
    def take(self) -> None:
        for message in self.pending.take():
            if isinstance(message, Frame):
                self.mailbox.put(message)
            elif isinstance(message, Search):
                self.searches_seen.append(message.request)

    @invariant()
    def nothing_was_lost(self) -> None:
        if self.pending:
            return
        assert {k: t.version for k, t in self.mailbox.tiles.items()} == self.latest
        assert {
            key: int(found.name) for key, found in self.mailbox.references.items()
        } == self.references
        kept = [fact.sentence for fact in self.mailbox.run_facts]
        assert kept == self.run_facts_sent[-200:]
        assert {k: v.sentence for k, v in self.mailbox.verdicts.items()} == (
            self.verdicts
        )
        assert {k: r.total for k, r in self.mailbox.rollups.items()} == self.rollups
        assert self.searches_seen == self.searches_sent


TestAnyInterleaving = AnyInterleaving.TestCase


def test_a_stalled_reader_does_not_make_pictures_pile_up() -> None:
    pending = Pending()
    for number in range(1000):
        pending.put(frame(number, tile("a", number), tile("b", number)))
    (merged,) = pending.take()
    assert isinstance(merged, Frame)
    assert [(found.key, found.version) for found in merged.tiles] == [
        ("a", 999),
        ("b", 999),
    ]
    assert merged.sequence == 999
    assert not pending
    assert pending.take() == []


def test_only_the_newest_watch_and_ping_wait() -> None:
    pending = Pending()
    for number in range(3):
        pending.put(Watch(items=(WatchItem(str(number), "p", 1, 1),)))
        pending.put(Ping(sent=float(number)))
    watch, ping = pending.take()
    assert isinstance(watch, Watch)
    assert watch.items[0].key == "2"
    assert ping == Ping(sent=2.0)


def test_a_notice_is_replaced_by_its_later_word() -> None:
    pending = Pending()
    pending.put(frame(1, facts=(NoticeFact("folder", "does not answer"),)))
    pending.put(frame(2, facts=(NoticeFact("folder", ""),)))
    mailbox = Mailbox()
    (merged,) = pending.take()
    assert isinstance(merged, Frame)
    mailbox.put(merged)
    assert mailbox.notices == {}
