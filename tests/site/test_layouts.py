from __future__ import annotations

import msgspec
import pytest
import yaml
from support.site_texts import LAYOUT

from dqmconsole.model.layout import Layout, Needs, Plot
from dqmconsole.site import yaml_text
from dqmconsole.site.decoder import SiteWords
from dqmconsole.site.layouts import MAX_PLOTS, LayoutRead, read_layout

BEAMS = SiteWords(
    ("no mode", "setup", "stable beams"), ("collisions", "cosmics", "heavy-ions")
)


def read(text: str) -> LayoutRead:
    return read_layout(text.encode(), "Hcal.yaml", BEAMS)


def changed(old: str, new: str) -> LayoutRead:
    assert LAYOUT.count(old) >= 1, old
    return read(LAYOUT.replace(old, new, 1))


def healthy() -> Layout:
    found = read(LAYOUT)
    assert found.problems == ()
    assert found.layout is not None
    return found.layout


def plots_of(found: LayoutRead) -> list[str]:
    assert found.layout is not None
    return [plot.path for page in found.layout.pages for plot in page.plots]


DEPTHS = [f"Hcal/DigiTask/Occupancy/depth{i}" for i in range(1, 5)]
ALL = [*DEPTHS, "Hcal/TPTask/trend", "Hcal/RawTask/BadQuality"]


def test_former_names_are_in_step_with_the_path() -> None:
    layout = changed("    span: [2, 1]\n", "    formerly: ['Hcal/d{1..4}', Hcal/d]\n")
    assert layout.layout is not None
    last = layout.layout.pages[0].plots[3]
    assert (last.path, last.formerly) == (DEPTHS[3], ("Hcal/d4", "Hcal/d"))
    assert last.overlay == ("Hcal/DigiTask/Occupancy/d",)


def test_a_plot_is_one_element_with_all_it_inherits() -> None:
    layout = healthy()
    assert [page.page for page in layout.pages] == ["Digi occupancy", "Experts"]
    first, _, _, last, trend = layout.pages[0].plots
    assert (last.path, last.title) == (DEPTHS[3], "Occupancy, depth 4")
    assert last.overlay == ("Hcal/DigiTask/Occupancy/d",)
    assert first.description == "Digis per channel"
    assert first.needs == Needs(
        dcs=("HBHEa", "HBHEb"), beam=("stable beams",), magnet="on", events=100
    )
    assert first.run_types == ("collisions",)
    assert trend.run_types == ("collisions", "cosmics")
    assert (first.reference.mode, first.reference.normalize) == ("ratio", "area")
    assert first.draw is not None
    assert (first.draw.style, first.draw.stats) == ("map", True)
    assert (first.draw.x.title, first.draw.x.range) == ("eta", (0.0, None))
    assert first.draw.z.scale == "log"
    assert first.window == "60 LS"
    assert first.instruction == "hcal/occupancy"
    assert first.checks == ({"dead_channels": {"warn_above": 0.01, "bad_above": 0.03}},)
    assert (trend.title, trend.accumulates, trend.stale_after) == (
        "2024",
        "trend",
        1000.0,
    )
    bad = layout.pages[1].plots[0]
    assert bad.needs == Needs(subsystem="Hcal", feds=(1100, 1101), events=100)
    assert bad.accumulates == "run"


def test_places_lead_to_the_lines() -> None:
    places = read(LAYOUT).places
    lines = LAYOUT.splitlines()
    for key, place in places.items():
        if "#" in key:
            continue
        text = lines[place.line - 1][place.column - 1 :].strip('"')
        wanted = key.split(" › ")[-1]
        assert text[:20] == wanted[:20]
    assert len([key for key in places if "#" not in key]) == len(ALL) + 3
    assert (places["Hcal#owner"].line, places["Hcal#owner"].column) == (2, 8)
    first = places["Hcal › Digi occupancy › Hcal/DigiTask/Occupancy/depth1#instruction"]
    assert lines[first.line - 1][first.column - 1 :] == "hcal/occupancy"


def test_a_default_that_is_written_out_is_the_default() -> None:
    # as msgspec leaves it out: a page has the same hash here and where it was sent to
    assert "audience: shift" in LAYOUT
    sent = msgspec.json.encode(healthy())
    came = msgspec.json.decode(sent, type=Layout)
    assert msgspec.json.encode(came) == sent


def test_what_is_written_empty_takes_back_what_stands_above() -> None:
    found = changed("{magnet: on}", "{dcs: [], events: 0}")
    assert found.layout is not None
    assert found.layout.pages[0].plots[0].needs == Needs(beam=("stable beams",))


