"""What plots ask of checks; rows of one shape from several plots are asked together.

What judges a plot is a generator: it yields each question to a check and is sent the
results, or is thrown what the check raised. Judged alone, a plot of 100 bins takes its
check longer to be called than to judge; so plots go side by side, and their questions
to equal checks become one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from dqmconsole.checks.answers import results_of
from dqmconsole.checks.batch import form, joined
from dqmconsole.checks.table import home_of
from dqmconsole.model.pieces import ended

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch
    from dqmconsole.checks.check import Check, Result

T = TypeVar("T")
Noted = Callable[["Check", int], AbstractContextManager[None]]
_MOST = 20_000  # cells of a row that are still judged faster together


class Question(NamedTuple):
    """Rows of a plot that a check is to judge."""

    check: Check
    batch: Batch


Asking = Generator[Question, "list[Result]", T]


def answered(askings: Sequence[Asking[T]], noted: Noted) -> list[T]:
    """What plots come to, in their order; see :func:`answering`."""
    return ended(answering(askings, noted))


def answering(
    askings: Sequence[Asking[T]], noted: Noted
) -> Generator[None, None, list[T]]:
    """Let plots ask until each has what it asked for, piece by piece; in their order.

    Args:
        askings: what judges each.
        noted: notes that a check runs for one of them.
    """
    found: dict[int, T] = {}
    asked: dict[int, Question] = {}

    def go_on(at: int, step: Callable[[], Question]) -> None:
        try:
            asked[at] = step()
        except StopIteration as end:
            found[at] = end.value

    for at, asking in enumerate(askings):
        go_on(at, partial(next, asking))
        yield
    while asked:
        alike: dict[object, dict[int, Question]] = {}
        for at, question in asked.items():
            alike.setdefault(_kind(question) or at, {})[at] = question
        asked.clear()
        for some in alike.values():
            for at, answer in _answers(some, noted):
                asking = askings[at]
                if isinstance(answer, list):
                    go_on(at, partial(asking.send, answer))
                else:
                    go_on(at, partial(asking.throw, answer))
            yield
    return [found[at] for at in range(len(askings))]


def _kind(question: Question) -> object:
    """Equal where questions are asked together; None: asked alone."""
    check, batch = question
    if not check.TOGETHER or home_of(check.NAME) or batch.band is not None:
        return None
    if batch.data.contents[0].size > _MOST:
        return None
    return type(check), check, form(batch)


def _answers(
    questions: dict[int, Question], noted: Noted
) -> list[tuple[int, list[Result] | BaseException]]:
    """The results for each, or what the check raised."""
    found: list[tuple[int, list[Result] | BaseException]] = []
    if len(questions) > 1:
        batches = [each.batch for each in questions.values()]
        first, (check, _) = next(iter(questions.items()))
        try:
            with noted(check, first):
                results = results_of(check, joined(batches))
        except (Exception, SystemExit):  # noqa: BLE001 - which of them it is, is asked now
            pass
        else:
            start = 0
            for at, batch in zip(questions, batches, strict=True):
                found.append((at, results[start : start + len(batch.data)]))
                start += len(batch.data)
            return found
    for at, (check, batch) in questions.items():
        try:
            with noted(check, at):
                found.append((at, results_of(check, batch)))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
            found.append((at, error))
    return found
