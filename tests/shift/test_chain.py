"""The test of the chain of alarms: comes, is answered, and is never a real alarm."""

from __future__ import annotations

import pytest
from support.fake_book import FakeWriter
from support.fake_session import NOW, FakeSession, run_info
from support.instructed import instructed_site

from dqmconsole.model.alarm import chain_test_alarm
from dqmconsole.model.record import ChainTest
from dqmconsole.shift import sounding
from dqmconsole.shift.chain import LASTS, AlarmChain, chain_words
from dqmconsole.shift.session import ShiftSession
from dqmconsole.shift.sounding import TONES, Sounded


class Desk:
    """A shift on a clock that moves by `look`."""

    def __init__(self, *, begun: bool = True) -> None:
        self.now = NOW
        self.client = FakeSession(instructed_site())
        self.client.put_run(run_info())
        self.writer = FakeWriter()
        self.session = ShiftSession(
            self.client, lambda _site, _banner: self.writer, lambda: self.now, "sue"
        )
        self.chain = AlarmChain(self.session)
        self.look()
        if begun:
            assert self.session.begin("Ada") == ""
            self.look()

    def look(self, seconds: float = 0.5) -> str:
        """Look again later; what there is to say."""
        self.now += seconds
        self.session.look(self.now, self.client.take())
        return self.chain.look(self.now)

    def written(self) -> list[ChainTest]:
        """What is on record."""
        return [each.body for each in self.writer.kept
                if isinstance(each.body, ChainTest)]  # fmt: skip


def test_it_comes_sounds_and_is_answered() -> None:
    desk = Desk()
    assert chain_words(desk.session) == ("Not tested in this shift.", False)
    assert desk.chain.begin() == ""
    assert desk.look() == ""
    assert desk.chain.answer(heard=True) == "the test alarm has not come yet"
    desk.client.put_chain_test()
    desk.look()
    assert desk.chain.seconds == 1.0
    [row] = desk.session.tests
    assert (row.state, row.alarm.test) == ("unacknowledged", True)
    _, signal = sounding.look(desk.session.tests, NOW, "a shift", Sounded())
    assert signal is not None
    assert signal.tones == TONES
    assert desk.chain.answer(heard=True) == ""
    desk.look()
    assert desk.session.tests == ()
    assert desk.written() == [ChainTest(True, 1.0)]
    assert chain_words(desk.session)[0].endswith("heard, 1.0 s after it was asked for.")


def test_it_is_no_alarm() -> None:
    desk = Desk()
    desk.chain.begin()
    desk.client.put_chain_test()
    desk.look()
    assert desk.session.tests
    assert desk.session.alarms == ()
    assert desk.client.mailbox.alarms == {}


def test_one_that_was_not_heard_is_on_record() -> None:
    desk = Desk()
    desk.chain.begin()
    desk.client.put_chain_test()
    desk.look()
    assert desk.chain.answer(heard=False) == ""
    assert desk.written() == [ChainTest(False, 0.5)]
    assert chain_words(desk.session)[1]


def test_one_that_never_comes_is_on_record_and_one_too_late_is_dropped() -> None:
    desk = Desk()
    desk.chain.begin()
    assert desk.look(LASTS).startswith("the test alarm never came")
    assert desk.written() == [ChainTest(False, None)]
    assert not desk.chain.on
    desk.client.put_chain_test()
    desk.look()
    desk.look()
    assert desk.session.tests == ()


def test_one_that_nobody_answers_goes() -> None:
    desk = Desk()
    desk.chain.begin()
    desk.client.put_chain_test()
    desk.look()
    assert desk.look(LASTS) == "nobody said whether the test alarm was heard"
    desk.look()
    assert desk.session.tests == ()
    assert desk.written() == []


def test_a_clock_that_is_set_back_ends_it() -> None:
    desk = Desk()
    desk.chain.begin()
    desk.look(-3600)
    assert not desk.chain.on


def test_an_answer_to_another_request_is_none_to_this_one() -> None:
    desk = Desk()
    desk.chain.begin()
    late = chain_test_alarm(-1, 7, NOW)
    desk.client.mailbox.tests[late.id] = late
    desk.look()
    assert desk.chain.seconds is None


def test_a_shift_that_ends_leaves_no_test() -> None:
    desk = Desk()
    desk.chain.begin()
    desk.client.put_chain_test()
    desk.look()
    desk.session.end()
    assert "begin it first" in desk.chain.answer(heard=True)
    assert not desk.chain.on
    assert desk.written() == []


@pytest.mark.parametrize("banner", ["DEMO", "REPLAY", "TRAINING"])
def test_with_a_banner_there_is_none(banner: str) -> None:
    desk = Desk()
    desk.client.banner = banner
    assert desk.chain.begin() == f"{banner}: no alarm sounds"


def test_without_a_shift_there_is_none() -> None:
    desk = Desk(begun=False)
    assert "begin it first" in desk.chain.begin()
    assert chain_words(desk.session) == ("Once the shift has begun.", False)
