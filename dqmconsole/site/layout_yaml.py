"""A layout as the YAML of a layout file, and pages added to a file that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.site.braces import family
from dqmconsole.site.layout_text import EditRefusedError, column_of, dash_of, tree
from dqmconsole.site.layout_values import inline, scalar
from dqmconsole.site.splice import SpliceError
from dqmconsole.site.yaml_text import plain_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.site.layout_text import Node

SCHEMA = "layout.schema.json"
"""Name of the schema that a layout file names, beside it."""

_HEAD = ("layout", "owner", "description")


def layout_text(layout: Layout) -> str:
    """A layout file.

    Plots that stand one after the other and differ by numbers or short words alone
    are one plot with brace lists.

    Args:
        layout: its plots are one monitor element each, with nothing inherited.
    """
    lines = [f"# yaml-language-server: $schema={SCHEMA}"]
    written = msgspec.to_builtins(layout)
    lines += [f"{key}: {scalar(written[key])}" for key in _HEAD if written.get(key)]
    lines += [
        f"{key}: {inline(value)}"
        for key, value in written.items()
        if key not in (*_HEAD, "pages")
    ]
    lines.append("pages:")
    for page in layout.pages:
        lines += _page(page)
    return "\n".join(lines) + "\n"


def _page(page: Page) -> Iterator[str]:
    written = msgspec.to_builtins(page)
    sign = "  - "
    for key, value in written.items():
        if key != "plots":
            yield f"{sign}{key}: {inline(value)}"
            sign = "    "
    yield "    plots:"
    yield from _plots(page.plots)


def _plots(plots: Sequence[Plot]) -> Iterator[str]:
    at = 0
    while at < len(plots):
        same = _same(plots, at)
        rows = [
            (plot.path, plot.title, plot.description, *plot.overlay)
            for plot in plots[at:same]
        ]
        (path, title, description, *overlay), many = family(rows)
        plot = msgspec.structs.replace(
            plots[at],
            path=path,
            title=title,
            description=description,
            overlay=tuple(overlay),
        )
        sign = "      - "
        for key, value in msgspec.to_builtins(plot).items():
            if value in ({}, (1, 1)):
                continue  # what a part is when it is left out
            yield f"{sign}{key}: {inline(value)}"
            sign = "        "
        at += many


def _same(plots: Sequence[Plot], at: int) -> int:
    """Where plots end that are alike in all but their texts."""

    def rest(plot: Plot) -> tuple[Any, ...]:
        plain = msgspec.structs.replace(
            plot, path="", title="", description="", overlay=()
        )
        return plain, len(plot.overlay), bool(plot.title), bool(plot.description)

    wanted = rest(plots[at])
    end = at + 1
    while end < len(plots) and rest(plots[end]) == wanted:
        end += 1
    return end


class Merged(NamedTuple):
    """A layout file with more in it.

    Attributes:
        text: the file.
        pages, plots: how many of each came.
    """

    text: str
    pages: int
    plots: int


def merged_text(text: str, there: Layout, layout: Layout) -> Merged:
    """Add to a layout file the pages and plots that it does not have.

    What stands in the file stays as it is written: pages come behind its last, and
    plots behind the last of their page.

    Args:
        text: the file.
        there: what it holds, expanded.
        layout: what is to be in it.

    Raises:
        SpliceError: the text has no place for more.
    """
    # the nodes of aliases, unlike PyYAML's, know where they are written themselves
    plain = text.removeprefix("\ufeff")
    try:
        lists = _lists(tree(plain))
    except EditRefusedError as error:
        raise SpliceError(*error.args) from error
    if "" not in lists:
        message = "has no list of pages on lines of their own"
        raise SpliceError(message)
    pages = {page.page: page for page in there.pages}
    new = [page for page in layout.pages if page.page not in pages]
    lines = [line for page in new for line in _page(page)]
    added = [_behind(plain, lists[""], lines, 2)] if lines else []
    plots = 0
    for page in layout.pages:
        if page.page in pages:
            paths = {plot.path for plot in pages[page.page].plots}
            more = [plot for plot in page.plots if plot.path not in paths]
            if more and page.page not in lists:
                message = (
                    f'the page "{page.page}" has no list of plots on lines of its own'
                )
                raise SpliceError(message)
            if more:
                added.append(_behind(plain, lists[page.page], [*_plots(more)], 6))
                plots += len(more)
    newline = "\r\n" if "\r\n" in text else "\n"
    ended = text if text.endswith("\n") else text + newline
    written = ended.splitlines(keepends=True)
    # from the end, so that the places before stay; of one place what comes last first
    for at, more_lines in sorted(added, key=lambda each: -each[0]):
        written[at:at] = [line + newline for line in more_lines]
    found = "".join(written)
    try:
        plain_values(found)
    except ValueError as error:
        message = "nothing can be added as it is written"
        raise SpliceError(message) from error
    return Merged(found, len(new), plots + sum(len(page.plots) for page in new))


def _lists(root: Node | None) -> Mapping[str, Node]:
    """The list of pages, under "", and the lists of plots by page; in blocks."""
    found: dict[str, Node] = {}
    pages = None if root is None else root.get("pages")
    if pages is None or pages.flow or not pages.items:
        return found
    for page in pages.items:
        name, plots = page.get("page"), page.get("plots")
        if name is None or name.kind != "scalar" or plots is None:
            continue
        if plots.items and not plots.flow:
            found[name.value] = plots
    found[""] = pages
    return found


def _behind(
    text: str, node: Node, lines: list[str], indent: int
) -> tuple[int, list[str]]:
    """Where lines stand behind the items of a list, and these, indented as they are."""
    at = len(text[: node.end].splitlines())
    shift = column_of(text, dash_of(text, node, 0)) - indent
    if shift >= 0:
        return at, [" " * shift + line for line in lines]
    return at, [line[-shift:] for line in lines]
