"""Decoded elements of the latest snapshots, bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import subsystem_of

if TYPE_CHECKING:
    from dqmconsole.model.histogram import Scalar
    from dqmconsole.sources.source import Source

KEPT_BYTES = 128 << 20
_SCALAR_BYTES = 200


class Store:
    """Elements by (run, path), each decoded once per snapshot.

    Args:
        source: where they come from.
        room: bytes of bins kept; the longest unused go first.
    """

    def __init__(self, source: Source, room: int = KEPT_BYTES) -> None:
        self._source = source
        self._room = room
        self._kept: OrderedDict[tuple[int, str], tuple[int, Histogram | Scalar]] = (
            OrderedDict()
        )
        self._bytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes of the bins held."""
        return self._bytes

    def element(self, run: int, path: str) -> Histogram | Scalar:
        """One element of the latest snapshot; see ``Source.element``."""
        version = self._source.version(run, subsystem_of(path))
        key = (run, path)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            self._kept.move_to_end(key)
            return kept[1]
        element = self._source.element(run, path)
        self._drop(key)
        self._kept[key] = (version, element)
        self._bytes += _size(element)
        while self._bytes > self._room and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))
        return element

    def keep_runs(self, runs: tuple[int, ...]) -> None:
        """Drop the elements of all other runs."""
        for key in [key for key in self._kept if key[0] not in runs]:
            self._drop(key)

    def _drop(self, key: tuple[int, str]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= _size(kept[1])


def _size(element: Histogram | Scalar) -> int:
    return element.nbytes if isinstance(element, Histogram) else _SCALAR_BYTES
