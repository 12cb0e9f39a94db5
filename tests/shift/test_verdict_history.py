"""Evidence for entries: how verdicts became so, and bytes under their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.verdict import CheckResult, Status, Verdict
from dqmconsole.shift.evidence import KEPT, VerdictHistory, read_stored, stored

if TYPE_CHECKING:
    from pathlib import Path


def test_the_history_of_verdicts_holds_their_changes() -> None:
    history = VerdictHistory()
    good, bad = Verdict(Status.GOOD, "fine"), Verdict(Status.BAD, "dead")
    history.look(1.0, 7, {"a": good, "b": good})
    history.look(2.0, 7, {"a": Verdict(Status.GOOD, "other words"), "b": bad})
    history.look(3.0, 8, {"a": good})
    assert [(each.at, each.run) for each in history.of(["a"])] == [(1.0, 7), (3.0, 8)]
    both = history.of(["a", "b", "nowhere"])
    assert [each.at for each in both] == [1.0, 1.0, 2.0, 3.0]
    for number in range(100):
        history.look(10.0 + number, 8, {"a": bad if number % 2 else good})
    assert len(history.of(["a"])) == KEPT


def test_what_each_check_found_is_not_kept_with_them() -> None:
    history = VerdictHistory()
    found = (CheckResult("holes", Status.BAD, "a hole of 4 bins"),)
    history.look(1.0, 7, {"a": Verdict(Status.BAD, "a hole of 4 bins", checks=found)})
    (past,) = history.of(["a"])
    assert (past.verdict.sentence, past.verdict.checks) == ("a hole of 4 bins", ())


def test_bytes_are_kept_under_their_hash(tmp_path: Path) -> None:
    file = tmp_path / "bundle.dqmevidence"
    file.write_bytes(b"abc")
    kept = read_stored(str(file))
    assert (kept.name, kept.data) == ("bundle.dqmevidence", b"abc")
    assert kept.hash == stored(b"abc", "x").hash
    assert len(kept.hash) == 64
