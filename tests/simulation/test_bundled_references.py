"""The bundled references hold what the detector simulates from their seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmconsole.model.histogram import Histogram
from dqmconsole.rootio.dqmfile import DqmFile
from dqmconsole.simulation.reference import write_reference
from dqmconsole.simulation.state.beam import RUN_TYPES
from dqmconsole.site.site import bundled_site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.simulation.state.beam import RunType


@pytest.mark.parametrize(
    "run_type",
    [
        # the others are written in the same way, from other rates
        each if each == "collisions" else pytest.param(each, marks=pytest.mark.slow)
        for each in RUN_TYPES
    ],
)
def test_a_bundled_reference_is_what_its_seed_gives(
    tmp_path: Path, run_type: RunType
) -> None:
    # by contents: the bytes depend on the version of the compressor, too
    write_reference(tmp_path / "again.root", run_type)
    bundled = bundled_site() / "layouts" / "references" / f"{run_type}.root"
    with DqmFile(bundled) as old, DqmFile(tmp_path / "again.root") as new:
        paths = {each.path for each in old.entries()}
        assert paths == {each.path for each in new.entries()}
        other = [
            path
            for path in sorted(paths)
            if not _same(old.element(path), new.element(path))
        ]
    assert not other


def _same(old: object, new: object) -> bool:
    if not isinstance(old, Histogram) or not isinstance(new, Histogram):
        return old == new
    return np.array_equal(old.contents, new.contents) and old.entries == new.entries
