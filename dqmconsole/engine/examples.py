"""Drawn examples of an instruction: causes of the table on the plot's reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmconsole.engine.known_issues import known_in, regions_of
from dqmconsole.engine.pictures import compared, reduced
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.layout import KEY_STEP, RUN_TYPES, plot_key
from dqmconsole.model.message import DrawnExample, Examples, Receipt, WatchItem
from dqmconsole.model.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.instruction import Example
    from dqmconsole.model.known_issue import Region
    from dqmconsole.model.layout import Layout, Plot, ReferenceMode, RunType
    from dqmconsole.model.message import DrawExamples, Up
    from dqmconsole.model.reference import ReferenceNote
    from dqmconsole.model.site import Site

    Reference = Callable[[str], tuple[Histogram | None, ReferenceNote]]

BANNER = "EXAMPLE"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(\*\*|__|[*`]|(?<!\w)_|_(?!\w))")


def draw_example(
    reference: Histogram,
    path: str,
    run_type: RunType,
    example: Example,
    beside: Callable[[str], Histogram | None] = lambda _path: None,
) -> Histogram | str:
    """The data of one example, or why there are none; the same each time.

    Args:
        reference: the plot's reference with all its bins.
        path: path of the monitor element.
        run_type: type of the run it is of.
        example: the example.
        beside: other histograms of the reference, by path.
    """
    if not example.cause:
        return reference
    # The detector is not needed before somebody wants to see an example.
    from dqmconsole.simulation.example import with_cause
    from dqmconsole.simulation.table.cause import CauseError

    try:
        return with_cause(reference, path, run_type, example.cause, beside)
    except CauseError as error:
        return f"not drawn: {error}"


def drawing(
    request: DrawExamples,
    site: Site,
    reference_of: Reference,
    run_type: str | None,
) -> Generator[None, None, Up]:
    """Draw the examples of an instruction one by one; ends with the answer.

    Args:
        request: the plot, the instruction, and the pixels.
        site: has both.
        reference_of: gives the reference of an element, unscaled, with its note.
        run_type: type of the run; None when that is not known.
    """
    instruction = next(
        (each for each in site.instructions if each.id == request.instruction), None
    )
    if instruction is None:
        sentence = f"the site has no instruction {request.instruction!r}"
        return Receipt(request.request, False, sentence)
    plot = plot_of(site.layouts, request.key)
    path = request.key.rpartition(KEY_STEP)[2] if plot is None else plot.path
    mode = (plot.reference.mode if plot is not None else None) or "overlay"
    reference, note = reference_of(path)
    known_type = next((each for each in RUN_TYPES if each == run_type), None)
    items = []
    for example in instruction.examples:
        yield
        data: Histogram | str
        if reference is None:
            data = f"no reference to draw it on: {note.sentence}"
        elif known_type is None:
            data = "not drawn: the run's type is unknown"
        elif reference.dimension > 2:
            data = "not drawn: it has three dimensions"
        else:
            data = draw_example(
                reference,
                path,
                known_type,
                example,
                lambda each: reference_of(each)[0],
            )
        tile, sentence = None, ""
        if isinstance(data, str):
            sentence = data
        else:
            assert reference is not None
            known = regions_of(known_in(site.known, path, note.run))
            drawn = (data, reference, note, known)
            tile = _tile(request, path, example, drawn, mode)
        items.append(
            DrawnExample(example.kind, example.caption, example.cause, tile, sentence)
        )
    return Examples(request.request, request.key, instruction.id, tuple(items))


def plot_of(layouts: Iterable[Layout], key: str) -> Plot | None:
    """The plot of that key, or None."""
    for layout in layouts:
        for page in layout.pages:
            for plot in page.plots:
                if plot_key(layout.layout, page.page, plot.path) == key:
                    return plot
    return None


def plain_words(caption: str) -> str:
    """A line of Markdown without its marks; of links the words."""
    return _MARKS.sub("", _LINK.sub(r"\1", caption)).strip()


def _tile(
    request: DrawExamples,
    path: str,
    example: Example,
    drawn: tuple[Histogram, Histogram, ReferenceNote, tuple[Region, ...]],
    mode: ReferenceMode,
) -> Tile:
    data, reference, note, known = drawn
    picture = Picture(
        data=data,
        reference=reference,
        reference_is_new=True,
        comparison=compared(data, reference, mode, 1.0),
        known=known,
    )
    item = WatchItem(request.key, path, request.width, request.height)
    return Tile(
        key=request.key,
        path=path,
        run=note.run,
        version=1,
        verdict=Verdict(Status.NOT_CHECKED, plain_words(example.caption)),
        note=note,
        picture=reduced(picture, item),
        banner=BANNER,
    )
