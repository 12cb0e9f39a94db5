"""Requests whose answer somebody waits for: when the engine goes, they are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.message import EvidenceMade, Examples, Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.message import Down, Up
    from dqmconsole.shift.feed import EngineState


class Requests:
    """Numbers of the requests that no engine has answered yet."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._lost: set[int] = set()
        self._gone = False

    def asked(self, number: int) -> int:
        """A request was sent; its number again."""
        (self._lost if self._gone else self._waiting).add(number)
        return number

    def lose(self) -> None:
        """The engine that was asked answers no more."""
        self._lost |= self._waiting
        self._waiting.clear()

    def refused(
        self, messages: Iterable[Up | Down], engine: EngineState
    ) -> list[Receipt]:
        """Refusals of what will not be answered.

        Args:
            messages: what has come in.
            engine: how the engine is after that.
        """
        for message in messages:
            if isinstance(message, Receipt | Examples | EvidenceMade):
                self._waiting.discard(message.request)
                self._lost.discard(message.request)
        self._gone = engine.state in ("restarting", "ended")
        if self._gone:
            self.lose()
        lost, self._lost = sorted(self._lost), set()
        return [
            Receipt(number, False, "the engine ended before it answered; ask again")
            for number in lost
        ]
