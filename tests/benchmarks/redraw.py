"""Redraw a page of plots, all new, each with its reference: ours and stock pyqtgraph.

Goal: 36 plots of 100 bins in 12 ms with their whole tiles, and in at most a fifth of
the time of stock ``PlotDataItem(stepMode, fillLevel)``. All contenders show the same
numbers in a window of 1600 by 1000 pixels, in turns within one run; a frame is handing
over the data and painting every pixel that changed, and it counts only if every plot
painted. The script runs on earlier commits too, whose canvas drew by QPainter alone
(the last is f00c235): set PYTHONPATH to a tree of theirs.

    python tests/benchmarks/redraw.py [--frames N] [--json FILE]
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from frame import keep, options, quantile
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Axis, Histogram
from dqmconsole.model.layout import Plot
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.ui.fonts import load_fonts
from dqmconsole.ui.plot.tile import PlotTile
from dqmconsole.ui.theme import LIGHT, Colours, stylesheet

PLOTS, MAPS, BINS, SIDE = 36, 12, 100, 100
LARGE = (300, 200)
VARIANTS = 8
NOTE = ReferenceNote(run=397951, scale=0.5)


class Paints(QObject):
    """Counts the paint events of the widgets it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.count += 1
        return False


def curve(rng: np.random.Generator, scale: float) -> Histogram:
    x = np.linspace(-3, 3, BINS)
    contents = np.zeros(BINS + 2, dtype=np.float32)
    contents[1:-1] = rng.poisson(scale * np.exp(-(x**2) / 2))
    axis = Axis(BINS, -3.0, 3.0, title="time [ns]")
    return Histogram("h", "h", "TH1F", (axis,), contents, y_title="hits")


def plane(rng: np.random.Generator, wide: int, high: int) -> Histogram:
    contents = np.zeros((wide + 2, high + 2), dtype=np.float32, order="F")
    contents[1:-1, 1:-1] = rng.poisson(40, (wide, high))
    axes = (Axis(wide, 0.0, wide, title="x"), Axis(high, 0.0, high, title="y"))
    return Histogram("m", "m", "TH2F", axes, contents, y_title="hits")


def painted_by(tile: PlotTile) -> QWidget:
    """The widget that hears of the plot's paint events: of a view its viewport."""
    canvas: Any = tile.canvas
    return canvas.viewport() if hasattr(canvas, "viewport") else canvas


