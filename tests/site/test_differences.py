"""What differs between two sites, said so that a person need not look it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.site_texts import KNOWN, LAYOUT, REFERENCES, SITE, make_site

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.contacts import Contact, Contacts
from dqmconsole.model.instruction import AppliesTo, Instruction, Note, Step, UrgencyRule
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.site.differences import differences
from dqmconsole.site.site import read_site
from dqmconsole.site.staging import survey
from dqmconsole.site.wording import wording

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "Hcal › Digi occupancy"


def changes(tmp_path: Path, **texts: str) -> list[tuple[str, str, str]]:
    """What differs when some of the files read otherwise."""
    folders = tmp_path / "before", tmp_path / "after"
    for folder, more in zip(folders, ({}, texts), strict=True):
        folder.mkdir()
        make_site(folder, **more)
    before, after = map(read_site, folders)
    assert not [each for each in after.problems if each.severity == "error"]
    found = differences(before, after, *map(survey, folders))
    return [(each.kind, each.name, each.sentence) for each in found]


@pytest.mark.parametrize(
    ("old", "new", "name", "words"),
    [
        ("title: 2024", "title: Trend", TITLE,
         'Hcal/TPTask/trend: title: "2024" → "Trend"'),
        ("columns: 3", "columns: 4", TITLE, "columns: 3 → 4"),
        ("{mode: ratio}", "{mode: difference}", TITLE,
         "Hcal/DigiTask/Occupancy/depth1, Hcal/DigiTask/Occupancy/depth2, "
         "Hcal/DigiTask/Occupancy/depth3 and 1 more: reference.mode: "
         '"ratio" → "difference"'),
        ("stale_after: 1e3", "stale_after: 20", TITLE,
         "Hcal/TPTask/trend: stale_after: 1000.0 → 20.0"),
        ("Hcal/TPTask/trend", "Hcal/TPTask/other", TITLE,
         "1 plot added: Hcal/TPTask/other"),
        ("Hcal/TPTask/trend", "Hcal/TPTask/other", TITLE,
         "1 plot removed: Hcal/TPTask/trend"),
        ("page: Experts", "page: Wizards", "Hcal › Wizards", "page added, 1 plot"),
        ("page: Experts", "page: Wizards", "Hcal › Experts", "page removed, 1 plot"),
        ("owner: hcal-dqm", "owner: ecal-dqm", "Hcal",
         'owner: "hcal-dqm" → "ecal-dqm"'),
        ("layout: Hcal", "layout: Hcal2", "Hcal2", "layout added, 2 pages"),
        ("layout: Hcal", "layout: Hcal2", "Hcal", "layout removed, 2 pages"),
    ],
)  # fmt: skip
def test_layouts(tmp_path: Path, old: str, new: str, name: str, words: str) -> None:
    assert old in LAYOUT
    found = changes(tmp_path, Hcal=LAYOUT.replace(old, new))
    assert ("layout", name, words) in found
    assert {kind for kind, _, _ in found} == {"layout"}


HEARD = "  alarm: dump\n  consequence: Jets are lost.\n"
FEEDS = "        feeds: [{to: [Hcal/RawTask/BadQuality], families: [rate]}]\n"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "        alarm: none\n", []),
        ("", "        alarm: now\n        consequence: Jets are lost.\n",
         ['consequence: none → "Jets are lost."', "alarm: none → now"]),
        ("        alarm: now\n", "        alarm: next-day\n",
         ["alarm: now → next-day"]),
        ("", FEEDS, ["feeds: Hcal/RawTask/BadQuality added (rate)"]),
        (FEEDS, "", ["feeds: Hcal/RawTask/BadQuality removed (rate)"]),
        (FEEDS, FEEDS.replace("rate", "stale, missing"),
         ["feeds: Hcal/RawTask/BadQuality: rate → missing, stale"]),
        ("        axes: {y: sector}\n", "        axes: {y: wheel}\n",
         ['axes.y: "sector" → "wheel"']),
        ("", "        axes: {y: sector}\n", ['axes.y: none → "sector"']),
        ("", "        flag: yes\n", ["the flag is proposed by it: no → yes"]),
    ],
)  # fmt: skip
def test_alarms_in_words(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    trend = "        stale_after: 1e3\n"
    folders = tmp_path / "before", tmp_path / "after"
    for folder, more in zip(folders, (old, new), strict=True):
        folder.mkdir()
        make_site(folder, Hcal=LAYOUT.replace(trend, trend + more))
    found = differences(*map(read_site, folders))
    assert [each.sentence for each in found] == [
        f"Hcal/TPTask/trend: {each}" for each in words
    ]


def test_an_alarm_of_all_plots_is_said_of_them(tmp_path: Path) -> None:
    text = LAYOUT.replace("defaults:\n", f"defaults:\n{HEARD}")
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    make_site(tmp_path / "before")
    make_site(tmp_path / "after", Hcal=text)
    found = differences(*(read_site(tmp_path / each) for each in ("before", "after")))
    depths = "Hcal/DigiTask/Occupancy/depth1, Hcal/DigiTask/Occupancy/depth2, "
    assert [each.sentence for each in found if "alarm" in each.sentence] == [
        f"{depths}Hcal/DigiTask/Occupancy/depth3 and 2 more: alarm: none → dump",
        "Hcal/RawTask/BadQuality: alarm: none → dump",
    ]


LIMITS = "[{dead_channels: {warn_above: 0.01, bad_above: 0.03}}]"
DEPTHS = (
    "Hcal/DigiTask/Occupancy/depth1, Hcal/DigiTask/Occupancy/depth2, "
    "Hcal/DigiTask/Occupancy/depth3 and 1 more"
)
COSMICS = "{not_empty: {bad_below: 5}, run_types: [cosmics]}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (LIMITS, LIMITS.replace("0.03", "0.05"),
         ["dead_channels bad_above 0.03 → 0.05"]),
        (LIMITS, LIMITS.replace("warn_above: 0.01", "dead: 0.5"),
         ["dead_channels warn_above 0.01 → 0.002", "dead_channels dead 0.25 → 0.5"]),
        (LIMITS, LIMITS.replace("warn_above: 0.01", "warn_above: null"),
         ["dead_channels warn_above 0.01 → none"]),
        (LIMITS.replace("0.03", "{pileup: {20: 0.02, 60: 0.03}}"),
         LIMITS.replace("0.03", "{pileup: {20: 0.02, 70: 0.03}}"),
         ['dead_channels bad_above "{pileup: {20: 0.02, 60: 0.03}}" → '
          '"{pileup: {20: 0.02, 70: 0.03}}"']),
        (LIMITS, LIMITS.replace("}}]", "}, persist: 3}]"),
         ["dead_channels persist 1 → 3"]),
        (LIMITS, LIMITS.replace("}}]", "}}, {not_empty: {}}]"),
         ["check not_empty added"]),
        (LIMITS, "[{not_empty: {}}]",
         ["check not_empty added",
          "check dead_channels: {warn_above: 0.01, bad_above: 0.03} removed"]),
        (LIMITS, "defaults",
         ["checks: dead_channels: {warn_above: 0.01, bad_above: 0.03} → those of its "
          "kind, adopted"]),
        (LIMITS, "[]",
         ["checks: dead_channels: {warn_above: 0.01, bad_above: 0.03} → none on "
          "purpose"]),
        ("defaults", "[defaults, {not_empty: {}}]", ["check not_empty added"]),
        ("[{not_empty: {}}]", "[defaults, {not_empty: {}}]",
         ["checks of its kind added"]),
        ("defaults", "[]", ["checks: those of its kind, adopted → none on purpose"]),
        (f"[{COSMICS}, {{not_empty: {{}}, run_types: [collisions]}}]",
         f"[{{not_empty: {{}}, run_types: [collisions]}}, "
         f"{COSMICS.replace('5', '9')}]",
         ["not_empty (cosmics) bad_below 5.0 → 9.0"]),
        (f"[{COSMICS}]", f"[{COSMICS.replace('cosmics', 'collisions')}]",
         ['not_empty run_types "collisions" added, "cosmics" removed']),
    ],
)  # fmt: skip
def test_limits_of_checks_in_words(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    folders = tmp_path / "before", tmp_path / "after"
    for folder, checks in zip(folders, (old, new), strict=True):
        folder.mkdir()
        text = LAYOUT.replace(LIMITS, checks)
        text = text.replace("        run_types: [collisions]\n", "")
        make_site(folder, Hcal=text)
    before, after = map(read_site, folders)
    assert not after.problems
    found = differences(before, after)
    assert [each.sentence for each in found] == [f"{DEPTHS}: {one}" for one in words]


def test_a_check_that_cannot_be_used_any_more_is_said(tmp_path: Path) -> None:
    for name, text in (("before", LAYOUT), ("after", LAYOUT.replace("bad_", "bd_"))):
        (tmp_path / name).mkdir()
        make_site(tmp_path / name, Hcal=text)
    before, after = (read_site(tmp_path / name) for name in ("before", "after"))
    assert [each.sentence for each in differences(before, after)] == [
        f"{DEPTHS}: check dead_channels (which cannot be used) added",
        f"{DEPTHS}: check dead_channels: {{warn_above: 0.01, bad_above: 0.03}} removed",
    ]


def test_checks_that_a_layout_gives_are_said_of_its_plots(tmp_path: Path) -> None:
    more = LAYOUT.replace("defaults:\n", "defaults:\n  checks: defaults\n")
    (found,) = changes(tmp_path, Hcal=more.replace("  - page: Exp", "  - page: Exp"))[
        :1
    ]
    assert found[2] == (
        "Hcal/TPTask/trend: checks: those of its kind, not adopted → those of its "
        "kind, adopted"
    )


def test_a_plot_that_moved_to_another_page(tmp_path: Path) -> None:
    head, plot, rest = (
        LAYOUT[: LAYOUT.index("      - path: Hcal/TPTask")],
        "      - path: Hcal/TPTask/trend\n",
        LAYOUT[LAYOUT.index("  - page: Experts") :],
    )
    found = changes(tmp_path, Hcal=head + rest + plot)
    moved = "1 plot moved here from Digi occupancy: Hcal/TPTask/trend"
    assert ("layout", "Hcal › Experts", moved) in found


def test_pages_in_another_order(tmp_path: Path) -> None:
    top = LAYOUT.index("  - page: Digi")
    experts = LAYOUT.index("  - page: Experts")
    other = LAYOUT[:top] + LAYOUT[experts:] + LAYOUT[top:experts]
    found = changes(tmp_path, Hcal=other)
    assert len(found) == 1
    assert "page moved to place" in found[0][2]


def test_references_known_problems_and_settings(tmp_path: Path) -> None:
    found = changes(
        tmp_path,
        references=REFERENCES.replace("run: 398000", "run: 398100"),
        known=KNOWN.replace("2026-12-31", "2027-12-31"),
        site=SITE.replace("setup, ", ""),
    )
    assert found == [
        ("reference", "collisions, Hcal, Hcal/DigiTask/*", "run: 398000 → 398100"),
        ("known", "Hcal: Two dead boxes", 'expires: "2026-12-31" → "2027-12-31"'),
        ("settings", "site.yaml", 'beam_modes: "setup" removed'),
    ]


def test_a_reference_file_with_other_content(tmp_path: Path) -> None:
    for name in ("before", "after"):
        folder = tmp_path / name
        folder.mkdir()
        make_site(folder)
        (folder / "layouts" / "references").mkdir()
        (folder / "layouts" / "references" / "collisions.root").write_text(name)
    sites = [read_site(tmp_path / name) for name in ("before", "after")]
    files = [survey(tmp_path / name) for name in ("before", "after")]
    (found,) = differences(sites[0], sites[1], files[0], files[1])
    assert found.sentence == "references/collisions.root has other content"


def test_a_comment_is_a_change_too(tmp_path: Path) -> None:
    found = changes(tmp_path, known=KNOWN + "# a comment\n")
    words = "the file differs in nothing that the console shows"
    assert found == [("known", "layouts/known.yaml", words)]


def test_nothing_changed(tmp_path: Path) -> None:
    assert not changes(tmp_path)


def test_the_first_release_says_all_of_it(tmp_path: Path) -> None:
    first = "published for the first time: "
    said = [
        (each.kind, each.name, each.sentence.removeprefix(first))
        for each in differences(None, WRITTEN)
    ]
    assert said == [
        ("instruction", "instructions", "1 instruction: hcal"),
        ("note", "short-term notes", "1 note: High voltage"),
        ("contacts", "contacts", "1 role: hcal-dqm"),
        ("settings", "check-lists", "1 list: start"),
        ("settings", "site.yaml", 'experiment "CMS"'),
    ]
    make_site(tmp_path, site=SITE + "permissions: {expert: [ann]}\n")
    said = [
        (each.kind, each.name, each.sentence.removeprefix(first))
        for each in differences(None, read_site(tmp_path))
    ]
    assert said == [
        ("layout", "layouts", "1 layout with 6 plots: Hcal"),
        ("reference", "references", "2 rules: references/collisions.root, run 398000"),
        ("known", "known problems", "1 problem: Hcal"),
        ("settings", "site.yaml", 'experiment "Test"; permissions expert "ann"'),
    ]


def test_long_values_are_compared_word_by_word(tmp_path: Path) -> None:
    long = "Two dead boxes in the plus side, since the cooling failed on a Sunday night"
    known = KNOWN.replace("Two dead boxes", "Boxes").replace("hcal-dqm", long)
    folders = tmp_path / "a", tmp_path / "b"
    for folder, day in zip(folders, ("Sunday", "Monday"), strict=True):
        folder.mkdir()
        make_site(folder, known=known.replace("Sunday", day))
    (found,) = differences(*map(read_site, folders))
    assert found.sentence == "owner: “Sunday” → “Monday” before “night”"


def test_of_a_list_the_one_that_changed() -> None:
    long = "Look whether all the pages of the detector are open in the console, and "
    lists = [
        (with_(LIST, items=(with_(LIST.items[0], pages=(f"{long}{n}",)),)),)
        for n in (5, 9)
    ]
    before, after = (with_(WRITTEN, checklists=each) for each in lists)
    (found,) = differences(before, after)  # type: ignore[arg-type]
    assert found.sentence == (
        "item read: pages: in one of them “5” → “9” after “the console, and”"
    )


INSTRUCTION = Instruction(
    "hcal/occupancy", "Occupancy", 1, "hcal-dqm", "2026-11-01", "hcal-dqm",
    AppliesTo("Hcal"), "2026-11-01", "2027-05-01", "", "", (), (), (),
    "look at the towers twice", "one",
)  # fmt: skip
NOTE = Note(
    "notes/hv", "High voltage", "A. Expert", "2026-11-01", "2026-12-01", "hcal-dqm",
    AppliesTo("Hcal"), "It may trip", "one",
)  # fmt: skip
HCAL = Contact("hcal-dqm", "Hcal DQM", "70000")
LIST = CheckList("start", "Start", "start", (CheckItem("read", "Read"),))
WRITTEN = Site(
    "/site", "one", SiteSettings("CMS"), (),
    instructions=(INSTRUCTION,), notes=(NOTE,),
    contacts=Contacts(roles={"hcal-dqm": HCAL}), checklists=(LIST,),
)  # fmt: skip


def with_(part: object, **more: object) -> object:
    return msgspec.structs.replace(part, **more)  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"instructions": ()}, 'hcal/occupancy: "Occupancy", version 1, removed'),
        ({"instructions": (
            with_(INSTRUCTION, version=2, text="look at towers three times", hash="2",
                  review_due="2028-01-01"),)},
         "hcal/occupancy: version 1 → 2; “the” removed before “towers three times”, "
         "“twice” → “three times” after “look at towers”; "
         'review_due: "2027-05-01" → "2028-01-01"'),
        ({"instructions": (with_(INSTRUCTION, version=2, hash="2"),)},
         "hcal/occupancy: version 1 → 2; the same text"),
        ({"instructions": (with_(INSTRUCTION, text="look", hash="2"),)},
         "hcal/occupancy: changed under the same version 1; "
         "“at the towers twice” removed after “look”"),
        ({"notes": ()},
         'notes/hv: "High voltage" removed (it was to expire on 2026-12-01)'),
        ({"notes": (with_(NOTE, expires="2027-01-01", hash="2"),)},
         'notes/hv: expires: "2026-12-01" → "2027-01-01"'),
        ({"contacts": Contacts(roles={"hcal-dqm": with_(HCAL, phone="7")})},
         'hcal-dqm: phone: "70000" → "7"'),
        ({"contacts": Contacts()}, "hcal-dqm: role removed"),
        ({"checklists": (with_(LIST, items=(CheckItem("read", "Read all"),)),)},
         'check-list start: item read: text: "Read" → "Read all"'),
    ],
)  # fmt: skip
def test_what_is_written_for_shifters(more: dict[str, object], said: str) -> None:
    (found,) = differences(WRITTEN, with_(WRITTEN, **more))  # type: ignore[arg-type]
    assert f"{found.name}: {found.sentence}" == said


CALL = Step(
    "Call", "hcal-dqm",
    (UrgencyRule("call now", ("stable beams",)), UrgencyRule("write only")),
)  # fmt: skip
LINE = "call hcal-dqm: call now in stable beams; write only otherwise"


def test_whom_to_call_how_soon_is_always_said() -> None:
    def text(line: str, more: str) -> str:
        return f"1. Tell them ±5 ns {more}\n   {line}\n"

    old = with_(INSTRUCTION, text=text(LINE, ""), steps=(CALL,))
    later = with_(CALL, urgencies=(UrgencyRule("write only"),))
    new = with_(
        old,
        text=text("call hcal-dqm: write only", "word " * 40).replace("5", "9"),
        steps=(later,),
        version=2,
        hash="2",
    )
    before, after = (with_(WRITTEN, instructions=(each,)) for each in (old, new))
    (found,) = differences(before, after)  # type: ignore[arg-type]
    assert found.sentence == (
        "version 1 → 2; 41 words added, 1 removed, numbers: “±5” → “±9”; "
        "“call hcal-dqm: call now in stable beams; write only” → "
        "“call hcal-dqm: write only”"
    )
    gone = with_(old, steps=(), text="1. Tell them ±5 ns\n", hash="3")
    (found,) = differences(
        before,  # type: ignore[arg-type]
        with_(WRITTEN, instructions=(gone,)),  # type: ignore[arg-type]
    )
    assert found.sentence.endswith("stable beams; write only” removed")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("a b c", "a  b\nc", ""),
        ("Do **not** call for them", "Do call for them",
         "“not” removed before “call for them”"),
        ("within ±5 ns of it", "within ±9 ns of it", "“±5” → “±9” before “ns of it”"),
        ("so call", "so **call**", "“call” → “**call**” after “so”"),
        ("a b", "a b c", "“c” added after “a b”"),
        ("", "a\nb", "“a b” added"),
        ("1. a\n2. b\n", "1. c\n2. a\n3. b\n", "“c” added before “a b”"),
        ("a", "a " + "b " * 13, "13 words added"),
        ("a " + "b " * 13, "a", "13 words removed"),
        ("5 " * 14, "x", "1 word added, 14 removed, numbers: “"
         + " ".join(["5"] * 14) + "” removed"),
        ("a 5 c " + "b " * 13, "a 9 c", "1 word added, 14 removed, numbers: “5” → “9”"),
    ],
)  # fmt: skip
def test_words_that_changed(old: str, new: str, said: str) -> None:
    assert wording(old, new) == said


def test_what_the_producers_tests_are_is_said_once(tmp_path: Path) -> None:
    page = "  - page: Experts\n"
    found = changes(
        tmp_path, Hcal=LAYOUT.replace(page, f"{page}    quality_results: show\n")
    )
    assert found == [
        (
            "layout",
            "Hcal › Experts",
            "Hcal/RawTask/BadQuality: quality_results: count → show",
        )
    ]
