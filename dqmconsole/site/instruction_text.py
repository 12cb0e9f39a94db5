"""The text of an instruction: its five sections, their lists, and whom to call."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from dqmconsole.markdown import plain_line
from dqmconsole.model.instruction import (
    EXAMPLE_KINDS,
    URGENCIES,
    Example,
    Step,
    Turn,
    UrgencyRule,
)
from dqmconsole.site.findings import Place
from dqmconsole.site.nearest import did_you_mean, nearest

if TYPE_CHECKING:
    from markdown_it.token import Token

    from dqmconsole.site.findings import Findings
    from dqmconsole.site.markdown import Heading, Markdown

SHOWS = "What it shows"
JUDGE = "How to judge"
EXAMPLES = "Good and bad examples"
STEPS = "If it is bad"
TURNS = "Whom to call"
SECTIONS = (SHOWS, JUDGE, EXAMPLES, STEPS, TURNS)

ListKind = Literal["bullet_list_open", "ordered_list_open"]

_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s+|$)")


class InstructionSection(NamedTuple):
    """One section.

    Attributes:
        heading: its heading.
        text: its Markdown, without the heading.
        tokens: the tokens below the heading.
        line: the line of the file where the heading stands, from 1.
    """

    heading: Heading
    text: str
    tokens: tuple[Token, ...]
    line: int


class ListItem(NamedTuple):
    """One item of a list.

    Attributes:
        lines: its lines, without marker and indent.
        line: the line of the file where it begins, from 1.
    """

    lines: tuple[str, ...]
    line: int

    @property
    def text(self) -> str:
        """Its lines as one, for items that are one line of Markdown."""
        return " ".join(each.strip() for each in self.lines if each.strip())


def find_sections(
    markdown: Markdown, findings: Findings
) -> dict[str, InstructionSection]:
    """Find the sections by their headings.

    Complains of one that is missing, unknown, written twice, out of order or empty,
    and of text before the first.
    """
    tops = [each for each in markdown.headings if each.level <= 2]
    _preamble(markdown, tops, findings)
    found: dict[str, InstructionSection] = {}
    meant: set[str] = set()
    for index, heading in enumerate(tops):
        place = _place(markdown, heading.lines[0], findings)
        after = tops[index + 1] if index + 1 < len(tops) else None
        section = _section(markdown, heading, after)
        if words := _wrong_heading(heading, found):
            findings.add(words, place, "wrong-section")
            meant.add(nearest(heading.text, SECTIONS) or "")
            continue
        found[heading.text] = section
        if not section.text.strip():
            words = f'the section "{heading.text}" is empty'
            findings.add(words, place, "empty-section")
    _order(found, findings)
    _missing(found, meant, markdown, findings)
    return found


def list_items(
    section: InstructionSection,
    markdown: Markdown,
    kind: ListKind,
    form: str,
    findings: Findings,
) -> list[ListItem]:
    """The items of the lists of a section; anything between them is a problem.

    Args:
        section: the section.
        markdown: the text it stands in.
        kind: the kind of list that is wanted.
        form: what an item looks like, for the problem.
        findings: takes the problems.
    """
    items: list[ListItem] = []
    open_list = ""
    for token in section.tokens:
        first = token.map[0] if token.map else 0
        if token.level == 0 and token.nesting >= 0 and token.map:
            open_list = token.type
            if token.type != kind:
                place = _place(markdown, first, findings)
                words = f'"{section.heading.text}" is a list: {form}'
                findings.add(words, place, "not-a-list")
        elif token.type == "list_item_open" and token.level == 1 and open_list == kind:
            items.append(_item(token, markdown))
    return items


def _item(token: Token, markdown: Markdown) -> ListItem:
    begin, end = token.map or (0, 0)
    lines = list(markdown.lines[begin:end])
    while lines and not lines[-1].strip():
        lines.pop()
    marker = _MARKER.match(lines[0]) if lines else None
    indent = marker.end() if marker else 0
    own = [line[indent:] if not line[:indent].strip() else line.lstrip()
           for line in lines[1:]]  # fmt: skip
    head = [lines[0][indent:]] if lines else []
    return ListItem(tuple(head + own), markdown.line + begin)


def _section(
    markdown: Markdown, heading: Heading, after: Heading | None
) -> InstructionSection:
    begin = heading.lines[1]
    end = after.lines[0] if after else len(markdown.lines)
    last = after.at if after else len(markdown.tokens)
    return InstructionSection(
        heading,
        "\n".join(markdown.lines[begin:end]).strip("\n"),
        markdown.tokens[heading.at + 3 : last],
        markdown.line + heading.lines[0],
    )


def _place(markdown: Markdown, at: int, findings: Findings) -> Place:
    return Place(findings.file, markdown.line + at, 1)


def _preamble(markdown: Markdown, tops: list[Heading], findings: Findings) -> None:
    end = tops[0].lines[0] if tops else len(markdown.lines)
    for at, line in enumerate(markdown.lines[:end]):
        if line.strip():
            words = f'text before the first section: it belongs under "## {SHOWS}"'
            place = _place(markdown, at, findings)
            findings.add(words, place, "text-outside-sections")
            return


def _wrong_heading(heading: Heading, found: dict[str, InstructionSection]) -> str:
    if heading.text in found:
        first = found[heading.text].line
        return f'a second section "{heading.text}", the first is in line {first}'
    if heading.text not in SECTIONS:
        hint = did_you_mean(heading.text, SECTIONS)
        hint = hint or f"; the sections are {', '.join(SECTIONS)}"
        return f'no section is called "{heading.text}"{hint}'
    if heading.level != 2:
        return f'a section begins with two signs: "## {heading.text}"'
    return ""


def _order(found: dict[str, InstructionSection], findings: Findings) -> None:
    latest = ""
    for name, section in found.items():
        if latest and SECTIONS.index(name) < SECTIONS.index(latest):
            words = f'"{name}" stands before "{latest}": {", ".join(SECTIONS)}'
            place = Place(findings.file, section.line, 1)
            findings.add(words, place, "wrong-section")
        else:
            latest = name


def _missing(
    found: dict[str, InstructionSection],
    meant: set[str],
    markdown: Markdown,
    findings: Findings,
) -> None:
    for index, name in enumerate(SECTIONS):
        # One whose heading is wrong has its problem.
        if name in found or name in meant:
            continue
        later = (found[each].line for each in SECTIONS[index + 1 :] if each in found)
        end = markdown.line + max(
            len("\n".join(markdown.lines).rstrip().split("\n")), 1
        )
        line = next(later, end - 1)
        words = f'the section "## {name}" is missing; it belongs here'
        findings.add(words, Place(findings.file, line, 1), "missing-section")


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
        sections: dict[str, InstructionSection],
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
            self._add(
                f'"{EXAMPLES}" has no good one: - good: …',
                section.line,
                code="example-form",
            )
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
                self._add(words, item.line, code="contact-form")
                continue
            role, purpose = form_found[1], form_found[2] or ""
            if role in turns:
                first = turns[role].line
                self._add(
                    f"{role} stands here twice, first in line {first}",
                    item.line,
                    code="contact-form",
                )
                continue
            turns[role] = Turn(role, purpose.strip(), item.line)
        return tuple(turns.values())

    def _example(self, item: ListItem) -> Example | None:
        form = _EXAMPLE.fullmatch(item.text)
        if form is None:
            words = f'"{_short(item.text)}" is no example: - {_EXAMPLE_FORM}'
            self._add(words, item.line, code="example-form")
            return None
        kind, cause = form["kind"], form["cause"] or ""
        caption = (form["caption"] or "").strip()
        for known in EXAMPLE_KINDS:
            if kind == known:
                break
        else:
            hint = did_you_mean(kind, EXAMPLE_KINDS) or f"; write {_EXAMPLE_FORM}"
            self._add(
                f'no example is called "{kind}"{hint}', item.line, code="example-form"
            )
            return None
        if known == "good" and cause:
            words = f"a good example is the reference itself, without {cause}"
            self._add(words, item.line, code="example-form")
            return None
        if known != "good" and not cause:
            words = f"a {known} example names its cause: {known} CAUSE: what to see"
            self._add(words, item.line, code="example-form")
            return None
        if not caption:
            self._add(
                "the example has no caption: what is to be seen?",
                item.line,
                code="example-form",
            )
            return None
        return Example(known, caption, cause, item.line)

    def _step(self, item: ListItem) -> Step | None:
        calls = [
            number
            for number, line in enumerate(item.lines)
            if _means_call(_MARKED.sub("", line.strip()), first=not number)
        ]
        text = [line for number, line in enumerate(item.lines) if number not in calls]
        words = "\n".join(text).strip()
        if not words:
            self._add("the step has no text", item.line, code="step-form")
            return None
        if not calls:
            if (to_call := tells_to_call(words)) is not None:
                self._findings.add(
                    f'the step seems to tell to call ("{to_call}") and not how soon: '
                    f"if so, a line below it, {_URGENCY_FORM}",
                    Place(self._findings.file, item.line, 1),
                    code="call-without-urgency",
                )
            return Step(words, line=item.line)
        if len(calls) > 1:
            more = item.lines[calls[1]].strip()
            words = "a second line of urgency: one step, one call"
            if not _CALL.fullmatch(more):
                words = f'"{_short(more)}": the urgency of a step stands in one line'
            self._add(words, item.line + calls[1], code="step-form")
            return None
        line = item.line + calls[0]
        if any(each.strip() for each in item.lines[calls[0] + 1 :]):
            self._add(
                "the line of urgency is the last of its step",
                line + 1,
                code="step-form",
            )
            return None
        form = _CALL.fullmatch(item.lines[calls[0]].strip())
        if form is None:
            self._add(self._hint(item.lines[calls[0]].strip()), line, code="call-form")
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
                self._add(
                    f'"{clause}" holds in all other modes: it comes last',
                    line,
                    code="call-form",
                )
                sound = False
            if rule.modes and last:
                self._add(
                    f'the last clause says what holds else: "; {URGENCIES[-1]} '
                    f'otherwise" after "{_short(clause)}"',
                    line,
                    code="call-form",
                )
                sound = False
            if twice := seen.intersection(rule.modes):
                self._add(f'"{min(twice)}" has two urgencies', line, code="call-form")
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
            self._add(
                f'"{_short(clause)}" has no urgency{hint}', line, code="call-form"
            )
            return None
        rest = rest.strip()
        if rest in ("", "otherwise"):
            return UrgencyRule(urgency)
        if not rest.startswith("in "):
            hint = did_you_mean(rest, ("otherwise",))
            words = f'after "{urgency}" comes "in MODE, MODE" or "otherwise"'
            self._add(f'{words}, not "{_short(rest)}"{hint}', line, code="call-form")
            return None
        modes = [each.strip() for each in rest.removeprefix("in ").split(",")]
        sound = True
        for mode in modes:
            if mode.startswith(URGENCIES):
                words = f'clauses are separated by ";", not ",": "; {_short(mode)}"'
                self._add(words, line, code="call-form")
                return None
            if not mode or (self._beam_modes and mode not in self._beam_modes):
                hint = did_you_mean(mode, (*self._beam_modes, "otherwise"))
                self._add(
                    f'site.yaml has no beam mode "{_short(mode)}"{hint}',
                    line,
                    code="unknown-beam-mode",
                )
                sound = False
        return UrgencyRule(urgency, tuple(modes)) if sound else None

    def _add(self, message: str, line: int, code: str) -> None:
        self._findings.add(message, Place(self._findings.file, line, 1), code)


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


_ONE = (
    r"on[- ]?calls?|experts?|shifters?|leaders?|coordinators?|operators?|dqm|daq|dcs|"
    r"(?:control )?room|shift|desk|crew|team|physicists?|person|people"
)
_PEOPLE = rf"(?:{_ONE})(?:\s+(?:{_ONE})\b)*"
_ANYBODY = (
    r"(?:him|her|them|somebody|someone|whoever|[a-z0-9]+(?:-[a-z0-9]+)+|"
    rf"(?:the\s+|your\s+|an?\s+)?(?:[\w/&+−-]+\s+){{0,4}}?{_PEOPLE})"
)
_SOMEBODY = (
    r"(?:him|her|them|somebody|someone|whoever|[a-z0-9]+-(?:dqm|oncall|shift|leader|"
    rf"coordinator|core)|(?:the\s+|your\s+|an?\s+)?(?:[\w/&+−-]+\s+){{0,3}}?{_PEOPLE})"
)
# Where a sentence tells to do something: "tell" and "page" are other words elsewhere.
_TELLING = (
    r"(?:^|[.;:!?,(–—]\s*|"
    r"\b(?:then|and|please|to|or|so|also|first|once|immediately)\s+)"
)
_NUMBER = r"\+?\d(?:[\d ()/-]{2,}\d)"
_TO_CALL = re.compile(
    r"(?<!on )(?<!on-)\b(?:call|phone|ring|telephone)\s+(?:up\s+)?"
    rf"{_ANYBODY}\b|"
    r"\bgive\s+(?:\S+\s+){1,5}?a\s+(?:call|ring)\b|"
    rf"\b(?:call|dial|phone|telephone)\s+(?:up\s+)?(?:extension\s+|ext\.?\s*)?{_NUMBER}|"
    rf"{_TELLING}(?P<told>(?:tell|inform|alert|contact|notify|warn|page|wake|summon)\s+"
    rf"(?:up\s+)?{_SOMEBODY})\b|"
    rf"{_TELLING}(?P<got>get\s+(?:a\s+)?(?:hold\s+of|in\s+touch\s+with|through\s+to)\s+"
    rf"{_SOMEBODY})\b|"
    rf"{_TELLING}(?P<named>call\s+(?:up\s+)?(?:the\s+)?(?-i:[A-Z])\w{{2,}})",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:call|phone|ring|telephone|dial|give|tell|inform|alert|contact|notify|warn|"
    r"page|wake|summon|get)\b",
    re.IGNORECASE,
)
_NOT_TO = re.compile(
    r"(?:\b(?:not|never|nobody|nothing|no need to|without|instead of|rather than|"
    r"before you|who|whom)|n['’]t)\s+(?:\w+\s+)?$"
)


def tells_to_call(text: str) -> str | None:
    """The words of a step that seem to tell to call somebody; None when none do.

    English has more ways to say it, and to say something else with the same words,
    than are known here: what follows from this is advice and never an error.
    """
    # Most steps hold none of the verbs, and that is told at once.
    if _VERB.search(text) is None:
        return None
    plain = plain_line(text)
    for found in _TO_CALL.finditer(plain):
        named = next((key for key in ("told", "got", "named") if found[key]), 0)
        if not _NOT_TO.search(plain[: found.start(named)].lower()):
            return found[named]
    return None
