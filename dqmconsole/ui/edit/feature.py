"""The layout editor as a feature of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.message import TRAINING
from dqmconsole.ui.edit.parts import EditParts
from dqmconsole.ui.edit.selection import Selection
from dqmconsole.ui.feature import WINDOW, Command, Scope, hint_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.ui.parts import Parts

MENU = "Layout"


def _of(
    does: Callable[..., object], **given: int | bool
) -> Callable[[EditParts], object]:
    """A command on what is selected."""
    return lambda part: does(part.selection, **given)


class EditFeature:
    """The editor of one window.

    Args:
        layout: to be edited as soon as the site has come; "" for the first one.
        begin: begin at once.
    """

    def __init__(self, layout: str = "", *, begin: bool = False) -> None:
        self._layout = layout
        self._begin = begin
        self.part: EditParts | None = None

    def build(self, parts: Parts) -> EditParts:
        """Build the parts that edit."""
        self.part = EditParts(parts, self._layout, begin=self._begin)
        self.part.hints = hint_words(self.commands)
        return self.part

    @property
    def commands(self) -> tuple[Command, ...]:
        """Its commands."""
        editor = Scope(
            "layout editor",
            lambda parts: (self._part.view, *self._part.docks, parts.navigator),
            lambda _: self._part.shown,
        )
        page = Scope(
            "page that is edited",
            lambda _: (self._part.view.grid, self._part.view.tabs),
            lambda _: self._part.shown,
        )

        sheet = Scope(
            "publishing",
            lambda _: (self._part.publishing,),
            lambda _: self._part.publishing.isVisible(),
        )

        def of(
            scope: Scope,
            name: str,
            title: str,
            keys: str,
            run: Callable[[EditParts], object],
            hint: str = "",
        ) -> Command:
            return Command(
                f"edit-{name}",
                MENU,
                title,
                tuple(keys.split()),
                lambda _: run(self._part),
                scope=scope,
                hint=hint,
            )

        plots = [
            of(page, way, f"Editor: plot {words}", key,
               _of(Selection.step, dx=dx, dy=dy))
            for way, words, key, dx, dy in (
                ("left", "at the left", "Left", -1, 0),
                ("right", "at the right", "Right", 1, 0),
                ("up", "above", "Up", 0, -1),
                ("down", "below", "Down", 0, 1),
            )
        ]  # fmt: skip
        plots += [
            of(page, f"{does}-{way}", f"Editor: {words} {where}",
               f"{keys}+{way.title()}",
               _of(Selection.go, dx=dx, dy=dy, selects=selects))
            for does, words, keys, selects in (
                ("select", "select plots up to the one", "Shift", True),
                ("go", "keep the selection and go to the plot", "Ctrl+Shift", False),
            )
            for way, where, dx, dy in (
                ("left", "at the left", -1, 0),
                ("right", "at the right", 1, 0),
                ("up", "above", 0, -1),
                ("down", "below", 0, 1),
            )
        ]  # fmt: skip
        return (
            Command(
                "edit-layout",
                MENU,
                "Edit the layout in view, or back to its page",
                ("Ctrl+Alt+L",),
                lambda _: self._part.turn(),
                self._can_edit,
                WINDOW,
            ),
            of(editor, "save", "Save the layout", "Ctrl+S", EditParts.save, "save"),
            of(editor, "undo", "Undo", "Ctrl+Z", EditParts.undo, "undo"),
            of(editor, "redo", "Redo", "Ctrl+Shift+Z Ctrl+Y", EditParts.redo),
            of(editor, "to-form", "To the form of what is selected", "F12",
               EditParts.to_form, "form"),
            of(editor, "to-text", "To the text of the layout", "Shift+F12",
               EditParts.to_text, "text"),
            of(editor, "to-instruction", "To the instruction of what is selected",
               "Alt+F12", EditParts.to_instruction, "instruction"),
            of(editor, "publish", "Publish the site …", "Ctrl+Shift+P",
               EditParts.publish, "publish"),
            of(sheet, "publish-now", "Publish what the sheet shows",
               "Ctrl+Return Ctrl+Enter", lambda part: part.publishing.publish()),
            of(editor, "page-form", "Form of the page", "Ctrl+F12",
               lambda part: part.show_part("page")),
            of(editor, "layout-form", "Form of the layout", "Ctrl+Shift+F12",
               lambda part: part.show_part("layout")),
            *plots,
            of(editor, "next-page", "Editor: next page", "Ctrl+PgDown",
               lambda part: part.view.step(1)),
            of(editor, "previous-page", "Editor: previous page", "Ctrl+PgUp",
               lambda part: part.view.step(-1)),
            of(page, "move-left", "Move the plot before the one before", "Alt+Left",
               lambda part: part.selection.move_plot(-1)),
            of(page, "move-right", "Move the plot behind the next", "Alt+Right",
               lambda part: part.selection.move_plot(1)),
            of(page, "move-up", "Move the plot a row up", "Alt+Up",
               lambda part: part.selection.move_plot(-part.view.columns)),
            of(page, "move-down", "Move the plot a row down", "Alt+Down",
               lambda part: part.selection.move_plot(part.view.columns)),
            of(page, "wider", "Let the plot take a column more", "Alt+Shift+Right",
               lambda part: part.selection.span(1, 0)),
            of(page, "narrower", "Let the plot take a column less", "Alt+Shift+Left",
               lambda part: part.selection.span(-1, 0)),
            of(page, "higher", "Let the plot take a row more", "Alt+Shift+Down",
               lambda part: part.selection.span(0, 1)),
            of(page, "lower", "Let the plot take a row less", "Alt+Shift+Up",
               lambda part: part.selection.span(0, -1)),
            of(page, "swap", "Swap the plot with the next", "Ctrl+Alt+Right",
               lambda part: part.selection.swap_plot(1)),
            of(page, "to-next-page", "Move the plot to the next page", "Alt+PgDown",
               lambda part: part.selection.move_to_page(1)),
            of(page, "to-previous-page", "Move the plot to the page before",
               "Alt+PgUp", lambda part: part.selection.move_to_page(-1)),
            of(page, "split", "Write each plot of a family on its own", "Ctrl+Alt+B",
               _of(Selection.split)),
            of(page, "select-also", "Select this plot, too, or no more", "Ctrl+Space",
               _of(Selection.select_also)),
            of(page, "select-all", "Select all plots of the page", "Ctrl+A",
               lambda part: part.view.choose_all()),
            of(page, "family", "Write the selected plots as one, with braces",
               "Ctrl+Alt+F", _of(Selection.make_template)),
            of(page, "delete", "Take the plot out", "Delete", _of(Selection.delete)),
            of(page, "copy", "Copy the plot", "Ctrl+C", _of(Selection.copy)),
            of(page, "cut", "Cut the plot", "Ctrl+X", _of(Selection.cut)),
            of(page, "paste", "Paste the plot behind the selected one", "Ctrl+V",
               _of(Selection.paste)),
            of(editor, "add-page", "Add a page …", "Ctrl+Alt+P",
               _of(Selection.add_page)),
            of(editor, "rename-page", "Rename the page …", "Ctrl+Alt+M",
               _of(Selection.rename_page)),
            of(editor, "copy-page", "Copy the page …", "Ctrl+Alt+K",
               _of(Selection.copy_page)),
            of(editor, "page-before", "Move the page before the one before",
               "Ctrl+Alt+PgUp", lambda part: part.selection.move_page(-1)),
            of(editor, "page-behind", "Move the page behind the next",
               "Ctrl+Alt+PgDown", lambda part: part.selection.move_page(1)),
            of(editor, "delete-page", "Take the page out", "Ctrl+Alt+Delete",
               _of(Selection.delete_page)),
        )  # fmt: skip

    @property
    def _part(self) -> EditParts:
        assert self.part is not None
        return self.part

    def _can_edit(self, parts: Parts) -> bool:
        """Where a site is open that has layouts, and nothing is examined."""
        client = parts.context.client
        site = client.site is not None and bool(client.site.layouts)
        examined = client.blinded or client.banner == TRAINING
        return site and client.moment is None and not examined
