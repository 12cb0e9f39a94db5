from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.site_texts import REFERENCES

from dqmconsole.model.reference import ReferenceRule
from dqmconsole.site.references import choose, read_references


def rule(name: str, **keys: object) -> ReferenceRule:
    return ReferenceRule("me", "2026-05-01", "because", file=name, **keys)  # type: ignore[arg-type] # keys by name


RULES = (
    rule("all"),
    rule("pp", run_type="collisions"),
    rule("hcal", subsystem="Hcal"),
    rule("hcal pp", subsystem="Hcal", run_type="collisions"),
    rule("digi", histograms=("Hcal/Digi*", "*/other")),
    rule("digi task", histograms=("Hcal/DigiTask/*",)),
    rule("one", histograms=("Hcal/DigiTask/one",)),
    rule("one pp", histograms=("Hcal/DigiTask/one",), run_type="collisions"),
)


@pytest.mark.parametrize(
    ("path", "run_type", "name"),
    [
        ("Ecal/a", "cosmics", "all"),
        ("Ecal/a", "collisions", "pp"),
        ("Hcal/a", "cosmics", "hcal"),
        ("Hcal/a", "collisions", "hcal pp"),
        ("HcalCalib/a", "cosmics", "all"),
        ("Hcal/Digi", "collisions", "digi"),
        ("Hcal/DigiTask/two", "collisions", "digi task"),
        ("Hcal/DigiTask/one", "cosmics", "one"),
        ("Hcal/DigiTask/one", "collisions", "one pp"),
        ("Ecal/other", "collisions", "digi"),
    ],
)
def test_the_most_specific_rule_holds(path: str, run_type: str, name: str) -> None:
    for rules in (RULES, RULES[::-1]):
        chosen = choose(rules, path, run_type)
        assert chosen is not None
        assert chosen.file == name


@pytest.mark.parametrize(
    ("path", "name"),
    [("Ecal/a", ""), ("Hcal/DigiTask/one", ""), ("Hcal/DigiTask/two", "digi task")],
)
def test_where_the_type_is_unknown_a_rule_for_all_holds_and_nothing_is_guessed(
    path: str, name: str
) -> None:
    for rules in (RULES, RULES[::-1]):
        chosen = choose(rules, path, None)
        assert ("" if chosen is None else chosen.file) == name


def test_what_no_rule_is_for_has_no_reference() -> None:
    assert choose((), "Ecal/a", None) is None
    only_pp = (rule("pp", run_type="collisions"),)
    assert choose(only_pp, "Ecal/a", "cosmics") is None
    assert choose((), "Ecal/a", "cosmics") is None


def test_rules_are_read_with_their_places() -> None:
    rules, places, problems = read_references(REFERENCES.encode(), "references.yaml")
    assert problems == ()
    assert [(each.file, each.run) for each in rules] == [
        ("references/collisions.root", None),
        (None, 398000),
    ]
    assert rules[0].chosen_on == "2026-05-01"
    assert [
        (each.line, each.column) for each in (places[0]["file"], places[1]["run"])
    ] == [(2, 9), (9, 8)]
    assert places[0]["chosen_on"].line == 4
    assert places[1]["histograms[0]"].line == 8


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("run: 398000", "ruun: 398000", 9, 'did you mean "run"'),
        ("run: 398000", "run: -3", 9, "run number"),
        ("run: 398000", "run: 3\n  file: x", 9, "either a file or a run"),
        ("  run: 398000\n", "", 6, "either a file or a run"),
        ("chosen_on: 2026-05-01", "chosen_on: yesterday", 4, "a date"),
        ("chosen_on: 2026-05-01", "chosen_on: 20260501", 4, "a date"),
        ("why: Smooth fill", "why: ' '", 5, "why is empty"),
        ("why: Smooth fill", "", 1, 'lacks its "why"'),
        ("file: references/collisions.root", "file: ' '", 2, "the file has no name"),
        ("run_type: collisions", "run_type: pp", 1, "only collisions"),
        ("Hcal/DigiTask/*", "Ecal/*", 8, "matches nothing"),
    ],
)
def test_a_broken_rule_is_left_out(old: str, new: str, line: int, words: str) -> None:
    text = REFERENCES.replace(old, new, 1)
    rules, _, problems = read_references(text.encode(), "references.yaml")
    assert len(rules) == 1
    assert any(each.line == line and words in each.message for each in problems)


@pytest.mark.parametrize(
    ("one", "other", "tie"),
    [
        ("run_type: cosmics", "run_type: cosmics", True),
        ("run_type: cosmics", "run_type: collisions", False),
        ("run_type: cosmics", "subsystem: Hcal", False),
        ("subsystem: Hcal", "subsystem: Hcal", True),
        ("subsystem: Hcal", "subsystem: Ecal", False),
        ("histograms: ['A/*x']", "histograms: ['A/y*']", True),
        ("histograms: ['A/*x']", "histograms: ['A/*y']", False),
        ("histograms: ['A/*']", "histograms: ['A/y*']", False),
        ("histograms: [A/y]", "histograms: [A/x, A/y]", True),
        ("subsystem: A", "histograms: [A/x]", False),
    ],
)
def test_ties_are_problems(one: str, other: str, tie: bool) -> None:
    rest = "file: f, chosen_by: me, chosen_on: 2026-05-01, why: so"
    text = f"- {{{one}, {rest}}}\n- {{{other}, {rest}}}\n"
    rules, _, problems = read_references(text.encode(), "references.yaml")
    assert len(rules) == 2
    assert [each.line for each in problems] == ([2] if tie else [])


SOME = st.builds(
    rule,
    st.text("xyz", min_size=1, max_size=3),
    run_type=st.sampled_from([None, "collisions", "cosmics"]),
    subsystem=st.sampled_from([None, "a", "b"]),
    histograms=st.lists(
        st.sampled_from(["a/*", "b/*", "*", "a/b", "*/b", "?/b"]), max_size=2
    ).map(tuple),
)


@given(st.lists(SOME, max_size=6), st.sampled_from(["a/b", "a/c", "b/b", "c"]))
def test_what_is_chosen_holds_and_nothing_is_said_of_others(
    rules: list[ReferenceRule], path: str
) -> None:
    chosen = choose(rules, path, "cosmics")
    if chosen is None:
        return
    assert chosen in rules
    assert chosen.run_type in (None, "cosmics")
    assert chosen.subsystem in (None, path.split("/")[0])
