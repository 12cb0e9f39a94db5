"""What can be compared with by hand."""

from __future__ import annotations

import msgspec
from support.fake_session import REFERENCE_RUN, RUN, FakeSession, note, run_info, site

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.frame import RunsFact
from dqmconsole.model.history import LumisectionsFact
from dqmconsole.model.record import Record, RunSeen
from dqmconsole.model.reference import ByHand, ReferenceNote, ReferenceRule
from dqmconsole.model.run import Conditions
from dqmconsole.model.site import SiteSettings
from dqmconsole.shift.reference_choice import (
    IN_EVIDENCE,
    Comparable,
    comparables,
    matching,
    previous_of_fill,
    rule_of,
    scaled_words,
)

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
    beside = comparables(scene(398100), Logbook(), beside=(ByHand(398100),))
    assert beside[1] == Comparable(398100, about="drawn beside")


def test_of_a_run_that_the_log_does_not_know_its_record_says_type_and_fill() -> None:
    client, logbook = scene(), Logbook()
    kept = {run: Conditions(run_type="cosmics", fill=10411) for run in (398209, 398210)}
    client.put_references(RunsFact(tuple(kept), kept))
    seen = RunSeen("ended", run_class="Cosmics26", lumisections=40)
    logbook.put(Record(uid="b", made_at=1.0, body=seen, run=398210))
    found = comparables(client, logbook)
    assert [each.about for each in found[:2]] == [
        "Cosmics26, 40 LS, fill 10411", "cosmics, fill 10411",
    ]  # fmt: skip
    assert client.site is not None
    own = SiteSettings("Small", lumisection="spill", header={"fill": "Cycle"})
    client.put_site(msgspec.structs.replace(client.site, settings=own))
    assert comparables(client, logbook)[0].about == "Cosmics26, 40 spills, cycle 10411"


def test_a_source_that_is_opened_again_says_its_runs_again() -> None:
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
    assert matching(known, "9" * 20) == []
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


def test_the_run_before_of_the_same_fill() -> None:
    client, logbook = scene(), Logbook()
    recorded = {
        398209: Conditions(fill=10412),
        398210: Conditions(fill=10412),
        398211: Conditions(fill=10411),
        RUN + 1: Conditions(fill=10412),
    }
    client.put_references(RunsFact(tuple(recorded), recorded))
    assert previous_of_fill(client, logbook) == (398210, "")
    client.put_references(RunsFact())
    assert previous_of_fill(client, logbook) == (
        0, f"Run {RUN} is the first of fill 10412 that is known here.",
    )  # fmt: skip
    client.put_run(msgspec.structs.replace(run_info(), conditions=Conditions()))
    assert previous_of_fill(client, logbook) == (0, "No fill is known of this run.")


def test_the_run_before_that_only_the_log_knows() -> None:
    client, logbook = scene(398210), Logbook()
    for run, fill in ((398209, 10412), (398210, 10411)):
        seen = RunSeen("ended", fill=fill)
        logbook.put(Record(uid=f"b{run}", made_at=1.0, body=seen, run=run))
    assert previous_of_fill(client, logbook) == (
        0,
        "No earlier run of fill 10412: run 398209 came before, but is neither "
        "recorded nor at hand.",
    )
    client.put_references(RunsFact((398209, 398210)))
    assert previous_of_fill(client, logbook) == (398209, "")


def test_a_run_beside_is_called_with_its_scale() -> None:
    about = ReferenceNote(run=7, normalize="events", scale=0.5234)
    assert scaled_words(about) == "run 7 × 0.523"
    assert scaled_words(ReferenceNote(origin="/data/a.root")) == "a.root"
    assert scaled_words(ReferenceNote(run=7, unscaled=True)) == "run 7 unscaled"


def test_evidence_keeps_its_references() -> None:
    client = scene()
    client.put_references(RunsFact((398211,), {398211: Conditions(fill=10412)}))
    client.moment = 1.0
    assert previous_of_fill(client, Logbook()) == (0, IN_EVIDENCE)
