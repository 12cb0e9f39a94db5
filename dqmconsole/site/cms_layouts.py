"""Layout files of the CMS DQM GUI: Python, read over its syntax tree and never run.

Such a file is a program that fills ``dqmitems``. Exactly those constructs that layout
files are written with are followed, by an interpreter that knows text, numbers, lists
and mappings, and has no way to anything else. Whatever else a file says is a loss with
its line, and the rest goes on. Steps, length of texts and lists, and cells are bounded.

The parser of Python itself is bounded by nothing but its process. So files are read in
a child (``python -m dqmconsole.site.cms_layouts``) that has so much memory and time
for each; one that it does not survive is a loss, and the next child goes on behind it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import resource
import signal
import string
import subprocess
import sys
import tokenize
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dqmconsole.site.findings import Findings, sendable
from dqmconsole.site.foreign import Cell, Losses, Sheet, Sheets
from dqmconsole.site.nearest import short
from dqmconsole.site.yaml_text import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MAX_BYTES = 2 << 20
MAX_STEPS = 1_000_000
MAX_TEXT = 20_000  # characters of one text
MAX_ITEMS = 10_000  # of one list, and layouts of a file
MAX_CELLS = 50_000
MAX_MADE = 20_000_000  # characters and items of all texts and lists that are made
MAX_NUMBER = 1 << 53
MAX_WIDTH = 99  # that a number or text is filled up to

SECONDS = 15  # of processor for one file
MEMORY = 1 << 30  # bytes
PATIENCE = 60.0  # s for a child beside what its files may take

_UTF8 = ("utf-8", "utf-8-sig", "ascii")
_LATIN = re.compile(r"iso-8859-\d+")


Value = Any
"""What a file may hold: texts, numbers, lists, mappings, its functions."""


# -- the interpreter -------------------------------------------------------------------


class _LossError(Exception):
    """What is not followed; says what it is.

    Attributes:
        line: where it stands; 0 where that is not known.
        kind: as of a loss.
    """

    def __init__(self, message: str, line: int = 0, kind: str = "construct") -> None:
        super().__init__(message)
        self.line = line
        self.kind = kind


class _StoppedError(Exception):
    """A bound that ends the reading of the file."""


class _Function(NamedTuple):
    """A function of the file.

    Attributes:
        node: its text.
        defaults: of its last arguments.
        around: the names where it is made.
    """

    node: ast.FunctionDef
    defaults: tuple[Value, ...]
    around: _Scope


class _Known(NamedTuple):
    """A name that the file may call and that is not its own."""

    name: str


class _Lost(NamedTuple):
    """What a name has that could not be given its value."""

    line: int


class _Rows(NamedTuple):
    """A layout without its name."""

    rows: tuple[tuple[Cell | None, ...], ...]


class _Returned(NamedTuple):
    """What a function gives."""

    value: Value


class _Scope(NamedTuple):
    """The names of a function, or of the file, and those around it."""

    own: dict[str, Value]
    around: _Scope | None = None


_BREAK, _CONTINUE = object(), object()
_SCALARS = (str, int, float, bool, type(None))
_BUILTINS = ("DQMItem", "dict", "enumerate", "int", "len", "list", "print", "range",
             "str", "tuple")  # fmt: skip
_WORDS: dict[type[ast.AST], str] = {
    ast.Import: "import", ast.ImportFrom: "import", ast.While: "while",
    ast.Try: "try", ast.With: "with", ast.ClassDef: "a class", ast.Lambda: "lambda",
    ast.Delete: "del", ast.Raise: "raise", ast.Assert: "assert",
    ast.AsyncFunctionDef: "async", ast.Await: "await", ast.Yield: "yield",
    ast.YieldFrom: "yield", ast.NamedExpr: ":=", ast.Match: "match",
    ast.Attribute: "an attribute", ast.SetComp: "a set", ast.Set: "a set",
    ast.Nonlocal: "nonlocal", ast.AnnAssign: "an annotation",
    ast.DictComp: "a comprehension of a dict", ast.GeneratorExp: "a generator",
}  # fmt: skip

_SIGNS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
    ast.Mod: "%", ast.Pow: "**", ast.LShift: "<<", ast.RShift: ">>", ast.BitOr: "|",
    ast.BitAnd: "&", ast.BitXor: "^", ast.MatMult: "@",
}  # fmt: skip
_KINDS: dict[type, str] = {
    _Rows: "a DQMItem", _Function: "a function", _Known: "a function", str: "a text",
    int: "a number", float: "a number", bool: "a truth value", tuple: "a list",
}  # fmt: skip

_PERCENT = re.compile(
    r"%(?:\((\w{1,40})\))?([-+ 0#]{0,5})(\d{0,2})(?:\.(\d{1,2}))?([sdifFgGeExXc%])"
)
_SPEC = re.compile(r"(?:[^{}]?[<>=^])?[-+ ]?0?\d{0,2}(?:\.\d{1,2})?[sdfFgGeExX]?")
_FIELD = re.compile(r"\d{1,3}|[A-Za-z]\w{0,40}|")


class Interpreter:
    """Follows one file.

    Args:
        file: its name, as losses say it.

    Attributes:
        sheets: name -> layout; as in Python the last of one name holds.
        losses: what was not followed.
    """

    def __init__(self, file: str) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.losses = Losses(file)
        self._file = file
        self._line = 0
        self._steps = self._made = self._cells = 0
        self._items: dict[Value, Value] = {}
        self._names: dict[str, Value] = {
            **{name: _Known(name) for name in _BUILTINS},
            "dqmitems": self._items,
            "__name__": "layouts",
        }
        self._top = _Scope(self._names)

    def run(self, tree: ast.Module) -> None:
        """Follow a file from its first statement to its last. Never raises."""
        try:
            self._block(tree.body, self._top, top=True)
        except _StoppedError as error:
            words = f"{error}: the rest of the file is not read"
            self.losses.add(self._line, "bound", words, failed=True)
        except RecursionError:
            words = "nested too deep: the rest of the file is not read"
            self.losses.add(self._line, "bound", words, failed=True)

    # -- statements --------------------------------------------------------------------

    def _block(
        self, body: Sequence[ast.stmt], scope: _Scope, *, top: bool = False
    ) -> object:
        """Follow statements; gives what ends them early, or None.

        Args:
            body: the statements.
            scope: the names of the function.
            top: they stand in no function: what cannot be followed is a loss, and the
                next one is.
        """
        for node in body:
            if top:
                self._line = node.lineno
                found = self._safely(node, scope)
            else:
                found = self._statement(node, scope)
            if found is not None:
                return found
        return None

    def _safely(self, node: ast.stmt, scope: _Scope) -> object:
        try:
            return self._statement(node, scope)
        except _LossError as error:
            message, kind, line = str(error), error.kind, error.line
        except RecursionError:
            message, kind, line = "nested too deep", "bound", 0
        if line and line != node.lineno:
            message = f"{message} (line {line})"
        self.losses.add(node.lineno, kind, message, failed=True)
        targets = node.targets if isinstance(node, ast.Assign) else ()
        for each in targets:
            if isinstance(each, ast.Name):
                scope.own[each.id] = _Lost(node.lineno)
        if isinstance(node, ast.FunctionDef):
            scope.own[node.name] = _Lost(node.lineno)
        return None

    def _statement(self, node: ast.stmt, scope: _Scope) -> object:
        self._step()
        match node:
            case ast.Expr():
                self._value(node.value, scope)
            case ast.Assign():
                value = self._value(node.value, scope)
                for target in node.targets:
                    self._assign(target, value, scope)
            case ast.AugAssign(target=ast.Name(id=name)):
                old = self._name(name, node, scope)
                new = self._value(node.value, scope)
                if isinstance(old, list) and isinstance(node.op, ast.Add):
                    self._extend(old, self._iterated(new, node))
                else:
                    new = self._operated(node, node.op, old, new)
                    self._assign(node.target, new, scope)
            case ast.FunctionDef():
                self._assign_name(node.name, self._function(node, scope), scope)
            case ast.For():
                return self._for(node, scope)
            case ast.If():
                chosen = self._truth(self._value(node.test, scope))
                return self._block(
                    node.body if chosen else node.orelse, scope, top=scope is self._top
                )
            case ast.Return() if scope is not self._top:
                value = None if node.value is None else self._value(node.value, scope)
                return _Returned(value)
            case ast.Global(names=names) if scope is not self._top:
                scope.own.update({f"global {name}": True for name in names})
            case ast.Pass():
                pass
            case ast.Break():
                return _BREAK
            case ast.Continue():
                return _CONTINUE
            case _:
                raise _unread(node)
        return None

    def _for(self, node: ast.For, scope: _Scope) -> object:
        if node.orelse:
            message = "an else of a for is not followed"
            raise _LossError(message, node.lineno)
        top = scope is self._top
        for each in self._iterated(self._value(node.iter, scope), node):
            self._step()
            self._assign(node.target, each, scope)
            ended = self._block(node.body, scope, top=top)
            if ended is _BREAK:
                break
            if isinstance(ended, _Returned):
                return ended
        return None

    def _function(self, node: ast.FunctionDef, scope: _Scope) -> _Function:
        given = node.args
        if node.decorator_list or given.kwarg:
            message = (
                f"{'a decorator' if node.decorator_list else '**'} is not followed"
            )
            raise _LossError(message, node.lineno)
        if given.kwonlyargs or given.posonlyargs:
            message = "a function with * or / among its arguments is not followed"
            raise _LossError(message, node.lineno)
        defaults = tuple(self._value(each, scope) for each in given.defaults)
        return _Function(node, defaults, scope)

    def _assign(self, target: ast.expr, value: Value, scope: _Scope) -> None:
        match target:
            case ast.Name(id=name):
                self._assign_name(name, value, scope)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                values = [*self._iterated(value, target)]
                if len(values) != len(parts):
                    message = f"{len(values)} values for {len(parts)} names"
                    raise _LossError(message, target.lineno, "value")
                for part, each in zip(parts, values, strict=True):
                    self._assign(part, each, scope)
            case ast.Subscript():
                self._put(target, value, scope)
            case _:
                raise _unread(target)

    def _assign_name(self, name: str, value: Value, scope: _Scope) -> None:
        if name.startswith("__") or (name == "dqmitems" and value is not self._items):
            message = f"{name} is not assigned to"
            raise _LossError(message)
        own = self._names if scope.own.get(f"global {name}") else scope.own
        own[name] = value

    def _put(self, target: ast.Subscript, value: Value, scope: _Scope) -> None:
        into = self._value(target.value, scope)
        key = self._value(target.slice, scope)
        if into is self._items:
            if not isinstance(key, str) or not isinstance(value, _Rows):
                message = "dqmitems takes DQMItem(layout=…) under a name"
                raise _LossError(message, target.lineno, "value")
            if key in self.sheets:
                first = self.sheets[key].line
                words = f'a second layout "{short(key)}"; that of line {first} is lost'
                self.losses.add(self._line, "duplicate layout", words)
            elif len(self.sheets) >= MAX_ITEMS:
                message = f"more than {MAX_ITEMS:,} layouts"
                raise _StoppedError(message)
            self.sheets[key] = Sheet(_clean(key), value.rows, self._file, self._line)
        elif isinstance(into, dict):
            self._scalar(key, target)
            into[key] = value
            self._bound(into)
        elif isinstance(into, list) and isinstance(key, int):
            with _python(target):
                into[key] = value
        else:
            raise _unread(target)

    # -- values ------------------------------------------------------------------------

    def _value(self, node: ast.expr, scope: _Scope) -> Value:
        self._step()
        way = _WAYS.get(type(node))
        if way is None:
            raise _unread(node)
        return way(self, node, scope)

    def _constant(self, node: ast.Constant, _scope: _Scope) -> Value:
        value = node.value
        if not isinstance(value, _SCALARS):
            message = f"{short(repr(value), 20)} is no text and no number"
            raise _LossError(message, node.lineno)
        if isinstance(value, str):
            return self._text(value, count=False)
        return self._number(value, node)

    def _load(self, node: ast.Name, scope: _Scope) -> Value:
        return self._name(node.id, node, scope)

    def _name(self, name: str, node: ast.AST, scope: _Scope) -> Value:
        place: _Scope | None = scope
        value: Value = _BREAK
        while place is not None and value is _BREAK:
            value = place.own.get(name, _BREAK)
            place = place.around
        line = getattr(node, "lineno", 0)
        if value is _BREAK:
            message = f'there is no "{short(name)}"'
            raise _LossError(message, line, "unknown name")
        if isinstance(value, _Lost):
            message = f'"{short(name)}" was lost in line {value.line}'
            raise _LossError(message, line, "unknown name")
        return value

    def _listed(self, node: ast.List | ast.Tuple, scope: _Scope) -> Value:
        values = [*self._elements(node.elts, scope)]
        self._make(len(values))
        return values if isinstance(node, ast.List) else tuple(values)

    def _elements(self, nodes: Iterable[ast.expr], scope: _Scope) -> Iterator[Value]:
        count = 0
        for node in nodes:
            if isinstance(node, ast.Starred):
                values = self._iterated(self._value(node.value, scope), node)
            else:
                values = (self._value(node, scope),)
            for each in values:
                count += 1
                if count > MAX_ITEMS:
                    message = f"a list of more than {MAX_ITEMS:,} items"
                    raise _LossError(message, node.lineno, "bound")
                yield each

    def _mapping(self, node: ast.Dict, scope: _Scope) -> dict[Value, Value]:
        found = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                message = "** in a dict is not followed"
                raise _LossError(message, node.lineno)
            found[self._scalar(self._value(key, scope), node)] = self._value(
                value, scope
            )
        self._make(len(found))
        return found

    def _comprehension(self, node: ast.ListComp, scope: _Scope) -> list[Value]:
        found: list[Value] = []
        self._gather(node, 0, scope, found)
        return found

    def _gather(
        self, node: ast.ListComp, at: int, scope: _Scope, found: list[Value]
    ) -> None:
        if at == len(node.generators):
            found.append(self._value(node.elt, scope))
            self._bound(found)
            return
        part = node.generators[at]
        if part.is_async:
            raise _unread(node)
        for each in self._iterated(self._value(part.iter, scope), node):
            self._step()
            self._assign(part.target, each, scope)
            if all(self._truth(self._value(test, scope)) for test in part.ifs):
                self._gather(node, at + 1, scope, found)

    def _binary(self, node: ast.BinOp, scope: _Scope) -> Value:
        left = self._value(node.left, scope)
        return self._operated(node, node.op, left, self._value(node.right, scope))

    def _operated(
        self,
        node: ast.AST,
        operator: ast.operator,
        left: Value,
        right: Value,
    ) -> Value:
        line = getattr(node, "lineno", 0)
        numbers = _is_number(left) and _is_number(right)
        with _python(node):
            match operator:
                case ast.Mod() if isinstance(left, str):
                    return self._text(self._percent(left, right, line))
                case ast.Add() if isinstance(left, str) and isinstance(right, str):
                    return self._text(left + right)
                case ast.Add() if type(left) is type(right) and isinstance(
                    left, (list, tuple)
                ):
                    self._make(len(left) + len(right))
                    return self._bound(left + right)
                case ast.Add() if numbers:
                    return self._number(left + right, node)
                case ast.Sub() if numbers:
                    return self._number(left - right, node)
                case ast.Mult() if numbers:
                    return self._number(left * right, node)
                case ast.FloorDiv() if numbers:
                    return self._number(left // right, node)
                case ast.Mod() if numbers:
                    return self._number(left % right, node)
        sign = _SIGNS.get(type(operator), "this sign")
        message = f"{_kind(left)} {sign} {_kind(right)} is not followed"
        raise _LossError(message, line)

    def _unary(self, node: ast.UnaryOp, scope: _Scope) -> Value:
        value = self._value(node.operand, scope)
        if isinstance(node.op, ast.Not):
            return not self._truth(value)
        if isinstance(node.op, ast.USub) and _is_number(value):
            return -value
        raise _unread(node)

    def _either(self, node: ast.BoolOp, scope: _Scope) -> Value:
        wanted = isinstance(node.op, ast.Or)
        value: Value = None
        for each in node.values:
            value = self._value(each, scope)
            if self._truth(value) is wanted:
                break
        return value

    def _conditional(self, node: ast.IfExp, scope: _Scope) -> Value:
        chosen = self._truth(self._value(node.test, scope))
        return self._value(node.body if chosen else node.orelse, scope)

    def _compared(self, node: ast.Compare, scope: _Scope) -> bool:
        left = self._value(node.left, scope)
        for operator, each in zip(node.ops, node.comparators, strict=True):
            right = self._value(each, scope)
            if not self._holds(node, operator, left, right):
                return False
            left = right
        return True

    def _holds(
        self,
        node: ast.Compare,
        operator: ast.cmpop,
        left: Value,
        right: Value,
    ) -> bool:
        self._scalar(left, node)
        if isinstance(operator, (ast.In, ast.NotIn)):
            if isinstance(right, str):
                with _python(node):
                    inside = left in right
            else:
                # equal things that hold each other are never compared
                inside = any(
                    isinstance(each, _SCALARS) and each == left
                    for each in self._iterated(right, node)
                )
            return inside is isinstance(operator, ast.In)
        self._scalar(right, node)
        with _python(node):
            match operator:
                case ast.Eq():
                    return bool(left == right)
                case ast.NotEq():
                    return bool(left != right)
                case ast.Lt():
                    return bool(left < right)
                case ast.LtE():
                    return bool(left <= right)
                case ast.Gt():
                    return bool(left > right)
                case ast.GtE():
                    return bool(left >= right)
                case ast.Is():
                    return left is right
                case ast.IsNot():
                    return left is not right
        raise _unread(node)

    def _item(self, node: ast.Subscript, scope: _Scope) -> Value:
        value = self._value(node.value, scope)
        if isinstance(node.slice, ast.Slice):
            if node.slice.step is not None or not isinstance(value, (str, list, tuple)):
                raise _unread(node)
            ends = [
                None if each is None else self._value(each, scope)
                for each in (node.slice.lower, node.slice.upper)
            ]
            with _python(node):
                part = value[ends[0] : ends[1]]
            self._make(len(part))
            return part
        key = self._scalar(self._value(node.slice, scope), node)
        if value is self._items or not isinstance(value, (str, list, tuple, dict)):
            raise _unread(node)
        with _python(node):
            return value[key]

    def _joined(self, node: ast.JoinedStr, scope: _Scope) -> str:
        parts = []
        for each in node.values:
            if isinstance(each, ast.Constant):
                parts.append(str(each.value))
                continue
            if not isinstance(each, ast.FormattedValue):
                raise _unread(node)
            value = self._scalar(self._value(each.value, scope), node)
            spec = ""
            if isinstance(each.format_spec, ast.JoinedStr):
                plain = each.format_spec.values
                if not all(isinstance(part, ast.Constant) for part in plain):
                    message = "a format inside a format is not followed"
                    raise _LossError(message, node.lineno)
                spec = "".join(str(getattr(part, "value", "")) for part in plain)
            if each.conversion not in (-1, ord("s")):
                raise _unread(node)
            parts.append(_formatted(value, spec, node.lineno))
        return self._text("".join(parts))

    # -- calls -------------------------------------------------------------------------

    def _call(self, node: ast.Call, scope: _Scope) -> Value:
        line = node.lineno
        if isinstance(node.func, ast.Attribute):
            owner = self._value(node.func.value, scope)
            method = _METHODS.get((type(owner), node.func.attr))
            if method is None or owner is self._items:
                name = f"{type(owner).__name__}.{short(node.func.attr)}"
                message = f"a call of {name} is not followed"
                raise _LossError(message, line)
            arguments, named = self._arguments(node, scope)
            with _python(node):
                return method(self, owner, line, *arguments, **named)
        if not isinstance(node.func, ast.Name):
            message = "a call of what is no name is not followed"
            raise _LossError(message, line)
        called = self._name(node.func.id, node, scope)
        arguments, named = self._arguments(node, scope)
        if isinstance(called, _Function):
            return self._entered(called, arguments, named, line)
        if isinstance(called, _Known):
            with _python(node):
                return _CALLS[called.name](self, line, *arguments, **named)
        message = f'"{short(node.func.id)}" is no function'
        raise _LossError(message, line)

    def _arguments(
        self, node: ast.Call, scope: _Scope
    ) -> tuple[list[Value], dict[str, Value]]:
        named = {}
        for each in node.keywords:
            if each.arg is None:
                message = "** in a call is not followed"
                raise _LossError(message, node.lineno)
            named[each.arg] = self._value(each.value, scope)
        return [*self._elements(node.args, scope)], named

    def _entered(
        self, called: _Function, given: list[Value], named: dict[str, Value], line: int
    ) -> Value:
        arguments = called.node.args
        names = [each.arg for each in arguments.args]
        own: dict[str, Value] = {}
        if called.defaults:
            own.update(
                zip(names[-len(called.defaults) :], called.defaults, strict=True)
            )
        own.update(zip(names, given, strict=False))
        more = given[len(names) :]
        if arguments.vararg is not None:
            own[arguments.vararg.arg] = tuple(more)
        wrong = [each for each in named if each not in names[len(given) :]]
        own.update(named)
        lacking = [each for each in names if each not in own]
        if wrong or lacking or (more and arguments.vararg is None):
            message = f"{called.node.name} is called with other arguments than it takes"
            raise _LossError(message, line, "value")
        ended = self._block(called.node.body, _Scope(own, called.around))
        return ended.value if isinstance(ended, _Returned) else None

    def _layout(self, line: int, layout: Value) -> _Rows:
        rows = []
        if not isinstance(layout, (list, tuple)):
            message = "the layout of a DQMItem is a list of rows"
            raise _LossError(message, line, "value")
        for row in layout:
            if not isinstance(row, (list, tuple)):
                words = f"a row that is {_kind(row)}, and no list of plots"
                self.losses.add(self._line, "row", words, failed=True)
                continue
            cells = [self._cell(each) for each in row]
            rows.append(tuple(cells))
        return _Rows(tuple(rows))

    def _cell(self, value: Value) -> Cell | None:
        self._step()
        self._cells += value is not None
        if self._cells > MAX_CELLS:
            message = f"more than {MAX_CELLS:,} plots"
            raise _StoppedError(message)
        if isinstance(value, str):
            value = {"path": value}
        if value is None:
            return None
        if not isinstance(value, dict):
            words = f"a plot that is {_kind(value)}, and no path and no dict"
            self.losses.add(self._line, "cell", words, failed=True)
            return None
        path, description = value.get("path", ""), value.get("description") or ""
        draw, overlays = value.get("draw") or {}, value.get("overlays") or ()
        if not isinstance(path, str) or not path.strip():
            self.losses.add(self._line, "cell", "a plot without a path", failed=True)
            return None
        for key in value:
            if key not in ("path", "description", "draw", "overlays"):
                words = f'"{short(str(key))}" is no key of a plot'
                self.losses.add(self._line, "key", words)
        if not isinstance(description, str):
            self.losses.add(self._line, "key", f"a description is {_kind(description)}")
            description = ""
        if isinstance(overlays, str):
            overlays = (overlays,)
        if not isinstance(draw, dict) or not isinstance(overlays, (list, tuple)):
            self.losses.add(self._line, "key", "draw is no dict, or overlays no list")
            draw, overlays = {}, ()
        options = {}
        for key, option in draw.items():
            if isinstance(key, str) and isinstance(option, (str, int, float)):
                options[_clean(key)] = _clean(str(option))
            else:
                self.losses.add(self._line, "draw option", f"{key} is {_kind(option)}")
        found = []
        for each in overlays:
            each = each.get("path") if isinstance(each, dict) else each
            if isinstance(each, str):
                found.append(_clean(each))
            else:
                self.losses.add(self._line, "overlay", f"an overlay is {_kind(each)}")
        self._make(len(path) + len(description))
        return Cell(_clean(path), "", _clean(description), options, tuple(found))

    # -- formats -----------------------------------------------------------------------

    def _percent(self, text: str, given: Value, line: int) -> str:
        values = list(given) if isinstance(given, tuple) else [given]
        parts: list[str] = []
        end = 0
        for found in _PERCENT.finditer(text):
            between = text[end : found.start()]
            if "%" in between:
                break
            parts.append(between)
            end = found.end()
            name, flags, width, precision, letter = found.groups()
            if letter == "%":
                parts.append("%")
                continue
            if name:
                value = given[name]
            elif values:
                value = values.pop(0)
            else:
                message = "a format with fewer values than places"
                raise _LossError(message, line, "value")
            self._scalar(value, None, line)
            dot = "" if precision is None else f".{precision}"
            parts.append(f"%{flags}{width}{dot}{letter}" % (value,))
        if "%" in text[end:]:
            message = f'the format "{short(text)}" is not followed'
            raise _LossError(message, line)
        if values and not isinstance(given, dict):
            message = "a format with more values than places"
            raise _LossError(message, line, "value")
        return "".join((*parts, text[end:]))

    def _format(self, text: str, line: int, *given: Value, **named: Value) -> str:
        parts, at = [], 0
        for before, field, spec, conversion in string.Formatter().parse(text):
            parts.append(before)
            if field is None:
                continue
            if not _FIELD.fullmatch(field) or conversion not in (None, "s"):
                message = f'the field "{short(field)}" of a format is not followed'
                raise _LossError(message, line)
            if not field:
                field, at = str(at), at + 1
            value = given[int(field)] if field.isdigit() else named[field]
            self._scalar(value, None, line)
            parts.append(_formatted(value, spec or "", line))
        return self._text("".join(parts))

    # -- bounds ------------------------------------------------------------------------

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            message = f"more than {MAX_STEPS:,} steps"
            raise _StoppedError(message)

    def _make(self, many: int) -> None:
        self._made += many
        if self._made > MAX_MADE:
            message = f"texts and lists of more than {MAX_MADE:,} characters and items"
            raise _StoppedError(message)

    def _text(self, text: str, *, count: bool = True) -> str:
        if len(text) > MAX_TEXT:
            message = f"a text of more than {MAX_TEXT:,} characters"
            raise _LossError(message, 0, "bound")
        self._make(len(text) if count else 0)
        return text

    def _number(self, value: Value, node: ast.AST) -> Value:
        if _is_number(value) and not abs(value) <= MAX_NUMBER:
            message = f"a number beyond ±{MAX_NUMBER:,}"
            raise _LossError(message, getattr(node, "lineno", 0), "bound")
        return value

    def _bound(self, found: Value) -> Value:
        if len(found) > MAX_ITEMS:
            message = f"a list of more than {MAX_ITEMS:,} items"
            raise _LossError(message, 0, "bound")
        return found

    def _extend(self, into: list[Value], values: Iterable[Value]) -> None:
        for each in list(values) if values is into else values:
            if len(into) >= MAX_ITEMS:
                self._bound(range(MAX_ITEMS + 1))
            self._make(1)
            into.append(each)

    def _scalar(self, value: Value, node: ast.AST | None, line: int = 0) -> Value:
        if not isinstance(value, _SCALARS):
            message = f"{_kind(value)} where a text or a number is needed"
            raise _LossError(message, line or getattr(node, "lineno", 0), "value")
        return value

    def _truth(self, value: Value) -> bool:
        return bool(value)

    def _iterated(self, value: Value, node: ast.AST) -> Iterable[Value]:
        if value is self._items or not isinstance(
            value, (str, list, tuple, dict, range)
        ):
            message = f"{_kind(value)} where a list is needed"
            raise _LossError(message, getattr(node, "lineno", 0), "value")
        # what is changed while it is gone through would be an error of Python's
        return list(value) if isinstance(value, dict) else value

    def _copied(self, value: Value, line: int) -> list[Value]:
        given = self._iterated(value, ast.Pass(lineno=line))
        assert isinstance(given, (str, list, tuple, range))
        self._bound(given)
        self._make(len(given))
        return list(given)


def _unread(node: ast.AST) -> _LossError:
    name = _WORDS.get(type(node), type(node).__name__)
    if isinstance(node, ast.Attribute):
        name = f'the attribute "{short(node.attr)}"'
    return _LossError(f"{name} is not followed", getattr(node, "lineno", 0))


@contextlib.contextmanager
def _python(node: ast.AST) -> Iterator[None]:
    """What Python's own operations find wrong with values is a loss."""
    try:
        yield
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        line = getattr(node, "lineno", 0)
        raise _LossError(short(words), line, "value") from error


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def _formatted(value: Value, spec: str, line: int) -> str:
    if not _SPEC.fullmatch(spec):
        message = f'the format "{short(spec)}" is not followed'
        raise _LossError(message, line)
    return format("None" if value is None else value, spec)


