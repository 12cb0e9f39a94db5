"""Pages for what no layout shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.site.by_folder import MOST, in_order, layouts_by_folder
from dqmconsole.site.layout_yaml import layout_text
from dqmconsole.site.layouts import read_layout, wrong_path

NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/"),
    min_size=1,
    max_size=12,
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def test_pages_follow_the_folders() -> None:
    kinds = {
        "hodo/x": "TH1F",
        "hodo/planes/p10": "TH2F",
        "hodo/planes/p2": "TH2F",
        "calo/e": "TProfile",
        "run_number": "int",
        "spill": "TGraph",
        "events": "TTree",
        "tracks/hits": "ROOT::RNTuple",
    }
    found = layouts_by_folder(kinds, "beam.root")
    assert [each.layout for each in found] == ["calo", "hodo", "beam.root"]
    hodo = found[1]
    assert [page.page for page in hodo.pages] == ["planes", "hodo"]
    assert [plot.path for plot in hodo.pages[0].plots] == [
        "hodo/planes/p2",
        "hodo/planes/p10",
    ]
    assert [plot.path for plot in found[2].pages[0].plots] == ["spill"]


def test_a_full_folder_has_several_pages_of_one_size() -> None:
    found = layouts_by_folder({f"a/h{n}": "TH1F" for n in range(2 * MOST + 1)}, "x")
    pages = found[0].pages
    assert [len(page.plots) for page in pages] == [9, 9, 7]
    assert [page.page for page in pages] == ["a (1)", "a (2)", "a (3)"]
    assert [page.columns for page in pages] == [3, 3, 3]


def test_a_page_has_not_the_name_of_another_folder() -> None:
    kinds = {f"a/x/h{n}": "TH1F" for n in range(MOST + 1)} | {"a/x (2)/h": "TH1F"}
    (found,) = layouts_by_folder(kinds, "top")
    assert sorted(page.page for page in found.pages) == ["x (1)", "x (2)", "x (3)"]


def test_numbers_are_ordered_as_people_count() -> None:
    assert sorted(["d10", "d9", "D1"], key=in_order) == ["D1", "d9", "d10"]


def test_a_name_of_thousands_of_digits_is_a_name() -> None:
    long = "d" + "9" * 5000
    assert sorted([long, "d10"], key=in_order) == ["d10", long]


@given(st.dictionaries(PATHS, st.sampled_from(["TH1F", "TH2F", "TGraph", "int"])))
def test_whatever_a_source_is_called_its_layouts_can_be_read(
    kinds: dict[str, str],
) -> None:
    shown = {
        path for path, kind in kinds.items() if kind != "int" and not wrong_path(path)
    }
    found = layouts_by_folder(kinds, "top")
    assert len({each.layout for each in found}) == len(found)
    seen = set()
    for layout in found:
        read = read_layout(layout_text(layout).encode(), "a.yaml")
        assert read.problems == (), read.problems
        assert read.layout is not None
        seen |= {plot.path for page in read.layout.pages for plot in page.plots}
    assert seen == shown