class Page(QWidget):
    """A grid of widgets in a window."""

    def __init__(self, widgets: list[QWidget], columns: int) -> None:
        super().__init__()
        self.resize(1600, 1000)
        grid = QGridLayout(self)
        grid.setSpacing(2)
        for index, widget in enumerate(widgets):
            grid.addWidget(widget, index // columns, index % columns)


class Ours:
    """Pooled tiles of the console."""

    def __init__(
        self, data: list[list[Histogram]], references: list[Histogram]
    ) -> None:
        self.data, self.references = data, references
        self.tiles = [PlotTile(Colours(LIGHT)) for _ in references]
        for index, tile in enumerate(self.tiles):
            tile.assign(f"plot {index}", Plot(path=f"a/{index}", title=f"Plot {index}"))
        self.page = Page(list(self.tiles), 6 if len(references) > 12 else 4)
        self.watched: list[QWidget] = [painted_by(tile) for tile in self.tiles]

    def step(self, frame: int) -> None:
        for index, tile in enumerate(self.tiles):
            histogram = self.data[frame % VARIANTS][index]
            verdict = Verdict(Status.GOOD, f"like the reference: {frame % 10 / 10}")
            tile.show_tile(
                Tile(
                    tile.key, f"a/{index}", 1, frame, verdict, NOTE, Picture(histogram),
                    produced=float(frame), span=f"LS 1–{frame}",
                ),
                self.references[index],
            )  # fmt: skip
            tile.tick(frame + 4.0)


class StockCurves:
    """One PlotWidget each, filled step curve and reference, as the manual has it.

    With `ranges` "fixed" the range does not follow the data, as the manual advises.
    """

    def __init__(
        self,
        data: list[list[Histogram]],
        references: list[Histogram],
        ranges: str = "free",
    ) -> None:
        self.edges = references[0].axes[0].edges
        self.values = [[h.values() for h in row] for row in data]
        self.references = [h.values() * NOTE.scale for h in references]
        widgets: list[Any] = []
        self.curves: list[tuple[Any, Any]] = []
        for index in range(len(references)):
            widget = pg.PlotWidget(background=LIGHT.tile, title=f"Plot {index}")
            widget.setLabel("bottom", "time [ns]")
            pair = tuple(
                pg.PlotDataItem(
                    self.edges, values, stepMode="center", pen=colour, **fill
                )
                for values, colour, fill in (
                    (
                        self.values[0][index],
                        LIGHT.edge,
                        {"fillLevel": 0, "brush": LIGHT.fill},
                    ),
                    (self.references[index], LIGHT.reference, {}),
                )
            )
            for item in pair:
                widget.addItem(item)
            if ranges == "fixed":
                widget.disableAutoRange()
                widget.setRange(xRange=(-3, 3), yRange=(0, 500))
            self.curves.append((pair[0], pair[1]))
            widgets.append(widget)
        self.page = Page(widgets, 6)
        self.watched: list[QWidget] = [widget.viewport() for widget in widgets]

    def step(self, frame: int) -> None:
        for index, (data, reference) in enumerate(self.curves):
            data.setData(self.edges, self.values[frame % VARIANTS][index])
            reference.setData(self.edges, self.references[index])


class StockMaps:
    """One PlotWidget each with an ImageItem."""

    def __init__(
        self, data: list[list[Histogram]], references: list[Histogram]
    ) -> None:
        self.values = [[h.values() for h in row] for row in data]
        self.images: list[Any] = []
        widgets: list[Any] = []
        for index in range(len(references)):
            widget = pg.PlotWidget(background=LIGHT.tile, title=f"Plot {index}")
            image = pg.ImageItem(self.values[0][index])
            image.setColorMap(pg.colormap.get("cividis"))
            widget.addItem(image)
            self.images.append(image)
            widgets.append(widget)
        self.page = Page(widgets, 4)
        self.watched: list[QWidget] = [widget.viewport() for widget in widgets]

    def step(self, frame: int) -> None:
        for index, image in enumerate(self.images):
            image.setImage(self.values[frame % VARIANTS][index], levels=(0, 80))


def measure(
    contenders: dict[str, Any], frames: int, app: QApplication
) -> dict[str, Any]:
    """Time frames of all contenders in turns; medians and p99 in ms."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for name, contender in contenders.items():
        contender.page.show()
        for frame in range(10):
            contender.step(frame)
            app.processEvents()
        paints = Paints()
        for widget in contender.watched:
            widget.installEventFilter(paints)
        contender.step(11)
        app.processEvents()
        assert paints.count >= len(contender.watched), f"{name} did not paint"
        for widget in contender.watched:
            widget.removeEventFilter(paints)
    for block in range(max(frames // 20, 1)):
        for name, contender in contenders.items():
            for frame in range(20 * block, 20 * block + 20):
                start = time.perf_counter()
                contender.step(frame + 100)
                app.processEvents()
                times[name].append((time.perf_counter() - start) * 1e3)
    return {
        name: {
            "median_ms": round(statistics.median(values), 2),
            "p99_ms": round(quantile(values, 0.99), 2),
            "frames": len(values),
        }
        for name, values in times.items()
    }


def main() -> None:
    """Print the contenders and their ratios."""
    wanted = options(__doc__, frames=200)
    app = QApplication([])
    load_fonts(app)
    app.setStyleSheet(stylesheet(LIGHT))
    rng = np.random.default_rng(20261125)
    data = [[curve(rng, 400) for _ in range(PLOTS)] for _ in range(VARIANTS)]
    references = [curve(rng, 800) for _ in range(PLOTS)]
    results: dict[str, Any] = {}
    results[f"{PLOTS} curves of {BINS} bins with references"] = measure(
        {
            "dqmconsole": Ours(data, references),
            "stock": StockCurves(data, references),
            "stock, ranges fixed": StockCurves(data, references, "fixed"),
        },
        wanted.frames,
        app,
    )
    for maps, *shape in ((MAPS, SIDE, SIDE), (PLOTS, *LARGE)):
        data = [[plane(rng, *shape) for _ in range(maps)] for _ in range(VARIANTS)]
        references = [plane(rng, *shape) for _ in range(maps)]
        results[f"{maps} maps of {shape[0]} by {shape[1]} bins"] = measure(
            {
                "dqmconsole": Ours(data, references),
                "stock": StockMaps(data, references),
            },
            wanted.frames,
            app,
        )
    for what, found in results.items():
        print(what)
        ours = found["dqmconsole"]["median_ms"]
        for name, row in found.items():
            row["ours_to_this"] = round(ours / row["median_ms"], 3)
            print(f"  {name:20s} median {row['median_ms']:7.2f} ms", end="")
            print(f"   p99 {row['p99_ms']:7.2f} ms   {row['frames']} frames", end="")
            print(f"   ours / this = {row['ours_to_this']}")
    keep(wanted.json, results)


if __name__ == "__main__":
    main()
