"""Whether what a check gives is what it owes: one sound result a row."""

from __future__ import annotations

import math
import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.checks.check import Result
from dqmconsole.checks.limits import is_wrong
from dqmconsole.checks.table import home_of
from dqmconsole.model.cause import FAMILIES, Family
from dqmconsole.model.verdict import Status
from dqmconsole.plugins import guarded, words_of

if TYPE_CHECKING:
    from dqmconsole.checks.batch import Batch
    from dqmconsole.checks.check import Check

LONGEST = 60.0  # s a package's check may take; an engine is started again before
_ALLOWED = frozenset(
    (
        *(Status.GOOD, Status.WARNING, Status.BAD, Status.LOW_STATISTICS),
        *(Status.NO_REFERENCE, Status.NOT_CHECKED, Status.FAILED),
    )
)


class AnswerError(ValueError):
    """What a check gives cannot be used; says why."""


def results_of(check: Check, batch: Batch) -> list[Result]:
    """What a check finds in rows, in plain numbers; whatever it raises goes through.

    Raises:
        AnswerError: it gives something else than one sound result a row, or raises
            what would end the process.
    """
    package = home_of(check.NAME)
    try:
        with guarded(LONGEST) if package else nullcontext():
            given: object = check.judge(batch)
    except (Exception, SystemExit):
        raise
    except BaseException as error:
        ctrl_c = signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
        if isinstance(error, KeyboardInterrupt) and ctrl_c:
            raise
        message = f"it raised {type(error).__name__}"
        raise AnswerError(message) from error
    if not isinstance(given, list | tuple):
        message = f"it gave {type(given).__name__}, no list of results"
        raise AnswerError(message)
    if len(given) != len(batch.data):
        message = f"it gave {len(given)} results for {len(batch.data)} rows"
        raise AnswerError(message)
    shape = tuple(size - 2 for size in batch.data.contents.shape[1:])
    return [_sound(each, shape, check.FAMILY) for each in given]


def _sound(result: object, shape: tuple[int, ...], usual: Family) -> Result:
    if not isinstance(result, Result):
        message = f"it gave {type(result).__name__}, no Result"
        raise AnswerError(message)
    status: object = result.status
    if not (isinstance(status, Status) and status in _ALLOWED):
        message = f"it gave the status {status!r}, which no check may give"
        raise AnswerError(message)
    sentence: object = result.sentence
    if not (isinstance(sentence, str) and sentence.strip()):
        message = "it gave a result without a sentence"
        raise AnswerError(message)
    for name in ("pulls", "low", "high"):
        array = getattr(result, name)
        if array is not None and _shape(array, name) != shape:
            message = f"its {name} have the shape {_shape(array, name)}, not {shape}"
            raise AnswerError(message)
    if result.offending is not None:
        _look_at_offending(result.offending, math.prod(shape))
    value = _number(result.value, "value")
    if value is not None and math.isnan(value) and result.status is Status.GOOD:
        message = "it calls a value GOOD that is no number"
        raise AnswerError(message)
    family = (result.family or usual) if is_wrong(status) else None
    if family not in (None, *FAMILIES):
        message = f"it gave the family {family!r}; there are {', '.join(FAMILIES)}"
        raise AnswerError(message)
    # neither numpy's numbers and texts go through a link, nor what is no UTF-8
    return msgspec.structs.replace(
        result,
        sentence=words_of(sentence),
        value=value,
        limits=tuple((_limit(each), words_of(word)) for each, word in result.limits),
        p_value=_number(result.p_value, "p_value"),
        gross=bool(result.gross),
        family=family,
    )


def _shape(array: object, name: str) -> tuple[int, ...]:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        message = f"its {name} are no array of numbers"
        raise AnswerError(message)
    return tuple(map(int, array.shape))


def _look_at_offending(offending: object, bins: int) -> None:
    if not isinstance(offending, np.ndarray) or (
        offending.size and offending.dtype.kind not in "iu"
    ):
        message = "its offending bins are no array of whole numbers"
        raise AnswerError(message)
    if offending.size and not (offending.min() >= 0 and offending.max() < bins):
        message = f"its offending bins are not all among {bins}"
        raise AnswerError(message)


def _number(given: object, name: str) -> float | None:
    if given is None:
        return None
    if isinstance(given, int | float | np.integer | np.floating):
        return float(given)
    message = f"its {name} is {type(given).__name__}, no number"
    raise AnswerError(message)


def _limit(given: object) -> float:
    found = _number(given, "limit")
    if found is None:
        message = "it gave a limit that is none"
        raise AnswerError(message)
    return found
