"""The lists of an instruction: examples, steps with their urgency, whom to call."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from dqmconsole.model.instruction import (
    EXAMPLE_KINDS,
    URGENCIES,
    Example,
    Step,
    Turn,
    UrgencyRule,
)
from dqmconsole.site.calling import tells_to_call
from dqmconsole.site.findings import Place
from dqmconsole.site.nearest import did_you_mean, nearest
from dqmconsole.site.sections import EXAMPLES, STEPS, TURNS, list_items

if TYPE_CHECKING:
    from dqmconsole.site.findings import Findings
    from dqmconsole.site.markdown import Markdown
    from dqmconsole.site.sections import Item, Section

ROLE = r"[a-z0-9][a-z0-9-]*"

_EXAMPLE_FORM = "good: …, bad CAUSE: … or harmless CAUSE: …"
_URGENCY_FORM = (
    "call ROLE: URGENCY in MODE, MODE; URGENCY otherwise, with the urgencies "
    f"{', '.join(URGENCIES)}"
)
_EXAMPLE = re.compile(
    r"(?P<kind>[A-Za-z]+)(?:\s+(?P<cause>[^\s:][^:]*?(?::\w+)?))?\s*:"
    r"(?:\s+(?P<caption>.*)|$)"
)
_CALL = re.compile(rf"call\s+({ROLE})\s*:\s*(.*)")
_ALMOST_CALL = re.compile(r"(\w{3,5})\s+[\w-]+\s*([:;,]?)\s*(.*)")
_MARKED = re.compile(r"^(?:[-*+]|\d+[.)])\s+")
_TURN = re.compile(rf"({ROLE})(?:\s*:\s+(.*))?")
_URGENCY_LIKENESS = 0.7


class Lists:
    """Reads the three lists of one instruction.

    Args:
        sections: its sections by heading.
        markdown: its text.
        beam_modes: names of the site's beam modes, lower case; empty: any name.
        findings: takes the problems.

    Attributes:
        calls: "call@" and the line of a step -> where its urgency is written.
    """

    def __init__(
        self,
        sections: dict[str, Section],
        markdown: Markdown,
        beam_modes: tuple[str, ...],
        findings: Findings,
    ) -> None:
        self._sections = sections
        self._markdown = markdown
        self._beam_modes = beam_modes
        self._findings = findings
        self.calls: dict[str, Place] = {}

    def examples(self) -> tuple[Example, ...]:
        """The examples; at least one of them must be good."""
        section = self._sections.get(EXAMPLES)
        if section is None:
            return ()
        items = list_items(
            section,
            self._markdown,
            "bullet_list_open",
            f"- {_EXAMPLE_FORM}",
            self._findings,
        )
        found = [self._example(item) for item in items]
        if items and not any(item.text.lower().startswith("good") for item in items):
            self._add(f'"{EXAMPLES}" has no good one: - good: …', section.line)
        return tuple(each for each in found if each is not None)

    def steps(self) -> tuple[Step, ...]:
        """The steps."""
        section = self._sections.get(STEPS)
        if section is None:
            return ()
        form = "a step begins with its number: 1. …"
        items = list_items(
            section, self._markdown, "ordered_list_open", form, self._findings
        )
        found = [self._step(item) for item in items]
        return tuple(each for each in found if each is not None)

    def turns(self) -> tuple[Turn, ...]:
        """Whom to call, first to last."""
        section = self._sections.get(TURNS)
        if section is None:
            return ()
        form = "each role after its number: 1. hcal-dqm: what for"
        items = list_items(
            section, self._markdown, "ordered_list_open", form, self._findings
        )
        turns: dict[str, Turn] = {}
        for item in items:
            form_found = _TURN.fullmatch(item.text)
            if form_found is None:
                words = f'"{_short(item.text)}" is no role: write 1. hcal-dqm: what for'
                self._add(words, item.line)
                continue
            role, purpose = form_found[1], form_found[2] or ""
            if role in turns:
                first = turns[role].line
                self._add(f"{role} stands here twice, first in line {first}", item.line)
                continue
            turns[role] = Turn(role, purpose.strip(), item.line)
        return tuple(turns.values())

    def _example(self, item: Item) -> Example | None:
        form = _EXAMPLE.fullmatch(item.text)
        if form is None:
            words = f'"{_short(item.text)}" is no example: - {_EXAMPLE_FORM}'
            self._add(words, item.line)
            return None
        kind, cause = form["kind"], form["cause"] or ""
        caption = (form["caption"] or "").strip()
        for known in EXAMPLE_KINDS:
            if kind == known:
                break
        else:
            hint = did_you_mean(kind, EXAMPLE_KINDS) or f"; write {_EXAMPLE_FORM}"
            self._add(f'no example is called "{kind}"{hint}', item.line)
            return None
        if known == "good" and cause:
            words = f"a good example is the reference itself, without {cause}"
            self._add(words, item.line)
            return None
        if known != "good" and not cause:
            words = f"a {known} example names its cause: {known} CAUSE: what to see"
            self._add(words, item.line)
            return None
        if not caption:
            self._add("the example has no caption: what is to be seen?", item.line)
            return None
        return Example(known, caption, cause, item.line)

    def _step(self, item: Item) -> Step | None:
        calls = [
            number
            for number, line in enumerate(item.lines)
            if _means_call(_MARKED.sub("", line.strip()), first=not number)
        ]
        text = [line for number, line in enumerate(item.lines) if number not in calls]
        words = "\n".join(text).strip()
        if not words:
            self._add("the step has no text", item.line)
            return None
        if not calls:
            if (to_call := tells_to_call(words)) is not None:
                self._findings.add(
                    f'the step seems to tell to call ("{to_call}") and not how soon: '
                    f"if so, a line below it, {_URGENCY_FORM}",
                    Place(self._findings.file, item.line, 1),
                    severity="advice",
                )
            return Step(words, line=item.line)
        if len(calls) > 1:
            more = item.lines[calls[1]].strip()
            words = "a second line of urgency: one step, one call"
            if not _CALL.fullmatch(more):
                words = f'"{_short(more)}": the urgency of a step stands in one line'
            self._add(words, item.line + calls[1])
            return None
        line = item.line + calls[0]
        if any(each.strip() for each in item.lines[calls[0] + 1 :]):
            self._add("the line of urgency is the last of its step", line + 1)
            return None
        form = _CALL.fullmatch(item.lines[calls[0]].strip())
        if form is None:
            self._add(self._hint(item.lines[calls[0]].strip()), line)
            return None
        self.calls[f"call@{item.line}"] = Place(self._findings.file, line, 1)
        # One without rules has its problem; its role is checked all the same.
        return Step(words, form[1], self._urgencies(form[2], line) or (), item.line)

    def _hint(self, line: str) -> str:
        words = f'"{_short(line)}" is no line of urgency'
        almost = _ALMOST_CALL.fullmatch(line)
        if almost is not None and almost[1] != "call":
            return f'{words}; did you mean "call"? It is {_URGENCY_FORM}'
        return f"{words}: {_URGENCY_FORM}"

    def _urgencies(self, text: str, line: int) -> tuple[UrgencyRule, ...] | None:
        clauses = [each.strip() for each in text.rstrip(" .").split(";")]
        rules: list[UrgencyRule] = []
        sound = True
        seen: set[str] = set()
        for number, clause in enumerate(clauses, 1):
            rule = self._clause(clause, line)
            if rule is None:
                sound = False
                continue
            last = number == len(clauses)
            if not rule.modes and not last:
                self._add(f'"{clause}" holds in all other modes: it comes last', line)
                sound = False
            if rule.modes and last:
                self._add(
                    f'the last clause says what holds else: "; {URGENCIES[-1]} '
                    f'otherwise" after "{_short(clause)}"',
                    line,
                )
                sound = False
            if twice := seen.intersection(rule.modes):
                self._add(f'"{min(twice)}" has two urgencies', line)
                sound = False
            seen.update(rule.modes)
            rules.append(rule)
        return tuple(rules) if sound else None

    def _clause(self, clause: str, line: int) -> UrgencyRule | None:
        for urgency in URGENCIES:
            rest = clause.removeprefix(urgency)
            if rest != clause and (not rest or rest[0] == " "):
                break
        else:
            near = _nearest_urgency(clause)
            hint = f'; did you mean "{near}"?' if near else f": {', '.join(URGENCIES)}"
            self._add(f'"{_short(clause)}" has no urgency{hint}', line)
            return None
        rest = rest.strip()
        if rest in ("", "otherwise"):
            return UrgencyRule(urgency)
        if not rest.startswith("in "):
            hint = did_you_mean(rest, ("otherwise",))
            words = f'after "{urgency}" comes "in MODE, MODE" or "otherwise"'
            self._add(f'{words}, not "{_short(rest)}"{hint}', line)
            return None
        modes = [each.strip() for each in rest.removeprefix("in ").split(",")]
        sound = True
        for mode in modes:
            if mode.startswith(URGENCIES):
                words = f'clauses are separated by ";", not ",": "; {_short(mode)}"'
                self._add(words, line)
                return None
            if not mode or (self._beam_modes and mode not in self._beam_modes):
                hint = did_you_mean(mode, (*self._beam_modes, "otherwise"))
                self._add(f'site.yaml has no beam mode "{_short(mode)}"{hint}', line)
                sound = False
        return UrgencyRule(urgency, tuple(modes)) if sound else None

    def _add(self, message: str, line: int) -> None:
        self._findings.add(message, Place(self._findings.file, line, 1))


def _nearest_urgency(clause: str) -> str:
    """The urgency that a clause was to begin with; "" when it is not plain.

    As many of its words are compared as the urgency has: "call in work hours" is
    never to be taken for "call now".
    """
    words = clause.split()
    likeness = {}
    for urgency in URGENCIES:
        said = " ".join(words[: len(urgency.split())]).lower()
        likeness[urgency] = difflib.SequenceMatcher(None, said, urgency).ratio()
    best = max(URGENCIES, key=likeness.__getitem__)
    return best if likeness[best] >= _URGENCY_LIKENESS else ""


def _means_call(line: str, *, first: bool) -> bool:
    """Tell whether a line of a step is, or was meant as, its urgency.

    The first line is the step's own: only what is nothing but an urgency counts.
    """
    form = _CALL.fullmatch(line)
    if first:
        return form is not None and form[2].startswith(URGENCIES)
    if form is not None:
        # "call him: he knows the crate" is a sentence like any other
        return "-" in form[1] or _seems_urgency(form[2])
    if line.startswith(URGENCIES) and line.endswith("otherwise"):
        return True
    if re.match(r"call\b.*:", line):
        return _seems_urgency(line.partition(":")[2])
    almost = _ALMOST_CALL.fullmatch(line)
    if almost is None:
        return False
    rest = almost[3]
    if almost[1] == "call":
        return _seems_urgency(rest)
    if almost[2] and rest.startswith(URGENCIES):
        return True
    return nearest(almost[1], ("call",), 0.7) is not None and _seems_urgency(rest)


def _seems_urgency(text: str) -> bool:
    """Tell whether words were meant as an urgency: it begins with "call" or "write"."""
    words = text.split()
    verbs = {urgency.split()[0] for urgency in URGENCIES}
    if not words or nearest(words[0], verbs, 0.7) is None:
        return False
    return nearest(text.strip()[:21], URGENCIES, 0.5) is not None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
