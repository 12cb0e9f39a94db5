"""A source that somebody opens without a site: by its folders, never as another's."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.engine.context import SourceContext
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.message import Open
from dqmconsole.rootio.write import write_dqm, write_root

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.model.site import Site


def plot(name: str) -> Histogram:
    counts = np.arange(12.0)
    return Histogram(name, "Hits", "TH1F", (Axis(10, 0, 10),), counts, entries=66)


def shown(path: Path) -> list[Site]:
    """The site of a source as it is opened, and once it is known what it holds."""
    request = Open(source=str(path), site="")
    with closing(SourceContext.of(request)) as context:
        found = [context.site]
        assert context.chooses_site
        while context.chooses_site:
            context.poll(time.time())
            context.renew_site()
        found.append(context.site)
        assert not context.renew_site()
    return found


def names(context: SourceContext) -> list[str]:
    return [each.layout for each in context.site.layouts]


def test_it_is_shown_by_its_folders_and_offered_a_site(tmp_path: Path) -> None:
    file = tmp_path / "beam.root"
    write_root(file, {"hodo": [plot("x"), plot("y")], "": [plot("spill")]})
    before, after = shown(file)
    assert before.layouts == ()
    assert [each.layout for each in after.layouts] == ["hodo", "beam.root"]
    assert after.instructions == ()
    (offer,) = after.problems
    assert f"dqmconsole init DIR --from {file}" in offer.message


def test_that_it_holds_nothing_to_draw_is_said(tmp_path: Path) -> None:
    file = tmp_path / "beam.root"
    write_root(file, {"": [Scalar("spill", 7)]})
    _, after = shown(file)
    assert after.layouts == ()
    (said,) = after.problems
    assert str(said) == f"{file}: it holds no histogram or graph"


def test_what_the_bundled_site_lays_out_has_its_pages(tmp_path: Path) -> None:
    file = tmp_path / "DQM_V0001_Hcal_R000398214.root"
    write_dqm(file, 398214, {"Hcal/DigiTask/Occupancy/depth": [plot("depth1")]})
    before, after = shown(file)
    assert before.layouts == ()
    assert "SiStrip" in [each.layout for each in after.layouts]


def test_a_file_that_is_empty_at_first_is_not_taken_for_the_bundled_site_s(
    tmp_path: Path,
) -> None:
    file = tmp_path / "beam.root"
    write_root(file, {})
    with closing(SourceContext.of(Open(source=str(file), site=""))) as context:
        while not context.source.current_run:
            context.poll(time.time())
        assert not context.renew_site()
        assert names(context) == []
        write_root(file, {"hodo": [plot("x")]})
        while context.chooses_site:
            context.poll(time.time())
            context.renew_site()
        assert names(context) == ["hodo"]


def test_what_appears_within_the_run_is_shown_and_what_vanishes_stays(
    tmp_path: Path,
) -> None:
    file = tmp_path / "beam.root"
    write_root(file, {"hodo": [plot("x")]})

    def paths(context: SourceContext) -> list[str]:
        pages = [page for each in context.site.layouts for page in each.pages]
        return [plot.path for page in pages for plot in page.plots]

    with closing(SourceContext.of(Open(source=str(file), site=""))) as context:
        seen = []
        for folders in (
            {"hodo": [plot("x")]},
            {"hodo": [plot("x"), plot("y")]},
            {"hodo": [plot("y")], "calo": [plot("sum")]},
        ):
            write_root(file, folders)
            version, told = -1, context.site.hash
            while version != context.source.version(-1, "hodo"):
                version = context.source.version(-1, "hodo")
                context.poll(time.time())
            while not context.renew_site():
                context.poll(time.time())
            assert context.site.hash != told
            seen.append(paths(context))
        assert seen == [
            ["hodo/x"], ["hodo/x", "hodo/y"], ["calo/sum", "hodo/x", "hodo/y"]
        ]  # fmt: skip
        assert not context.renew_site()
