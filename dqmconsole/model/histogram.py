"""Monitor elements as values: histograms of one to three dimensions, profiles, scalars.

A :class:`Histogram` keeps what a ROOT histogram keeps, flow bins included, and
speaks the UHI ``PlottableHistogram`` protocol (https://uhi.readthedocs.io), so
that ``hist`` and ``mplhep`` accept it. Its arrays are read-only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["COUNT", "MEAN"]

Array = npt.NDArray[Any]

# Contents may hold whatever the file says, signalling NaNs included: what comes out
# is inf or NaN where it must be, and no news of numpy's.
_quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")


class Traits(NamedTuple):
    """The UHI traits of an axis."""

    circular: bool
    discrete: bool


class Axis(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One axis of a histogram.

    Attributes:
        bins: number of bins, without under- and overflow.
        low: lower edge of the first bin, in the unit of the title.
        high: upper edge of the last bin.
        variable: the ``bins + 1`` edges of variable bins, float64, else None.
        title: title with its unit, as the producer wrote it.
        labels: one label per bin ("" where a bin has none); empty when the
            axis has no labels at all.
        shown: the range that the file asks to be shown (SetRange), or None.
        time: the axis is time, unix s (SetTimeDisplay).
    """

    bins: int
    low: float
    high: float
    variable: Array | None = None
    title: str = ""
    labels: tuple[str, ...] = ()
    shown: tuple[float, float] | None = None
    time: bool = False

    @property
    def edges(self) -> Array:
        """The ``bins + 1`` bin edges, float64."""
        if self.variable is not None:
            return self.variable
        return np.linspace(self.low, self.high, self.bins + 1)

    @property
    def centers(self) -> Array:
        """The ``bins`` bin centres, float64."""
        edges = self.edges
        centers: Array = 0.5 * (edges[1:] + edges[:-1])
        return centers

    @property
    def traits(self) -> Traits:
        """UHI traits: an axis whose every bin has a label is discrete."""
        return Traits(circular=False, discrete=bool(self.labels) and all(self.labels))

    def same_bins(self, other: Axis) -> bool:
        """Tell whether both axes have the same bins (edges to 1e-9 of the range)."""
        if self.bins != other.bins:
            return False
        if self.variable is None and other.variable is None:
            slack = 1e-9 * max(abs(self.high - self.low), 1e-300)
            return (
                abs(self.low - other.low) <= slack
                and abs(self.high - other.high) <= slack
            )
        span = max(abs(self.high - self.low), 1e-300)
        if not math.isfinite(span):
            return bool(np.array_equal(self.edges, other.edges))
        return bool(np.allclose(self.edges, other.edges, rtol=0, atol=1e-9 * span))

    def __len__(self) -> int:
        return self.bins

    def __getitem__(self, index: int) -> tuple[float, float] | str:
        if not 0 <= index < self.bins:
            message = f"bin {index} of an axis of {self.bins} bins"
            raise IndexError(message)
        if self.traits.discrete:
            return self.labels[index]
        if self.variable is None:
            width = (self.high - self.low) / self.bins
            return (self.low + index * width, self.low + (index + 1) * width)
        return (float(self.variable[index]), float(self.variable[index + 1]))

    def __iter__(self) -> Iterator[tuple[float, float] | str]:
        return (self[index] for index in range(self.bins))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Axis):
            return NotImplemented
        return (
            self.same_bins(other)
            and self.title == other.title
            and self.labels == other.labels
        )

    __hash__ = None  # type: ignore[assignment]


