"""Layout files of the CMS DQM GUI: what they mean, and what none of them may do."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmconsole.site import cms_layouts
from dqmconsole.site.cms_layouts import MAX_TEXT, Interpreter, read_cms, read_files
from dqmconsole.site.foreign import MOST_LOSSES

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.site.foreign import Sheets

HELPER = 'def shown(i, p, *rows): i["Hcal/Layouts/" + p] = DQMItem(layout=rows)\n'


def read(text: str | bytes) -> Sheets:
    return read_cms(text if isinstance(text, bytes) else text.encode(), "layouts.py")


def paths(found: Sheets) -> dict[str, list[list[str]]]:
    """Name -> rows of paths, "" where a place is empty."""
    return {
        sheet.name: [
            ["" if cell is None else cell.path for cell in row] for row in sheet.rows
        ]
        for sheet in found.sheets
    }


def test_rows_options_overlays_and_descriptions() -> None:
    found = read(
        HELPER + 'LINK = "<a href=https://x.ch/a>page</a>"\n'
        'shown(dqmitems, "00 Summary",\n'
        '  [{"path": "Hcal/a", "description": "Digis. " + LINK,\n'
        '    "draw": {"withref": "no", "xmax": "50"}, "overlays": ["Hcal/b"]}, None],\n'
        '  ["Hcal/c"])\n'
    )
    assert found.losses == ()
    (sheet,) = found.sheets
    assert (sheet.name, sheet.file, sheet.line) == (
        "Hcal/Layouts/00 Summary",
        "layouts.py",
        3,
    )
    assert paths(found) == {"Hcal/Layouts/00 Summary": [["Hcal/a", ""], ["Hcal/c"]]}
    cell = sheet.cells[0]
    assert cell.description == "Digis. <a href=https://x.ch/a>page</a>"
    assert cell.draw == {"withref": "no", "xmax": "50"}
    assert cell.overlays == ("Hcal/b",)


def test_loops_conditions_and_formats() -> None:
    found = read(
        HELPER + "for wheel in range(-1, 2):\n"
        "    for sector, word in enumerate(['in', 'out'], 1):\n"
        "        if wheel == 0 and sector != 1:\n"
        "            continue\n"
        "        name = f'W{wheel}/{word}{sector:02d}'\n"
        "        rows = list()\n"
        "        for kind in ('a', 'b'):\n"
        "            path = 'DT/%s%+d/' % (kind, wheel) + 'S{}'.format(sector)\n"
        "            rows.append([path])\n"
        "        shown(dqmitems, name, *rows)\n"
    )
    assert found.losses == ()
    assert list(paths(found)) == [
        f"Hcal/Layouts/W{each}"
        for each in ("-1/in01", "-1/out02", "0/in01", "1/in01", "1/out02")
    ]
    assert paths(found)["Hcal/Layouts/W1/out02"] == [["DT/a+1/S2"], ["DT/b+1/S2"]]


def test_a_function_that_makes_the_helper_and_one_that_counts() -> None:
    found = read(
        "def made(items, base):\n"
        "    def shown(path, name):\n"
        "        items[base + name] = DQMItem(layout=[[{'path': path}]])\n"
        "    return shown\n"
        "number = 1\n"
        "def counted(items, path, title='none'):\n"
        "    global number\n"
        "    items['%02d) ' % number + title] = DQMItem([[path]])\n"
        "    number += 1\n"
        "info = made(dqmitems, 'Info/Layouts/')\n"
        "info('Info/a', '1 - A')\n"
        "counted(dqmitems, 'x')\n"
        "counted(dqmitems, path='y', title='two' if number > 1 else 'one')\n"
        "sides = ['-', '+']\n"
        "counted(dqmitems, 'z'.join([side for side in sides if side != '-']))\n"
    )
    assert found.losses == ()
    assert list(paths(found)) == [
        "Info/Layouts/1 - A", "01) none", "02) two", "03) none",
    ]  # fmt: skip


def test_the_stub_of_who_runs_the_file_is_not_followed() -> None:
    found = read(
        "if __name__=='__main__':\n"
        "\tclass DQMItem:\n\t\tdef __init__(self, layout): print(layout)\n"
        "\tdqmitems={}\n" + HELPER + "shown(dqmitems, 'a', ['x'])\n"
    )
    assert found.losses == ()
    assert paths(found) == {"Hcal/Layouts/a": [["x"]]}


def test_what_is_not_followed_is_a_loss_with_its_line_and_the_rest_goes_on() -> None:
    found = read(
        "import os\n"
        "where = os.path.join('a', 'b')\n" + HELPER + "shown(dqmitems, where, ['x'])\n"
        "shown(dqmitems, 'good', ['y'])\n"
        "shown(dqmitems, 'odd', [{'path': 'z', 'colour': 'red'}, 7, {'draw': {}}])\n"
        "shown(dqmitems, 'good', ['y'], 'no row')\n"
    )
    assert [str(each) for each in found.losses] == [
        "layouts.py:1: construct: import is not followed",
        'layouts.py:2: construct: the attribute "path" is not followed',
        'layouts.py:4: unknown name: "where" was lost in line 2',
        'layouts.py:6: key: "colour" is no key of a plot',
        "layouts.py:6: cell: a plot that is a number, and no path and no dict",
        "layouts.py:6: cell: a plot without a path",
        "layouts.py:7: row: a row that is a text, and no list of plots",
        'layouts.py:7: duplicate layout: a second layout "Hcal/Layouts/good"; that of '
        "line 5 is lost",
    ]
    assert paths(found) == {
        "Hcal/Layouts/good": [["y"]],
        "Hcal/Layouts/odd": [["z", "", ""]],
    }


def test_a_syntax_error_is_said_and_nothing_is_read() -> None:
    found = read(HELPER + "shown(dqmitems, 'a', ['x']\n\nshown(dqmitems, 'b', ['y'])\n")
    assert found.sheets == ()
    assert str(found.losses[0]) == (
        "layouts.py:2: syntax error: '(' was never closed: nothing of it is read"
    )


def test_other_encodings() -> None:
    text = "dqmitems['é'] = DQMItem([['x']])\n"
    for data in (
        text.encode("utf-8-sig"),
        b"# -*- coding: latin-1 -*-\n" + text.encode("latin-1"),
    ):
        assert list(paths(read(data))) == ["é"]
    for data in (
        text.encode("latin-1"),
        text.encode("utf-16"),
        b"# -*- coding: unicode_escape -*-\n" + text.encode(),
        b"# -*- coding: rot13 -*-\n",
    ):
        (loss,) = read(data).losses
        assert loss.failed
        assert "save it as UTF-8" in loss.message


# Each would do harm if it were run; MARK is a file that none may make.
HOSTILE = {
    "import": "import os; os.system('touch MARK')",
    "from-import": "from os import system\nsystem('touch MARK')",
    "dunder-import": "__import__('os').system('touch MARK')",
    "builtins": "__builtins__['open']('MARK', 'w')",
    "open": "open('MARK', 'w').write('x')",
    "eval": 'eval(\'open("MARK","w")\')',
    "exec": 'exec(\'open("MARK","w")\')',
    "compile": "compile('1', 'x', 'exec')",
    "getattr": "getattr('', 'format')",
    "class-walk": "''.__class__.__mro__[1].__subclasses__()",
    "tuple-walk": "().__class__.__base__",
    "globals": "def f(): pass\nf.__globals__['os']",
    "code": "def f(): pass\nf.__code__ = 1",
    "item-class": "DQMItem.__init__.__globals__",
    "items-class": "dqmitems.__class__",
    "format-attribute": "x = '{0.__class__.__mro__}'.format('')",
    "format-index": "x = '{0[0]}'.format(['a'])",
    "format-name": "x = '{a.__class__}'.format(a=1)",
    "format-nested": "x = '{:{}}'.format('a', 10**9)",
    "format-conversion": "x = '{!r}'.format('a')",
    "fstring-attribute": "x = f'{().__class__}'",
    "fstring-nested": "w = 9\nx = f'{1:{w}}'",
    "fstring-call": 'x = f\'{open("MARK", "w")}\'',
    "percent-width": "x = '%999999999d' % 1",
    "percent-star": "x = '%*d' % (999999999, 1)",
    "percent-precision": "x = '%.999999999f' % 1",
    "spec-width": "x = '{:999999999}'.format('a')",
    "spec-precision": "x = f'{1:.999999999f}'",
    "repeated-text": "x = 'a' * 10**12",
    "repeated-list": "x = [0] * 10**12",
    "power": "x = 9**9**9**9",
    "shift": "x = 1 << 10**12",
    "large-number": "x = 10000000000000000000000000000000000 * 2",
    "doubled-text": "x = 'ab'\nfor i in range(99):\n    x = x + x",
    "doubled-list": "x = [1]\nfor i in range(99):\n    x = x + x",
    "doubled-tuple": "x = (1,)\nfor i in range(99):\n    x += x",
    "nested-lists": "x = []\nfor i in range(9999): x = [x, x]\ny = x == x",
    "list-in-itself": "x = []\nx.append(x)\ndqmitems['a'] = DQMItem(x)\ny = x in x",
    "grown-while-read": "x = [1]\nfor i in x: x.append(i)",
    "long-range": "x = list(range(10000000000))",
    "joined": "x = ('a' * 3).join(range(10000000000))",
    "endless-while": "while True: pass",
    "endless-for": "for i in range(9000000000): j = i",
    "loops-in-loops": "for i in range(9999):\n for j in range(9999):\n  k = i + j",
    "endless-call": "def f(): f()\nf()",
    "two-that-call": "def f(): g()\ndef g(): f()\nf()",
    "function-of-itself": "def f(g): g(g)\nf(f)",
    "comprehension": "x = [i for i in range(99999) for j in range(99999)]",
    "generator": "x = tuple(i for i in range(9))",
    "lambda": "x = (lambda: open('MARK', 'w'))()",
    "class": "class A:\n  x = open('MARK', 'w')",
    "decorator": "@print\ndef f(): pass",
    "try": "try:\n  x = 1 // 0\nfinally:\n  open('MARK', 'w')",
    "with": "with open('MARK', 'w') as f: pass",
    "walrus": "(x := 1)",
    "async": "async def f(): pass",
    "star-star": "print(**{'file': 1})",
    "delete": "del dqmitems",
    "assert": "assert open('MARK', 'w')",
    "raise": "raise SystemExit",
    "other-items": "dqmitems = {}",
    "zero": "x = 1 // 0",
    "missing": "x = [][5]",
    "attribute": "dqmitems.clear()",
    "dunder-name": "__name__ = '__main__'",
    "bytes": "x = b'abc'",
    "unpacked": "a, b = 1, 2, 3",
    "many-plots": "for i in range(9999):\n  dqmitems[str(i)] = DQMItem([['x'] + list("
    "range(99))])\n  y = list(range(9999))",
    "many-layouts": "for i in range(99999): dqmitems['%d' % i] = DQMItem([['x']])",
    "long-name": "dqmitems['x' * 1] = 1",
    "plus-of-thousands": "x = " + "+".join(["'a'"] * 5000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_said_and_do_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "mark"
    text = HOSTILE[name].replace("MARK", str(mark))
    interpreter = Interpreter("hostile.py")
    tree = cms_layouts._tree(text.encode(), interpreter.losses)
    monkeypatch.setattr(cms_layouts, "MAX_STEPS", 20_000)
    monkeypatch.setattr(cms_layouts, "MAX_MADE", 500_000)
    called: list[object] = []
    with monkeypatch.context() as patch:
        for each in ("open", "eval", "exec", "compile"):
            patch.setattr(builtins, each, called.append)
        interpreter.run(tree or ast.Module([], []))
    assert interpreter.losses.losses, "nothing was said"
    assert not called
    assert not mark.exists()
    assert interpreter._steps <= 20_001
    assert interpreter._made <= 500_000 + cms_layouts.MAX_ITEMS + MAX_TEXT


PARSER = {
    "nested": b"x = " + b"(" * 150 + b"1" + b")" * 150,
    "too-nested": b"x = " + b"[" * 100_000,
    "minus": b"x = " + b"-" * 100_000 + b"1",
    "not": b"x = " + b"not " * 20_000 + b"1",
    "chain": b"x = a" + b".b" * 50_000,
    "calls": b"x = a" + b"()" * 50_000,
    "sum": b"x = 1" + b"+1" * 90_000,
    "lambda": b"x = " + b"lambda: " * 20_000 + b"1",
    "if-else": b"x = " + b"1 if 1 else " * 20_000 + b"1",
    "elif": b"if 0: pass\n" + b"elif 0: pass\n" * 50_000,
    "blocks": b"".join(b" " * i + b"if 1:\n" for i in range(99)) + b" " * 99 + b"pass",
    "nul": b"x = 1\n\0\n",
    "binary": bytes(range(256)) * 100,
    "tabs": b"if 1:\n\tx = 1\n        y = 2\n",
    "huge": b"#" * (cms_layouts.MAX_BYTES + 1),
    "commas": b"x = [" + b"1," * 200_000 + b"]",
    "names": b"\n".join(b"a%d = %d" % (i, i) for i in range(20_000)),
    "cut": b"def f(i, p, *rows): i[",
    "half-letter": b"x = '\\ud800'\ny\n",
    "empty": b"",
    "cr": b"x = 1\ry\r",
    "form-feed": b"\x0cx = 1\ny\n",
}


@pytest.mark.slow
def test_files_that_the_parser_does_not_survive_are_said(tmp_path: Path) -> None:
    files = []
    for name, data in PARSER.items():
        files.append(tmp_path / f"{name}.py")
        files[-1].write_bytes(data)
    good = tmp_path / "zz-good.py"
    good.write_text(HELPER + "shown(dqmitems, 'a', ['x'])\n")
    files += [tmp_path / "missing.py", tmp_path, good]
    found = dict(zip(files, read_files(files), strict=True))
    for file, sheets in found.items():
        if file != good:
            assert sheets.losses, file.name
            assert sheets.sheets == ()
    assert paths(found[good]) == {"Hcal/Layouts/a": [["x"]]}
    assert found[good].losses == ()


@pytest.mark.slow
def test_what_ends_the_child_is_said_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [tmp_path / f"{name}.py" for name in ("a", "b", "c")]
    for file in files:
        file.write_text("dqmitems['a'] = DQMItem([['x']])\n")
    # what stands in the folder is never taken for a module
    for name in ("ast", "re", "msgspec", "dqmconsole"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit\n")
    monkeypatch.chdir(tmp_path)
    given = cms_layouts._read_apart

    def dies(waiting: list[Path]) -> object:
        for at, sheets in enumerate(given(waiting)):
            if waiting[at].stem == "b":
                return
            yield sheets

    monkeypatch.setattr(cms_layouts, "_read_apart", dies)
    found = list(read_files(files))
    assert [len(each.sheets) for each in found] == [1, 0, 1]
    assert "too much memory or time" in found[1].losses[0].message


# -- whatever stands in a file ---------------------------------------------------------

_NAMES = st.sampled_from(["a", "b", "i", "dqmitems", "rows", "f", "DQMItem", "list"])
_ATOMS = st.one_of(
    _NAMES,
    st.integers(-3, 10**6).map(str),
    st.sampled_from(["'x'", "'%s%d'", "'{}{}'", "None", "True", "''", "1.5", "'a/b'"]),
)


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    operators = ["+", "-", "*", "//", "%", "==", "in", "and", "or", "<", "**", "@"]
    return st.one_of(
        st.tuples(inner, st.sampled_from(operators), inner).map(
            lambda each: f"({each[0]} {each[1]} {each[2]})"
        ),
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
        two.map(lambda each: f"({each[0]}, *{each[1]})"),
        two.map(lambda each: f"{{{each[0]}: {each[1]}}}"),
        two.map(lambda each: f"{each[0]}[{each[1]}]"),
        two.map(lambda each: f"{each[0]}[:{each[1]}]"),
        two.map(lambda each: f"f({each[0]}, *{each[1]})"),
        two.map(lambda each: f"[i for i in {each[0]} if {each[1]}]"),
        st.tuples(inner, st.sampled_from(["append", "format", "split", "join", "pop",
                                          "items", "__class__"]), inner).map(
            lambda each: f"{each[0]}.{each[1]}({each[2]})"
        ),
        st.tuples(st.sampled_from(["range", "len", "str", "int", "dict", "enumerate",
                                   "DQMItem", "print", "tuple"]), inner).map(
            lambda each: f"{each[0]}({each[1]})"
        ),
        inner.map(lambda each: f"f'{{{each}}}'" if "'" not in each else each),
        inner.map(lambda each: f"DQMItem(layout=[[{each}]])"),
    )  # fmt: skip


_VALUES = st.recursive(_ATOMS, _deeper, max_leaves=12)
_LINES = st.one_of(
    st.tuples(_NAMES, _VALUES).map(lambda each: f"{each[0]} = {each[1]}"),
    st.tuples(_NAMES, _VALUES).map(lambda each: f"{each[0]} += {each[1]}"),
    st.tuples(_VALUES, _VALUES).map(lambda each: f"dqmitems[{each[0]}] = {each[1]}"),
    st.tuples(_VALUES, _VALUES).map(
        lambda each: f"for i in {each[0]}:\n  a = {each[1]}\n  b = [a, b]"
    ),
    st.tuples(_VALUES, _VALUES).map(
        lambda each: f"if {each[0]}: a = {each[1]}\nelse: break"
    ),
    _VALUES.map(lambda each: f"def f(a, b=1, *rows): return {each}"),
    _VALUES,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(_LINES, max_size=8))
def test_no_file_raises_or_goes_beyond_its_bounds(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    interpreter = Interpreter("layouts.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cms_layouts, "MAX_STEPS", 3000)
        patch.setattr(cms_layouts, "MAX_MADE", 50_000)
        interpreter.run(tree)
    assert interpreter._steps <= 3001
    assert interpreter._made <= 50_000 + cms_layouts.MAX_ITEMS + MAX_TEXT
    assert len(interpreter.losses.losses) <= MOST_LOSSES
    for sheet in interpreter.sheets.values():
        for cell in sheet.cells:
            assert isinstance(cell.path, str)
            assert cell.path.strip()


@settings(max_examples=20, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
def test_no_bytes_raise(data: bytes) -> None:
    found = read_cms(data, "layouts.py")
    assert found.sheets or found.losses
