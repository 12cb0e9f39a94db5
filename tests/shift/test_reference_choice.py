"""What can be compared with by hand."""

from __future__ import annotations

import msgspec
from support.fake_session import REFERENCE_RUN, RUN, FakeSession, note, run_info, site

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.frame import RunsFact
from dqmconsole.model.history import LumisectionsFact
from dqmconsole.model.reference import ReferenceNote, ReferenceRule
from dqmconsole.shift.reference_choice import Comparable, comparables, matching, rule_of

HCAL = ReferenceRule("eva", "2026-11-21", "quiet", run=397951, subsystem="Hcal")
FILE = ReferenceRule("eva", "2026-11-21", "good", file="good.root", run_type="cosmics")


def scene(*runs: int) -> FakeSession:
    client = FakeSession(
        msgspec.structs.replace(site(), folder="/site", references=(HCAL, FILE))
    )
    client.put_run(run_info())
    client.put_history(LumisectionsFact(398200, 1, 2))
    client.put_references(RunsFact(runs))
    return client


def test_runs_at_hand_of_the_rules_and_seen_before_newest_first() -> None:
    found = comparables(scene(398100, 398210, RUN), Logbook())
    assert [each.words for each in found] == [
        "run 398210", "run 398200", "run 398100", "run 397951", "good.root",
    ]  # fmt: skip
    by_words = {each.words: each.about for each in found}
    assert by_words["run 398210"] == ""
    assert by_words["run 398200"] == "not in the source"
    assert by_words["run 397951"] == "reference of Hcal, not in the source"
    assert by_words["good.root"] == "reference of all in cosmics"
    assert found[-1].file == "/site/layouts/good.root", "the engine stands elsewhere"
    used = comparables(scene(398100), Logbook(), used=398100)
    assert used[1] == Comparable(398100, about="in use, by hand")


def test_a_source_that_is_opened_anew_says_its_runs_again() -> None:
    client = scene(398100)
    assert client.take().references
    assert client.mailbox.runs_at_hand == (398100,)
    client.set_blinded(True)
    assert client.mailbox.runs_at_hand == (398100,)
    client.open("/elsewhere")
    assert client.mailbox.runs_at_hand == ()


def test_what_is_typed_may_name_a_run_or_a_file_that_is_not_listed() -> None:
    known = [
        Comparable(398210, about="collisions"),
        Comparable(398200, about="cosmics"),
    ]
    assert matching(known, "") == known
    assert matching(known, "cosm") == [known[1]]
    assert matching(known, "398200") == [known[1]]
    assert [each.words for each in matching(known, "run 12")] == ["run 12"]
    assert [each.run for each in matching(known, "3982")] == [3982, 398210, 398200]
    assert matching(known, "/data/a.root") == [
        Comparable(file="/data/a.root", about="a file")
    ]
    assert matching(known, "99999999999999") == []
    assert matching(known, "heavy") == []


def test_the_rule_behind_a_note() -> None:
    of_hcal = ReferenceNote(
        run=397951, chosen_by="eva", chosen_on="2026-11-21", why="quiet"
    )
    assert rule_of(of_hcal, (FILE, HCAL)) is HCAL
    by_hand = msgspec.structs.replace(of_hcal, by_hand=True)
    assert rule_of(by_hand, (HCAL,)) is None
    other = msgspec.structs.replace(of_hcal, why="loud")
    assert rule_of(other, (HCAL,)) is None
    assert rule_of(note(), ()) is None
    assert note().run == REFERENCE_RUN
