"""How a histogram is booked: all of it but its contents, kept once in a record."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dqmconsole.link.codec import LinkError, decoder, encoder
from dqmconsole.model.histogram import Array, Axis, Histogram, read_only
from dqmconsole.model.sums import ARRAYS
from dqmconsole.recording.packing import DamagedRecordError, same_bins

if TYPE_CHECKING:
    from dqmconsole.recording.packing import Increment

_DIGEST = 12  # bytes


class Booking(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What stands about a histogram besides its contents.

    Title and the range to be shown are those of the first snapshot: producers write
    the lumisection into them, and they are no part of :attr:`digest`.

    Attributes:
        name, title, root_class, axes, error_mode, efficiency, y_title: as of
            :class:`~dqmconsole.model.histogram.Histogram`.
        kinds: type codes of its four arrays ("f4"), "" for one that is not there.
        shown: range of its values that the file asks to be shown.
        sums: how many of ROOT's statistics it keeps.
    """

    name: str
    title: str
    root_class: str
    axes: tuple[Axis, ...]
    kinds: tuple[str, str, str, str]
    error_mode: str = ""
    efficiency: bool = False
    y_title: str = ""
    shown: tuple[float | None, float | None] = (None, None)
    sums: int = 0

    @classmethod
    def of(cls, histogram: Histogram) -> Booking:
        """The booking of a histogram."""
        kinds = [
            "" if array is None else array.dtype.str[1:]
            for array in (getattr(histogram, name) for name in ARRAYS)
        ]
        return cls(
            name=histogram.name,
            title=histogram.title,
            root_class=histogram.root_class,
            axes=histogram.axes,
            kinds=(kinds[0], kinds[1], kinds[2], kinds[3]),
            error_mode=histogram.error_mode,
            efficiency=histogram.efficiency,
            y_title=histogram.y_title,
            shown=histogram.shown,
            sums=len(histogram.sums),
        )

    @functools.cached_property
    def digest(self) -> str:
        """A hash, equal where increments add up and mean the same."""
        axes = tuple(msgspec.structs.replace(axis, shown=None) for axis in self.axes)
        told = msgspec.structs.replace(self, title="", shown=(None, None), axes=axes)
        return hashlib.blake2b(_encode(told), digest_size=_DIGEST).hexdigest()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of its arrays, flow bins included."""
        return tuple(axis.bins + 2 for axis in self.axes)

    def adds_to(self, other: Booking) -> bool:
        """Tell whether increments of both can be added up."""
        return (
            self.shape == other.shape
            and self.sums == other.sums
            and all(map(_same_form, self.kinds, other.kinds))
            and all(map(same_bins, self.axes, other.axes))
        )

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return _encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Booking:
        """As it was kept.

        Raises:
            DamagedRecordError: the bytes are not what was written.
        """
        try:
            booking = _decoder.decode(data)
        except (msgspec.MsgspecError, LinkError, TypeError, ValueError) as error:
            message = f"a damaged booking: {error}"
            raise DamagedRecordError(message) from error
        assert isinstance(booking, Booking)
        return booking

    def filled(self, increment: Increment, *, wide: bool = False) -> Histogram:
        """The histogram of this booking with these contents.

        With `wide` its arrays are those of the increment. Else they have the type of
        the booking where that holds the values exactly; where it does not they are
        float64, and the class is ROOT's of doubles.

        Raises:
            DamagedRecordError: the arrays are not those of the booking.
        """
        if increment.contents.shape != self.shape:
            message = (
                f"{self.name}: contents of shape {increment.contents.shape} are "
                f"recorded where {self.shape} is booked"
            )
            raise DamagedRecordError(message)
        arrays: dict[str, Any] = {}
        exact = not wide
        for name, kind in zip(ARRAYS, self.kinds, strict=True):
            array = getattr(increment, name)
            if (array is None) is not (not kind):
                message = f"{self.name}: {name} is not recorded as it was booked"
                raise DamagedRecordError(message)
            if array is None:
                arrays[name] = None
                continue
            arrays[name] = array if wide else _as_kind(array, kind)
            exact &= arrays[name].dtype.str[1:] == kind
        root_class = self.root_class
        if not exact and root_class.startswith("TH"):
            root_class = f"TH{len(self.axes)}D"
        return Histogram(
            name=self.name,
            title=self.title,
            root_class=root_class,
            axes=self.axes,
            error_mode=self.error_mode,
            entries=increment.entries,
            sums=increment.sums,
            efficiency=self.efficiency,
            y_title=self.y_title,
            shown=self.shown,
            **arrays,
        )


def _same_form(one: str, other: str) -> bool:
    return (one[:1] in "iu", not one) == (other[:1] in "iu", not other)


_encode = encoder().encode
_decoder = decoder(Booking)


def _as_kind(array: Array, kind: str) -> Array:
    with np.errstate(all="ignore"):
        narrow = array.astype(kind)
        if np.array_equal(narrow, array, equal_nan=array.dtype.kind == "f"):
            return read_only(narrow)
    return read_only(array.astype(np.float64))
