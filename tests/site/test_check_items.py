"""What stands under ``checks:``: each mistake at its place, and nothing turns green."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from support.site_texts import LAYOUT

from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.entries import NotEmpty
from dqmconsole.checks.table import CHECKS
from dqmconsole.model.layout import Plot
from dqmconsole.model.verdict import Status
from dqmconsole.site.decoder import SiteWords
from dqmconsole.site.layouts import LayoutRead, read_layout

TEXT = """\
layout: A
defaults: {}
pages:
  - page: B
    plots:
      - path: A/x{1,2}
        run_types: [collisions, cosmics]
        checks: CHECKS
"""


TYPES = SiteWords(run_types=("collisions", "cosmics", "heavy-ions"))


def read(checks: str) -> LayoutRead:
    return read_layout(TEXT.replace("CHECKS", checks).encode(), "A.yaml", TYPES)


def plots(found: LayoutRead) -> tuple[Plot, ...]:
    assert found.layout is not None
    return found.layout.pages[0].plots


GOOD: list[tuple[str, object]] = [
    ("defaults", "defaults"),
    ("[]", ()),
    ("[defaults, {not_empty: {}}]", ("defaults", {"not_empty": None})),
    ("[{not_empty: {}}]", ({"not_empty": None},)),
    ("[{not_empty: }]", ({"not_empty": None},)),
    ("[{not_empty: {bad_below: 2}}]", ({"not_empty": {"bad_below": 2.0}},)),
    ("[{not_empty: {warn_below: 5, bad_below: null}}]",
     ({"not_empty": {"warn_below": 5.0, "bad_below": None}},)),
    ("[{not_empty: {}, run_types: [cosmics], updates: [3], persist: 2}]",
     ({"not_empty": None, "run_types": ["cosmics"], "updates": [3], "persist": 2},)),
    ("[{not_empty: {}, run_types: [cosmics]}, "
     "{not_empty: {bad_below: 9}, run_types: [collisions]}]",
     ({"not_empty": None, "run_types": ["cosmics"]},
      {"not_empty": {"bad_below": 9.0}, "run_types": ["collisions"]})),
    ("[{not_empty: {}, updates: []}]", ({"not_empty": None, "updates": []},)),
    ("[{not_empty: {bad_below: {pileup: {20: 5, 60: 9}}}}]",
     ({"not_empty": {"bad_below": {"pileup": {"20": 5.0, "60": 9.0}}}},)),
    # one check with other settings
    ("[{not_empty: {events: 10}}, {not_empty: {events: 99}}]",
     ({"not_empty": {"events": 10.0}}, {"not_empty": {"events": 99.0}})),
]  # fmt: skip


@pytest.mark.parametrize(("text", "checks"), GOOD)
def test_what_is_written_is_kept_and_can_be_judged_by(
    text: str, checks: object
) -> None:
    found = read(text)
    assert found.problems == ()
    for plot in plots(found):
        assert plot.checks == checks
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(plot), type=Plot)
        assert again == plot
        for each in again.written_checks.values():
            assert isinstance(declared(each).check, NotEmpty)
        assert again.by_kind == text.strip("[").startswith("defaults")


def test_left_out_are_the_defaults_of_its_kind() -> None:
    found = read_layout(TEXT.replace("        checks: CHECKS\n", "").encode(), "A.yaml")
    assert [plot.checks for plot in plots(found)] == [None, None]


# what stands there, the column, the code, the words; the text begins in column 17
BROKEN = [
    ("default", 17, "wrong-type", 'did you mean "defaults"?'),
    ("", 16, "missing-value", "checks has no value"),
    ("5", 17, "wrong-type", 'not "5"'),
    ("{not_empty: {}}", 17, "wrong-type", "begin each item with a dash"),
    ("!x []", 17, "yaml-tag", "the tag"),
    ("[not_empty]", 18, "check-form", "write {not_empty: {}}"),
    ("[default]", 18, "check-form",
     "each item of checks is one name with its limits, or defaults; write {NAME: "
     '{LIMIT: number}}; did you mean "defaults"?'),
    ("[defaults, defaults]", 28, "overlapping-checks",
     "checks has defaults twice, the first are in line 8"),
    ("[{defaults: }]", 19, "unknown-check",
     "defaults has no limits: write it as an item of its own, - defaults"),
    ("[5]", 18, "check-form", "one name with its limits"),
    ("[{}]", 18, "check-form", "is empty"),
    ("[{run_types: [cosmics]}]", 18, "check-form", "no name of a check beside run_ty"),
    ("[{not_emty: {}}]", 19, "unknown-check", 'did you mean "not_empty"?'),
    ("[{foo: {}}]", 19, "unknown-check", "validate --checks lists all"),
    ("[{run_type: [cosmics]}]", 19, "unknown-check", 'the option "run_types"?'),
    ("[{not_empty: {}, run_type: [cosmics]}]", 34, "unknown-key",
     'did you mean "run_types"?; options are run_types, against, updates, persist'),
    ("[{not_empty: , bad_below: 5}]", 32, "unknown-key", "it is indented below it"),
    ("[{not_empty: {}, dead_channels: {}}]", 34, "check-form", "in one item"),
    ("[{not_empty: {}, not_empty: {}}]", 34, "duplicate-key", "twice"),
    ("[{not_empty: 5}]", 30, "wrong-type", "of warn_below, bad_below, events"),
    ("[{not_empty: {bad_belo: 5}}]", 31, "unknown-key",
     'not_empty has no key "bad_belo"; did you mean "bad_below"? It may have '
     "warn_below, bad_below, events"),
    ("[{not_empty: {bad_below: five}}]", 42, "wrong-type", "is a number"),
    ("[{not_empty: {bad_below: .nan}}]", 42, "wrong-type", "is a number"),
    ('[{not_empty: {bad_below: "5"}}]', 42, "wrong-type", "without quotes"),
    ("[{not_empty: {events: }}]", 39, "missing-value", "no value"),
    ("[{not_empty: {warn_below: 2, bad_below: 5}}]", 57, "wrong-limits", "bad_below"),
    ("[{not_empty: {warn_below: 0.5}}]", 30, "wrong-limits",
     "bad_below (1.0 when left out)"),
    ("[{not_empty: {bad_below: null}}]", 30, "no-limits",
     "give warn_below or bad_below"),
    ("[{mean: {}}]", 25, "no-limits", "no limit is set"),
    ("[{not_empty: {bad_below: {pileup: {20: 5}}}}]", 42, "check-form",
     "not_empty: bad_below needs two values of pileup or more"),
    ("[{not_empty: {bad_below: {}}}]", 42, "check-form", "depends on one condition"),
    ("[{not_empty: {bad_below: {a: {1: 2, 3: 4}, b: {1: 2, 3: 4}}}}]", 42,
     "check-form", "depends on one condition"),
    ("[{not_empty: {bad_below: {pileup: {low: 5, 60: 9}}}}]", 42, "check-form",
     'has "low" where a number stands (pileup)'),
    ("[{not_empty: {bad_below: {pileup: {20: 5, 2e1: 9}}}}]", 42, "check-form",
     "has two limits at pileup 20"),
    ("[{not_empty: {bad_below: {pileup: {20: 5, 20: 9}}}}]", 59, "duplicate-key",
     "twice"),
    ("[{not_empty: {bad_below: {pileup: {20: five, 60: 9}}}}]", 56, "wrong-type",
     "is a number"),
    ("[{not_empty: {bad_below: {pileup: 5}}}]", 51, "wrong-type", "a mapping"),
    ("[{not_empty: {events: {pileup: {20: 5, 60: 9}}}}]", 39, "wrong-type",
     "events is a number"),
    ("[{mean: {warn_above: {pileup: {20: 1, 60: 2}}, "
     "bad_above: {pileup: {20: 2, 60: 1}}}}]", 75, "check-form",
     "mean: at pile-up 60: it is below the limit of a warning"),
    ("[{mean: {warn_above: {pileup: {20: 1, 60: 2}}, "
     "bad_above: {magnet: {0: 2, 4: 3}}}}]", 75, "check-form",
     "limits of one check depend on one condition: pileup"),
    ("[{mean: }]", 19, "no-limits", "no limit is set"),
    ("[{fit: {parameters: {Mean: {bad_belo: 5}}}}]", 45, "unknown-key", '"bad_below"'),
    ("[{rate: {bad_above: 1, per: against}}]", 45, "missing-key",
     "needs the option against: PATH beside rate"),
    ("[{not_empty: {}, updates: [-3]}]", 44, "out-of-range", "from 1"),
    ("[{not_empty: {}, updates: [3, 3]}]", 47, "out-of-range", "3 twice"),
    ("[{not_empty: {}, updates: 3}]", 43, "wrong-type", "write [3]"),
    ("[{not_empty: {}, persist: 0}]", 43, "out-of-range", "persist is 1"),
    ("[{not_empty: {}, run_types: [cosmic]}]", 46, "unknown-word", '"cosmics"'),
    ("[{not_empty: {}, run_types: [heavy-ions]}]", 45, "never-shown",
     "the plot is for collisions, cosmics only"),
    ("[{not_empty: {}, against: /A/x}]", 43, "wrong-path", "no path"),
    ('[{not_empty: {}, against: " "}]', 43, "wrong-path", "empty"),
    ("[{not_empty: {}, input: {rato: A/y}}]", 41, "check-form",
     "there is no input rato"),
    ("[{not_empty: {}, input: {sum: [A/y]}}]", 41, "check-form", "two elements"),
    ("[{not_empty: {}, input: A/y}]", 41, "wrong-type", "a mapping"),
    ('[{not_empty: {}, input: {ratio: "A/{1..3}"}}]', 41, "braces", "a list of 3"),
    ('[{not_empty: {}, against: "A/{1..3}"}]', 43, "braces", "a list of 3"),
    ("[{not_empty: {}}, {not_empty: {bad_below: 9}}]", 36, "overlapping-checks",
     "not_empty has two limits in all runs: the first are in line 8"),
    ("[{not_empty: {}, run_types: [cosmics]}, {not_empty: {bad_below: 9}}]", 58,
     "overlapping-checks", "in runs of cosmics"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "code", "words"), BROKEN)
def test_a_mistake_is_said_at_its_place_and_the_plot_cannot_be_good(
    text: str, column: int, code: str, words: str
) -> None:
    found = read(text)
    (problem,) = found.problems
    assert (problem.line, problem.column, problem.code) == (8, column, code)
    assert problem.severity == "error"
    assert words in problem.message
    assert len(plots(found)) == 2
    for plot in plots(found):
        (why,) = filter(None, map(trouble, plot.written_checks.values()))
        assert "(A.yaml, line 8); see Problems" in why


def trouble(item: dict[str, Any]) -> str:
    """Why an item is no check, as the engine says it of a check that FAILED; or ""."""
    try:
        declared(item)
    except DeclarationError as error:
        return f"{error.keys[0]}: {error}"
    return ""


def test_what_is_healthy_beside_a_mistake_judges_on() -> None:
    (plot, _) = plots(read("[{not_empty: {}}, {foo: {}, run_types: [cosmics]}]"))
    first, second = plot.written_checks.values()
    assert isinstance(declared(first).check, NotEmpty)
    assert trouble(second).startswith("a check: what the layout asks")
    (plot, _) = plots(read("[{not_empty: {bad: 1}}]"))
    assert trouble(plot.written_checks[0]).startswith("not_empty: what the layout asks")


def test_no_layout_names_the_check_that_always_fails() -> None:
    (problem,) = read("[{broken_check: {why: x}}]").problems
    assert problem.code == "unknown-check"


def test_a_plot_goes_before_its_page_and_that_before_the_layout() -> None:
    text = LAYOUT.replace("defaults:\n", "defaults:\n  checks: [{not_empty: {}}]\n")
    text = text.replace("  - page: Experts\n", "  - page: Experts\n    checks: []\n")
    found = read_layout(text.encode(), "Hcal.yaml")
    assert found.problems == ()
    assert found.layout is not None
    digis, experts = found.layout.pages
    assert experts.plots[0].checks == ()
    assert digis.plots[4].checks == ({"not_empty": None},)
    assert "dead_channels" in digis.plots[0].written_checks[0]
    place = found.places["Hcal › Digi occupancy › Hcal/TPTask/trend#checks[0]"]
    assert (place.line, place.column) == (6, 13)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("defaults: {}", "defaults: {checks: [{foo: {}}]}", 22),
        ("  - page: B", "  - {page: B, checks: [{foo: {}}], plots: [{path: A/z}]}", 25),
    ],
)
def test_a_mistake_above_fails_all_that_inherit_it_and_is_said_once(
    old: str, new: str, column: int
) -> None:
    text = TEXT.replace("        checks: CHECKS\n", "").replace(old, new)
    if "page: B," in new:
        text = text[: text.index("    plots:")]
    found = read_layout(text.encode(), "A.yaml")
    (problem,) = found.problems
    assert (problem.code, problem.column) == ("unknown-check", column)
    for plot in plots(found):
        assert trouble(plot.written_checks[0])


@pytest.mark.parametrize(
    "new", ["defaults: {cheks: [{not_empty: {}}]}", "defaults: 5", "default: {}"]
)
def test_defaults_that_may_have_held_checks_leave_nothing(new: str) -> None:
    text = TEXT.replace("        checks: CHECKS\n", "").replace("defaults: {}", new)
    found = read_layout(text.encode(), "A.yaml")
    assert found.problems
    assert found.layout is None


def test_the_braces_of_what_a_check_compares_with_run_in_step() -> None:
    found = read('[{not_empty: {}, against: "A/emulated{1,2}"}]')
    assert found.problems == ()
    against = [
        declared(plot.written_checks[0]).options.against for plot in plots(found)
    ]
    assert against == ["A/emulated1", "A/emulated2"]


def test_the_braces_of_what_a_check_judges_run_in_step() -> None:
    found = read('[{not_empty: {}, input: {ratio: ["A/a{1,2}", "./b{3,4}"]}}]')
    assert found.problems == ()
    made = [declared(plot.written_checks[0]).input for plot in plots(found)]
    assert [each and each.paths("A/x") for each in made] == [
        ("A/a1", "A/b3"),
        ("A/a2", "A/b4"),
    ]


def test_braces_that_do_not_fit_are_said_once_for_all_who_inherit_them() -> None:
    text = TEXT.replace("        checks: CHECKS\n", "      - path: A/y{1,2}\n")
    broken = '{checks: [{not_empty: {}, against: "A/{1..3}"}]}'
    found = read_layout(
        text.replace("defaults: {}", f"defaults: {broken}").encode(), "A.yaml"
    )
    (problem,) = found.problems
    assert (problem.line, problem.code) == (2, "braces")
    for plot in plots(found):
        assert trouble(plot.written_checks[0])


def test_a_window_is_a_number_of_lumisections() -> None:
    found = read_layout(LAYOUT.encode(), "Hcal.yaml")
    assert found.layout is not None
    first, *_, last = found.layout.pages[0].plots
    assert (first.window_lumisections, last.window_lumisections) == (60, None)


@pytest.mark.parametrize("name", CHECKS)
def test_what_checks_show_as_examples_has_limits_that_something_crosses(
    name: str,
) -> None:
    for example in CHECKS[name].examples():
        if example.status in (Status.WARNING, Status.BAD):
            assert not list(example.check.wrong()), example.words
