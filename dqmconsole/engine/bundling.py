"""Evidence: what is in view, gathered at one moment and written to one file."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole import __version__
from dqmconsole.engine.excerpt import excerpt
from dqmconsole.engine.jobs import refused
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.layout import path_of
from dqmconsole.model.message import EVIDENCE_SUFFIX, EvidenceMade, Receipt
from dqmconsole.site.bundle import (
    FORMAT,
    LARGEST_MEMBER,
    BundleError,
    is_bundle,
    reading,
    writing,
)
from dqmconsole.site.evidence import Bundle, KeptPlot, Manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from dqmconsole.engine.elements import Elements
    from dqmconsole.engine.jobs import Job
    from dqmconsole.model.frame import Tile
    from dqmconsole.model.graph import Element
    from dqmconsole.model.layout import Normalization, Plot, ReferenceMode
    from dqmconsole.model.message import AddWords, MakeEvidence, Up
    from dqmconsole.model.run import RunInfo
    from dqmconsole.model.site import Site

_log = logging.getLogger(__name__)
_PIECE = 1 << 20  # bytes of bins taken in one piece
# What a freak of the data or a bug may raise while values become bytes.
_UNWRITABLE = (ValueError, TypeError, OverflowError, msgspec.MsgspecError)


class EvidenceSource(NamedTuple):
    """What evidence is made of: an opened source with its site, at one moment.

    Attributes:
        source: name of the source.
        elements: its elements.
        site: the site it is judged with.
        plots: the plots of the site's pages by key.
        run: the run header.
        tile: draws the tile of a key and path in a reference mode and normalisation,
            with all bins.
    """

    source: str
    elements: Elements
    site: Site
    plots: Mapping[str, Plot]
    run: RunInfo
    tile: Callable[[str, str, ReferenceMode | None, Normalization | None], Tile]


def refusal(request: MakeEvidence) -> str:
    """Why evidence cannot be made as asked; "" when it can be tried."""
    if not request.keys:
        return "no evidence made: no plot is in view"
    if not is_bundle(Path(request.target)):
        words = f"does not end in {EVIDENCE_SUFFIX}"
        return f"no evidence made: {request.target} {words}"
    return ""


def preparing(
    now: Callable[[], EvidenceSource], request: MakeEvidence, moment: float, banner: str
) -> Generator[None, None, Job]:
    """Take what is in view; ends with the job that writes it, or says why not.

    Arguments as for :func:`gather`.
    """
    try:
        bundle = yield from gather(now, request, moment, banner)
    except BundleError as error:
        return refused(request.request, f"no evidence made: {error}")
    return _writing(request.request, Path(request.target), bundle)


def gather(
    now: Callable[[], EvidenceSource], request: MakeEvidence, moment: float, banner: str
) -> Generator[None, None, Bundle]:
    """Take what is in view, every tile judged on the very data it draws.

    All of it in one piece, so of one moment, unless it is large.

    Args:
        now: the opened source as it is when it is called.
        request: the plots and the shifter's words.
        moment: unix time, s.
        banner: what the console shows of the source.

    Raises:
        BundleError: it is too much.
    """
    view = now()
    header = view.run
    plots: list[KeptPlot] = []
    size = taken = 0
    for key in dict.fromkeys(request.keys):
        if taken >= _PIECE:
            taken = 0
            yield
            view = now()
        kept = _kept(view, key, request.modes.get(key), request.normalized.get(key))
        plots.append(kept)
        taken += kept.nbytes
        size += kept.nbytes
        if size > LARGEST_MEMBER:
            message = (
                f"its bins have more than {LARGEST_MEMBER >> 20} MB; take fewer plots "
                f"(the first {len(plots) - 1} of {len(request.keys)} fit)"
            )
            raise BundleError(message)
    manifest = Manifest(
        format=FORMAT,
        program=__version__,
        title=request.title,
        page=request.page,
        words=request.words,
        by=request.by,
        keys=tuple(kept.tile.key for kept in plots),
        made_at=moment,
        source=view.source,
        banner=banner,
        run=header,
        versions=request.versions,
        history=request.history,
    )
    site = excerpt(
        view.site,
        {kept.tile.key: (kept.tile.path, kept.tile.run) for kept in plots},
        {kept.tile.key: kept.mode for kept in plots},
        moment,
    )
    return Bundle(manifest, tuple(plots), site, request.picture)


def rewording(request: AddWords) -> Generator[None, None, Up]:
    """Write a bundle again with the shifter's words in it; ends with the answer."""
    path = Path(request.path)
    yield
    try:
        bundle = yield from reading(path)
    except (BundleError, OSError) as error:
        return Receipt(request.request, False, f"no words added: {error}")
    manifest = msgspec.structs.replace(
        bundle.manifest, words=request.words, by=request.by or bundle.manifest.by
    )
    bundle = msgspec.structs.replace(bundle, manifest=manifest)
    return (yield from _writing(request.request, path, bundle))


def _writing(request: int, path: Path, bundle: Bundle) -> Generator[None, None, Up]:
    try:
        written = yield from writing(path, bundle)
    except _UNWRITABLE as error:
        _log.exception("evidence %s", path)
        return Receipt(request, False, f"no evidence made: {error}")
    except OSError as error:
        _log.exception("evidence %s", path)
        why = os.strerror(error.errno) if error.errno else str(error)
        return Receipt(request, False, f"no evidence made: {path}: {why}")
    return EvidenceMade(request, str(path), written.hash, written.size)


def _kept(
    view: EvidenceSource,
    key: str,
    mode: ReferenceMode | None,
    normalize: Normalization | None,
) -> KeptPlot:
    plot = view.plots.get(key)
    path = path_of(key) if plot is None else plot.path
    own = None if plot is None else plot.reference.mode
    mode = mode or own or "overlay"
    tile = view.tile(key, path, mode, normalize)
    shown = tile
    if mode == "none":  # another mode may be asked for when it is opened again
        shown = view.tile(key, path, "overlay", normalize)
    reference = None if shown.picture is None else shown.picture.reference
    element = _element(view, tile.run, path)
    whole = (
        tile.picture is not None
        and tile.picture.data is not None
        and not tile.picture.shown_of
    )
    if tile.picture is not None:
        # Both are in the bundle but once, and how they compare is made from them.
        beside = (
            msgspec.structs.replace(each, comparison=None)
            for each in tile.picture.beside
        )
        picture = msgspec.structs.replace(
            tile.picture, reference=None, comparison=None, beside=tuple(beside)
        )
        tile = msgspec.structs.replace(tile, picture=picture)
    # what is seen of a window is a cut of that, not of the element
    windowed = plot is not None and plot.window is not None and tile.run > 0
    overlays = () if plot is None else plot.overlay
    return KeptPlot(
        tile=tile,
        mode=mode,
        reference=reference,
        note=shown.note,
        # a stack draws its own parts, and no overlays of the layout
        overlays=tuple(
            each
            for each in overlays
            if isinstance(element, Histogram)
            and isinstance(_element(view, tile.run, each), Histogram)
        ),
        scalar=element if isinstance(element, Scalar) else None,
        undrawn=element
        if isinstance(element, Histogram) and not (whole or windowed)
        else None,
        qualities=view.elements.qualities(tile.run, path),
    )


def _element(view: EvidenceSource, run: int, path: str) -> Element | None:
    return view.elements.readable(run, path) if run else None
