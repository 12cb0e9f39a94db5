"""An engine's answer to a request for a fit, with true numbers and no process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.checks.fitting import FitAnswer, fitted
from dqmconsole.engine.fitting import task_of
from dqmconsole.model.message import Fit, Fitted, Receipt

if TYPE_CHECKING:
    from support.fake_session import FakeSession

    from dqmconsole.model.fit import FitResult


def answer_fit(client: FakeSession) -> FitResult | None:
    """Answer the latest request for a fit; it comes with the next look."""
    request = next(each for each in reversed(client.feed.sent) if isinstance(each, Fit))
    assert request.data is not None
    task = task_of(request.data, request.function, request.within, request.method)
    answer = FitAnswer(refusal=task) if isinstance(task, str) else fitted(task)
    result = answer.result
    if result is None:
        client.answer(Receipt(request.request, False, answer.refusal))
    else:
        client.answer(Fitted(request.request, request.key, 0, result))
    return result
