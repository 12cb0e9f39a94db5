"""The form of what is edited: a row for each field, made from the engine's answer."""

from __future__ import annotations

import copy
import difflib
import itertools
import math
import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.edit import RemoveField, SetField
from dqmconsole.model.words import listed
from dqmconsole.ui.edit.flow import flow_text, flow_value
from dqmconsole.ui.fonts import SMALL, px
from dqmconsole.ui.labels import ElidedLabel, PlainLabel, tip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dqmconsole.model.edit import Target
    from dqmconsole.model.form import FormField, InForce, Part
    from dqmconsole.model.message import FormFound

HEIGHT = 26  # px of a field at scale 1
BENEATH = 52  # px at scale 1 for what is said beneath a field
NONE = "none"  # what is written for null
NOT_WRITTEN = "not written"
_YES_NO = {"yes": True, "no": False}
_EMPTY = "empty"
_DIFFERS = "differs"  # is no word of any choice
_PATH = ("path",)
_MOST, _LONG = 6, 40  # values that differ, and their letters, in the help of a field


class Row(NamedTuple):
    """One field that is filled in.

    Attributes:
        group: what it stands under.
        field: what it asks for.
        way: its keys; of a check's limit those of the checks.
        item: of a check, its place among them; -1 for other fields.
        inner: of a check's limit, its keys in the check.
        value: what holds; None with `written` is no limit.
        written: there is a value.
        of: where it is written; None where it is a default.
        own: it is written in the very part that is edited, or in one of several plots.
        anchor: others share it by this; "".
        checks: of a check's limit, all checks in force.
        others: the same of each further plot that is edited with it.
    """

    group: str
    field: FormField
    way: tuple[str, ...]
    item: int
    inner: tuple[str, ...]
    value: Any
    written: bool
    of: Part | None
    own: bool
    anchor: str
    checks: Sequence[Any] = ()
    others: tuple[Row, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """What several plots have, each value once; more than one where they differ."""
        found = [text_of(each) or NOT_WRITTEN for each in (self, *self.others)]
        return tuple(dict.fromkeys(found))

    @property
    def differs(self) -> str:
        """That several plots have several values, in words; "" for one."""
        count = len(self.values)
        return f"differs: {count} values" if count > 1 else ""

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from all others of its form."""
        return (self.way, self.item, self.inner)

    @property
    def title(self) -> str:
        """The name of the field in its group."""
        return (self.inner or self.way)[-1].replace("_", " ")

    @property
    def name(self) -> str:
        """How it is called anywhere: "draw x scale"."""
        return f"{self.group} {self.title}"


def part_of(target: Target) -> Part:
    """Which part of a layout a target is."""
    if target.page == -1:
        return "layout"
    return "page" if target.plot == -1 else "plot"


def rows_of(found: FormFound) -> tuple[Row, ...]:
    """The rows of a form, group by group, those without a group first, then checks.

    Of several plots those that all of them have.
    """
    part = part_of(found.target)
    first = part.title()
    rows, *more = [
        {
            (row.group, row.key): row
            for field in found.fields
            for row in _rows(field, first, part, {each.key: each for each in force})
        }
        for force in (found.in_force, *(force for _, force in found.more))
    ]
    common = [
        row._replace(
            own=any(each[key].own for each in (rows, *more)),
            others=tuple(each[key] for each in more),
        )
        for key, row in rows.items()
        if all(key in each for each in more)
    ]
    return tuple(sorted(common, key=lambda row: (row.group != first, row.item == -1)))


def _rows(
    field: FormField, group: str, part: Part, force: Mapping[tuple[str, ...], InForce]
) -> Iterator[Row]:
    if field.kind == "group" and field.fields:
        for each in field.fields:
            yield from _rows(each, " ".join(field.key), part, force)
        return
    held = force.get(field.key)
    value = None if held is None else held.value
    of = None if held is None else held.of
    anchor = "" if held is None else held.anchor
    if field.kind == "checks" and isinstance(value, list) and field.item is not None:
        named = {each.key[-1]: each for each in field.item.fields}
        for item, check in enumerate(value):
            if isinstance(check, dict):
                yield from _check_rows(named, field.key, held, item, value, part)
    yield Row(
        group, field, field.key, -1, (), value, held is not None, of, of == part, anchor
    )


def _check_rows(
    named: Mapping[str, FormField],
    way: tuple[str, ...],
    held: InForce | None,
    item: int,
    checks: list[Any],
    part: Part,
) -> Iterator[Row]:
    """The limits of a check, and its options as far as they are written."""
    check = checks[item]
    of = None if held is None else held.of
    anchor = "" if held is None else held.anchor
    name = next(
        (key for key in check if key != "input" and key in named and named[key].fields),
        "",
    )
    group = f"check {item + 1}: {name.replace('_', ' ')}"
    limits = check.get(name) or {}
    found: list[tuple[tuple[str, ...], FormField, dict[str, Any]]] = [
        ((name, each.key[-1]), each, limits)
        for each in (named[name].fields if name and isinstance(limits, dict) else ())
    ]
    found += [
        ((key,), named[key], check) for key in check if key in named and key != name
    ]
    for inner, each, values in found:
        value, written = values.get(inner[-1]), inner[-1] in values
        yield Row(
            group,
            each,
            way,
            item,
            inner,
            value,
            written,
            of,
            of == part,
            anchor,
            checks,
        )


def text_of(row: Row) -> str:
    """What a row's value is written as; "" where there is none."""
    value = row.value
    if not row.written:
        return ""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str | int) for each in value):
        words = [str(each) for each in value]
        if not any("," in each or each != each.strip() for each in words):
            return ", ".join(words)
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return flow_text(value)


