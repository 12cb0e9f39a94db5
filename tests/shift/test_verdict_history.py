"""Evidence for entries: how verdicts became so, and bytes under their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.history import TransitionFact
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.evidence import KEPT, past_verdicts, read_stored, stored
from dqmconsole.shift.run_history import RunHistory

if TYPE_CHECKING:
    from pathlib import Path


def test_the_history_of_verdicts_holds_their_changes() -> None:
    history, one, other = RunHistory(), "Hcal › Digi › a", "Hcal › Digi › b"
    for at, run, key, status in (
        (1.0, 7, one, Status.GOOD),
        (1.0, 7, other, Status.GOOD),
        (2.0, 7, other, Status.BAD),
        (3.0, 8, one, Status.GOOD),
    ):
        history.put_transition(TransitionFact(key, run, status, at, sentence="why"))
    past = past_verdicts(history, [one])
    assert [(each.at, each.run) for each in past] == [(1.0, 7), (3.0, 8)]
    both = past_verdicts(history, [one, other, "nowhere"])
    assert [each.at for each in both] == [1.0, 1.0, 2.0, 3.0]
    assert both[2].verdict == Verdict(Status.BAD, "why")
    for number in range(100):
        status = Status.BAD if number % 2 else Status.GOOD
        history.put_transition(TransitionFact(one, 8, status, 10.0 + number))
    assert len(past_verdicts(history, [one])) == KEPT


def test_bytes_are_kept_under_their_hash(tmp_path: Path) -> None:
    file = tmp_path / "bundle.dqmevidence"
    file.write_bytes(b"abc")
    kept = read_stored(str(file))
    assert (kept.name, kept.data) == ("bundle.dqmevidence", b"abc")
    assert kept.hash == stored(b"abc", "x").hash
    assert len(kept.hash) == 64
