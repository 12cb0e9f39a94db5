"""Recorded runs as ROOT files, their numbers as Parquet files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.recorded import MAP, PATH, RUN, large_map, record

from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.recording.exporting import (
    NoParquetError,
    export_parquet,
    export_root,
    recorded_elements,
)
from dqmconsole.recording.index import FILE, Index, Quantity
from dqmconsole.recording.run_file import RunFile, Window, run_path
from dqmconsole.rootio.dqmfile import DqmFile

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_becomes_a_root_file(tmp_path: Path) -> None:
    record(tmp_path, 130)
    file = RunFile.read(run_path(tmp_path, RUN))
    for name, until in (("run", None), ("then", 100)):
        elements = [
            (path, found.histogram if isinstance(found, Window) else found)
            for path, found in recorded_elements(file, lambda _: True, until)
            if not isinstance(found, Exception)
        ]
        assert export_root(RUN, elements, tmp_path / f"{name}.root") == {}
    file.close()
    written = DqmFile(tmp_path / "run.root")
    assert written.run == RUN
    plot, whole = written.element(PATH), written.element(MAP)
    assert isinstance(plot, Histogram)
    assert isinstance(whole, Histogram)
    assert plot.values().tolist() == [130, 260]
    np.testing.assert_array_equal(whole.contents, large_map(130).contents)
    assert written.element("Hcal/EventInfo/lumisection") == Scalar("lumisection", 130)
    written.close()
    then = DqmFile(tmp_path / "then.root")
    plot = then.element(PATH)
    assert isinstance(plot, Histogram)
    assert plot.values().tolist() == [100, 200]
    then.close()


@pytest.mark.slow  # needs pyarrow, which is large
def test_numbers_become_a_parquet_file(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    record(tmp_path, 3)
    index = Index(tmp_path / FILE, reading=True)
    rows = index.of_run(RUN)
    index.close()
    assert export_parquet(rows, tmp_path / "numbers.parquet") == len(rows) > 0
    table = parquet.read_table(tmp_path / "numbers.parquet").to_pylist()
    assert [Quantity(**row) for row in table] == rows


def test_without_pyarrow_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NoParquetError, match=r"pip install 'dqmconsole\[parquet\]'"):
        export_parquet([], tmp_path / "numbers.parquet")
    assert not (tmp_path / "numbers.parquet").exists()