def test_without_words_references_scale_by_events_but_states_and_trends_do_not() -> (
    None
):
    found = changed("  reference: {mode: overlay, normalize: area}\n", "")
    assert found.layout is not None
    first, *_, trend = found.layout.pages[0].plots
    assert first.reference.normalize == "events"
    assert trend.reference.normalize == "none"
    assert trend.reference.mode == "overlay"


def test_an_expanded_layout_reads_back_as_itself() -> None:
    layout = healthy()
    text = yaml.safe_dump(msgspec.to_builtins(layout, str_keys=True), sort_keys=False)
    again = read(text)
    assert again.problems == ()
    assert again.layout == layout


# what is broken, where it says so, the words, and the plots that stay
BROKEN = [
    ("owner:", "ownr:", 2, 1, 'did you mean "owner"', ALL),
    ("owner: hcal-dqm", "owner: [a]", 2, 8, "owner is text, not a list", ALL),
    ("mode: overlay", "mode: overlai", 6, 21, 'did you mean "overlay"', ALL),
    ("needs: {events: 100}", "need: {events: 100}", 4, 1, '"needs"', None),
    ("{events: 100}", "{events: many}", 4, 17, "whole number", None),
    ("{events: 100}", "{events: -1}", 4, 17, "0 or more", None),
    ("{events: 100}", "{settle: 1001}", 4, 17, "settle is 0 to 1000 updates", None),
    ("layout: Hcal", "layuot: Hcal", 1, 1, 'did you mean "layout"', None),
    ("layout: Hcal", "layout:", 1, 8, "no value", None),
    ("layout: Hcal", "layout: ''", 1, 9, "empty name", None),
    ("pages:", "pages: 3 #", 9, 3, "syntax error", None),
    ("columns: 3", "columns: 7", 13, 14, "1 to 6", ALL[5:]),
    ("columns: 3", "columns: three", 13, 14, "whole number", ALL[5:]),
    ("columns: 3", 'columns: "3"', 13, 14, "without quotes", ALL[5:]),
    (
        "columns: 3",
        "columns: 3\n    columns: 4",
        14,
        5,
        "twice, first in line 13",
        ALL[5:],
    ),
    ("Stable beams", "Stabel beams", 12, 41, 'did you mean "stable beams"', ALL[5:]),
    ("audience: shift", "audience: shfit", 10, 15, 'did you mean "shift"', ALL[5:]),
    ("span: [2, 1]", "span: [4, 1]", 18, 15, "[3, 6] on this page", ALL[4:]),
    ("span: [2, 1]", "span: [2]", 18, 15, "a list of 2, here are 1", ALL[4:]),
    ("span: [2, 1]", "span: 2", 18, 15, "is a list of 2, not", ALL[4:]),
    ("run_types: [collisions]", "run_types: cosmics", 24, 20, "[cosmics]", ALL[4:]),
    (
        'title: "Occupancy, depth {1..4}',
        'title: "Occupancy, depth {1..3}',
        16,
        16,
        "one length",
        ALL[4:],
    ),
    ("depth{1..4}", "depth{1..4", 15, 15, "never closed", ALL[4:]),
    ("    span: [2, 1]", "    formerly: ['Hcal/d{1..3}']", 18, 20, "length", ALL[4:]),
    ("    span: [2, 1]", "    formerly: [Hcl/d]", 18, 20, "of another", ALL[4:]),
    ("{a,b,c,d}", "{a,b}", 21, 19, "one length", ALL[4:]),
    (
        "{style: map, x: {range: [0, null]}, z: {scale: log}}",
        "map",
        19,
        15,
        "write {style: map}",
        ALL[4:],
    ),
    ("{range: [0, null]}", "lgo", 19, 31, "write {scale: log}", ALL[4:]),
    ("[0, null]", "0..5", 19, 39, "write [0, 5]", ALL[4:]),
    ("scale: log", "scale: logarithmic", 19, 62, 'mean "log"', ALL[4:]),
    ("{mode: ratio}", "ratio", 20, 20, "write {mode: ratio}", ALL[4:]),
    ("style: map", "style: mapp", 19, 23, 'did you mean "map"', ALL[4:]),
    ("[0, null]", "[3, 1]", 19, 39, "[lowest, highest]", ALL[4:]),
    ("[0, null]", "[.nan, 1]", 19, 40, "a number", ALL[4:]),
    ("window: 60 LS", "window: 60", 23, 17, '"60 LS"', ALL[4:]),
    ("accumulates: run", "accumulates: latest", 23, 17, '"latest"', ALL[4:]),
    ("magnet: on", "magnet: onn", 25, 25, "only on, off", ALL[4:]),
    (
        "[{dead_channels: {warn_above: 0.01, bad_above: 0.03}}]",
        "{a: {}}",
        26,
        17,
        "checks is a list",
        ALL,
    ),
    (
        "{warn_above: 0.01, bad_above: 0.03}",
        "0.01",
        26,
        34,
        "names with values",
        ALL,
    ),
    (
        "run_types: [collisions]",
        "run_types: [heavy-ions]",
        24,
        20,
        "never shown",
        ALL[4:],
    ),
    (
        "run_types: [collisions]",
        "run_types: [colisions]",
        24,
        21,
        '"collisions"',
        ALL[4:],
    ),
    (
        "path: Hcal/TPTask/trend",
        "path: Hcal/DigiTask/Occupancy/depth2",
        28,
        15,
        "on this page already, in line 15",
        [*ALL[:4], *ALL[5:]],
    ),
    (
        "path: Hcal/TPTask/trend",
        "path: /Hcal",
        28,
        15,
        "begins or ends",
        [*ALL[:4], *ALL[5:]],
    ),
    ("title: 2024", "title: {1..4}", 29, 16, "put quotes", [*ALL[:4], *ALL[5:]]),
    ("title: 2024", "tilte: 2024", 29, 9, 'did you mean "title"', [*ALL[:4], *ALL[5:]]),
    (
        "title: 2024",
        "title: !!python/object:os.system x",
        29,
        16,
        "tag",
        [*ALL[:4], *ALL[5:]],
    ),
    (
        "path: Hcal/TPTask/trend",
        "path: Hcal//trend",
        28,
        15,
        'holds "//"',
        [*ALL[:4], *ALL[5:]],
    ),
    (
        "path: Hcal/TPTask/trend",
        "path: ' '",
        28,
        15,
        "the path is empty",
        [*ALL[:4], *ALL[5:]],
    ),
    ("{scale: log}", "{scale: log, range: [null, 0]}", 19, 74, "ends above 0", ALL[4:]),
    ("feds: [1100, 1101]", "feds: [-1]", 36, 23, "numbers from 0", ALL[:5]),
    (
        "stale_after: 1e3",
        "stale_after: -5",
        31,
        22,
        "more than 0",
        [*ALL[:4], *ALL[5:]],
    ),
    (
        "stale_after: 1e3",
        "stale_after: 1e999",
        31,
        22,
        "a number",
        [*ALL[:4], *ALL[5:]],
    ),
    (
        "page: Experts",
        "page: Digi occupancy",
        32,
        11,
        "the first is in line 9",
        ALL[:5],
    ),
    ("page: Experts", "page: A › B", 32, 11, "a name holds no", ALL[:5]),
    ("feds: [1100, 1101]", "feds: [1100, x]", 36, 30, "whole number", ALL[:5]),
    (
        "feds: [1100, 1101]",
        "feds: [1100, 99999999999999999999]",
        36,
        30,
        "whole number",
        ALL[:5],
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "column", "words", "kept"), BROKEN)
def test_what_is_broken_is_said_and_the_rest_stays(
    old: str, new: str, line: int, column: int, words: str, kept: list[str] | None
) -> None:
    found = changed(old, new)
    said = [(each.line, each.column, each.message) for each in found.problems]
    assert any(
        (each[0], each[1]) == (line, column) and words in each[2] for each in said
    ), said
    assert all(each.severity == "error" for each in found.problems)
    if kept is None:
        assert found.layout is None
    else:
        assert plots_of(found) == kept


