"""Checking the calls of steps: their words and their line must mean one role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.markdown import plain_line
from dqmconsole.site.calling import tells_to_call
from dqmconsole.site.texts import instruction_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.site.findings import Place


def check_calls(site: Site, places: Mapping[str, Place]) -> Iterator[Problem]:
    """Find steps whose words name another role than the line of urgency below.

    A role is named by its id, or by its title without what stands in brackets.
    """
    names: dict[str, str] = {}
    for role, contact in site.contacts.roles.items():
        title = contact.title.partition(" (")[0].strip()
        names |= {role.lower(): role, title.lower(): role}
    if not names:
        return
    # The longer first: "Hcal DQM on call" is not "DQM on call".
    longest = sorted(names, key=len, reverse=True)
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b")
    for instruction in site.instructions:
        for step in instruction.steps:
            words = tells_to_call(step.text) if step.role else None
            if words is None:
                continue
            said = plain_line(step.text).lower()
            told = said[said.find(words.lower()) :] if words.lower() in said else said
            roles = [names[each] for each in named.findall(told)]
            if roles and step.role not in roles and step.role in names.values():
                key = instruction_key(instruction.id, f"call@{step.line}")
                message = f"the step says {words}, its line {step.role}: who is meant?"
                yield problem_at(places.get(key), message, advice=True)
