"""What a form of the editor asks for, made from the model: it never lags behind.

A field that the model gains is in the form, with its help, unit and limits.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FieldKind = Literal[
    "text", "number", "whole number", "yes or no", "choice", "list", "fixed list",
    "mapping", "group", "checks", "any",
]  # fmt: skip
Part = Literal["plot", "page", "layout", "defaults"]


class FormField(msgspec.Struct, frozen=True):
    """A field of a form.

    Attributes:
        key: the way to it in its part: ``("draw", "z", "scale")``.
        kind: what it holds. A "group" has `fields`; a "list" `items` of one kind, a
            "fixed list" one field for each; of a "mapping" any key has such an `items`;
            "checks" have the name of one as the key of their `items.fields`.
        help: what it is, in a sentence.
        unit: of a number; "".
        least, most: of a number, both included; None for no such limit.
        above: it is more than this; None for no such limit.
        pattern: a regular expression that a text has; "".
        choices: words of which it is one; of a list each is. "checks" may be one, too.
        default: what holds where it is written nowhere, as YAML has it.
        required: it cannot be left out.
        empty: it may be null: no limit.
        by_condition: a number that may depend on a condition of the run, too.
        item: what each of a list or mapping is.
        fields: of a group, of a fixed list.
        inherits: parts that are asked, in this order, where it is not written.
    """

    key: tuple[str, ...]
    kind: FieldKind
    help: str = ""
    unit: str = ""
    least: float | None = None
    most: float | None = None
    above: float | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()
    default: Any = None
    required: bool = False
    empty: bool = False
    by_condition: bool = False
    item: FormField | None = None
    fields: tuple[FormField, ...] = ()
    inherits: tuple[Part, ...] = ()


class InForce(msgspec.Struct, frozen=True):
    """The value that holds of a field, and where it is written.

    Attributes:
        key: of the field.
        value: as YAML has it.
        of: the part that it stands in; None where it is written nowhere.
        anchor: others share it by this; "".
    """

    key: tuple[str, ...]
    value: Any
    of: Part | None
    anchor: str = ""