def test_a_page_that_its_layout_never_shows_is_left_out() -> None:
    text = LAYOUT.replace("owner:", "run_types: [collisions]\nowner:", 1)
    found = read(text.replace("audience: expert", "run_types: [cosmics]"))
    (problem,) = found.problems
    assert (problem.line, problem.column) == (34, 16)
    assert "the layout is for collisions only" in problem.message
    assert plots_of(found) == ALL[:5]


def test_all_problems_of_a_file_are_said_at_once() -> None:
    text = LAYOUT
    for old, new in (
        ("owner:", "ownr:"),
        ("columns: 3", "columns: 9"),
        ("window: 60 LS", "window: 60"),
        ("style: map", "style: mapp"),
        ("title: 2024", "tilte: 2024"),
        ("stale_after: 1e3", "stale_after: no"),
        ("feds: [1100, 1101]", "feds: [a, b]"),
    ):
        text = text.replace(old, new, 1)
    lines = [each.line for each in read(text).problems]
    # the window is judged only once the plot holds together
    assert lines == sorted(lines)
    assert set(lines) == {2, 13, 19, 29, 31, 36}
    assert lines.count(36) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("just words", "a mapping"),
        ("[1, 2]", "a mapping"),
        ("layout: A\npages: []\n", "no pages"),
        ("layout: A\npages: [{page: B, plots: []}]\n", "no plots"),
        ("layout: A\npages: [{page: B}]\n", 'lacks its "plots"'),
        ("layout: A\npages: {page: B}\n", "pages is a list"),
        ("layout: A\npages: [3]\n", "a mapping"),
        ("layout: A\n? [a]\n: b\npages: []\n", "not a word"),
        ("layout: A\npages: [!!omap [a]]\n", "a mapping"),
        ("layout: A\npages: [{page: !!set {a}, plots: []}]\n", "page is text"),
        ("layout: A\npages: !!set {a}\n", "pages is a list"),
        ("layout: A\npages: !x []\n", "the tag"),
        ("!x {layout: A, pages: []}\n", "the tag"),
        ("layout: A\n<<: {owner: b}\npages: []\n", "merge keys"),
    ],
)
def test_files_that_are_no_layout(text: str, words: str) -> None:
    found = read(text)
    assert any(words in each.message for each in found.problems), found.problems