def value_of(field: FormField, text: str) -> Any:  # noqa: ANN401 - as YAML has it
    """The value of a field that somebody wrote.

    Raises:
        ValueError: it is none; says why.
    """
    text = text.strip()
    if field.empty and text == NONE:
        return None
    if field.kind == "checks" and text not in field.choices:
        return _checks(field, text)
    if text[:1] in ("[", "{") and field.kind not in ("text", "choice"):
        return flow_value(text)
    if field.kind in ("number", "whole number"):
        return _number(field, text)
    if field.kind in ("list", "fixed list"):
        words = [each.strip() for each in text.split(",") if each.strip()]
        kinds = field.fields or (field.item,) * len(words)
        if len(kinds) != len(words):
            message = f"{len(kinds)} values with commas between them"
            raise ValueError(message)
        return [
            value_of(kind, each) if kind is not None else each
            for kind, each in zip(kinds, words, strict=True)
        ]
    if field.kind == "yes or no":
        if text not in _YES_NO:
            message = "yes or no"
            raise ValueError(message)
        return _YES_NO[text]
    if field.choices and text not in field.choices:
        message = f"one of {listed(field.choices)}"
        raise ValueError(message)
    if field.pattern and not re.search(field.pattern, text):
        message = f"it must match {field.pattern}"
        raise ValueError(message)
    return text


def _checks(field: FormField, text: str) -> list[dict[str, Any]]:
    """Checks as somebody wrote them: ``mean: {warn_above: 1}, not_empty``."""
    found = flow_value(text if text.startswith("[") else f"[{text}]")
    names = {each.key[-1] for each in field.item.fields} if field.item else set()
    checks = [each if isinstance(each, dict) else {str(each): None} for each in found]
    for each in checks:
        name = next(iter(each), "")
        if names and not names & {*each}:
            near = difflib.get_close_matches(name, names, 4, 0.4)
            among = f"; is it {listed(near)}?" if near else ""
            message = f"there is no such check{among}"
            raise ValueError(message)
    return checks


def _number(field: FormField, text: str) -> float:
    try:
        value = float(text)
        whole = math.isfinite(value) and value == int(value)
    except ValueError:
        value, whole = math.nan, False
    if not math.isfinite(value):
        message = "a number"
        raise ValueError(message)
    if field.kind == "whole number" and not whole:
        message = "a whole number"
        raise ValueError(message)
    low = field.least is not None and value < field.least
    low = low or (field.above is not None and value <= field.above)
    if low or (field.most is not None and value > field.most):
        raise ValueError(limit_words(field))
    return int(value) if whole else value


def limit_words(field: FormField) -> str:
    """Say within which limits a number is; "" for none."""
    words = []
    if field.above is not None:
        words.append(f"above {field.above:g}")
    if field.least is not None:
        words.append(f"at least {field.least:g}")
    if field.most is not None:
        words.append(f"at most {field.most:g}")
    if field.empty and words:
        words.append(f"or {NONE}")
    return ", ".join(words)


