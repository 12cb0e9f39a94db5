"""HTML of the teacher's report: escaped text, tables, bars for rates; no script."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from dqmconsole.training.score import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


Cell = str | Rate


def said(words: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{_escaped(words)}</p>\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table; its cells are plain text or rates."""
    head = "".join(f"<th>{_escaped(each)}</th>" for each in heads)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(each)}</td>' for each in row)}</tr>\n"
        for row in rows
    )
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def one_page(title: str, head: Sequence[str], sections: Mapping[str, str]) -> str:
    """The whole page.

    Args:
        title: of the page, plain text.
        head: lines beneath it, plain text.
        sections: heading, plain text -> HTML.
    """
    lines = "".join(f"<li>{_escaped(each)}</li>" for each in head)
    body = "".join(
        f"<h2>{_escaped(name)}</h2>\n{each}" for name, each in sections.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_escaped(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{_escaped(title)}</h1>\n<ul>{lines}</ul>\n{body}"
        "</body>\n</html>\n"
    )


def _cell(cell: Cell) -> str:
    if isinstance(cell, str):
        return _escaped(cell)
    if cell.value is None:
        return "none shown"
    low, middle, high = (100 * each for each in (cell.low, cell.value, cell.high))
    return (
        f'<span class="bar"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        f'<b style="left:{middle:.1f}%"></b></span>'
        f"{cell.count} of {cell.of}, {middle:.0f} % ({low:.0f} to {high:.0f} %)"
    )


def _escaped(text: str) -> str:
    """Plain text on one line, without control and direction characters."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return html.escape(" ".join(shown.split()))


_STYLE = """\
body { font: 11pt/1.45 "Source Sans 3", "Source Sans Pro", sans-serif; color: #1d2024;
  background: #fff; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 16pt; margin: 0 0 12px; }
h2 { font-size: 13pt; margin: 24px 0 6px; border-bottom: 1px solid #b8bdc4; }
ul { padding-left: 1.3rem; margin: 4px 0; }
p { margin: 6px 0; }
table { border-collapse: collapse; margin: 6px 0; }
th, td { border: 1px solid #b8bdc4; padding: 3px 8px; text-align: left;
  vertical-align: top; font-size: 9.5pt; }
th { background: #eceef1; }
.bar { position: relative; display: inline-block; width: 7rem; height: .7em;
  margin-right: .6em; background: #eceef1; }
.bar i { position: absolute; top: 0; height: 100%; background: #9db8d6; }
.bar b { position: absolute; top: -2px; bottom: -2px; width: 2px; margin-left: -1px;
  background: #1b4f8a; }
@media print {
  body { margin: 0; max-width: none; font-size: 10pt; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  .bar, .bar i, .bar b, th { print-color-adjust: exact; }
}
"""
