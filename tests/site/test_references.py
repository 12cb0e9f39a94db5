from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.site_texts import REFERENCES

from dqmconsole.model.reference import LastGoodRuns, ReferenceRule, Retired
from dqmconsole.model.run import Conditions
from dqmconsole.model.when import wrong_form
from dqmconsole.site.decoder import SiteWords
from dqmconsole.site.references import (
    by_rank,
    choose,
    explain,
    read_references,
    rule_text,
    servable,
)
from dqmconsole.site.splice import with_entry


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
        ("run_type: collisions", "run_type: pp", 1, "site.yaml:2 has collisions"),
        ("Hcal/DigiTask/*", "Ecal/*", 8, "matches nothing"),
    ],
)
def test_a_broken_rule_is_left_out(old: str, new: str, line: int, words: str) -> None:
    text = REFERENCES.replace(old, new, 1)
    types = SiteWords(run_types=("collisions", "cosmics"), types_at="site.yaml:2")
    rules, _, problems = read_references(text.encode(), "references.yaml", types)
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


NARROW = (
    rule("all", subsystem="Hcal"),
    rule("high", subsystem="Hcal", when={"pileup": [40, 60]}),
    rule("old", subsystem="Hcal", valid_until=100),
    rule(
        "gone",
        histograms=("Hcal/a",),
        retired=Retired("me", "2026-06-01", "a bad fill"),
    ),
)


@pytest.mark.parametrize(
    ("run", "pileup", "name"),
    [
        (200, 50.0, "high"),
        (200, 30.0, "all"),
        (100, 30.0, "old"),
        (100, 50.0, "high"),
        (200, None, ""),  # a guess could take the wrong one
        (0, 30.0, ""),
    ],
)
def test_a_rule_for_conditions_or_runs_goes_before_one_for_all(
    run: int, pileup: float | None, name: str
) -> None:
    for rules in (NARROW, NARROW[::-1]):
        chosen = choose(rules, "Hcal/a", None, run, Conditions(pileup=pileup))
        assert ("" if chosen is None else chosen.file) == name


def test_why_rules_were_passed_over() -> None:
    choice = explain(NARROW, "Hcal/a", None, 200, Conditions(pileup=30.0))
    assert choice.at == 0
    assert [(each.at, each.why) for each in choice.passed] == [
        (3, "retired on 2026-06-01: a bad fill"),
        (1, "it is for pile-up 40 to 60, this run has 30"),
        (2, "it is for runs up to 100, this is run 200"),
    ]
    unknown = explain(NARROW, "Hcal/a", None, 200)
    assert unknown.unknown == (
        "of high: it is for pile-up 40 to 60, and the pile-up is unknown"
    )


def test_what_may_hold_for_a_plot() -> None:
    assert sorted(servable(NARROW, "Hcal/a", "cosmics")) == [0, 1, 2]
    assert list(servable(RULES, "Hcal/a", "cosmics")) == [2]


REST = "chosen_by: me, chosen_on: 2026-05-01, why: so"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("run: 3, runs: [4]", 1, "either a file or a run"),
        ("runs: [4, 4]", 1, "4 stands here twice"),
        ("runs: [4, -1]", 1, "-1 is no run number"),
        ("run: 3, good_runs: {last: 20}", 1, "or the good ones"),
        ("good_runs: {last: 0}", 1, "last is a number of runs, 1 to 100, not 0"),
        ("good_runs: {last: 5, template: 1}", 1, "between 0 and 1, such as 0.9"),
        ("good_runs: {last: 5}, combine: any", 1, "compared with one by one"),
        ("good_runs: {newest: 5}", 1, "newest"),
        ("run: 3, combine: best", 1, "only worst, any"),
        ("run: 3, valid_from: 9, valid_until: 8", 1, "for none"),
        ("run: 3, valid_from: 0", 1, "valid_from is a run number"),
        ("run: 3, when: {pileup: [60, 40]}", 1, "nothing is between"),
        ("run: 3, when: {pileup: true}", 1, "when: pileup is a number"),
        ("run: 3, retired: {by: me, on: yesterday, why: so}", 1, "a date"),
        ("run: 3, retired: {by: me, on: 2026-05-01, why: ' '}", 1, "why is empty"),
        ("run: 3, retired: {by: me, on: 2026-05-01}", 1, 'lacks its "why"'),
    ],
)
def test_a_rule_that_cannot_hold_is_left_out(text: str, line: int, words: str) -> None:
    file = f"- {{{text}, {REST}}}\n"
    rules, _, problems = read_references(file.encode(), "references.yaml")
    assert rules == ()
    assert any(each.line == line and words in each.message for each in problems)