class Histogram(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A histogram or profile, complete with flow bins.

    Attributes:
        name: name of the monitor element, without its folder.
        title: title as the producer wrote it.
        root_class: ROOT class it was read from or would be written as ("TH1F").
        axes: one to three axes.
        contents: float or integer array with flow bins, shape ``(nx+2,)``,
            ``(nx+2, ny+2)`` or ``(nx+2, ny+2, nz+2)``, ordered as the axes; in
            memory x runs fastest. For a profile: the sums of weight times y.
        sumw2: sums of squared weights, same shape, or None (then the variance
            of a plain histogram is its contents). For a profile: the sums of
            weight times y squared.
        bin_entries: sums of weights per bin of a profile, same shape, else None.
        bin_sumw2: sums of squared weights per bin of a weighted profile or None.
        error_mode: ROOT's error option of a profile: "", "s", "i" or "g".
        entries: number of fills (may be fractional or not match the contents).
        sums: ROOT's statistics, in ROOT's order for the class: ``sumw, sumw2,
            sumwx, sumwx2`` and on for y (``sumwy, sumwy2, sumwxy``) and z; for
            profiles the sums of weight times y last. Zeros when unknown.
        efficiency: the producer marked it as an efficiency: never normalise.
        y_title: title of the ordinate (2-D: of the colour scale).
        shown: lowest and highest value the file asks to be shown (SetMinimum,
            SetMaximum); None leaves that end free.
    """

    name: str
    title: str
    root_class: str
    axes: tuple[Axis, ...]
    contents: Array
    sumw2: Array | None = None
    bin_entries: Array | None = None
    bin_sumw2: Array | None = None
    error_mode: str = ""
    entries: float = 0.0
    sums: tuple[float, ...] = ()
    efficiency: bool = False
    y_title: str = ""
    shown: tuple[float | None, float | None] = (None, None)

    @property
    def dimension(self) -> int:
        """Number of axes: 1, 2 or 3."""
        return len(self.axes)

    @property
    def is_profile(self) -> bool:
        """Tell whether bins hold means rather than sums."""
        return self.bin_entries is not None

    @property
    def kind(self) -> Kind:
        """UHI kind: "MEAN" for profiles, else "COUNT"."""
        return "MEAN" if self.is_profile else "COUNT"

    @_quiet
    def values(self, *, flow: bool = False) -> Array:
        """Contents (of a profile: means) as float64, with or without flow bins."""
        raw = np.asarray(self.contents, dtype=np.float64)
        if self.bin_entries is not None:
            weights = np.asarray(self.bin_entries, dtype=np.float64)
            raw = np.divide(raw, weights, out=np.zeros_like(raw), where=weights != 0)
        return raw if flow else _inner(raw)

    @_quiet
    def variances(self, *, flow: bool = False) -> Array:
        """Squared errors as float64.

        Plain histograms: ``sumw2``, or the absolute contents where none is
        kept. Profiles: the squared error of the mean, or with error option
        "s" the squared spread (ROOT's TProfile::GetBinError; option "i" uses
        1/sqrt(12 N) where the spread is zero, "g" 1/sum of weights).
        """
        if self.bin_entries is None:
            kept = self.contents if self.sumw2 is None else self.sumw2
            found = np.abs(np.asarray(kept, dtype=np.float64))
        else:
            found = profile_variances(
                np.asarray(self.contents, np.float64),
                np.asarray(self.bin_entries, np.float64),
                self.sumw2,
                self.bin_sumw2,
                self.error_mode,
            )
        return found if flow else _inner(found)

    @_quiet
    def counts(self, *, flow: bool = False) -> Array:
        """Effective entries per bin, as UHI asks, float64.

        For a weighted histogram contents squared over variance (0 where the
        variance is 0); for a profile the weights per bin.
        """
        if self.bin_entries is not None:
            found = np.asarray(self.bin_entries, dtype=np.float64)
            if self.bin_sumw2 is not None:
                squares = np.asarray(self.bin_sumw2, dtype=np.float64)
                found = _squared_over(found, squares)
        elif self.sumw2 is None:
            found = np.asarray(self.contents, dtype=np.float64)
        else:
            squares = np.asarray(self.sumw2, dtype=np.float64)
            raw = np.asarray(self.contents, dtype=np.float64)
            found = _squared_over(raw, squares)
        return found if flow else _inner(found)

    @_quiet
    def _to_uhi_(self) -> dict[str, Any]:
        """UHI's serialization schema 1, flow bins included: hist.Hist(h) asks for it.

        An axis whose bins all have labels, each its own, becomes one of
        categories and loses its underflow, for which UHI has no place.
        """
        cut = tuple(slice(_is_category(axis), None) for axis in self.axes)
        values = self.values(flow=True)[cut]
        variances = self.variances(flow=True)[cut]
        storage: dict[str, Any] = {"type": "double", "values": values}
        if self.bin_entries is not None:
            # UHI keeps the spread of the entries, not the error of their mean.
            counts = self.counts(flow=True)[cut]
            storage |= {"type": "mean", "counts": counts}
            storage["variances"] = variances * counts
        elif self.sumw2 is not None:
            storage |= {"type": "weighted", "variances": variances}
        return {
            "uhi_schema": 1,
            "axes": [_uhi_axis(axis) for axis in self.axes],
            "storage": storage,
            "metadata": {"name": self.name, "label": self.title},
        }

    @property
    def nbytes(self) -> int:
        """Bytes of the bins held."""
        arrays = (self.contents, self.sumw2, self.bin_entries, self.bin_sumw2)
        return sum(array.nbytes for array in arrays if array is not None)


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """A monitor element that is one integer, one float or one text."""

    name: str
    value: int | float | str


class QualityResult(msgspec.Struct, frozen=True, gc=False):
    """A quality test's result as the producer stored it (``qr=``).

    Attributes:
        name: name of the monitor element that was tested.
        test: name of the quality test.
        code: CMS status code: 30 other, 50 disabled, 60 invalid, 70 too few
            entries, 90 did not run, 100 good, 200 warning, 300 error.
        result: the test's result, in [0, 1]; -1 when it could not run.
        algorithm: name of the algorithm.
        message: the test's own words.
    """

    name: str
    test: str
    code: int
    result: float
    algorithm: str
    message: str


def read_only(array: Array) -> Array:
    """Return `array` with writing switched off (in place, no copy)."""
    array.flags.writeable = False
    return array


def _inner(array: Array) -> Array:
    inner: Array = array[(slice(1, -1),) * array.ndim]
    return inner


def _squared_over(sums: Array, squares: Array) -> Array:
    """Return ``sums**2 / squares``, 0 where `squares` is 0; no square overflows."""
    ratio = np.divide(sums, squares, out=np.zeros_like(sums), where=squares != 0)
    found: Array = sums * ratio
    found[squares == 0] = 0.0
    return found


def _is_category(axis: Axis) -> bool:
    return axis.traits.discrete and len(set(axis.labels)) == axis.bins


def _uhi_axis(axis: Axis) -> dict[str, Any]:
    metadata = {"label": axis.title}
    if _is_category(axis):
        return {
            "type": "category_str",
            "categories": list(axis.labels),
            "flow": True,
            "metadata": metadata,
        }
    bins: dict[str, Any] = {"type": "variable", "edges": axis.variable}
    if axis.variable is None:
        bins = {"type": "regular", "bins": axis.bins}
        bins |= {"lower": axis.low, "upper": axis.high}
    flow = {"underflow": True, "overflow": True, "circular": False}
    return bins | flow | {"metadata": metadata}


@_quiet
def profile_variances(
    sums: Array,
    weights: Array,
    sumw2: Array | None,
    bin_sumw2: Array | None,
    error_mode: str,
) -> Array:
    """Squared errors of a profile's means; see :meth:`Histogram.variances`.

    Args:
        sums: contents, as of :class:`Histogram`, of any shape.
        weights: bin entries, of that shape.
        sumw2: sums of weight times y squared, or None.
        bin_sumw2: sums of squared weights, or None.
        error_mode: ROOT's error option.
    """
    squares = np.zeros_like(sums)
    if sumw2 is not None:
        squares = np.asarray(sumw2, dtype=np.float64)
    filled = weights != 0
    zero = np.zeros_like(sums)
    mean = np.divide(sums, weights, out=zero.copy(), where=filled)
    mean_square = np.divide(squares, weights, out=zero.copy(), where=filled)
    spread = np.abs(mean_square - mean**2)
    effective = np.maximum(weights, 0.0)
    if bin_sumw2 is not None:
        kept = np.asarray(bin_sumw2, dtype=np.float64)
        effective = np.where(kept > 0, _squared_over(weights, kept), 0.0)
    if error_mode == "s":
        return np.where(filled, spread, 0.0)
    if error_mode == "g":
        # The weights stand for 1/sigma^2: a negative sum of them has no error.
        weights = np.where(weights < 0, np.nan, weights)
        return np.divide(1.0, weights, out=zero.copy(), where=filled)
    if error_mode == "i":
        spread = np.where(spread > 0, spread, 1.0 / 12.0)
    found: Array = np.divide(spread, effective, out=zero, where=effective > 0)
    return found
