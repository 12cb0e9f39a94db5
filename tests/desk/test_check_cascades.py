"""One mistake is one problem: what follows from it is held back or summed up."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest
from support.instruction_texts import CONTACTS, make_whole_site

from dqmconsole.app.tables import site_tables
from dqmconsole.desk.check import validate
from dqmconsole.site.site import read_site

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)
OCC = "instructions/hcal/occupancy.md"


def said(site: Path) -> list[str]:
    found = validate(site, today=TODAY, tables=site_tables())
    return [str(each).removeprefix(f"{site}/") for each in found]


def planted(folder: Path, **changes: tuple[str, str]) -> list[str]:
    return said(make_whole_site(folder, **changes))


# B.1: the cause, and what only follows from it held back
@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda text: text.replace("columns: 3", "colums: 3"),
         "layouts/Hcal.yaml:14:5: ", 'did you mean "columns"?'),
        (lambda _: "", "layouts/Hcal.yaml: ", "the file is empty"),
        (lambda text: text.replace("owner:", "owner: ["),
         "layouts/Hcal.yaml:", "syntax error"),
        (lambda text: text.replace("path: Hcal/TP", "pth: Hcal/TP"),
         "layouts/Hcal.yaml:29:9: ", 'did you mean "path"?'),
    ],
)  # fmt: skip
def test_a_layout_that_is_broken_is_its_own_problem_only(
    tmp_path: Path, change: object, place: str, words: str
) -> None:
    site = make_whole_site(tmp_path)
    path = site / "layouts" / "Hcal.yaml"
    assert callable(change)
    path.write_text(change(path.read_text()))
    found = said(site)
    assert [each for each in found if ": advice: " not in each] == found[:1], found
    assert found[0].startswith(place)
    assert words in found[0]


def test_a_layout_by_another_ending_or_not_utf8_is_its_own_problem_only(
    tmp_path: Path,
) -> None:
    site = make_whole_site(tmp_path)
    path = site / "layouts" / "Hcal.yaml"
    text = path.read_text()
    path.write_bytes(text.replace("Digis per", "Größe").encode("latin-1"))
    found = said(site)
    assert found[0].startswith("layouts/Hcal.yaml:18:")
    assert [each for each in found if ": advice: " not in each] == found[:1], found
    path.unlink()
    (site / "layouts" / "Hcal.yml").write_text(text)
    found = said(site)
    assert found[0] == "layouts/Hcal.yml: is not read: name it .yaml [misplaced-file]"
    assert [each for each in found if ": advice: " not in each] == found[:1], found


def test_a_role_that_is_gone_is_one_problem_after_its_cause(tmp_path: Path) -> None:
    found = planted(tmp_path, contacts=("  dqm-oncall:", "  DQM on call:"))
    assert found[0].startswith("instructions/contacts.yaml:11:11: then: no role")
    assert found[1].startswith("instructions/contacts.yaml:13:3: a role is called by")
    (rest,) = found[2:]
    assert rest.startswith(f'{OCC}:44:1: whom to call: contacts.yaml has no role "dqm-')
    assert rest.endswith("(and in instructions/hcal/timing.md:27) [unknown-role]")


def test_many_places_of_one_missing_name_are_counted(tmp_path: Path) -> None:
    gone = CONTACTS.replace("  hcal-dqm:", "  hcal-oncall:")
    site = make_whole_site(tmp_path)
    (site / "instructions" / "contacts.yaml").write_text(gone)
    (found,) = [each for each in said(site) if "no role" in each]
    assert found.startswith("layouts/Hcal.yaml:2:8: the layout's owner: ")
    assert found.endswith(
        "(and 7 more places, the next is layouts/known.yaml:8) [unknown-role]"
    )


def test_a_beam_mode_that_is_doubled_hides_nothing_else(tmp_path: Path) -> None:
    found = planted(tmp_path, site=("setup, stable", "stable beams, stable"))
    (words,) = found
    assert words.startswith("layouts/site.yaml:3:37: a second beam mode")


# B.2: a bad head value hides nothing
def test_all_mistakes_of_one_text_are_told_at_once(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    path = site / OCC
    text = path.read_text()
    expected = []
    for old, new, line, words in (
        ("version: 2", "version: x", 4, "version is a whole number"),
        ("owner: hcal-dqm", "owner: hcal-dmq", 7, 'no role "hcal-dmq"'),
        ("page: Digi occupancy", "page: Digi ocupancy", 10, "has no page"),
        ("[Stable beams, setup]", "[stabel beams]", 13, "no beam mode"),
        ("review_due: 2027-05-20", "review_due: soon", 15, "review_due is a date"),
        ("TPTask/trend>", "TPTask/trnd>", 19, "no plot"),
        ("## How to judge", "## How to jugde", 21, 'did you mean "How to judge"'),
        ("bad hv-trip:", "bad hv-tripp:", 30, "did you mean 'hv-trip'"),
        ("call hcal-dqm: call now", "call hcal-qdm: call nwo", 37, "has no urgency"),
        ("2. dqm-oncall", "2. dqm-onkall", 44, 'no role "dqm-onkall"'),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
        expected.append((f"{OCC}:{line}:", words))
    path.write_text(text)
    found = said(site)
    for place, words in expected:
        assert any(each.startswith(place) and words in each for each in found), words
    assert any(f"{OCC}:37:1: the step's call: " in each for each in found)
    assert len(found) == len(expected) + 1, found
    # and the text stays out of the site
    assert [each.id for each in read_site(site).instructions] == ["hcal/timing"]


def test_a_head_that_is_no_yaml_hides_nothing_of_the_text(tmp_path: Path) -> None:
    found = planted(tmp_path, occupancy=("title: Digi", "title: Digi: x"))
    (syntax,) = found
    assert syntax.startswith(f"{OCC}:3:12: syntax error")
    site = tmp_path
    path = site / OCC
    path.write_text(path.read_text().replace("2. dqm-oncall", "2. dqm-onkall"))
    assert [each.split(":")[1] for each in said(site)] == ["3", "44"]


# B.6: one wrong line of applies_to is one line
@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("page: Digi occupancy", "page: Digi ocupancy", [f"{OCC}:10:9: "]),
        ("layout: Hcal", "layout: Hcall", [f"{OCC}:9:11: "]),
        ("depth*", "{depth1,depth2}", [f"{OCC}:11:11: "]),
        ("depth*", "depth[1", [f"{OCC}:11:11: "]),
        ("depth*", "Depth*", ["layouts/Hcal.yaml:28:22: ", f"{OCC}:11:11: "]),
    ],
)
def test_a_wrong_line_of_applies_to_is_said_once(
    tmp_path: Path, old: str, new: str, places: list[str]
) -> None:
    found = [e for e in planted(tmp_path, occupancy=(old, new)) if "advice" not in e]
    assert len(found) == len(places), found
    for each, place in zip(found, places, strict=True):
        assert each.startswith(place)


def test_braces_and_open_brackets_in_globs_are_explained(tmp_path: Path) -> None:
    found = planted(tmp_path, occupancy=("depth*", "{depth1,depth2}"))
    assert "braces do not expand here, as they do in path: of a layout" in found[0]


def test_a_file_that_is_no_layout_says_what_was_meant(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path)
    layouts = site / "layouts"
    (layouts / "known.yaml").rename(layouts / "knwon.yaml")
    assert said(site) == [
        "layouts/knwon.yaml: is read as a layout and is none; did you mean "
        '"known.yaml"? [misplaced-file]'
    ]
