"""Edits of a layout file, as the window asks for them and the engine makes them.

Pages and plots are counted as they are written, from 0: one with braces is one plot.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Sharing = Literal["ask", "all", "one"]
"""What becomes of those that share the text which is edited, by a YAML anchor.

The edit is refused and they are named; they change, too; or what is edited gets a text
of its own.
"""


class Target(msgspec.Struct, frozen=True, order=True):
    """What is edited: a plot, a page (no plot), or the layout (neither)."""

    page: int = -1
    plot: int = -1


class SetField(msgspec.Struct, frozen=True, tag="set-field"):
    """Give a field a value.

    Attributes:
        targets: plots, pages or the layout.
        field: its keys, from the outside in: ``("draw", "z", "scale")``.
        value: as YAML has it. Of a mapping or a list only what differs is written.
        shared: what becomes of others that share the text.
    """

    targets: tuple[Target, ...]
    field: tuple[str, ...]
    value: Any
    shared: Sharing = "ask"


class RemoveField(msgspec.Struct, frozen=True, tag="remove-field"):
    """Leave a field out, so that what stands above holds. See :class:`SetField`."""

    targets: tuple[Target, ...]
    field: tuple[str, ...]
    shared: Sharing = "ask"


class AddPlot(msgspec.Struct, frozen=True, tag="add-plot"):
    """Add a plot to a page.

    Attributes:
        page: the page.
        at: before which plot; behind all when there is none such.
        path: of the monitor element, as it is: its braces are no list.
        title: "" for none.
        fields: further ones.
    """

    page: int
    at: int
    path: str
    title: str = ""
    fields: dict[str, Any] = {}


class DeletePlots(msgspec.Struct, frozen=True, tag="delete-plots"):
    """Take plots out."""

    targets: tuple[Target, ...]


class MovePlots(msgspec.Struct, frozen=True, tag="move-plots"):
    """Move plots, in their order, before another of a page, or behind all of it.

    Attributes:
        targets: the plots.
        page: where they go.
        at: before which plot of that page, counted before they are moved.
    """

    targets: tuple[Target, ...]
    page: int
    at: int


class SwapPlots(msgspec.Struct, frozen=True, tag="swap-plots"):
    """Let two plots change places."""

    one: Target
    other: Target


class AddPage(msgspec.Struct, frozen=True, tag="add-page"):
    """Add a page without plots before another, or behind all."""

    at: int
    name: str


class CopyPage(msgspec.Struct, frozen=True, tag="copy-page"):
    """Add a copy of a page behind it, under another name."""

    page: int
    name: str


class MovePage(msgspec.Struct, frozen=True, tag="move-page"):
    """Move a page before another (counted before it is moved), or behind all."""

    page: int
    at: int


class DeletePage(msgspec.Struct, frozen=True, tag="delete-page"):
    """Take a page out."""

    page: int


class MakeTemplate(msgspec.Struct, frozen=True, tag="make-template"):
    """Make one plot with braces of several that are alike, in place of the first."""

    targets: tuple[Target, ...]


class SplitTemplate(msgspec.Struct, frozen=True, tag="split-template"):
    """Write the plots that one with braces stands for each on its own."""

    target: Target


Edit = (
    SetField | RemoveField | AddPlot | DeletePlots | MovePlots | SwapPlots
    | AddPage | CopyPage | MovePage | DeletePage | MakeTemplate | SplitTemplate
)  # fmt: skip


class TextChange(msgspec.Struct, frozen=True):
    """A change of a text: what undo undoes.

    Attributes:
        start: where it begins, in characters.
        end: where in the text before it ends.
        inserted: what stands there instead.
    """

    start: int
    end: int
    inserted: str

    def of(self, text: str) -> str:
        """The text with the change."""
        return text[: self.start] + self.inserted + text[self.end :]


def change_between(old: str, new: str) -> TextChange | None:
    """The least change from one text to another; None where they are one."""
    if old == new:
        return None
    start = _common(old, new)
    least = min(len(old), len(new)) - start
    end = _common(old[::-1][:least], new[::-1][:least])
    return TextChange(start, len(old) - end, new[start : len(new) - end])


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
