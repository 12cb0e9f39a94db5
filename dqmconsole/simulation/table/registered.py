"""Faults and harmless events that installed packages add to the table.

A package names a :class:`Fault` as an entry point of ``dqmconsole.faults``, under the
name that command lines and lessons give it::

    [project.entry-points."dqmconsole.faults"]
    mirror-dirty = "my_experiment.faults:MIRROR_DIRTY"

The demo, ``python -m dqmconsole.simulation``, and lessons know it at once. A study of
what is found does not try it: that needs the sizes that the best possible test finds.
It must not import the table, which imports it.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmconsole.plugins import ANY_ERROR, Unusable, error_words, imported
from dqmconsole.simulation.table.cause import Cause, CauseError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from dqmconsole.simulation.state.detector import DetectorState
    from dqmconsole.simulation.table.models import FaultModel

_log = logging.getLogger(__name__)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Fault:
    """A fault or harmless event of a package.

    Attributes:
        cause: its row of the table; its name is the one that is registered, and it acts
            on the state.
        act: changes the state of the lumisection at hand. It gets the cause with its
            target, the state, and the strength, 0 to 1.
    """

    cause: Cause
    act: FaultModel


def load_fault(point: EntryPoint) -> Fault:
    """The fault that an entry point leads to.

    Raises:
        Unusable: the table could not hold it.
    """
    if not _NAME.fullmatch(point.name):
        message = "a name is words of lower-case letters and digits with - between"
        raise Unusable(message)
    found = imported(point)
    if not isinstance(found, Fault):
        message = f"{point.value} is no Fault"
        raise Unusable(message)
    cause: object = found.cause
    if not (isinstance(cause, Cause) and callable(found.act)):
        message = f"{point.value} has no Cause, or no function that acts"
        raise Unusable(message)
    if cause.name != point.name:
        message = f"its cause is {cause.name!r}; it is registered as {point.name}"
        raise Unusable(message)
    if cause.acts_on != "state":
        message = f"its cause acts on the {cause.acts_on}: only on the state it can"
        raise Unusable(message)
    if not cause.size > 0:
        message = f"its usual size is {cause.size}, and must be above 0"
        raise Unusable(message)
    return found


def guarded(fault: Fault) -> FaultModel:
    """Its function, which is called no more once it failed; that is said."""
    failed = False

    def act(cause: Cause, state: DetectorState, strength: float) -> None:
        nonlocal failed
        if failed:
            return
        try:
            fault.act(cause, state, strength)
        except CauseError:
            raise
        except ANY_ERROR as error:
            failed = True
            words = "the fault %s failed, and acts no more: %s"
            _log.warning(words, cause.name, error_words(error))

    return act
