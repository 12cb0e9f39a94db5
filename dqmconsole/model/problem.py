"""A problem with something people wrote or a machine left behind."""

from __future__ import annotations

from typing import Literal

import msgspec

ProblemKind = Literal["layout", "source", "engine"]


class Problem(msgspec.Struct, frozen=True, gc=False):
    """One thing that is wrong, where it is, and the nearest right thing.

    Attributes:
        message: what is wrong, in words, with "did you mean" where it helps.
        file: the file, as the person knows it; "" when there is none.
        line: line, from 1; 0 when unknown.
        column: column, from 1; 0 when unknown.
        severity: an "error" makes ``validate`` fail, an "advice" does not.
        kind: what it is a problem of: the site's texts ("layout"), the data
            source ("source"), or the program's own parts ("engine").
        key: the plot it belongs to (see ``layout.plot_key``), or "".
        code: the rule of the site that is broken (``dqmconsole validate --explain
            CODE``); "" where the problem is none of the site.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    severity: Literal["error", "advice"] = "error"
    kind: ProblemKind = "layout"
    key: str = ""
    code: str = ""

    def __str__(self) -> str:
        """``file:line:column: message [code]``, as editors understand it."""
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column or 1}"
        word = "" if self.severity == "error" else "advice: "
        said = f"{word}{self.message}" + (f" [{self.code}]" if self.code else "")
        return f"{place}: {said}" if place else said