def source_words(row: Row) -> str:
    """Say where what holds comes from, if not from here or nowhere."""
    if row.own and row.others:
        written = sum(each.of == "plot" for each in (row, *row.others))
        if written <= len(row.others):
            return f"written in {written} of {len(row.others) + 1}"
    if row.own and row.anchor:
        return f"shared by &{row.anchor}"
    return "" if row.own or row.of is None else f"from the {row.of}"


def edits_of(
    row: Row, targets: tuple[Target, ...], value: object, *, leave_out: bool
) -> tuple[SetField | RemoveField, ...]:
    """The edits that give a row another value, or leave it out.

    Args:
        row: it.
        targets: what is edited, in the order of the row and its others.
        value: as YAML has it.
        leave_out: what stands above holds from then on.
    """
    if row.item == -1 and leave_out:
        return (RemoveField(targets, row.way),)
    if row.item == -1:
        return (SetField(targets, row.way, value),)
    # of a check the limit alone: what else the plots' checks say stays theirs
    made: dict[bytes, tuple[list[Any], list[Target]]] = {}
    for target, each in zip(targets, (row, *row.others), strict=True):
        checks = list(each.checks)
        checks[each.item] = check_with(each, value, leave_out=leave_out)
        made.setdefault(msgspec.json.encode(checks), (checks, []))[1].append(target)
    return tuple(
        SetField(tuple(some), row.way, checks) for checks, some in made.values()
    )


def check_with(row: Row, value: object, *, leave_out: bool = False) -> dict[str, Any]:
    """A row's check with another value of that limit, or without it."""
    check: dict[str, Any] = copy.deepcopy(row.checks[row.item])
    inner = check
    for key in row.inner[:-1]:
        if not isinstance(inner.get(key), dict):
            inner[key] = {}
        inner = inner[key]
    if leave_out:
        inner.pop(row.inner[-1], None)
    else:
        inner[row.inner[-1]] = value
    return check


def leaves_undo(event: QEvent) -> bool:
    """Tell whether a key is undo or redo, which lead through the whole layout."""
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and (
            event.matches(QKeySequence.StandardKey.Undo)
            or event.matches(QKeySequence.StandardKey.Redo)
        )
    )


class _Line(QLineEdit):
    """A line whose undo is that of the layout, as long as nothing is typed in it."""

    def event(self, event: QEvent) -> bool:
        if not self.isModified() and leaves_undo(event):
            event.ignore()
            return False
        return super().event(event)


class _Choice(QComboBox):
    """A choice that the wheel does not turn while the form is scrolled."""

    def wheelEvent(self, event: Any) -> None:  # noqa: ANN401 - Qt's
        event.ignore()


