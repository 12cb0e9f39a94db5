"""Where the plots are that are not good, and what a page has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.verdict import Status
from dqmconsole.shift.quiet import quiet_stops

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.model.frame import OutageFact
    from dqmconsole.model.verdict import Rollup, Verdict
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PageName, Pages

ABNORMAL = (Status.BAD, Status.STALE, Status.WARNING)


def first_abnormal(keys: Sequence[str], verdicts: Mapping[str, Verdict]) -> str:
    """The first plot that is BAD, else the first STALE, else WARNING, else ""."""
    for status in ABNORMAL:
        for key in keys:
            if key in verdicts and verdicts[key].status is status:
                return key
    return ""


def next_abnormal(
    pages: Pages,
    here: str,
    verdicts: Mapping[str, Verdict],
    outages: Mapping[str, OutageFact],
) -> str:
    """The next plot after `here` that is not good, round the end; "" when none is.

    All that are BAD come first, wherever they stand; then one plot of each layout that
    gives nothing to judge; then every WARNING.

    Args:
        pages: all pages.
        here: the plot selected, or "".
        verdicts: by plot.
        outages: by subsystem, "" for the whole source.
    """
    keys = list(pages.keys())
    at = keys.index(here) if here in keys else -1
    bad, warned = (
        [key for key in keys if key in verdicts and verdicts[key].status is status]
        for status in (Status.BAD, Status.WARNING)
    )
    ranks = [bad, list(quiet_stops(keys, verdicts, outages)), warned]
    # from the last BAD one on to the rest, and from the last warning back
    ordered = [key for rank in ranks for key in rank]
    if here in ordered:
        return ordered[(ordered.index(here) + 1) % len(ordered)]
    worst = next((rank for rank in ranks if rank), [])
    after = [key for key in worst if keys.index(key) > at]
    return (after or worst or [""])[0]


def worst_page(
    names: Sequence[PageName], rollups: Mapping[str, Rollup]
) -> PageName | None:
    """The page with most plots BAD, then WARNING; the first when all are alike."""

    def badness(name: PageName) -> tuple[int, ...]:
        rollup = rollups.get(name.key)
        counts = rollup.counts if rollup else {}
        return tuple(counts.get(status, 0) for status in ABNORMAL)

    return max(names, key=badness, default=None)


def summary_words(keys: Sequence[str], client: EngineClient) -> str:
    """Write of a page: how many plots, how many abnormal, the reference's run."""
    parts = [f"{len(keys)} plots"] if len(keys) != 1 else []
    for status in ABNORMAL:
        verdicts = (client.mailbox.verdicts.get(key) for key in keys)
        count = sum(v is not None and v.status is status for v in verdicts)
        if count:
            parts.append(f"{count} {status.lower()}")
    notes = [
        client.mailbox.tiles[key].note for key in keys if key in client.mailbox.tiles
    ]
    runs = sorted({note.run for note in notes if note.run})
    if runs:
        word = "reference run" if len(runs) == 1 else "reference runs"
        parts.append(f"{word} " + ", ".join(str(run) for run in runs[:3]))
        if len(runs) > 3:
            parts[-1] += f" and {len(runs) - 3} more"
    return ", ".join(parts)
