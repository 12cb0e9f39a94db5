"""What layouts may say of alarms: what is refused, where, with the nearest right."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.instruction_texts import FILES, make_whole_site

from dqmconsole.desk.check import validate
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import Feeds
from dqmconsole.rootio.write import write_dqm
from dqmconsole.site.rules.table import RULES
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
DEPTH = "Hcal/DigiTask/Occupancy/depth1"
CHECKS = "        checks: [{dead_channels: {warn_above: 0.01, bad_above: 0.03}}]\n"
PLOT = CHECKS + "        instruction: hcal/occupancy\n"
HEARD = PLOT + "        alarm: now\n        consequence: Jets are lost.\n"
TREND = "      - path: Hcal/TPTask/trend\n"
FED = """\
layout: FED
owner: dqm-oncall
pages:
  - page: FEDs
    audience: expert
    plots:
      - path: "FED/entries{1,2}"
        feeds: [{to: [Hcal]}]
      - path: FED/errors
"""
CODES = {each.code: each.severity for each in RULES}


def said(folder: Path, *against: Path, **changes: tuple[str, str]) -> list[str]:
    """What is wrong with alarms in a site whose layouts read otherwise."""
    site = make_whole_site(folder)
    (site / "layouts" / "FED.yaml").write_text(FED)
    for name, (old, new) in changes.items():
        (path,) = site.rglob(f"{name}.*")
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
    found = validate(site, against, TODAY)
    return [str(each).removeprefix(f"{site}/") for each in found]


def test_what_is_said_of_alarms_is_read(tmp_path: Path) -> None:
    more = "        flag: yes\n        axes: {x: ieta, y: iphi}\n"
    found = said(tmp_path, Hcal=(PLOT, HEARD + more))
    assert found == []
    (hcal,) = (each for each in read_site(tmp_path).layouts if each.layout == "Hcal")
    plot, *_, trend = hcal.pages[0].plots
    assert (plot.alarm, plot.consequence) == ("now", "Jets are lost.")
    assert (plot.flag, plot.axes) == (True, {"x": "ieta", "y": "iphi"})
    assert (trend.alarm, trend.flag, trend.axes) == (None, False, {})
    (fed,) = (each for each in read_site(tmp_path).layouts if each.layout == "FED")
    assert fed.pages[0].plots[1].feeds == (
        Feeds(("Hcal",), ("missing", "rate", "stale")),
    )


def test_axes_are_in_step_with_the_path(tmp_path: Path) -> None:
    axes = '        axes: {x: ieta, y: "iphi of depth {1..4}"}\n'
    part = '        part: "depth {1..4}"\n'
    assert said(tmp_path, Hcal=(PLOT, PLOT + axes + part)) == []
    (hcal,) = (each for each in read_site(tmp_path).layouts if each.layout == "Hcal")
    assert [each.axes for each in hcal.pages[0].plots] == [
        *({"x": "ieta", "y": f"iphi of depth {at}"} for at in range(1, 5)),
        {},
    ]
    parts = [each.part for each in hcal.pages[0].plots]
    assert parts == ["depth 1", "depth 2", "depth 3", "depth 4", ""]


def test_plot_before_page_before_layout(tmp_path: Path) -> None:
    make_whole_site(tmp_path)
    path = tmp_path / "layouts" / "Hcal.yaml"
    given = "defaults:\n  alarm: next-day\n  consequence: Of all.\n"
    text = path.read_text().replace("defaults:\n", given)
    text = text.replace("    columns: 3\n", "    columns: 3\n    alarm: dump\n")
    path.write_text(text.replace(PLOT, PLOT + "        alarm: none\n"))
    (layout,) = read_site(tmp_path).layouts
    first, *_, trend = layout.pages[0].plots
    assert (first.alarm, first.consequence) == ("none", "Of all.")
    assert (trend.alarm, trend.consequence) == ("dump", "Of all.")
    assert layout.pages[1].plots[0].alarm == "next-day"


# what reads otherwise, and the problem
MISTAKES = [
    ({"Hcal": ("  - page: Experts\n", "  - page: Experts\n    alarm: now\n")},
     'layouts/Hcal.yaml:34:12: alarm: now of "Hcal/RawTask/BadQuality" has no '
     "consequence: say in one sentence what comes of it when nobody acts "
     "[alarm-without-consequence]"),
    ({"Hcal": ("defaults:\n", "defaults:\n  alarm: dump\n  consequence: Lost.\n")},
     'layouts/Hcal.yaml:6:10: advice: alarm: dump of "Hcal/TPTask/trend" is never '
     "heard: it has the checks of its kind, which nobody adopted (checks: defaults "
     "does) (and 1 more plot) [alarm-never-heard]"),
    ({"Hcal": (TREND, f"{TREND}        checks: []\n        alarm: dump\n"
               "        consequence: Lost.\n")},
     'layouts/Hcal.yaml:31:16: advice: alarm: dump of "Hcal/TPTask/trend" is never '
     "heard: it has no checks on purpose [alarm-never-heard]"),
    ({"Hcal": (PLOT, HEARD.replace("0.03", "null"))},
     f'layouts/Hcal.yaml:29:16: advice: alarm: now of "{DEPTH}" is never heard: no '
     "limit of its checks makes it BAD (and 3 more plots) [alarm-never-heard]"),
    ({"FED": ("  - path: FED/errors\n", "  - path: FED/errors\n        alarm: now\n"
              "        checks: defaults\n        consequence: Lost.\n")},
     'layouts/FED.yaml:10:16: alarm: now of "FED/errors" has no instruction: what is '
     "one to do? [alarm-without-instruction]"),
    ({"FED": ("        feeds: [{to: [Hcal]}]", "        feeds: [{to: [Hcal, HCal]}]")},
     'layouts/FED.yaml:8:29: feeds: no layout is called "HCal", and no plot; did you '
     'mean "Hcal"? [feeds-nothing]'),
    ({"FED": ("[Hcal]", '["Hcal/DigiTsk/*"]')},
     'layouts/FED.yaml:8:23: feeds: no layout is called "Hcal/DigiTsk/*", and no '
     'plot; did you mean "Hcal/DigiTask/*"? [feeds-nothing]'),
    ({"FED": ("[Hcal]", "[Hcal/DigiTask/Ocupancy/depth1]")},
     'layouts/FED.yaml:8:23: feeds: no layout is called "Hcal/DigiTask/Ocupancy/'
     f'depth1", and no plot; did you mean "{DEPTH}"? [feeds-nothing]'),
    ({"FED": ("[Hcal]", '["Hcal/depth{1..4}"]')},
     'layouts/FED.yaml:8:23: "Hcal/depth{1..4}": braces do not expand here, as they do '
     "in path: of a layout; write each name, or a wildcard (*, ?, [1-3]) [wrong-glob]"),
    ({"FED": ("[Hcal]", '["FED/*"]')},
     'layouts/FED.yaml:8:23: feeds: "FED/entries1" feeds itself: "FED/*" names it, '
     "too [feeds-itself]"),
    ({"Hcal": (TREND, f"{TREND}        feeds: [{{to: [FED]}}]\n")},
     'layouts/FED.yaml:8:23: feeds: it comes round, and is cut: "FED/entries1", which '
     'feeds "Hcal/TPTask/trend", which feeds "FED/entries1" [ring-of-feeds]'),
    ({"FED": ("[Hcal]", "[]")},
     "layouts/FED.yaml:8:22: to names no layout and no path [empty-list]"),
    ({"FED": ("[Hcal]", "[Hcal], families: []")},
     "layouts/FED.yaml:8:40: families is empty: any of missing, excess, shift, rate, "
     "stale [empty-list]"),
    ({"FED": ("[Hcal]", "[Hcal], families: [mising]")},
     'layouts/FED.yaml:8:41: families cannot be "mising", only missing, excess, shift, '
     'rate, stale; did you mean "missing"? [unknown-word]'),
    ({"Hcal": (PLOT, HEARD.replace("now", "nwo"))},
     'layouts/Hcal.yaml:29:16: alarm cannot be "nwo", only now, dump, next-day, none; '
     'did you mean "now"? [unknown-word]'),
    ({"Hcal": (PLOT, HEARD.replace("Jets are lost.", "' '"))},
     "layouts/Hcal.yaml:30:22: consequence is empty: say in one sentence what comes of "
     "it [empty-text]"),
    ({"Hcal": (PLOT, PLOT + "        axes: {x: ieta, z: depth}\n")},
     'layouts/Hcal.yaml:29:25: axes has no "z", only x and y [unknown-key]'),
    ({"Hcal": (PLOT, PLOT + '        axes: {x: ieta, y: "iphi {1..3}"}\n')},
     'layouts/Hcal.yaml:29:15: a list of 3 in "iphi {1..3}", but one of 4 before it: '
     "all brace lists of a plot have one length [braces]"),
    ({"Hcal": (PLOT, PLOT + "        axes: {x: ieta, y: ieta}\n")},
     'layouts/Hcal.yaml:29:15: axes: x and y are both called "ieta" [duplicate-name]'),
    ({"Hcal": (PLOT, PLOT + "        axes: {x: ieta, y: ''}\n")},
     "layouts/Hcal.yaml:29:15: axes: what an axis is has no name [empty-name]"),
    ({"Hcal": (TREND, TREND + "        axes: {x: ieta}\n")},
     "layouts/Hcal.yaml:30:15: axes: x of a trend is the lumisection and no place, not "
     '"ieta" [wrong-axis]'),
    ({"Hcal": (PLOT, PLOT + "        part: barrel\n")},
     'layouts/Hcal.yaml:29:15: part: "barrel" says where a place is, and without axes '
     "no place of this plot is known [wrong-axis]"),
    ({"Hcal": (PLOT, PLOT + "        axes: {x: part}\n        part: barrel\n")},
     'layouts/Hcal.yaml:30:15: part: the plot shows "barrel" alone, and an axis is '
     "called part [duplicate-name]"),
    ({"Hcal": (PLOT, PLOT + "        axes: {x: ieta}\n        part: ' '\n")},
     "layouts/Hcal.yaml:30:15: part: the part of the detector has no name "
     "[empty-name]"),
    ({"Hcal": (PLOT, PLOT + '        axes: {x: ieta}\n        part: "depth {1..3}"\n')},
     'layouts/Hcal.yaml:30:15: a list of 3 in "depth {1..3}", but one of 4 before it: '
     "all brace lists of a plot have one length [braces]"),
    ({"Hcal": (PLOT, PLOT + "        flag: maybe\n")},
     'layouts/Hcal.yaml:29:15: flag is yes or no, not "maybe" [wrong-type]'),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), MISTAKES)
def test_a_mistake_is_said_at_its_place(
    tmp_path: Path, changes: dict[str, tuple[str, str]], words: str
) -> None:
    found = said(tmp_path, **changes)
    assert words in found
    code = words.rpartition("[")[2].rstrip("]")
    assert ("advice:" in words) == (CODES[code] == "advice")


def test_the_instruction_that_is_meant_is_named(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    text = FILES["layouts/Hcal.yaml"].replace(PLOT, HEARD)
    text = "\n".join(each for each in text.splitlines() if "hcal/occ" not in each)
    (site / "layouts" / "Hcal.yaml").write_text(f"{text}\n")
    found = [each.message for each in validate(site, (), TODAY)]
    assert (
        f'alarm: now of "{DEPTH}" has no instruction: what is one to do? '
        '"hcal/occupancy" is meant for it: write instruction: hcal/occupancy (and 3 '
        "more plots)"
    ) in found


@pytest.mark.parametrize(
    ("contacts", "words"),
    [
        ("roles: {}\n", 'contacts.yaml has no role "hcal-dqm"'),
        ("roles: {hcal-dqm: {title: x}, dqm-oncall: {title: y}}\n",
         '"hcal-dqm" has neither a phone nor a role to call next (then:)'),
        ("roles: {hcal-dqm: {title: x}, dqm-oncall: {title: y, phone: '7'}}\n", ""),
        ("roles: {hcal-dqm: {title: x, then: a}, a: {title: y, phone: '7'}}\n", ""),
        ("timezone: UTC\nroles: {hcal-dqm: {title: x, rota: [{from: 2026-11-20 08:00, "
         "until: 2026-12-20 08:00, phone: '7'}]}}\n", ""),
        ("roles: {hcal-dqm: {title: x, phone: ask Anna}}\n", ""),  # has its problem
    ],
)  # fmt: skip
def test_somebody_must_be_there_to_call(
    tmp_path: Path, contacts: str, words: str
) -> None:
    site = make_whole_site(tmp_path, Hcal=(PLOT, HEARD))
    (site / "instructions" / "contacts.yaml").write_text(contacts)
    found = [str(each) for each in validate(site, (), TODAY)]
    told = [each for each in found if "alarm-without-contact" in each]
    if words:
        assert [each.partition("layouts/")[2] for each in told] == [
            f'Hcal.yaml:29:16: alarm: now of "{DEPTH}" has nobody to call: {words} '
            "(and 3 more plots) [alarm-without-contact]"
        ]
    else:
        assert told == []


CALLS = "   for: fed-lost\n   call"


@pytest.mark.parametrize(
    ("role", "soon", "differ"),
    [
        ("dqm-oncall", "call now", True),
        ("dqm-oncall", "write only", False),
        ("hcal-dqm", "call now", False),
    ],
)
def test_who_is_called_for_one_cause_is_the_same_where_one_plot_feeds_another(
    tmp_path: Path, role: str, soon: str, differ: bool
) -> None:
    found = said(
        tmp_path,
        Hcal=(PLOT, f"{PLOT}        feeds: [{{to: [Hcal/RawTask/BadQuality]}}]\n"),
        occupancy=("   call", CALLS),
        timing=("1. D\n", f"1. Call.\n{CALLS} {role}: {soon}\n"),
    )
    told = [each for each in found if "[two-calls]" in each]
    words = (
        "instructions/hcal/timing.md:25:1: advice: for fed-lost this calls dqm-oncall, "
        "and hcal/occupancy, whose plots feed its plots, hcal-dqm: "
    )
    assert [each[: len(words)] for each in told] == ([words] if differ else [])


@pytest.mark.parametrize(
    ("soon", "whom", "missing"),
    [
        ("call now", "1. hcal-dqm", True),
        ("write only", "1. hcal-dqm", False),
        ("call now", "1. hcal-dqm\n2. dqm-oncall", False),
        ("call now", "1. shift-leader", False),  # whose contact goes on to dqm-oncall
    ],
)
def test_whom_a_step_calls_is_in_the_list_of_whom_to_call(
    tmp_path: Path, soon: str, whom: str, *, missing: bool
) -> None:
    site = make_whole_site(tmp_path, Hcal=(PLOT, PLOT))
    (site / "instructions" / "contacts.yaml").write_text(
        "roles: {hcal-dqm: {title: x, phone: '7'}, dqm-oncall: {title: y, phone: '8'}, "
        "shift-leader: {title: z, phone: '9', then: dqm-oncall}}\n"
    )
    text = site / "instructions" / "hcal" / "timing.md"
    kept, _, _ = text.read_text().partition("## If it is bad")
    call = f"Call.\n   call dqm-oncall: {soon}\n"
    steps = f"## If it is bad\n1. Look.\n2. {call}3. {call}"  # is said once
    text.write_text(f"{kept}{steps}\n## Whom to call\n{whom}\n")
    found = [str(each).partition("timing.md:") for each in validate(site, (), TODAY)]
    told = [each[2] for each in found if "[call-not-listed]" in each[2]]
    words = (
        "26:1: advice: the step calls dqm-oncall, to whom "
        '"Whom to call" does not lead: '
    )
    assert [each[: len(words)] for each in told] == ([words] if missing else [])


def test_nobody_is_named_at_all(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path, Hcal=(PLOT, HEARD))
    layout = site / "layouts" / "Hcal.yaml"
    layout.write_text(layout.read_text().replace("owner: hcal-dqm\n", ""))
    text = site / "instructions" / "hcal" / "occupancy.md"
    kept, _, _ = text.read_text().partition("## If it is bad")
    text.write_text(f"{kept}## If it is bad\n1. Look.\n\n## Whom to call\n1. nobody\n")
    found = [each.message for each in validate(site, (), TODAY)]
    assert any('contacts.yaml has no role "nobody"' in each for each in found)
    assert any("has nobody to call" in each for each in found)


def test_what_a_broken_layout_may_hold_is_not_said_to_be_missing(
    tmp_path: Path,
) -> None:
    found = said(
        tmp_path,
        Hcal=("    columns: 3\n", "    columns: 30\n"),
        FED=("[Hcal]", '[Hcal, "Hcal/gone*", "*/gone", Ecal]'),
    )
    assert [each for each in found if "feeds" in each] == [
        'layouts/FED.yaml:8:53: feeds: no layout is called "Ecal", and no plot; did '
        'you mean "Hcal"? [feeds-nothing]'
    ]


def test_an_axis_that_the_element_does_not_have(tmp_path: Path) -> None:
    x = Axis(3, 0.0, 3.0)
    line = Histogram(
        name="line",
        title="line",
        root_class="TH1F",
        axes=(x,),
        contents=np.ones(5, dtype=np.float32),
        entries=2.0,
    )
    source = tmp_path / "DQM_V0001_FED_R000398214.root"
    write_dqm(source, 398214, {"FED": [line]})
    site = tmp_path / "site"
    site.mkdir()
    axes = "path: FED/line\n        axes: {x: FED, y: crate}\n"
    found = said(site, source, FED=("path: FED/errors\n", axes))
    assert [each for each in found if "axes" in each] == [
        'layouts/FED.yaml:10:15: axes: y is "crate", and FED/line has no y axis '
        "[axis-not-there]"
    ]


def test_how_soon_one_is_called_is_as_loud_as_the_alarm(tmp_path: Path) -> None:
    quiet = HEARD.replace("alarm: now", "alarm: next-day")
    (found,) = said(tmp_path / "a", Hcal=(PLOT, quiet))
    assert "is never heard, and line " in found, found
    assert '"hcal/occupancy" says call now' in found
    assert "[alarm-unlike-call]" in found
    (called,) = (
        line
        for line in (tmp_path / "a/instructions/hcal/occupancy.md")
        .read_text()
        .splitlines()
        if "call now" in line and line.strip().startswith("call ")
    )
    later = (called.strip(), called.strip().partition(":")[0] + ": write only")
    assert said(tmp_path / "b", Hcal=(PLOT, quiet), occupancy=later) == []
    (found,) = said(tmp_path / "c", Hcal=(PLOT, HEARD), occupancy=later)
    assert 'no step of "hcal/occupancy" says call now' in found


def test_what_may_wait_for_the_dump_is_not_called_about_now(tmp_path: Path) -> None:
    waits = HEARD.replace("alarm: now", "alarm: dump")
    (found,) = said(tmp_path / "a", Hcal=(PLOT, waits))
    assert '"hcal/occupancy" says call now: write call at the beam dump' in found
    assert "[alarm-unlike-call]" in found
    at_dump = ("call hcal-dqm: call now", "call hcal-dqm: call at the beam dump")
    assert said(tmp_path / "b", Hcal=(PLOT, waits), occupancy=at_dump) == []
    (found,) = said(tmp_path / "c", Hcal=(PLOT, HEARD), occupancy=at_dump)
    assert 'rings until somebody acts, and no step of "hcal/occupancy" says' in found


def test_a_step_for_a_cause_calls_as_its_most_urgent_plot_asks(tmp_path: Path) -> None:
    waits = HEARD.replace("alarm: now", "alarm: dump")
    for_fed = (
        "   call hcal-dqm: call now",
        "   for: fed-lost\n   call hcal-dqm: call now",
    )
    (found,) = said(tmp_path / "a", Hcal=(PLOT, waits), occupancy=for_fed)
    assert "[alarm-unlike-call]" in found
    loud = f"{waits}      - path: Hcal/DigiTask/Occupancy/depth9\n{HEARD}"
    assert said(tmp_path / "b", Hcal=(PLOT, loud), occupancy=for_fed) == []
