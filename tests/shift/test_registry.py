"""Runs and flags out of the book and in again, in both formats; files that lie."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.logbook.view import Logbook
from dqmconsole.model.record import (
    FLAG_STATUSES,
    Flag,
    Record,
    RunSeen,
    ShiftEnded,
    SignOff,
)
from dqmconsole.model.site import SiteSettings
from dqmconsole.shift.flag_import import (
    NO_REASON,
    NOBODY_NAMED,
    ImportPlan,
    ImportTrouble,
    plan,
)
from dqmconsole.shift.online_flags import decoded, encoded, online_flags
from dqmconsole.shift.registry import FORMAT, ranges, read_registry, run_registry

NOW = 1_795_000_000.0
RUN = 398214
NAMES = ("ecal", "hcal", "pixel")
USUAL = SiteSettings("Usual")
TEMPLATE = Record("", NOW + 1000, ShiftEnded(), account="eva", role="expert")


class Writer:
    """Puts records into a logbook as the book would."""

    def __init__(self) -> None:
        self.logbook = Logbook()

    def write(self, body: Any, **fields: Any) -> Record:  # noqa: ANN401 - any of a record
        number = len(self.logbook) + 1
        given: dict[str, Any] = {
            "run": RUN,
            "who": "Anna",
            "made_at": NOW + number,
        } | fields
        record = Record(uid=f"uid-{number}", body=body, number=number, **given)
        self.logbook.put(record)
        return record

    def enter(self, planned: ImportPlan) -> None:
        for each in planned.records:
            number = len(self.logbook) + 1
            self.logbook.put(msgspec.structs.replace(each, number=number))


def a_run(lumisections: int = 100, **fields: Any) -> RunSeen:  # noqa: ANN401 - any of a run
    return RunSeen(
        phase="ended",
        run_type="collisions",
        run_class="Collisions26",
        started=NOW,
        ended=NOW + 2400.25,
        lumisections=lumisections,
        events=81234,
        fill=10512,
        beam_mode="stable beams",
        beam_energy=6800.0,
        significant=True,
        subsystems=("Ecal", "Hcal"),
        **fields,
    )


def a_book() -> Writer:
    book = Writer()
    book.write(a_run())
    book.write(Flag("GOOD"), subsystem="hcal")
    book.write(Flag("BAD", 12, 40, "HV", "tripped", earliest=9), subsystem="hcal")
    book.write(Flag("BAD", proposed=True), subsystem="ecal")
    return book


def by_lumisection(logbook: Logbook, run: int) -> dict[str, dict[int, Any]]:
    return {
        name: {
            lumisection: (part.status, part.cause, part.comment, part.who)
            for part in line
            for lumisection in range(part.first, part.last + 1)
            if part.status != "NOTSET"
        }
        for name, line in ranges(logbook, NAMES, run).items()
    }


# -- out -------------------------------------------------------------------------------


def test_the_registry_s_shape() -> None:
    book = a_book()
    (run,) = json.loads(run_registry(book.logbook, NAMES, [RUN, RUN]))["runs"]
    assert run["run_number"] == RUN
    assert run["rr_attributes"] == {
        "class": "Collisions26",
        "state": "OPEN",
        "significant": True,
        "stop_reason": None,
        "not_significant_because": "",
    }
    assert run["oms_attributes"]["end_time"] == "2026-11-18T11:46:40.250000Z"
    assert run["lumisections"]["pixel"] == [
        {"start": 1, "end": 100, "status": "NOTSET", "cause": "", "comment": "",
         "by": "", "at": None}
    ]  # fmt: skip
    good, bad, rest = run["lumisections"]["hcal"]
    # its start lies between two snapshots: what is in doubt is not called good
    assert (good["start"], good["end"], good["status"]) == (1, 8, "GOOD")
    assert (bad["start"], bad["end"]) == (9, 40)
    assert (bad["status"], bad["cause"], bad["comment"]) == ("BAD", "HV", "tripped")
    assert (bad["by"], bad["at"]) == ("Anna", "2026-11-18T11:06:43.000000Z")
    assert (rest["start"], rest["end"], rest["status"]) == (41, 100, "GOOD")


def test_a_proposal_is_no_flag() -> None:
    book = a_book()
    book.write(Flag("GOOD", proposed=True), subsystem="pixel")
    (run,) = json.loads(run_registry(book.logbook, NAMES, [RUN]))["runs"]
    (part,) = run["lumisections"]["pixel"]
    assert (part["status"], part["proposed"]) == ("NOTSET", "GOOD")
    flags = online_flags(book.logbook, NAMES, [RUN])
    assert flags[RUN]["pixel"] == {"NOTSET": [(1, 100)]}
    assert flags[RUN]["ecal"] == {"NOTSET": [(1, 100)]}
    assert flags[RUN]["hcal"] == {"GOOD": [(1, 8), (41, 100)], "BAD": [(9, 40)]}


def test_online_flags_as_json() -> None:
    text = encoded(online_flags(a_book().logbook, ["hcal"], [RUN])).decode()
    assert text == (
        "{\n"
        f' "{RUN}": {{\n'
        '  "ecal": {"NOTSET": [[1, 100]]},\n'
        '  "hcal": {"GOOD": [[1, 8], [41, 100]], "BAD": [[9, 40]]}\n'
        " }\n"
        "}\n"
    )


def test_a_signed_off_run_says_so() -> None:
    book = a_book()
    book.write(SignOff())
    (run,) = json.loads(run_registry(book.logbook, NAMES, [RUN]))["runs"]
    assert run["rr_attributes"]["state"] == "SIGNOFF"


def test_a_run_that_goes_on_is_given_as_far_as_it_is_known() -> None:
    book = Writer()
    book.write(RunSeen("running", lumisections=7))
    book.write(Flag("GOOD"), subsystem="hcal")
    flags = online_flags(book.logbook, NAMES, [RUN])
    assert flags[RUN]["hcal"] == {"GOOD": [(1, 7)]}
    assert online_flags(book.logbook, NAMES, [5])[5]["hcal"] == {}


def test_neighbours_of_one_status_are_one_range() -> None:
    book = Writer()
    book.write(a_run())
    book.write(Flag("GOOD", 1, 50), subsystem="hcal")
    book.write(Flag("GOOD", 51), subsystem="hcal", who="Ben")
    flags = online_flags(book.logbook, ["hcal"], [RUN])
    assert flags[RUN]["hcal"] == {"GOOD": [(1, 100)]}
    assert len(ranges(book.logbook, ["hcal"], RUN)["hcal"]) == 2


# -- out and in ------------------------------------------------------------------------

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@st.composite
def books(draw: st.DrawFn) -> Writer:
    book = Writer()
    for run in draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=3,
                             unique=True)):  # fmt: skip
        last = draw(st.integers(1, 60))
        if draw(st.booleans()):
            book.write(a_run(last), run=run)
        for _ in range(draw(st.integers(0, 6))):
            first = draw(st.integers(1, last))
            flag = Flag(
                status=draw(st.sampled_from(FLAG_STATUSES)),
                first=first,
                last=draw(st.none() | st.integers(first, 70)),
                cause=draw(texts),
                comment=draw(texts),
                proposed=draw(st.booleans()),
                earliest=draw(st.none() | st.integers(1, first)),
            )
            name = draw(st.sampled_from(NAMES))
            book.write(flag, run=run, subsystem=name, who=draw(texts).strip())
    return book


def expected(logbook: Logbook, run: int) -> dict[str, dict[int, Any]]:
    found = by_lumisection(logbook, run)
    for line in found.values():
        for lumisection, (status, cause, comment, who) in line.items():
            if status in {"BAD", "EXCLUDED"} and not (cause or comment).strip():
                comment = NO_REASON
            line[lumisection] = (status, cause, comment, who or NOBODY_NAMED)
    return found


@given(books())
def test_what_goes_out_as_a_registry_comes_in_again(book: Writer) -> None:
    runs = {*book.logbook.runs(RunSeen), *book.logbook.runs(Flag)}
    claims, seen = read_registry(run_registry(book.logbook, NAMES, runs), NAMES)
    other = Writer()
    planned = plan(other.logbook, claims, seen, TEMPLATE, USUAL)
    assert planned.left == ()
    other.enter(planned)
    for run in runs:
        assert by_lumisection(other.logbook, run) == expected(book.logbook, run)
    again = plan(other.logbook, claims, seen, TEMPLATE, USUAL)
    assert again == ImportPlan(())
    # into the book it came from nothing comes in: it says the same
    assert plan(book.logbook, claims, {}, TEMPLATE, USUAL) == ImportPlan(())


@given(books())
def test_what_goes_out_as_online_flags_comes_in_again(book: Writer) -> None:
    runs = {*book.logbook.runs(RunSeen), *book.logbook.runs(Flag)}
    flags = online_flags(book.logbook, NAMES, runs)
    claims = decoded(encoded(flags), NAMES)
    other = Writer()
    for run in runs:
        for record, body in book.logbook.of_run(RunSeen, run):
            other.write(body, run=record.run)
    planned = plan(other.logbook, claims, {}, TEMPLATE, USUAL)
    other.enter(planned)
    there = online_flags(other.logbook, NAMES, runs)
    for run in runs:
        for name in NAMES:
            kept = {each: parts for each, parts in flags[run][name].items()
                    if each != "NOTSET"}  # fmt: skip
            found = {each: parts for each, parts in there[run][name].items()
                     if each != "NOTSET"}  # fmt: skip
            assert found == kept
    assert plan(other.logbook, claims, {}, TEMPLATE, USUAL) == ImportPlan(())


def test_a_run_that_the_book_does_not_know_is_entered_once() -> None:
    claims, seen = read_registry(run_registry(a_book().logbook, NAMES, [RUN]))
    other = Writer()
    other.enter(plan(other.logbook, claims, seen, TEMPLATE, USUAL))
    ((record, body),) = other.logbook.of(RunSeen)
    assert body == a_run()
    assert record.account == "eva"
    known = Writer()
    known.write(RunSeen("running"))
    planned = plan(known.logbook, claims, seen, TEMPLATE, USUAL)
    assert not any(isinstance(each.body, RunSeen) for each in planned.records)


# -- what the book says goes first -----------------------------------------------------


def test_a_signed_off_run_stays_as_it_is() -> None:
    book = a_book()
    book.write(SignOff(), who="Leo")
    claims = decoded(b'{"398214": {"pixel": {"BAD": [[1, 5]]}}}')
    planned = plan(book.logbook, claims, {}, TEMPLATE, USUAL)
    assert planned.records == ()
    assert planned.left == (
        '$["398214"].pixel.BAD[0]: run 398214 is signed off by Leo: left as it is',
    )


def test_what_a_person_set_stays_and_the_rest_is_filled_in() -> None:
    book = Writer()
    book.write(a_run())
    book.write(Flag("BAD", 10, 20, "HV"), subsystem="hcal")
    book.write(Flag("BAD", 30, 40, proposed=True), subsystem="hcal")
    claims = decoded(b'{"398214": {"hcal": {"GOOD": [[1, 120]]}}}', NAMES)
    planned = plan(book.logbook, claims, {}, TEMPLATE, USUAL)
    flags = [each.body for each in planned.records]
    assert flags == [
        Flag("GOOD", 1, 9), Flag("GOOD", 21, 29), Flag("GOOD", 30, 40),
        Flag("GOOD", 41, 100),
    ]  # fmt: skip
    assert {each.who for each in planned.records} == {NOBODY_NAMED}
    beyond, other = planned.left
    assert "has only 100 lumisections" in beyond
    assert "hcal in run 398214, LS 10–20: Anna set BAD, the file says GOOD" in other
    own = SiteSettings("Small", lumisection="spill")
    beyond, other = plan(book.logbook, claims, {}, TEMPLATE, own).left
    assert "has only 100 spills" in beyond
    assert "hcal in run 398214, spill 10–20: Anna set BAD" in other


def test_a_flag_that_was_changed_after_its_import_is_not_imported_again() -> None:
    book = Writer()
    book.write(a_run())
    claims = decoded(b'{"398214": {"hcal": {"GOOD": [[1, 100]]}}}')
    book.enter(plan(book.logbook, claims, {}, TEMPLATE, USUAL))
    book.write(Flag("NOTSET"), subsystem="hcal")
    planned = plan(book.logbook, claims, {}, TEMPLATE, USUAL)
    assert planned.records == ()
    assert "was imported before, and changed since" in planned.left[0]


# -- files that are not sound ----------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "$: this is no JSON"),
        (b"\xff", "$: this is no UTF-8"),
        (b"[" * 100_000, "$: this is no sound JSON"),
        (b"[]", "$: this must be an object, not an array"),
        (b'{"0": {}}', '$["0"]: "0" is no run number'),
        (b'{"1e3": {}}', '"1e3" is no run number'),
        (b'{"99999999999": {}}', "is no run number"),
        (b'{"5": 3}', '$["5"]: this must be an object, not the number 3'),
        (b'{"5": {"hcla": {}}}', '$["5"].hcla: the site has no component "hcla"; did '
         'you mean hcal?'),
        (b'{"5": {"hcal": {"GUT": []}}}', '$["5"].hcal.GUT: "GUT" is no flag'),
        (b'{"5": {"hcal": {"good": []}}}', "did you mean GOOD?"),
        (b'{"5": {"hcal": {"GOOD": [[1]]}}}', "a range has two ends, not 1"),
        (b'{"5": {"hcal": {"GOOD": [3]}}}', '$["5"].hcal.GOOD[0]: this must be an arr'),
        (b'{"5": {"hcal": {"GOOD": [[2, 1]]}}}', "ends at 1, before it begins at 2"),
        (b'{"5": {"hcal": {"GOOD": [[0, 1]]}}}', "GOOD[0][0]: 0 is not between"),
        (b'{"5": {"hcal": {"GOOD": [[true, 1]]}}}', "not true or false"),
        (b'{"5": {"hcal": {"GOOD": [[1.0, 2]]}}}', "whole number, not the number 1.0"),
        (b'{"5": {"hcal": {"GOOD": [[1, NaN]]}}}', "NaN is no number"),
        (b'{"5": {"hcal": {"GOOD": [[1, 9]], "BAD": [[9, 12]]}}}',
         '$["5"].hcal.BAD[0]: 9–12 overlaps with 1–9 of $["5"].hcal.GOOD[0]'),
        (b'{"5": {}, "5": {}}', 'an object has the key "5" twice'),
    ],
)  # fmt: skip
def test_online_flags_that_are_not_sound(data: bytes, problem: str) -> None:
    with pytest.raises(ImportTrouble) as caught:
        decoded(data, NAMES)
    assert problem in str(caught.value)


def registry_with(**changes: Any) -> bytes:  # noqa: ANN401 - any JSON
    root = json.loads(run_registry(a_book().logbook, NAMES, [RUN]))
    (run,) = root["runs"]
    for path, value in changes.items():
        where = run
        *steps, last = path.split("__")
        for step in steps:
            where = where[int(step) if step.isdigit() else step]
        where[last] = value
    return json.dumps(root).encode()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"run_number": "x"}, "$.runs[0].run_number: this must be a whole number"),
        ({"run_numbr": 1}, 'it has an unknown key "run_numbr"; did you mean run_numb'),
        ({"rr_attributes": None}, "$.runs[0].rr_attributes: this must be an object"),
        ({"rr_attributes__state": "OPNE"}, '"OPNE" is no state; they are OPEN, SIGN'),
        ({"rr_attributes__significant": 1}, "must be true, false or null"),
        ({"rr_attributes__class": 3}, "rr_attributes.class: this must be a text"),
        ({"oms_attributes__start_time": "noon"}, '"noon" is no time such as'),
        ({"oms_attributes__start_time": "2026-11-25T12:00:00"}, "is no time such as"),
        ({"oms_attributes__energy": "6.8 TeV"}, "energy: this must be a number"),
        ({"oms_attributes__events": -1}, "events: -1 is not between 0 and"),
        ({"oms_attributes__subsystems": [1]}, "subsystems[0]: this must be a text"),
        ({"lumisections__hcal__0__status": "GOOOD"}, "did you mean GOOD?"),
        ({"lumisections__hcal__0__end": 30}, "9–40 overlaps with 1–30"),
        ({"lumisections__hcal__1__start": 50}, "it ends at 40, before it begins at 50"),
        ({"lumisections__hcal__1__at": "?"}, "hcal[1].at: "),
        ({"lumisections__tracker": []}, 'the site has no component "tracker"'),
        ({"lumisections__ecal__0__proposed": "MAYBE"}, "ecal[0].proposed: "),
    ],
)
def test_a_registry_that_is_not_sound(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ImportTrouble) as caught:
        read_registry(registry_with(**changes), NAMES)
    assert problem in str(caught.value)


def test_every_mistake_is_named_at_once() -> None:
    data = registry_with(
        rr_attributes__state="?",
        lumisections__hcal__0__status="?",
        lumisections__hcal__1__cause=7,
    )
    with pytest.raises(ImportTrouble) as caught:
        read_registry(data, NAMES)
    assert [each.partition(":")[0] for each in caught.value.problems] == [
        "$.runs[0].rr_attributes.state",
        "$.runs[0].lumisections.hcal[0].status",
        "$.runs[0].lumisections.hcal[1].cause",
    ]
    root = {"format": "another", "runs": [1] * 300}
    with pytest.raises(ImportTrouble) as caught:
        read_registry(json.dumps(root).encode())
    assert caught.value.problems[0] == f'$.format: this must be "{FORMAT}"'
    assert caught.value.problems[-1].endswith("more")
    assert len(caught.value.problems) == 201


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["5", "hcal", "GOOD", "format", "runs", "run_number", "status",
                         "start", "end", "lumisections", "rr_attributes", "energy",
                         "oms_attributes", "start_time"]) | st.text(max_size=4),
        inner, max_size=4),
    max_leaves=20,
))  # fmt: skip
def test_nonsense_is_said_never_raised(value: Any) -> None:  # noqa: ANN401 - any JSON
    data = json.dumps(value).encode()
    for read in (decoded, read_registry):
        with contextlib.suppress(ImportTrouble):
            read(data, NAMES)
