"""Check-lists of a shift, as ``instructions/checklists.yaml`` holds them."""

from __future__ import annotations

from typing import Literal

import msgspec

from dqmconsole.model.layout import RunType

Phase = Literal["start", "hourly", "run", "end"]


class CheckItem(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One thing to check.

    Attributes:
        id: its name, unique in its list.
        text: what to do, one line of Markdown.
        pages: "Layout/Page" names to look at; opening them in the run is shown.
        run_types: only in runs of these types; in all when empty.
    """

    id: str
    text: str
    pages: tuple[str, ...] = ()
    run_types: tuple[RunType, ...] = ()


class CheckList(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A check-list.

    Attributes:
        id: its name.
        title: what it is called.
        phase: when it is due: at the start, every hour, in every run, at the end.
        items: what to check.
    """

    id: str
    title: str
    phase: Phase
    items: tuple[CheckItem, ...]