def _clean(text: str) -> str:
    """A text without what no file of a site may hold."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text
    )


def _range(_reading: Interpreter, _line: int, *ends: int) -> range:
    return range(*ends)


def _len(reading: Interpreter, line: int, value: Value) -> int:
    if not isinstance(value, (str, list, tuple, dict, range)):
        message = f"the length of {_kind(value)}"
        raise _LossError(message, line, "value")
    del reading
    return len(value)


def _list(reading: Interpreter, line: int, value: Value = ()) -> list[Value]:
    return reading._copied(value, line)


def _tuple(reading: Interpreter, line: int, value: Value = ()) -> tuple[Value, ...]:
    return tuple(reading._copied(value, line))


def _enumerate(
    reading: Interpreter,
    line: int,
    value: Value,
    start: int = 0,
) -> list[tuple[int, Value]]:
    return list(enumerate(reading._copied(value, line), start))


def _dict(reading: Interpreter, _line: int, **named: Value) -> dict[Value, Value]:
    reading._make(len(named))
    return named


def _str(reading: Interpreter, line: int, value: Value = "") -> str:
    return reading._text(str(reading._scalar(value, None, line)))


def _int(reading: Interpreter, line: int, value: Value = 0) -> int:
    reading._scalar(value, None, line)
    if isinstance(value, str) and len(value) > MAX_WIDTH:
        message = "a number of too many digits"
        raise _LossError(message, line, "bound")
    found: int = reading._number(int(value), ast.Pass(lineno=line))
    return found


def _append(reading: Interpreter, owner: list[Value], _line: int, value: Value) -> None:
    reading._extend(owner, (value,))


def _split(
    reading: Interpreter, owner: str, line: int, by: str | None = None, most: int = -1
) -> list[str]:
    del line
    found = owner.split(by, most)
    reading._make(len(found))
    reading._bound(found)
    return found


def _join(reading: Interpreter, owner: str, line: int, parts: Value) -> str:
    values = reading._copied(parts, line)
    length = sum(len(each) + len(owner) for each in values if isinstance(each, str))
    if length > MAX_TEXT:
        message = f"a text of more than {MAX_TEXT:,} characters"
        raise _LossError(message, line, "bound")
    return reading._text(owner.join(values))


def _entries(
    reading: Interpreter, owner: dict[Value, Value], _line: int
) -> list[Value]:
    reading._make(len(owner))
    return list(owner.items())


_WAYS: dict[type[ast.expr], Callable[[Interpreter, Value, _Scope], Value]] = {
    ast.Constant: Interpreter._constant,
    ast.Name: Interpreter._load,
    ast.List: Interpreter._listed,
    ast.Tuple: Interpreter._listed,
    ast.Dict: Interpreter._mapping,
    ast.ListComp: Interpreter._comprehension,
    ast.BinOp: Interpreter._binary,
    ast.UnaryOp: Interpreter._unary,
    ast.BoolOp: Interpreter._either,
    ast.IfExp: Interpreter._conditional,
    ast.Compare: Interpreter._compared,
    ast.Subscript: Interpreter._item,
    ast.JoinedStr: Interpreter._joined,
    ast.Call: Interpreter._call,
}
_CALLS: dict[str, Callable[..., Value]] = {
    "DQMItem": Interpreter._layout,
    "dict": _dict,
    "enumerate": _enumerate,
    "int": _int,
    "len": _len,
    "list": _list,
    "print": lambda _reading, _line, *_given, **_named: None,
    "range": _range,
    "str": _str,
    "tuple": _tuple,
}
_METHODS: dict[tuple[type, str], Callable[..., Value]] = {
    (str, "format"): Interpreter._format,
    (str, "split"): _split,
    (str, "join"): _join,
    (list, "append"): _append,
    (dict, "items"): _entries,
}


# -- a file ----------------------------------------------------------------------------


def read_cms(data: bytes, file: str) -> Sheets:
    """Read a layout file. Never raises, and runs nothing of it.

    Args:
        data: its bytes.
        file: its name, as losses say it.
    """
    interpreter = Interpreter(file)
    losses = interpreter.losses
    tree = _tree(data, losses)
    if tree is not None:
        interpreter.run(tree)
        if not interpreter.sheets and not losses.losses:
            losses.add(0, "no layouts", "the file fills no dqmitems")
    return Sheets(tuple(interpreter.sheets.values()), losses.losses, losses.more)


def _tree(data: bytes, losses: Losses) -> ast.Module | None:
    """The syntax tree; None, with a loss, where there is none."""

    def lost(line: int, kind: str, message: str) -> None:
        losses.add(line, kind, f"{message}: nothing of it is read", failed=True)

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding not in _UTF8 and not _LATIN.fullmatch(encoding):
            lost(1, "encoding", f"the file is {short(encoding)}; save it as UTF-8")
            return None
        text = data.decode("utf-8-sig" if encoding in _UTF8 else encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        words = " ".join(str(error).split())
        lost(1, "encoding", f"the file is not UTF-8 ({short(words)}); save it as UTF-8")
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        lost(error.lineno or 0, "syntax error", f"{error.msg or 'no Python'}")
    except (MemoryError, RecursionError):
        lost(0, "bound", "nested too deep, or too large")
    except ValueError as error:  # a NUL, half a character
        lost(0, "syntax error", short(str(error)))
    return None


# -- the child -------------------------------------------------------------------------

_ENCODE = msgspec.json.Encoder()
_DECODE = msgspec.json.Decoder(Sheets)


def read_files(files: Sequence[Path]) -> Iterator[Sheets]:
    """Read layout files, one after the other, each apart from this process.

    Args:
        files: the files.

    Yields:
        What each gave, as it comes.
    """
    waiting = [*files]
    while waiting:
        done = 0
        for found in _read_apart(waiting):
            yield found
            done += 1
        if done < len(waiting):
            losses = Losses(sendable(str(waiting[done])))
            words = "reading it took too much memory or time: nothing of it is read"
            losses.add(0, "bound", words, failed=True)
            yield Sheets((), losses.losses)
            done += 1
        waiting = waiting[done:]


def _read_apart(files: Sequence[Path]) -> Iterator[Sheets]:
    """What one child reads, until it is through or dies."""
    # -P: in a folder of layouts nothing may be taken for a module
    command = (sys.executable, "-P", "-m", "dqmconsole.site.cms_layouts")
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(b"\0".join(bytes(each) for each in files))
                child.stdin.close()
            for line in child.stdout:
                try:
                    yield _DECODE.decode(line)
                except msgspec.MsgspecError:  # cut short as it died
                    return
        finally:
            child.kill()


def _child() -> None:
    """Read the files that stdin names; a line of JSON for each goes to stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    names = sys.stdin.buffer.read().split(b"\0")
    for name in names:
        # the signal ends this process, wherever it is
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        path = Path(name.decode("utf-8", "surrogateescape"))
        shown = sendable(str(path))
        findings = Findings(shown)
        data = read_bytes(path, findings, MAX_BYTES)
        if data is None:
            losses = Losses(shown)
            losses.add(0, "unread", findings.problems[0].message, failed=True)
            found = Sheets((), losses.losses)
        else:
            found = read_cms(data, shown)
        sys.stdout.buffer.write(_ENCODE.encode(found) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    _child()
