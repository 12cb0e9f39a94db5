"""What a console keeps of how the runs came to be what they are."""

from __future__ import annotations

from support.fake_session import RUN, live_session

from dqmconsole.model.history import History, LumisectionsFact, TransitionFact
from dqmconsole.model.verdict import Status
from dqmconsole.shift import run_history
from dqmconsole.shift.run_history import RunHistory

KEY = "DT › Summary › DT/Summary/plot1"


def fact(at: float, lumisection: int, run: int = RUN) -> TransitionFact:
    return TransitionFact(KEY, run, Status.BAD, at, lumisection)


def test_what_is_told_twice_is_had_once_and_in_order() -> None:
    """An engine that is started again tells what it kept, and what is new."""
    client = live_session()
    client.put_history(fact(30.0, 3), LumisectionsFact(RUN, 3, 3, 30.0))
    client.answer(
        History((fact(10.0, 1), fact(30.0, 3)), (LumisectionsFact(RUN, 1, 2, 20.0),))
    )
    changes = client.take()
    assert changes.history
    history = client.mailbox.history
    assert [each.at for each in history.transitions(RUN, "DT")] == [10.0, 30.0]
    assert [each.first for each in history.lumisections(RUN)] == [1, 3]
    assert history.transitions(RUN, "Hcal") == []


def test_newer_words_on_a_lumisection_replace_older_ones() -> None:
    history = RunHistory()
    history.put_lumisections(LumisectionsFact(RUN, 3, 5, magnet=0.0))
    version = history.version(RUN)
    history.put_lumisections(LumisectionsFact(RUN, 3, 5, magnet=3.8))
    assert history.version(RUN) > version
    history.put_lumisections(LumisectionsFact(RUN, 3, 3, magnet=1.0))  # kept earlier
    assert [(e.last, e.magnet) for e in history.lumisections(RUN)] == [(5, 3.8)]


def test_it_is_bounded(monkeypatch) -> None:  # noqa: ANN001 - of pytest
    monkeypatch.setattr(run_history, "KEPT_RUNS", 2)
    monkeypatch.setattr(run_history, "KEPT_TRANSITIONS", 3)
    history = RunHistory()
    for run in (1, 2, 3):
        for at in range(5):
            history.put_transition(fact(float(at), at, run))
        history.put_lumisections(LumisectionsFact(run, 1, 5))
    assert history.runs == (2, 3)
    assert history.transitions(1, "DT") == []
    assert [each.at for each in history.transitions(3, "DT")] == [2.0, 3.0, 4.0]