@pytest.mark.parametrize("escape", [r"\0", r"\e", r"\x7f", r"\ud800"])
def test_characters_nobody_can_print_are_refused(
    escape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for loader in (yaml_text.LOADER, yaml.SafeLoader):
        monkeypatch.setattr(yaml_text, "LOADER", loader)
        for old in ("title: 2024", "path: Hcal/TPTask/trend", "{warn_above"):
            new = old.partition(":")[0] + f': "a{escape}"'
            if old[0] == "{":
                new = f'{{"{escape}": 1, warn_above'
            found = changed(old, new)
            assert found.problems
            assert msgspec.msgpack.encode(found.layout)


def test_aliases_may_repeat_a_part() -> None:
    found = read(
        "layout: A\npages:\n- page: B\n  plots:\n"
        "  - {path: A/x, draw: &d {style: map}}\n  - {path: A/y, draw: *d}\n"
    )
    assert found.problems == ()
    assert found.layout is not None
    one, other = found.layout.pages[0].plots
    assert one.draw == other.draw


def test_plots_without_number_are_refused() -> None:
    plots = "".join(f"  - path: A/{i}/{{1..5000}}\n" for i in range(9))
    found = read(f"layout: A\npages:\n- page: B\n  plots:\n{plots}")
    assert len(plots_of(found)) == MAX_PLOTS
    assert f"more than {MAX_PLOTS} plots" in found.problems[0].message


def test_a_file_full_of_mistakes_gives_a_bounded_list() -> None:
    plots = "".join(f"  - {{pth: A/{i}}}\n" for i in range(500))
    found = read(f"layout: A\npages:\n- page: B\n  plots:\n{plots}")
    assert len(found.problems) == 101
    assert "and 400 more problems" in found.problems[-1].message


def test_a_mistake_behind_an_anchor_hides_no_other() -> None:
    plots = "".join(f"  - {{path: A/{i}, checks: *x}}\n" for i in range(150))
    found = read(
        "layout: A\npages:\n- page: B\n  plots:\n"
        f"  - {{path: A/a, checks: &x [{{nothing: {{}}}}]}}\n{plots}"
        "  - {pth: A/last}\n"
    )
    assert [each.line for each in found.problems if "nothing" in each.message] == [5]
    assert found.problems[-1].line == 156
    assert "pth" in found.problems[-1].message


def test_what_is_over_the_cap_is_an_error_only_where_one_of_it_is() -> None:
    def read_many(many: int, last: str = "") -> LayoutRead:
        drawn = "draw: {y: {scale: log, range: [0, 5]}}"
        plots = "".join(f"  - {{path: A/{i}, {drawn}}}\n" for i in range(many))
        return read(f"layout: A\npages:\n- page: B\n  plots:\n{plots}{last}")

    found = read_many(101)
    assert {each.severity for each in found.problems} == {"advice"}
    assert found.problems[-1].message == "and 1 more problem in this file"
    found = read_many(101, "  - {path: A/0}\n")
    assert found.problems[-1].severity == "error"
    assert found.problems[-1].message == "and 2 more problems in this file"


def test_a_strip_of_the_beam_mode_has_the_modes_of_the_site() -> None:
    text = b"""
layout: Info
pages:
  - page: Conditions
    plots:
      - {path: Info/mode, draw: {style: strip}}
      - {path: Info/other, draw: {style: strip}}
      - {path: Info/curve, draw: {style: step}}
"""
    modes = ("injection", "ramp")
    found = read_layout(text, "a.yaml", SiteWords(modes), "Info/mode")
    assert not found.problems
    assert found.layout is not None
    states = [each.draw.states for each in found.layout.pages[0].plots if each.draw]
    assert states == [("", *modes), ("off", "on"), ("off", "on")]
    own = text.replace(b"draw: {style: strip}", b"draw: {style: strip, states: [a, b]}")
    kept = read_layout(own, "a.yaml", SiteWords(modes), "Info/mode").layout
    assert kept is not None
    assert kept.pages[0].plots[0].draw is not None
    assert kept.pages[0].plots[0].draw.states == ("a", "b")


def test_a_state_alone_is_a_problem() -> None:
    text = b"""
layout: Info
pages:
  - page: Conditions
    plots:
      - {path: Info/mode, draw: {style: strip, states: [on]}}
"""
    (problem,) = read_layout(text, "a.yaml").problems
    assert "two at least" in problem.message


def test_without_beam_modes_any_mode_may_be_named() -> None:
    text = LAYOUT.replace("Stable beams", "Quiet beams")
    found = read_layout(text.encode(), "Hcal.yaml")
    assert found.problems == ()
    assert found.layout is not None
    plot = found.layout.pages[0].plots[0]
    assert isinstance(plot, Plot)
    assert plot.needs is not None
    assert plot.needs.beam == ("quiet beams",)


def test_braces_that_repeat_a_path_are_said_once_and_not_as_another_plot() -> None:
    text = LAYOUT.replace("path: Hcal/TPTask/trend", 'path: "Hcal/{x,x,x}"')
    (problem,) = read(text.replace("title: 2024", 'title: "{a,b,c}"')).problems
    assert (problem.line, problem.column) == (28, 15)
    assert "braces of this plot" in problem.message
    assert '"Hcal/x" twice' in problem.message


def test_a_log_scale_from_zero_is_advice_and_the_plot_stays() -> None:
    text = LAYOUT.replace("range: [0, null]", "scale: log, range: [0, null]")
    assert text != LAYOUT
    found = read(text)
    (problem,) = found.problems
    assert problem.severity == "advice"
    assert "begins above 0" in problem.message
    assert found.layout is not None
    assert len(found.layout.pages[0].plots) == len(ALL) - 1


def test_how_long_the_producers_tests_must_agree_is_said_by_the_nearest() -> None:
    text = LAYOUT.replace("defaults:\n", "defaults:\n  quality_persist: 2\n")
    text = text.replace("        window: 60 LS", "        quality_persist: 1")
    found = read(text)
    assert found.problems == ()
    assert found.layout is not None
    first, *_, trend = found.layout.pages[0].plots
    assert (first.quality_persist, trend.quality_persist) == (1, 2)
    (problem,) = read(text.replace("persist: 1", "persist: 0")).problems
    assert problem.message == "quality_persist is 1 to 1,000 updates, not 0"


def test_what_the_producers_tests_are_is_said_by_the_nearest() -> None:
    text = LAYOUT.replace("defaults:\n", "defaults:\n  quality_results: show\n")
    text = text.replace(
        "  - page: Experts\n", "  - page: Experts\n    quality_results: ignore\n"
    )
    text = text.replace("        window: 60 LS", "        quality_results: count")
    found = read(text)
    assert found.problems == ()
    assert found.layout is not None
    first, *_, trend = found.layout.pages[0].plots
    (bad,) = found.layout.pages[1].plots
    roles = [each.quality_results for each in (first, trend, bad)]
    assert roles == ["count", "show", "ignore"]
    assert healthy().pages[0].plots[0].quality_results is None  # they count
    (problem,) = read(text.replace(": ignore", ": ignored")).problems
    assert 'did you mean "ignore"' in problem.message


def test_what_stands_behind_an_anchor_is_wrong_once() -> None:
    text = """
layout: Hcal
owner: hcal-dqm
pages:
  - page: P
    plots:
      - {path: Hcal/a, checks: &wrong [{dead_chanels: {}}]}
      - {path: Hcal/b, checks: *wrong}
"""
    found = read(text)
    assert [(each.code, each.line) for each in found.problems] == [("unknown-check", 7)]
    assert plots_of(found) == ["Hcal/a", "Hcal/b"]
