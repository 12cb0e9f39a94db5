"""Inputs of checks that are made of elements before they are judged.

A layout declares them beside the name of a check: ``input: {ratio: [A, B]}``. The same
is made of the reference's elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import numpy as np

from dqmconsole.model.compare import incompatible
from dqmconsole.model.histogram import Array, Histogram, read_only
from dqmconsole.model.layout import Part
from dqmconsole.model.projection import CutError, parse_cut, project
from dqmconsole.model.sums import added, statistics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.histogram import Axis

_HERE = "./"


class InputError(ValueError):
    """An input cannot be declared so, or not be made of these elements; says why."""


class Input(Part, frozen=True):
    """An input that is made of elements.

    Attributes:
        NAME: what layouts call it.
        VALUE: what a layout means that writes a value without a name.
        EXAMPLE: such a value.
        OF_SPAN: each span of the run, and the reference, leave out bins of their own;
            else all leave out those of the run.
    """

    NAME: ClassVar[str]
    VALUE: ClassVar[str] = "of"
    EXAMPLE: ClassVar[str] = "[A, B]"
    OF_SPAN: ClassVar[bool] = False

    def paths(self, own: str) -> tuple[str, ...]:
        """The elements it is made of, in order.

        Args:
            own: path of the plot's element; ``./name`` is one beside it.
        """
        raise NotImplementedError

    def derive(self, elements: Sequence[Histogram]) -> Histogram:
        """What is judged; pure.

        Args:
            elements: as :meth:`paths` names them.

        Raises:
            InputError: it cannot be made of these.
        """
        raise NotImplementedError

    def known(self, elements: Sequence[Histogram]) -> Array | None:
        """Inner bins of what is judged that are not, bool; None: all are.

        Args:
            elements: as :meth:`paths` names them.
        """
        del elements
        return None

    def wrong(self) -> Iterator[str]:
        """What cannot be meant, in words."""
        yield from ()


class _OfTwo(Input, frozen=True):
    """What is made of two elements of the same bins."""

    of: str | tuple[str, str]

    def paths(self, own: str) -> tuple[str, ...]:
        """Both; of one name the plot's own and that."""
        both = (own, self.of) if isinstance(self.of, str) else self.of
        return tuple(_placed(path, own) for path in both)

    def wrong(self) -> Iterator[str]:
        """Empty paths."""
        yield from _empty((self.of,) if isinstance(self.of, str) else self.of)


class Ratio(_OfTwo, frozen=True):
    """One element over another, bin by bin; bins where that is 0 are not judged.

    Nor are they compared where it is 0 in the reference.

    The variance is that of independent bins, to first order, as ``TH1::Divide`` without
    option B.

    Attributes:
        of: both paths; or one: the plot's own element over that.
    """

    NAME: ClassVar[str] = "ratio"
    OF_SPAN: ClassVar[bool] = True

    def derive(self, elements: Sequence[Histogram]) -> Histogram:
        """A plain histogram of the ratios."""
        over, under = _alike(elements)
        values, divisor = over.values(flow=True), under.values(flow=True)
        with np.errstate(all="ignore"):
            zero = np.where(divisor == 0, np.nan, divisor)
            ratio = values / zero
            spread = over.variances(flow=True)
            spread = (spread + ratio**2 * under.variances(flow=True)) / zero**2
        return _plain(over, np.where(divisor == 0, 0.0, ratio), spread)

    def known(self, elements: Sequence[Histogram]) -> Array | None:
        """Bins without a ratio."""
        return _zeros(elements[1])


