"""Histograms and tiles for tests of what is drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.histogram import Array, Axis, Histogram
from dqmconsole.model.layout import Plot
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.model.verdict import Status, Verdict

NOTE = ReferenceNote(run=397951, normalize="events", scale=1.0)


def flow(inner: npt.ArrayLike) -> Array:
    """Put empty flow bins around contents."""
    return np.pad(np.asarray(inner, dtype=np.float64), 1)


def curve(
    contents: npt.ArrayLike, low: float = -3.0, high: float = 3.0, **axis: object
) -> Histogram:
    """Make a histogram of one dimension with ROOT's sums."""
    values = np.asarray(contents, dtype=np.float64)
    made = Axis(len(values), low, high, **{"title": "time [ns]", **axis})
    with np.errstate(all="ignore"):
        centers = made.centers
        total = float(values.sum())
        sums = (
            total,
            total,
            float((values * centers).sum()),
            float((values * centers**2).sum()),
        )
    return Histogram(
        "h", "h", "TH1D", (made,), flow(values), entries=total, sums=sums,
        y_title="hits",
    )  # fmt: skip


def plane(
    contents: npt.ArrayLike, x: Axis | None = None, y: Axis | None = None
) -> Histogram:
    """Make a histogram of two dimensions."""
    values = np.asarray(contents, dtype=np.float64)
    x = x or Axis(values.shape[0], 0.0, float(values.shape[0]), title="i#eta")
    y = y or Axis(values.shape[1], 0.0, float(values.shape[1]), title="i#phi")
    with np.errstate(all="ignore"):
        entries = float(np.nansum(values))
    return Histogram(
        "m", "m", "TH2D", (x, y), flow(values), entries=entries, y_title="hits"
    )


def profile(
    means: npt.ArrayLike, spread: float = 0.5, weight: float = 50.0
) -> Histogram:
    """Make a profile; a mean of NaN is a bin never filled."""
    wanted = np.asarray(means, dtype=np.float64)
    filled = np.isfinite(wanted)
    weights = np.where(filled, weight, 0.0)
    known = np.where(filled, wanted, 0.0)
    return Histogram(
        "p",
        "p",
        "TProfile",
        (Axis(len(wanted), 0.0, float(len(wanted)), title="lumisection"),),
        flow(known * weights),
        sumw2=flow((known**2 + spread**2) * weights),
        bin_entries=flow(weights),
        y_title="pedestal [ADC]",
    )


def peak(center: float = 0.0, height: float = 900.0, bins: int = 60) -> Array:
    """Contents of a Gaussian peak with fixed fluctuations."""
    x = np.linspace(-3, 3, bins)
    noise = np.random.default_rng(7).normal(size=bins)
    expected = height * np.exp(-((x - center) ** 2) / 0.5)
    found: Array = np.maximum(np.rint(expected + np.sqrt(expected) * noise), 0)
    return found


def tile(
    picture: Picture | Histogram | None,
    status: Status = Status.GOOD,
    sentence: str = "like the reference",
    **fields: object,
) -> Tile:
    """Make a tile with the given picture and verdict."""
    verdict = Verdict(
        status, sentence, known=fields.pop("known", 0), since=fields.pop("since", None)
    )
    if isinstance(picture, Histogram):
        picture = Picture(picture)
    fields = {
        "note": NOTE,
        "produced": 1000.0,
        "stale_after": 60.0,
        "span": "LS 1–417",
        "version": 1,
        **fields,
    }
    return Tile("key", "Hcal/x", 398214, verdict=verdict, picture=picture, **fields)


def plot(title: str = "Pulse time, HE", **fields: object) -> Plot:
    """Make a layout's plot."""
    return Plot(path="Hcal/DigiTask/Time/HE", title=title, **fields)
