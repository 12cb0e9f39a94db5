"""Whether the examples of instructions name faults of the simulation as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.model.layout import subsystem_of
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import CAUSES, aimed, parse_cause
from dqmconsole.site.findings import Place
from dqmconsole.site.nearest import nearest
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.model.instruction import Example
    from dqmconsole.site.rules.context import SiteReading


def check_example_faults(context: SiteReading) -> Iterator[Violation]:
    """Find examples that cannot be drawn from the fault they name."""
    subsystems = {subsystem_of(plot.path) for _, _, plot in context.plots} - {""}
    for instruction in context.drafts.instructions:
        file = context.places[instruction_key(instruction.id)].file
        for example in instruction.examples:
            words = _wrong_cause(example, subsystems)
            # One of a layout that is broken is known to nothing else.
            if words and not (context.broken and "no subsystem" in words):
                yield Violation("wrong-example", Place(file, example.line, 1), words)


EXAMPLE_RULES = (
    (check_example_faults, (
        Rule("wrong-example", "error",
             "An example cannot be drawn from the fault it names. Example: - bad "
             "hv-tripp: … for - bad hv-trip: …"),
    )),
)  # fmt: skip
"""For ``validate``."""


def _wrong_cause(example: Example, subsystems: set[str]) -> str:
    """Why the example cannot be drawn; "" when it can, or its cause is another text."""
    name = example.cause.partition(":")[0]
    known = {cause.name for cause in CAUSES}
    if name not in known and nearest(name, known) is None:
        return ""
    try:
        cause = aimed(parse_cause(example.cause), subsystems or {""})
    except CauseError as error:
        return f"example: {error}"
    if cause.acts_on != "state":
        return (
            f"example: {cause.name} acts on the {cause.acts_on} and changes no "
            "histogram: say it in words"
        )
    wanted = "bad" if cause.kind == "fault" else "harmless"
    if example.kind != wanted:
        return f"example: {cause.name} is {wanted}, not {example.kind}"
    return ""