class Efficiency(_OfTwo, frozen=True):
    """What passed of a total: a profile, so that its errors are binomial.

    The variance is that of a share found with an even prior, ``(k + 1)(n - k + 1) /
    ((n + 2)² (n + 3))`` (Ullrich and Xu, arXiv:physics/0701199): not 0 where all passed
    or none. Of weighted fills n is the effective number, as in TEfficiency.

    Attributes:
        of: paths of passed and total; or one, the total: the plot's own passed.
    """

    NAME: ClassVar[str] = "efficiency"
    EXAMPLE: ClassVar[str] = "[PASSED, TOTAL]"

    def derive(self, elements: Sequence[Histogram]) -> Histogram:
        """A profile of the shares that passed."""
        passed, total = _alike(elements)
        if passed.is_profile:
            message = "an efficiency is made of counts, not of means"
            raise InputError(message)
        number = np.maximum(total.counts(flow=True), 0.0)
        whole, some = total.values(flow=True), passed.values(flow=True)
        with np.errstate(all="ignore"):
            share = np.divide(some, whole, out=np.zeros_like(some), where=whole != 0)
            passing = np.clip(share, 0.0, 1.0) * number
            spread = (passing + 1) * (number - passing + 1)
            spread /= (number + 2) ** 2 * (number + 3)
            squares = number * (share**2 + number * spread)
            sums = share * number
        found = msgspec.structs.replace(
            _plain(passed, sums, squares),
            root_class="TProfile" if passed.dimension == 1 else "TProfile2D",
            bin_entries=read_only(np.asfortranarray(number)),
            entries=float(number.sum()),
        )
        return msgspec.structs.replace(found, sums=statistics(found))


class Projection(Input, frozen=True):
    """Fewer axes than the element has; the bins of the others are summed.

    Attributes:
        cut: the axes kept, then the bins summed of others, from 1: ``x y=3:5``; all,
            flow bins too, where none are named.
        of: path of the element; the plot's own when left out.
    """

    NAME: ClassVar[str] = "projection"
    EXAMPLE: ClassVar[str] = "x y=3:5"
    VALUE: ClassVar[str] = "cut"

    cut: str
    of: str | None = None

    def paths(self, own: str) -> tuple[str, ...]:
        """The element."""
        return (own if self.of is None else _placed(self.of, own),)

    def derive(self, elements: Sequence[Histogram]) -> Histogram:
        """The projection."""
        (whole,) = elements
        try:
            return project(whole, parse_cut(self.cut, whole.dimension))
        except CutError as error:
            raise InputError(str(error)) from error

    def wrong(self) -> Iterator[str]:
        """A cut of no histogram."""
        try:
            parse_cut(self.cut, 3)
        except CutError as error:
            yield str(error)
        if self.of is not None:
            yield from _empty((self.of,))


class Mask(Input, frozen=True):
    """The element itself, some of its bins left out.

    Attributes:
        x, y, z: bins that are left out: numbers from 1, "3:7", or labels; of a map
            with more than one axis named those that are in all of them.
        zeros_of: path of an element of the same bins; those that are 0 there are left
            out, too.
    """

    NAME: ClassVar[str] = "mask"
    VALUE: ClassVar[str] = "zeros_of"
    EXAMPLE: ClassVar[str] = '{x: [4, "7:9"]}'

    x: tuple[int | str, ...] = ()
    y: tuple[int | str, ...] = ()
    z: tuple[int | str, ...] = ()
    zeros_of: str | None = None

    def paths(self, own: str) -> tuple[str, ...]:
        """The plot's own element, and that with the zeros."""
        return (own,) if self.zeros_of is None else (own, _placed(self.zeros_of, own))

    def derive(self, elements: Sequence[Histogram]) -> Histogram:
        """The element as it is; which bins are left out is in :meth:`known`."""
        self.known(elements)
        return elements[0]

    def known(self, elements: Sequence[Histogram]) -> Array | None:
        """The bins that are left out.

        Raises:
            InputError: the element has no such bins, or the other has others.
        """
        axes = elements[0].axes
        chosen = (self.x, self.y, self.z)
        found = np.zeros([axis.bins for axis in axes], bool)
        if any(chosen[len(axes) :]):
            message = f"bins of more axes are masked than the {len(axes)} there are"
            raise InputError(message)
        if any(chosen):
            inside = np.ones(found.shape, bool)
            for number, (axis, names) in enumerate(zip(axes, chosen, strict=False)):
                if names:
                    line = np.zeros(axis.bins, bool)
                    line[[bin_ for name in names for bin_ in _bins(axis, name)]] = True
                    shape = [1] * len(axes)
                    shape[number] = -1
                    inside &= line.reshape(shape)
            found |= inside
        if len(elements) > 1:
            other = elements[1]
            if [axis.bins for axis in other.axes] != list(found.shape):
                message = f"{other.name} has other bins than {elements[0].name}"
                raise InputError(message)
            found |= _zeros(other)
        return found

    def wrong(self) -> Iterator[str]:
        """No bins, or bins that no axis has."""
        if not any((self.x, self.y, self.z, self.zeros_of is not None)):
            yield "no bins are masked"
        if self.zeros_of is not None:
            yield from _empty((self.zeros_of,))
        for name in (*self.x, *self.y, *self.z):
            if isinstance(name, int) and name < 1:
                yield f"bin {name}: bins are counted from 1"


