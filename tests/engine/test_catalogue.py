from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from dqmconsole.engine.catalogue import Catalogue
from dqmconsole.model.message import Search
from dqmconsole.rootio.errors import RootFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

ALWAYS = float("inf")


class Damaged:
    name = "the source"

    def entries(self, run: int) -> Iterator[Any]:
        yield SimpleNamespace(path="Hcal/occupancy", kind="TH1F")
        if run == 7:
            where = "broken.root"
            raise RootFileError(where, "a list of keys in -1 bytes", "Hcal/Task")


class Mended(Damaged):
    """Damaged the first time only."""

    def __init__(self) -> None:
        self.asked = 0

    def entries(self, run: int) -> Iterator[Any]:
        self.asked += 1
        yield from super().entries(7 if self.asked == 1 else run)


def test_a_list_that_ends_early_is_a_problem_until_the_run_changes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalogue = Catalogue(Damaged())  # type: ignore[arg-type]  # no more is used
    catalogue.search(Search(1, "occ"))
    (found,) = catalogue.work(7, frozenset({"Hcal"}), ALWAYS)
    assert found.total == 1
    (problem,) = catalogue.problems
    assert "broken.root" in problem.message
    assert problem.kind == "source"
    assert "ends early" in caplog.text
    caplog.clear()
    catalogue.search(Search(2, "occ"))
    (found,) = catalogue.work(8, frozenset({"Hcal"}), ALWAYS)
    assert found.total == 1
    assert not catalogue.problems


def test_a_list_that_ended_early_is_made_again_with_the_next_search(
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalogue = Catalogue(Mended())  # type: ignore[arg-type]  # no more is used
    for request, problems in ((1, 1), (2, 0), (3, 0)):
        catalogue.search(Search(request, "occ"))
        catalogue.work(8, frozenset({"Hcal"}), ALWAYS)
        assert len(catalogue.problems) == problems
    caplog.clear()


class Full:
    name = "the source"

    def entries(self, run: int) -> Iterator[Any]:
        del run
        for path in (
            "DT/01-Digi/OccupancySummary_W-2",
            "DT/01-Digi/OccupancySummary_W0",
            "DT/01-Digi/OccupancySummary_W10",
            "Ecal/EBOccupancyTask/EBOT digi occupancy",
            "Ecal/Trends/preoccupied",
        ):
            yield SimpleNamespace(path=path, kind="TH2F")


def search(text: str, limit: int = 200) -> tuple[list[str], int]:
    catalogue = Catalogue(Full())  # type: ignore[arg-type]  # no more is used
    catalogue.search(Search(1, text, limit))
    (found,) = catalogue.work(7, frozenset(), ALWAYS)
    return [item.path for item in found.items], found.total


def test_what_fits_best_comes_first() -> None:
    assert search("w 0 occ") == (["DT/01-Digi/OccupancySummary_W0"], 1)
    assert search("Ecal/Occ")[0] == [
        "Ecal/EBOccupancyTask/EBOT digi occupancy",
        "Ecal/Trends/preoccupied",
    ]
    assert search("occ", 1) == (["DT/01-Digi/OccupancySummary_W-2"], 5)
