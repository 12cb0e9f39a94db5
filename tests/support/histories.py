"""An engine's answer to a request for the history of a number; invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.model.history import HistoryPoint
from dqmconsole.model.message import AskHistory, HistoryFound

if TYPE_CHECKING:
    from support.fake_session import FakeSession


def answer_history(
    client: FakeSession, *, sentence: str = "", updates: int = 60, runs: int = 12
) -> AskHistory:
    """Answer the latest request; it comes with the next look.

    Args:
        client: asks.
        sentence: why there is nothing; else "".
        updates: updates of seven lumisections each, with a gap; the last four are
            off.
        runs: runs that are recorded.
    """
    asked = [each for each in client.feed.sent if isinstance(each, AskHistory)][-1]
    drawn = np.random.default_rng(3).normal(0.0, 0.02, updates + runs).tolist()
    along = [
        HistoryPoint(
            asked.run, 0.5 + drawn[at] + 0.2 * (at >= updates - 4), 0.02,
            7 * at + 1, 7 * at + 7, 1000.0 + at,
        )
        for at in range(updates)
        if at not in (20, 21, 22)
    ]  # fmt: skip
    over = [
        HistoryPoint(398000 + 17 * at, 0.5 + drawn[updates + at] / 4, 0.003)
        for at in range(runs)
    ]
    found = HistoryFound(
        asked.request, asked.path, asked.quantity, asked.bins, asked.run,
        () if sentence else tuple(along),
        () if sentence or asked.quantity == "bin" else tuple(over),
        sentence,
    )  # fmt: skip
    client.answer(found)
    return asked
