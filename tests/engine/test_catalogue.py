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
