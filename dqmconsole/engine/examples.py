"""Drawn examples of an instruction: changes of the plot's reference."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.engine.changes import OfBeam, emptied
from dqmconsole.engine.pictures import summed
from dqmconsole.engine.tiles import compared, reduced
from dqmconsole.markdown import plain_line
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.known_issue import issues_in, regions_of
from dqmconsole.model.layout import path_of, plot_key
from dqmconsole.model.message import DrawnExample, Examples, Receipt, WatchItem
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.site.layouts import plots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from dqmconsole.engine.changes import Change
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.instruction import Example
    from dqmconsole.model.known_issue import Region
    from dqmconsole.model.layout import ReferenceMode
    from dqmconsole.model.message import DrawExamples, Up
    from dqmconsole.model.reference import ReferenceNote
    from dqmconsole.model.site import Site

    Reference = Callable[[str], tuple[Histogram | None, ReferenceNote]]

BANNER = "EXAMPLE"


def draw_example(
    reference: Histogram,
    path: str,
    example: Example,
    changes: Mapping[str, Change],
) -> Histogram | str:
    """The data of one example, or why there are none; the same each time.

    Args:
        reference: the plot's reference with all its bins.
        path: path of the monitor element.
        example: the example; its cause may be any text.
        changes: what is drawn, by the name of the cause.
    """
    if not example.cause:
        return reference
    name = _name(example)
    change = changes.get(name)
    if change is None:
        return f"not drawn: no picture of {example.cause!r} can be made"
    if example.region:
        drawn = emptied(reference, example.region)
        same = np.array_equal(drawn.contents, reference.contents)
        return "not drawn: nothing of this plot lies there" if same else drawn
    seed = [zlib.crc32(text.encode()) for text in (path, example.cause)]
    return change(reference, np.random.default_rng(seed))


def _name(example: Example) -> str:
    """The name of an example's cause, as changes are called."""
    return "-".join(example.cause.partition(":")[0].lower().split())


def drawing(
    request: DrawExamples,
    site: Site,
    reference_of: Reference,
    changes: Mapping[str, Change],
) -> Generator[None, None, Up]:
    """Draw the examples of an instruction one by one; ends with the answer.

    Args:
        request: the plot, the instruction, and the pixels.
        site: has both.
        reference_of: gives the reference of an element, unscaled, with its note.
        changes: what is drawn, by the name of an example's cause.
    """
    wanted = request.examples
    if wanted is None:
        name = request.instruction
        found = (each.examples for each in site.instructions if each.id == name)
        wanted = next(found, None)
    if wanted is None:
        sentence = f"the site has no instruction {request.instruction!r}"
        return Receipt(request.request, False, sentence)
    by_key = {
        plot_key(at.layout, page.page, each.path): each
        for at, page, each in plots_of(site)
    }
    plot = by_key.get(request.key)
    path = path_of(request.key) if plot is None else plot.path
    mode = (plot.reference.mode if plot is not None else None) or "overlay"
    reference, unscaled = reference_of(path)
    by_pileup = plot is not None and plot.reference.normalize == "pileup"
    draw = plot.draw if plot is not None else None
    item = WatchItem(
        request.key,
        path,
        request.width,
        request.height,
        states=draw is not None and draw.style == "strip",
    )
    items = []
    for example in wanted:
        note = unscaled
        yield
        data: Histogram | str
        if reference is None:
            data = f"no reference to draw it on: {note.sentence}"
        elif reference.dimension > 2:
            data = "not drawn: it has three dimensions"
        else:
            data = draw_example(reference, path, example, changes)
        tile, sentence = None, ""
        if isinstance(data, str):
            sentence = data
        else:
            assert reference is not None
            known = regions_of(issues_in(site.known, path, note.run))
            if isinstance(changes.get(_name(example)), OfBeam) and by_pileup:
                note = msgspec.structs.replace(note, scale=_followed(data, reference))
            drawn = (data, reference, note, known)
            tile = _tile(item, example, drawn, mode)
        items.append(
            DrawnExample(example.kind, example.caption, example.cause, tile, sentence)
        )
    return Examples(request.request, request.key, request.instruction, tuple(items))


def _followed(data: Histogram, reference: Histogram) -> float:
    """The factor by which a reference follows data that are less of everything."""
    whole = float(reference.values().sum())
    return float(data.values().sum()) / whole if whole else 1.0


def _tile(
    item: WatchItem,
    example: Example,
    drawn: tuple[Histogram, Histogram, ReferenceNote, tuple[Region, ...]],
    mode: ReferenceMode,
) -> Tile:
    data, reference, note, known = drawn
    picture = Picture(
        data=data,
        reference=reference,
        reference_is_new=True,
        known=known,
    )
    picture = compared(summed(picture, item), mode, note.scale)
    return Tile(
        key=item.key,
        path=item.path,
        run=note.run,
        version=1,
        verdict=Verdict(Status.NOT_CHECKED, plain_line(example.caption)),
        note=note,
        picture=reduced(picture, item),
        banner=BANNER,
    )