class Sum(Input, frozen=True):
    """Several elements of the same bins, added up.

    Attributes:
        of: their paths.
    """

    NAME: ClassVar[str] = "sum"

    of: tuple[str, ...]

    def paths(self, own: str) -> tuple[str, ...]:
        """All of them."""
        return tuple(_placed(path, own) for path in self.of)

    def derive(self, elements: Sequence[Histogram]) -> Histogram:
        """The sum."""
        total = added(elements)
        if total is None or total.is_profile:
            message = "what is added up must be counts of the same bins"
            raise InputError(message)
        for other in elements[1:]:
            _alike((elements[0], other))
        return total

    def wrong(self) -> Iterator[str]:
        """Nothing to add up."""
        if len(self.of) < 2:
            yield "a sum is made of two elements or more"
        yield from _empty(self.of)


INPUTS: dict[str, type[Input]] = {
    each.NAME: each for each in (Ratio, Efficiency, Projection, Mask, Sum)
}


def input_of(written: object) -> Input:
    """The input that a layout declares.

    Args:
        written: one name with its value, or with several by name.

    Raises:
        InputError: it declares none.
    """
    if not isinstance(written, dict) or len(written) != 1:
        message = "an input is one name with what it is made of: ratio: [A, B]"
        raise InputError(message)
    ((name, value),) = written.items()
    if name not in INPUTS:
        message = f"there is no input {name}; there are {', '.join(INPUTS)}"
        raise InputError(message)
    kind = INPUTS[name]
    fields: dict[str, Any] = value if isinstance(value, dict) else {kind.VALUE: value}
    try:
        found = msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        message = f"it is written as in {name}: {kind.EXAMPLE}"
        raise InputError(message) from error
    for words in found.wrong():
        message = f"{name}: {words}"
        raise InputError(message)
    return found


def _placed(path: str, own: str) -> str:
    """A path as it is, or beside the plot's own."""
    if not path.startswith(_HERE):
        return path
    folder, slash, _ = own.rpartition("/")
    return folder + slash + path.removeprefix(_HERE)


def _empty(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        bare = path.removeprefix(_HERE)
        if not bare.strip() or bare != bare.strip("/ "):
            yield f'"{path}" is no path of an element'


def _alike(elements: Sequence[Histogram]) -> tuple[Histogram, Histogram]:
    """Two elements of the same bins.

    Raises:
        InputError: their bins differ.
    """
    one, other = elements
    if words := incompatible(one, other):
        message = f"{one.name} and {other.name} have other bins: "
        message += words.replace("reference", "latter").replace("data", "former")
        raise InputError(message)
    return one, other


def _zeros(histogram: Histogram) -> Array:
    values = histogram.values()
    found: Array = (values == 0) | ~np.isfinite(values)
    return found


def _plain(like: Histogram, values: Array, variances: Array) -> Histogram:
    """A plain histogram of these values, never to be scaled."""
    variances = np.where(np.isfinite(variances), variances, 0.0)
    return msgspec.structs.replace(
        like,
        root_class=f"TH{like.dimension}D",
        contents=read_only(np.asfortranarray(values)),
        sumw2=read_only(np.asfortranarray(variances)),
        bin_entries=None,
        bin_sumw2=None,
        error_mode="",
        sums=(),
        efficiency=True,
        y_title="",
        shown=(None, None),
    )


def _bins(axis: Axis, name: int | str) -> range:
    """Inner bins from 0 by number, range or label.

    Raises:
        InputError: the axis has none such.
    """
    if isinstance(name, str) and name in axis.labels:
        at = axis.labels.index(name)
        return range(at, at + 1)
    first, _, last = str(name).partition(":")
    ends = [end for end in (first, last or first) if end.isascii() and end.isdigit()]
    if len(ends) == 2 and 1 <= int(ends[0]) <= int(ends[1]) <= axis.bins:
        return range(int(ends[0]) - 1, int(ends[1]))
    message = f"there is no bin {name!r} on an axis of {axis.bins:,} bins"
    raise InputError(message)
