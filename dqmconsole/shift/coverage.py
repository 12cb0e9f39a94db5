"""How much of what the shift looks at is judged now, and why the rest is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.layout import layout_of
from dqmconsole.model.verdict import JUDGED, WORST_FIRST, Status
from dqmconsole.model.words import counted
from dqmconsole.shift.console_alarms import DOWN
from dqmconsole.shift.liveness import silence
from dqmconsole.shift.pages import plots_of
from dqmconsole.shift.proposals import NO_VERDICT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.shift.client import EngineClient


class NotJudged(msgspec.Struct, frozen=True):
    """Plots of a layout that are not judged, for one reason.

    Attributes:
        layout: the layout.
        status: what they are instead.
        why: the sentence of the first of them.
        keys: the plots.
    """

    layout: str
    status: Status
    why: str
    keys: tuple[str, ...]


class Coverage(msgspec.Struct, frozen=True):
    """How much is judged.

    Attributes:
        judged: plots that are GOOD, WARNING or BAD.
        applicable: plots of the shift that mean something now.
        rest: the others of these, what asks most of a person first.
        down: what of the program does not work, in words.
    """

    judged: int = 0
    applicable: int = 0
    rest: tuple[NotJudged, ...] = ()
    down: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """It as the header has it: "312 of 330", "312 of 330 · fault"."""
        said = f"{self.judged} of {self.applicable}" if self.applicable else "–"
        return f"{said} · fault" if self.down else said

    @property
    def sentence(self) -> str:
        """It in a sentence, with what is down."""
        said = f"{self.judged} of {counted(self.applicable, 'plot')} judged"
        return "; ".join((said, *self.down))


def coverage(
    site: Site | None, verdicts: Mapping[str, Verdict], down: tuple[str, ...] = ()
) -> Coverage:
    """How much of the pages of the shift is judged.

    Args:
        site: has the pages.
        verdicts: by plot.
        down: what of the program does not work, in words.
    """
    judged, applicable = 0, 0
    rest: dict[tuple[str, Status], list[str]] = {}
    why: dict[tuple[str, Status], str] = {}
    for key, _, _ in plots_of(site, "shift"):
        verdict = verdicts.get(key, NO_VERDICT)
        if verdict.status is Status.NOT_APPLICABLE:
            continue
        applicable += 1
        if verdict.status in JUDGED:
            judged += 1
            continue
        name = (layout_of(key), verdict.status)
        rest.setdefault(name, []).append(key)
        why.setdefault(name, verdict.sentence)
    found = [NotJudged(*name, why[name], tuple(keys)) for name, keys in rest.items()]
    found.sort(key=lambda each: WORST_FIRST.index(each.status))
    return Coverage(judged, applicable, tuple(found), down)


def coverage_now(client: EngineClient) -> Coverage:
    """How much is judged by an engine: nothing while it says nothing."""
    mail = client.mailbox
    told = mail.all_problems()
    down = [e.message for e in told if e.kind == "engine" or e.code in DOWN]
    verdicts = mail.verdicts
    if client.source and client.moment is None:
        if client.engine.state not in ("live", "starting"):
            down.insert(0, f"nothing is judged: {client.engine.sentence}")
        if silence(client.engine) is not None:
            verdicts = {}
    return coverage(client.site, verdicts, tuple(down))
