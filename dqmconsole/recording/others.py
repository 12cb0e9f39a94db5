"""What is kept of elements besides the contents of histograms, as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.link.codec import LinkError, decoder, encoder
from dqmconsole.model.graph import Collection, Graph, Polygons
from dqmconsole.model.histogram import Histogram, QualityResult, Scalar
from dqmconsole.recording.packing import DamagedRecordError

if TYPE_CHECKING:
    from dqmconsole.model.graph import Element


class CollectionPart(msgspec.Struct, frozen=True, eq=False, omit_defaults=True):
    """A part of a collection; one of these."""

    histogram: Histogram | None = None
    graph: Graph | None = None


class KeptCollection(msgspec.Struct, frozen=True, eq=False, omit_defaults=True):
    """A collection as it is kept.

    Attributes:
        name, title, root_class, stacked, refused: as of
            :class:`~dqmconsole.model.graph.Collection`.
        parts: its parts.
    """

    name: str
    title: str
    root_class: str
    parts: tuple[CollectionPart, ...] = ()
    stacked: bool = False
    refused: tuple[str, ...] = ()

    @classmethod
    def of(cls, element: Collection) -> KeptCollection:
        """A collection, to be kept."""
        parts = tuple(
            CollectionPart(histogram=part)
            if isinstance(part, Histogram)
            else CollectionPart(graph=part)
            for part in element.parts
        )
        told = (element.name, element.title, element.root_class)
        return cls(*told, parts, element.stacked, element.refused)

    def element(self) -> Collection:
        """The collection that was kept."""
        parts = (part.histogram or part.graph for part in self.parts)
        kept = tuple(part for part in parts if part is not None)
        told = (self.name, self.title, self.root_class)
        return Collection(*told, kept, self.stacked, self.refused)


class Other(msgspec.Struct, frozen=True, eq=False, omit_defaults=True):
    """What is kept of an element besides the contents of a histogram.

    Attributes:
        scalar, graph, polygons, collection: the element, where it is such a one.
        qualities: the producer's quality results for it.
    """

    scalar: Scalar | None = None
    graph: Graph | None = None
    polygons: Polygons | None = None
    collection: KeptCollection | None = None
    qualities: tuple[QualityResult, ...] = ()

    @property
    def element(self) -> Scalar | Graph | Polygons | Collection | None:
        """The element; None of a histogram."""
        if self.collection is not None:
            return self.collection.element()
        return self.scalar or self.graph or self.polygons


_encode_packed = encoder().encode
_decoder = decoder(Other)


def encode_other(element: Element, qualities: tuple[QualityResult, ...] = ()) -> bytes:
    """What is kept of an element besides the contents of a histogram."""
    collection = None
    if isinstance(element, Collection):
        collection = KeptCollection.of(element)
    return _encode_packed(
        Other(
            scalar=element if isinstance(element, Scalar) else None,
            graph=element if isinstance(element, Graph) else None,
            polygons=element if isinstance(element, Polygons) else None,
            collection=collection,
            qualities=qualities,
        )
    )


NOTHING = _encode_packed(Other())
"""Of a histogram without quality results."""


def decode_other(data: bytes) -> Other:
    """The same as it was kept.

    Raises:
        DamagedRecordError: the bytes are not what was written.
    """
    try:
        kept: Other = _decoder.decode(data)
    except (msgspec.MsgspecError, LinkError, ValueError) as error:
        message = f"a damaged record: {error}"
        raise DamagedRecordError(message) from error
    return kept
