"""What a search matches, and what goes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bundled import read_bundled

from dqmconsole.model.search import Query, folded
from dqmconsole.shift.pages import Pages

THINGS = {
    "DT": ("DT",),
    "data": ("L1/Calorimeter/Towers", "L1/CaloLayer1/dataOcc"),
    "DT occupancy": ("DT/Occupancy",),
    "wheel -2": ("DT/Occupancy/Digis, wheel −2", "DT/01-Digi/OccupancySummary_W-2"),
    "wheel 0": ("DT/Occupancy/Digis, wheel 0", "DT/01-Digi/OccupancySummary_W0"),
    "wheel 2": ("DT/Occupancy/Digis, wheel 2", "DT/01-Digi/OccupancySummary_W2"),
    "Ecal": ("Ecal",),
    "Ecal occupancy": ("Ecal/Occupancy",),
    "EB": (
        "Ecal/Occupancy/Barrel digis",
        "Ecal/EBOccupancyTask/EBOT digi occupancy",
    ),
    "EB time": ("Ecal/Timing/Barrel time", "Ecal/EBTimingTask/EBTMT timing map"),
    "depth 1": ("Hcal/Digis/Depth 1", "Hcal/DigiTask/Occupancy/depth/depth1"),
    "depth 10": ("Hcal/Digis/Depth 10", "Hcal/DigiTask/Occupancy/depth/depth10"),
    "Hcal rate": ("Hcal/Charge and rate",),
    "PX": ("Pixel/Digis/Layer 1", "Pixel/PXBarrel/num_digis_per_PXLayer_1"),
}


def found(text: str) -> list[str]:
    query = Query.of(text)
    ranks = {name: query.rank(*texts) for name, texts in THINGS.items()}
    return sorted((n for n in ranks if ranks[n]), key=lambda n: -ranks[n])


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("wheel 0 occ", "wheel 0"),
        ("wheel -2", "wheel -2"),
        ("wheel −2", "wheel -2"),
        ("wheel 2 occ", "wheel 2"),
        ("Ecal/Occ", "Ecal occupancy"),
        ("ecal/occ/digi", "EB"),
        ("ecal", "Ecal"),
        ("EBOT", "EB"),
        ("depth1", "depth 1"),
        ("depth 1", "depth 1"),
        ("depth 10", "depth 10"),
        ("num_digis", "PX"),
        ("pxlayer", "PX"),
        ("rate", "Hcal rate"),
        ("/Ecal/", "Ecal"),
        ("ecal barrel", "EB"),
        ("occ", "DT occupancy"),
    ],
)
def test_what_goes_first(text: str, best: str) -> None:
    assert found(text)[0] == best


def test_a_number_is_no_part_of_another() -> None:
    assert found("wheel 0") == ["wheel 0"]
    assert "depth 10" not in found("depth 1")
    assert found("wheel 2") == ["wheel 2", "wheel -2"]  # the other sign goes last


def test_words_side_by_side_go_before_the_same_words_apart() -> None:
    query = Query.of("wheel 0 occ ring 3")
    together = query.rank("Task/Wheel0/ring_3/h_17_occ")
    assert together > query.rank("Task/Wheel3/ring_0/h_1_occ") > 0
    query = Query.of("wheel 2")
    assert query.rank("Wheel 2") > query.rank("Wheel/ring -2")
    assert query.rank("Wheel_2") > query.rank("a/Wheel 1/h_2")


def test_a_number_that_is_begun_is_found() -> None:
    query = Query.of("3981")
    assert query.rank("Run 398102")
    assert not Query.of("981").rank("Run 398102")


def test_all_words_must_fit_and_segments_in_their_order() -> None:
    assert found("wheel nonsense") == []
    assert found("Occ/Ecal") == []
    assert found("Ecal/Occupancy/Timing") == []
    assert found("") == found("  / ") == list(THINGS)  # nothing is searched for


def test_a_whole_word_goes_before_its_beginning_and_that_before_a_part() -> None:
    query = Query.of("occ")
    assert (
        query.rank("a/occ")
        > query.rank("a/occupancy")
        > query.rank("a/preoccupied")
        > 0
    )


def test_a_letter_that_is_two_in_lower_case_moves_no_beginning_of_a_word() -> None:
    query = Query.of("b")
    assert query.rank("\u0130xab") == query.rank("Jxab") > 0


names = st.text("abAB01-_ /é", max_size=12)


@given(names, names)
def test_the_quick_look_never_says_no_to_what_fits(text: str, path: str) -> None:
    query = Query.of(text)
    if query.rank(path):
        assert query.may_fit(folded(path))


@given(st.text(max_size=20), st.text(max_size=40))
def test_no_text_breaks_it(text: str, path: str) -> None:
    assert Query.of(text).rank(path) >= 0


@given(names.filter(lambda each: any(map(str.isalnum, each))))
def test_everything_is_found_by_its_own_name(name: str) -> None:
    assert Query.of(name).rank(name) > 0


BUNDLED = [
    ("hcal occ depth 2", "Hcal/Digi occupancy/Occupancy, depth 2"),
    ("ecal timing", "Ecal/Timing"),
    ("hcal timing", "Hcal/Timing"),
    ("ecal occ", "Ecal/Occupancy"),
    ("ecal barrel occ", "Ecal/Occupancy/Barrel digis"),
    ("ee- occ", "Ecal/Occupancy/Endcap − digis"),
    ("ee+ occ", "Ecal/Occupancy/Endcap + digis"),
    ("endcap - time", "Ecal/Timing/Endcap − time"),
    ("strip on track", "SiStrip/Signal to noise/TIB signal to noise"),
    ("strip tib", "SiStrip/Occupancy/TIB clusters"),
    ("l1t mu", "L1T/Muons"),
    ("muon", "L1T/Muons"),
    ("l1 rate", "L1T/Decisions and rates/First-level rate"),
    ("hlt rate", "HLT/Rates/Accepted rate"),
    ("pixel dead", "PixelPhase1/Dead chips and status"),
    ("pixel layer 1", "PixelPhase1/Barrel digis/Layer 1 digis"),
    ("beam x", "BeamMonitor/Luminous region/x0"),
    ("luminosity", "BRIL/Luminosity"),
    ("pileup", "Info/Run conditions/Pile-up"),
    ("magnet", "Info/Run conditions/Solenoid field"),
    ("dt wheel -1", "DT/Occupancy/Wheel −1 occupancy"),
    ("wheel 0 occ", "DT/Occupancy/Wheel 0 occupancy"),
    ("rpc occ", "RPC/Occupancy and efficiency"),
    ("csc me+1", "CSC/Timing/ME+1/1 anode time"),
    ("s/n", "SiStrip/Signal to noise"),
    ("castor", "Castor"),
]


@pytest.fixture(scope="module")
def bundled() -> list[tuple[str, ...]]:
    """What the navigator searches: layouts, pages and plots of the bundled site."""
    pages = Pages(read_bundled())
    things: dict[str, tuple[str, ...]] = {}
    for name in pages.names:
        things[name.layout] = (name.layout,)
        things[name.key] = (f"{name.layout}/{name.page}",)
        for place in pages.plots(name):
            title = f"{name.layout}/{name.page}/{place.plot.title or place.plot.path}"
            things[place.key] = (title, place.plot.path)
    return [*things.values()]


@pytest.mark.parametrize(("text", "best"), BUNDLED)
def test_what_a_shifter_types_finds_it_first(
    bundled: list[tuple[str, ...]], text: str, best: str
) -> None:
    query = Query.of(text)
    assert max(bundled, key=lambda texts: query.rank(*texts))[0] == best


def test_without_a_word_that_is_nowhere_but_never_without_a_number(
    bundled: list[tuple[str, ...]],
) -> None:
    query = Query.of("beam spot z")
    assert not any(query.rank(*texts) for texts in bundled)
    less = query.with_one_less()
    found = max(bundled, key=lambda t: max(each.rank(*t) for each in less))
    assert found[0] == "BeamMonitor/Luminous region/z0"
    assert Query.of("two words").with_one_less() == ()
    fewer = {each.words for each in Query.of("hcal depth 7").with_one_less()}
    assert fewer == {Query.of("depth 7").words, Query.of("hcal 7").words}


def test_a_sign_that_stands_alone_belongs_to_the_word_before() -> None:
    assert Query.of("EE+").rank("digi occupancy EE +")
    assert not Query.of("EE+").rank("digi occupancy EE -")
    assert Query.of("disk -1").words == (("disk",), ("-1",))


def test_more_than_one_of_a_thing_is_nearly_the_thing() -> None:
    query = Query.of("muon")
    assert query.rank("muon") > query.rank("muons") > query.rank("muonic")