@pytest.mark.parametrize(
    ("one", "other", "tie"),
    [
        ("when: {pileup: [1, 2]}", "when: {pileup: [2, 3]}", True),
        ("when: {pileup: [1, 2]}", "when: {pileup: [3, 4]}", False),
        ("when: {pileup: [1, 2]}", "when: {magnet: 3.8}", True),
        ("when: {pileup: [1, 2]}", "subsystem: Hcal", False),
        ("valid_until: 4", "valid_from: 5", False),
        ("valid_until: 5", "valid_from: 5", True),
        ("valid_until: 5", "valid_until: 7", True),
        ("valid_until: 5", "run_type: null", False),
        ("retired: {by: a, on: 2026-05-01, why: b}", "run_type: null", False),
    ],
)
def test_rules_that_overlap(one: str, other: str, tie: bool) -> None:
    text = f"- {{{one}, run: 3, {REST}}}\n- {{{other}, run: 4, {REST}}}\n"
    rules, _, problems = read_references(text.encode(), "references.yaml")
    assert len(rules) == 2
    assert [each.line for each in problems] == ([2] if tie else [])


def test_all_that_a_rule_may_say() -> None:
    text = """\
- runs: [398000, 398001]
  combine: any
  subsystem: Hcal
  when: {pileup: [40, null], trigger_key: [a, b]}
  valid_from: 398002
  valid_until: 399000
  chosen_by: me
  chosen_on: 2026-05-01
  why: so
  retired: {by: you, on: 2026-06-01, why: other}
"""
    rules, places, problems = read_references(text.encode(), "references.yaml")
    assert problems == ()
    assert rules[0].every_run == (398000, 398001)
    assert rules[0].when == {"pileup": [40, None], "trigger_key": ["a", "b"]}
    assert rules[0].called == "runs 398000, 398001"
    assert rules[0].retired == Retired("you", "2026-06-01", "other")
    assert places[0]["when.pileup"].line == 4


def test_a_rule_may_ask_for_the_good_runs() -> None:
    text = f"- {{good_runs: {{last: 20, template: 0.9}}, run_type: cosmics, {REST}}}\n"
    (rule,), _, problems = read_references(text.encode(), "references.yaml")
    assert problems == ()
    assert rule.good_runs == LastGoodRuns(20, 0.9)
    assert (rule.called, rule.every_run) == ("the last 20 good runs", ())
    written = f"- {{{', '.join(rule_text(rule).splitlines())}}}\n"
    assert read_references(written.encode(), "references.yaml")[0] == (rule,)


WORDS = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs")),
    min_size=1,
    max_size=12,
).filter(str.strip)
ENDS = st.none() | st.integers(-5, 99) | st.floats(0, 9.5, width=16)
WANTED = (
    st.integers(-9, 99)
    | st.floats(0, 99, width=16)
    | WORDS
    | st.lists(WORDS, min_size=1, max_size=3)
    | st.lists(ENDS, min_size=2, max_size=2)
).filter(lambda each: not wrong_form(each))


@given(
    who=WORDS,
    why=WORDS,
    run=st.integers(1, 999_999),
    histograms=st.lists(WORDS, max_size=2).map(tuple),
    when=st.dictionaries(st.sampled_from(["pileup", "trigger_key"]), WANTED),
    retired=st.none() | st.builds(Retired, WORDS, st.just("2026-06-01"), WORDS),
)
def test_a_rule_is_written_so_that_it_reads_as_the_same(
    who: str,
    why: str,
    run: int,
    histograms: tuple[str, ...],
    when: dict[str, object],
    retired: Retired | None,
) -> None:
    rule = ReferenceRule(
        *(who, "2026-05-01", why),
        run=run,
        histograms=histograms,
        when=when,
        retired=retired,
    )
    text = with_entry("# rules\n", rule_text(rule))
    rules, _, problems = read_references(text.encode(), "references.yaml")
    assert problems == ()
    assert rules == (rule,)


def test_what_is_ranked_already_is_not_ranked_again() -> None:
    ranked = by_rank(NARROW, "Hcal/a")
    usual = explain(NARROW, "Hcal/a", None, 200, Conditions(pileup=30.0))

    assert (
        explain(NARROW, "Hcal/a", None, 200, Conditions(pileup=30.0), ranked) == usual
    )
    assert explain(NARROW, "Hcal/a", None, 200, None, []).at is None
