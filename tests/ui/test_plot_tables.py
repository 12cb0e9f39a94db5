"""Numbers as rows: name, value, unit, limit; what is off is said and marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from support import plots

from dqmconsole.model.frame import Expected
from dqmconsole.model.histogram import Axis, Histogram, Scalar
from dqmconsole.model.layout import Draw
from dqmconsole.ui.plot.canvas import PlotCanvas
from dqmconsole.ui.plot.scene import Scene
from dqmconsole.ui.plot.tables import Tables
from dqmconsole.ui.plot.tabular import MOST_ROWS, off_limits, table_of, unit_of
from dqmconsole.ui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

TABLE = Draw(style="table")
NAMES = ("x0", "y0", "#sigma_{z}")


def fitted() -> Histogram:
    return Histogram(
        "fit", "fit", "TH1D", (Axis(3, 0.0, 3.0, labels=NAMES),),
        plots.flow([0.17, -0.03, 7.2]), y_title="Position [cm]",
    )  # fmt: skip


def test_labelled_bins_are_rows() -> None:
    rows = table_of(fitted()).rows
    assert [(row.name, row.values, row.unit, row.off) for row in rows] == [
        ("x0", ("0.17",), "cm", ""),
        ("y0", ("−0.03",), "cm", ""),
        ("σ_z", ("7.2",), "cm", ""),
    ]


def test_limits_stand_beside_and_name_what_is_off() -> None:
    expected = Expected(
        low=np.array([0.1, np.nan, 0.0]), high=np.array([0.2, -0.05, np.nan]),
    )  # fmt: skip
    rows = table_of(fitted(), expected=expected).rows
    assert [(row.limit, row.off) for row in rows] == [
        ("0.1 to 0.2", ""),
        ("up to −0.05", "above"),
        ("from 0", ""),
    ]
    common = Expected(limits=((5.0, "bad above"), (-1.0, "bad below")))
    rows = table_of(fitted(), expected=common).rows
    assert rows[0].limit == "bad above 5, bad below −1"
    assert [row.off for row in rows] == ["", "", "above"]
    named = Expected(offending=np.array([1]))
    assert [row.off for row in table_of(fitted(), expected=named).rows] == [
        "", "bad", "",
    ]  # fmt: skip


def test_two_dimensions_have_a_column_for_each_bin_of_x() -> None:
    data = plots.plane(
        np.array([[1.5, 2.0], [0.1, 0.2]]),
        Axis(2, 0, 2, labels=("value", "error")),
        Axis(2, 0, 2, labels=("x0 [cm]", "slope [rad]")),
    )
    table = table_of(data, expected=Expected(offending=np.array([1])))
    assert table.columns == ("value", "error")
    assert [(r.name, r.values, r.unit, r.off) for r in table.rows] == [
        ("x0", ("1.5", "0.1"), "cm", ""),
        ("slope", ("2", "0.2"), "rad", "bad"),
    ]


def test_trends_are_rows_of_their_latest_value() -> None:
    fill = plots.curve([0, 9321, 9321, 0, 0], 0.5, 5.5)
    energy = Histogram(
        "momentum", "Beam energy", "TH1D", (Axis(5, 0.5, 5.5),),
        plots.flow([6799, 6800, 6801, 0, 0]), y_title="Energy [GeV]",
    )  # fmt: skip
    rows = table_of(fill, (energy,), names=("fill", "energy")).rows
    assert [(row.name, row.values) for row in rows] == [
        ("h", ("9321",)),
        ("Beam energy", ("6801",)),
    ]
    assert rows[1].unit == "GeV"
    nothing = table_of(plots.curve(np.zeros(3))).rows
    assert nothing[0].values == ("–",)


def test_scalars_are_rows_as_they_are_written() -> None:
    scalars = (Scalar("lhcFill", 9321), Scalar("mode", "STABLE"), Scalar("E", 6.8e3))
    rows = table_of(None, scalars=scalars).rows
    assert [row.values for row in rows] == [("9321",), ("STABLE",), ("6800",)]


@pytest.mark.parametrize(
    ("title", "unit"),
    [("Energy [GeV]", "GeV"), ("x0 [#mu m]", "μ m"), ("Pile-up", ""), ("[a] b", "")],
)
def test_units_stand_at_the_end_of_titles(title: str, unit: str) -> None:
    assert unit_of(title) == unit


@given(st.floats(), st.lists(st.tuples(st.floats(), st.text())))
def test_any_limit_is_kept_or_broken(
    value: float, limits: list[tuple[float, str]]
) -> None:
    assert off_limits(value, limits) in ("", "above", "below")


def test_a_hundred_thousand_rows_are_cut() -> None:
    labels = tuple(f"b{n}" for n in range(MOST_ROWS + 7))
    data = plots.curve(np.ones(len(labels)), 0, len(labels), labels=labels)
    table = table_of(data)
    assert (len(table.rows), table.left_out) == (MOST_ROWS, 7)


# -- drawn ----------------------------------------------------------------------------


@pytest.fixture
def canvas(qtbot: QtBot) -> Iterator[PlotCanvas]:
    made = PlotCanvas(LIGHT)
    qtbot.addWidget(made)
    made.resize(360, 180)
    return made


def count(canvas: PlotCanvas, colour: str) -> int:
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), dtype=np.uint32) & 0xFFFFFF
    return int((raw == int(colour[1:], 16)).sum())


def test_the_row_that_is_off_is_marked_and_read(canvas: PlotCanvas) -> None:
    canvas.show_scene(Scene(fitted(), TABLE))
    assert count(canvas, LIGHT.bad_ink) == 0
    high = np.array([1.0, 1.0, 6.0])
    expected = Expected(low=-high, high=high)
    canvas.show_scene(Scene(fitted(), TABLE, expected=expected))
    assert isinstance(canvas._drawing, Tables)
    # the line at its side and the triangle, beside the words
    assert count(canvas, LIGHT.bad_ink) > 80
    told = {canvas._words_at(QPoint(100, y)) for y in range(180)}
    assert "σ_z: 7.2 cm · limit −6 to 6 · above" in told
    assert "x0: 0.17 cm · limit −1 to 1" in told
    canvas.set_grey(True)
    assert count(canvas, LIGHT.bad_ink) == 0


def test_where_rows_do_not_fit_what_is_off_comes_first(canvas: PlotCanvas) -> None:
    labels = tuple(f"part {n}" for n in range(60))
    data = plots.curve(np.ones(60), 0, 60, labels=labels)
    expected = Expected(offending=np.array([57]))
    canvas.show_scene(Scene(data, TABLE, expected=expected))
    canvas.grab()
    assert canvas._words_at(QPoint(60, 8)).startswith("part 57")


def test_heads_of_columns_are_whole_where_there_is_room(
    canvas: PlotCanvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = [f"Board {letter}" for letter in "ABCDEFGHIJ"]
    written = list[str]()
    painted = QPainter.drawText

    def noted(painter: QPainter, *given: object) -> None:
        written.append(str(given[-1]))
        painted(painter, *given)  # type: ignore[call-overload]

    monkeypatch.setattr(QPainter, "drawText", noted)
    for width in range(560, 600, 3):
        canvas.resize(width, 120)
        x = Axis(10, 0.0, 10.0, labels=tuple(heads))
        y = Axis(2, 0.0, 2.0, labels=("OK", "ERR"))
        written.clear()
        canvas.show_scene(Scene(plots.plane(np.ones((10, 2)), x, y), TABLE))
        canvas.grab()
        assert written[:10] == heads


@pytest.mark.parametrize("size", [(1, 1), (40, 12), (360, 180), (900, 700)])
def test_a_table_of_any_size_is_drawn(
    canvas: PlotCanvas, size: tuple[int, int]
) -> None:
    canvas.resize(*size)
    for scene in (
        Scene(fitted(), TABLE),
        Scene(plots.plane(np.full((2, 2), np.nan)), TABLE),
        Scene(draw=TABLE, scalars=(Scalar("a" * 300, "b" * 300),)),
        Scene(plots.profile([np.nan, 2.0]), TABLE),
    ):
        canvas.show_scene(scene)
        canvas.grab()