class FormPane(QWidget):
    """The fields of what is edited.

    Signals:
        changed: the edits that give a field another value.
        typing: a Row and the value that is being typed, before it is an edit.
    """

    changed = Signal(object)
    typing = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._targets: tuple[Target, ...] = ()
        self._groups: dict[str, tuple[list[tuple[object, ...]], QWidget]] = {}
        self._lines: dict[tuple[object, ...], QLineEdit | QComboBox] = {}
        self._notes: dict[tuple[object, ...], PlainLabel] = {}
        self._said: dict[tuple[object, ...], str] = {}
        self._title = ElidedLabel()
        self._title.setAccessibleName("What is edited")
        self._help = PlainLabel("Help of the field", role="muted")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setProperty("role", "clear")
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        sheet = QWidget()
        sheet.setProperty("role", "clear")
        self._column = QVBoxLayout(sheet)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self._scroll.setWidget(sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 4, 4)
        column.setSpacing(4)
        column.addWidget(self._title)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._help)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    def clear(self, words: str) -> None:
        """Show no fields, and say why."""
        self._rows, self._targets = (), ()
        self._title.set_words(words)
        self._build()

    def show_form(self, found: FormFound, title: str) -> None:
        """Show the form of another part, or the same with other values."""
        rows = rows_of(found)
        same = [each.key for each in rows] == [each.key for each in self._rows]
        targets = (found.target, *(each for each, _ in found.more))
        if targets != self._targets:
            self._said = {}
        self._rows, self._targets = rows, targets
        self._title.set_words(title)
        if same and self._groups:
            for row in rows:
                self._fill(row)
        else:
            self._build()

    def focus_first(self) -> None:
        """Give the keyboard to the first field."""
        for row in self._rows[:1]:
            self._lines[row.key].setFocus(Qt.FocusReason.TabFocusReason)

    def show_note(self, key: tuple[object, ...], words: str) -> None:
        """Say something beneath a field, until another part is shown."""
        self._said[key] = words
        row = next((each for each in self._rows if each.key == key), None)
        if row is not None:
            self._note(row)

    def put_back(self) -> bool:
        """Show again what holds where something is being typed; whether it was."""
        for row in self._rows:
            line = self._lines[row.key]
            if isinstance(line, QLineEdit) and line.hasFocus() and line.isModified():
                line.setModified(False)
                self._said.pop(row.key, None)
                self._fill(row)
                line.selectAll()
                return True
        return False

    def line(self, name: str) -> QLineEdit | QComboBox:
        """The field of a name such as "draw x scale".

        Raises:
            KeyError: there is none.
        """
        for row in self._rows:
            if row.name == name:
                return self._lines[row.key]
        raise KeyError(name)

    # -- inside --------------------------------------------------------------------

    def _build(self) -> None:
        """Make what is missing; a group with the same fields as before is kept."""
        focused = next((k for k, w in self._lines.items() if w.hasFocus()), None)
        groups: dict[str, list[Row]] = {}
        for row in self._rows:
            groups.setdefault(row.group, []).append(row)
        for group, (keys, section) in list(self._groups.items()):
            if keys != [each.key for each in groups.get(group, ())]:
                del self._groups[group]
                self._column.removeWidget(section)
                section.hide()
                section.deleteLater()
                for key in keys:
                    del self._lines[key]
                    self._notes.pop(key, None)
        for at, (group, rows) in enumerate(groups.items()):
            if group not in self._groups:
                section = self._section(group, rows)
                self._groups[group] = ([each.key for each in rows], section)
                self._column.insertWidget(at, section)
        lines = [self._lines[row.key] for row in self._rows]
        for before, after in itertools.pairwise(lines):
            QWidget.setTabOrder(before, after)
        for row in self._rows:
            self._fill(row)
        if focused in self._lines:
            self._lines[focused].setFocus(Qt.FocusReason.OtherFocusReason)

    def _section(self, group: str, rows: Sequence[Row]) -> QWidget:
        section = QWidget()
        section.setProperty("role", "clear")
        grid = QGridLayout(section)
        grid.setContentsMargins(0, 2, 6, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self.fontMetrics().averageCharWidth() * 16)
        head = QLabel(group[:1].upper() + group[1:])
        head.setProperty("role", "group")
        grid.addWidget(head, 0, 0, 1, 3)
        for number, row in enumerate(rows):
            self._add(grid, 2 * number + 1, row)
        return section

    def _add(self, grid: QGridLayout, at: int, row: Row) -> None:
        field = row.field
        label = QLabel(row.title)
        made: QLineEdit | QComboBox
        if field.kind in ("choice", "yes or no"):
            made = _Choice()
            made.setMinimumContentsLength(6)
            made.activated.connect(partial(self._chosen, row.key))
        else:
            made = _Line()
            made.editingFinished.connect(partial(self._finished, row.key))
            made.textEdited.connect(partial(self._typed, row.key))
        made.setMinimumHeight(px(HEIGHT))
        made.setAccessibleName(row.name)
        made.installEventFilter(self)
        grid.addWidget(label, at, 0)
        grid.addWidget(made, at, 1, 1, 1 if field.unit else 2)
        if field.unit:
            grid.addWidget(QLabel(field.unit), at, 2)
        self._lines[row.key] = made

    def _fill(self, row: Row) -> None:
        """Show what holds, where nobody is typing."""
        line = self._lines[row.key]
        text = text_of(row)
        field = row.field
        some = [e if len(e) <= _LONG else f"{e[:_LONG]}…" for e in row.values[:_MOST]]
        more = f" and {len(row.values) - _MOST} more" if row.values[_MOST:] else ""
        several = f"differs: {', '.join(some)}{more}" if row.differs else ""
        help_ = " · ".join(filter(None, (field.help, limit_words(field), several)))
        line.setAccessibleDescription(help_)
        line.setToolTip(tip(help_))
        if isinstance(line, QComboBox):
            line.clear()
            if row.differs:
                line.addItem(row.differs, _DIFFERS)
            above = "" if row.own or not row.written else f" ({text})"
            line.addItem(f"{NOT_WRITTEN}{above}", None)
            choices = list(_YES_NO) if field.kind == "yes or no" else field.choices
            for each in choices:
                line.addItem(each, each)
            if field.empty and row.own and row.value is None:
                line.addItem(NONE, NONE)
            own = row.own and not row.differs
            line.setCurrentIndex(max(0, line.findData(text)) if own else 0)
        elif not (line.hasFocus() and line.isModified()):
            shown = text if row.own and not row.differs else ""
            if line.text() != shown:
                line.setText(shown)
            line.setModified(False)
            hint = "" if row.own else text or limit_words(field)
            line.setPlaceholderText(row.differs or hint)
            line.setCursorPosition(0)
        self._note(row)

    def _note(self, row: Row, wrong: str = "") -> None:
        """Say beneath a field where its value comes from, or what is wrong with it."""
        where = source_words(row) if row.item == -1 or row.written else ""
        words = wrong or self._said.get(row.key, "") or where
        note = self._notes.get(row.key)
        if note is None:
            section = self._groups[row.group][1] if row.group in self._groups else None
            grid = None if section is None else section.layout()
            if not words or not isinstance(grid, QGridLayout):
                return
            note = self._notes[row.key] = PlainLabel(f"Note on {row.name}", SMALL)
            at = grid.indexOf(self._lines[row.key])
            grid.addWidget(note, grid.getItemPosition(at)[0] + 1, 1, 1, 2)  # type: ignore[index]
        role = "warning" if wrong else "muted"
        if note.property("role") != role:
            note.setProperty("role", role)
            note.style().polish(note)
        note.show_words(words)

    def _row(self, key: tuple[object, ...]) -> Row | None:
        return next((each for each in self._rows if each.key == key), None)

    def _chosen(self, key: tuple[object, ...], _at: int) -> None:
        line = self._lines.get(key)
        if isinstance(line, QComboBox) and line.currentData() != _DIFFERS:
            data = line.currentData()
            self._send(key, str(data or _EMPTY), data is None)

    def _finished(self, key: tuple[object, ...]) -> None:
        line = self._lines.get(key)
        if isinstance(line, QLineEdit) and line.isModified():
            line.setModified(False)
            self._send(key, line.text(), not line.text().strip())

    def _typed(self, key: tuple[object, ...], text: str) -> None:
        row = self._row(key)
        if row is None:
            return
        try:
            value = value_of(row.field, text) if text.strip() else None
        except ValueError as error:
            self._note(row, str(error))
            return
        self._note(row)
        if text.strip():
            self.typing.emit(row, value)

    def _send(self, key: tuple[object, ...], text: str, leave_out: bool) -> None:
        row = self._row(key)
        if row is None or not self._targets:
            return
        differs = bool(row.differs)
        kept = differs and isinstance(self._lines[key], QLineEdit)  # nothing was said
        each_own = [each.own and each.written for each in (row, *row.others)]
        if leave_out and (kept or not any(each_own)):
            self._fill(row)
            return
        if row.others and row.way == _PATH:
            self._fill(row)
            self._note(row, "several plots are selected: each has its own path")
            return
        try:
            value = None if leave_out else value_of(row.field, text)
        except ValueError as error:
            self._note(row, f"{text}: {error}")
            return
        same = row.own and row.written and value == row.value and not differs
        if same and not leave_out:
            self._note(row)
            return
        self.changed.emit(edits_of(row, self._targets, value, leave_out=leave_out))

    def eventFilter(self, watched: Any, event: QEvent) -> bool:  # noqa: ANN401 - Qt's
        """Say what the field that has the keyboard is."""
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, QWidget):
            self._help.show_words(watched.accessibleDescription())
            self._scroll.ensureWidgetVisible(watched, 0, px(BENEATH))
        elif event.type() == QEvent.Type.FocusOut:
            self._help.show_words("")
        return super().eventFilter(watched, event)
