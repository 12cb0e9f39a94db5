"""The text of an instruction: its five sections, their lists, and whom to call."""

from __future__ import annotations

import difflib
import itertools
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

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
from dqmconsole.site.nearest import did_you_mean, nearest, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from markdown_it.token import Token

    from dqmconsole.site.findings import Findings
    from dqmconsole.site.markdown import Markdown, TextHeading

SHOWS = "What it shows"
JUDGE = "How to judge"
EXAMPLES = "Good and bad examples"
STEPS = "If it is bad"
TURNS = "Whom to call"
SECTIONS = (SHOWS, JUDGE, EXAMPLES, STEPS, TURNS)

ListKind = Literal["bullet_list_open", "ordered_list_open"]
T = TypeVar("T")

_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s+|$)")

ROLE = r"[a-z0-9][a-z0-9-]*"

_EXAMPLE_FORM = "good: …, bad CAUSE: … or harmless CAUSE: …"
_URGENCY_FORM = (
    "call ROLE: URGENCY in MODE, MODE; URGENCY otherwise, with the urgencies "
    f"{', '.join(URGENCIES)}"
)
_CAUSES_FORM = "for: hv-trip, fed-lost"
_EXAMPLE_PLACE = "bad CAUSE at X_FROM X_TO: …, of a map with Y_FROM Y_TO behind it"
_EXAMPLE = re.compile(
    r"(?P<kind>[A-Za-z]+)(?:\s+(?P<cause>[^\s:][^:]*?(?::\w+)?))?"
    r"(?:\s+at(?P<region>(?:\s+-?\d+(?:\.\d+)?){2,4}))?\s*:"
    r"(?:\s+(?P<caption>.*)|$)"
)
_CALL = re.compile(rf"call\s+({ROLE})\s*:\s*(.*)")
_FOR = re.compile(r"(?i:for)\s*:\s*(.*)")
_ALMOST_CALL = re.compile(r"(\w{3,5})\s+[\w-]+\s*([:;,]?)\s*(.*)")
_MARKED = re.compile(r"^(?:[-*+]|\d+[.)])\s+")
_TURN = re.compile(rf"({ROLE})(?:\s*:\s+(.*))?")
_URGENCY_LIKENESS = 0.7


class InstructionSection(NamedTuple):
    """One section.

    Attributes:
        heading: its heading.
        text: its Markdown, without the heading.
        tokens: the tokens below the heading.
        line: the line of the file where the heading stands, from 1.
    """

    heading: TextHeading
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


class ItemError(ValueError):
    """An item of a list that cannot be read; says why.

    Attributes:
        line: the line that is wrong, from 1; 0 for the item as a whole.
        code: the rule that is broken; "" for that of its list.
    """

    def __init__(self, message: str, line: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.code = code


class InstructionText:
    """Reads the sections of one instruction and their lists.

    Complains of a section that is missing, unknown, written twice, out of order or
    empty, and of text before the first.

    Args:
        markdown: its text.
        beam_modes: names of the site's beam modes, lower case; empty: any name.
        findings: takes the problems.

    Attributes:
        calls: "call@" and the line of a step -> where its urgency is written; "for@"
            and that line -> where its causes are.
    """

    def __init__(
        self, markdown: Markdown, beam_modes: tuple[str, ...], findings: Findings
    ) -> None:
        self._markdown = markdown
        self._beam_modes = beam_modes
        self._findings = findings
        self.calls: dict[str, Place] = {}
        self._sections: dict[str, InstructionSection] = {}
        self._find_sections()

    def section(self, name: str) -> str:
        """The Markdown of a section; "" when it is missing."""
        found = self._sections.get(name)
        return found.text.strip() if found else ""

    def examples(self) -> tuple[Example, ...]:
        """The examples; at least one of them must be good."""
        form, code = f"- {_EXAMPLE_FORM}", "example-form"
        items = self._items(EXAMPLES, "bullet_list_open", form)
        if items and not any(item.text.lower().startswith("good") for item in items):
            words = f'"{EXAMPLES}" has no good one: - good: …'
            self._add(words, self._sections[EXAMPLES].line, code)
        return self._read(items, _example, code)

    def steps(self) -> tuple[Step, ...]:
        """The steps."""
        form = "a step begins with its number: 1. …"
        items = self._items(STEPS, "ordered_list_open", form)
        return self._read(items, self._step, "step-form")

    def turns(self) -> tuple[Turn, ...]:
        """Whom to call, first to last."""
        form = "each role after its number: 1. hcal-dqm: what for"
        first: dict[str, int] = {}

        def turn(item: ListItem) -> Turn:
            found = _TURN.fullmatch(item.text)
            if found is None:
                words = f'"{short(item.text)}" is no role: write 1. hcal-dqm: what for'
                raise ItemError(words)
            role, purpose = found[1], found[2] or ""
            if first.setdefault(role, item.line) != item.line:
                words = f"{role} stands here twice, first in line {first[role]}"
                raise ItemError(words)
            return Turn(role, purpose.strip(), item.line)

        items = self._items(TURNS, "ordered_list_open", form)
        return self._read(items, turn, "contact-form")

    def _add(self, message: str, line: int, code: str) -> None:
        self._findings.add(message, Place(self._findings.file, line, 1), code)

    def _find_sections(self) -> None:
        markdown = self._markdown
        tops = [each for each in markdown.headings if each.level <= 2]
        end = tops[0].lines[0] if tops else len(markdown.lines)
        for at, line in enumerate(markdown.lines[:end]):
            if line.strip():
                words = f'text before the first section: it belongs under "## {SHOWS}"'
                self._add(words, markdown.line + at, "text-outside-sections")
                break
        meant: set[str] = set()
        for heading, after in itertools.zip_longest(tops, tops[1:]):
            section = _section(markdown, heading, after)
            if words := self._wrong_heading(heading):
                self._add(words, section.line, "wrong-section")
                meant.add(nearest(heading.text, SECTIONS) or "")
                continue
            self._sections[heading.text] = section
            if not section.text.strip():
                words = f'the section "{heading.text}" is empty'
                self._add(words, section.line, "empty-section")
        latest = ""
        for name, section in self._sections.items():
            if latest and SECTIONS.index(name) < SECTIONS.index(latest):
                words = f'"{name}" stands before "{latest}": {", ".join(SECTIONS)}'
                self._add(words, section.line, "wrong-section")
            else:
                latest = name
        # One whose heading is wrong has its problem.
        last = markdown.line + "\n".join(markdown.lines).rstrip().count("\n")
        for name in reversed(SECTIONS):
            if name in self._sections:
                last = self._sections[name].line
            elif name not in meant:
                words = f'the section "## {name}" is missing; it belongs here'
                self._add(words, last, "missing-section")

    def _wrong_heading(self, heading: TextHeading) -> str:
        if heading.text in self._sections:
            first = self._sections[heading.text].line
            return f'a second section "{heading.text}", the first is in line {first}'
        if heading.text not in SECTIONS:
            hint = did_you_mean(heading.text, SECTIONS)
            hint = hint or f"; the sections are {', '.join(SECTIONS)}"
            return f'no section is called "{heading.text}"{hint}'
        if heading.level != 2:
            return f'a section begins with two signs: "## {heading.text}"'
        return ""

    def _items(self, name: str, kind: ListKind, form: str) -> list[ListItem]:
        """The items of the lists of a section; anything between them is a problem.

        Args:
            name: the section.
            kind: the kind of list that is wanted.
            form: what an item looks like, for the problem.
        """
        items: list[ListItem] = []
        open_list = ""
        section = self._sections.get(name)
        for token in section.tokens if section else ():
            if token.level == 0 and token.nesting >= 0 and token.map:
                open_list = token.type
                if token.type != kind:
                    words = f'"{name}" is a list: {form}'
                    self._add(words, self._markdown.line + token.map[0], "not-a-list")
            elif (
                token.type == "list_item_open"
                and token.level == 1
                and open_list == kind
            ):
                items.append(_item(token, self._markdown))
        return items

    def _read(
        self, items: Iterable[ListItem], read: Callable[[ListItem], T], code: str
    ) -> tuple[T, ...]:
        """The values of a list's items; one that cannot be read is a problem.

        Args:
            items: the items.
            read: gives the value of one; raises ItemError.
            code: the rule that is broken by default.
        """
        found = []
        for item in items:
            try:
                found.append(read(item))
            except ItemError as error:
                self._add(str(error), error.line or item.line, error.code or code)
        return tuple(found)

    def _step(self, item: ListItem) -> Step:
        calls = [
            number
            for number, line in enumerate(item.lines)
            if _means_call(_MARKED.sub("", line.strip()), first=not number)
        ]
        named = [
            number
            for number, line in enumerate(item.lines)
            if number and _FOR.fullmatch(line.strip())
        ]
        apart = {*calls, *named}
        text = [line for number, line in enumerate(item.lines) if number not in apart]
        words = "\n".join(text).strip()
        if not words:
            message = "the step has no text"
            raise ItemError(message)
        causes = self._causes(item, named)
        if not calls:
            if (to_call := tells_to_call(words)) is not None:
                message = (
                    f'the step seems to tell to call ("{to_call}") and not how soon: '
                    f"if so, a line below it, {_URGENCY_FORM}"
                )
                self._add(message, item.line, "call-without-urgency")
            return Step(words, line=item.line, causes=causes)
        if len(calls) > 1:
            more = item.lines[calls[1]].strip()
            message = "a second line of urgency: one step, one call"
            if not _CALL.fullmatch(more):
                message = f'"{short(more)}": the urgency of a step stands in one line'
            raise ItemError(message, item.line + calls[1])
        line = item.line + calls[0]
        if any(each.strip() for each in item.lines[calls[0] + 1 :]):
            message = "the line of urgency is the last of its step"
            raise ItemError(message, line + 1)
        written = item.lines[calls[0]].strip()
        form = _CALL.fullmatch(written)
        if form is None:
            raise ItemError(_no_call(written), line, "call-form")
        self.calls[f"call@{item.line}"] = Place(self._findings.file, line, 1)
        # One without rules has its problem; its role is checked all the same.
        urgencies = self._urgencies(form[2], line)
        return Step(words, form[1], urgencies, item.line, causes)

    def _causes(self, item: ListItem, at: list[int]) -> tuple[str, ...]:
        """The causes that a step names.

        Args:
            item: the step.
            at: the numbers of its lines that name causes.
        """
        if not at:
            return ()
        line = item.line + at[0]
        if len(at) > 1:
            message = "a second line of causes: one line, separated by commas"
            raise ItemError(message, item.line + at[1], "cause-form")
        form = _FOR.fullmatch(item.lines[at[0]].strip())
        written = "" if form is None else form[1].rstrip(" .")
        causes = tuple(each.strip() for each in written.split(","))
        if not all(causes):
            message = f'after "for:" come causes, separated by commas: {_CAUSES_FORM}'
            raise ItemError(message, line, "cause-form")
        if twice := [each for each in causes if causes.count(each) > 1]:
            message = f'"{short(twice[0])}" stands twice among the causes of the step'
            raise ItemError(message, line, "cause-form")
        self.calls[f"for@{item.line}"] = Place(self._findings.file, line, 1)
        return causes

    def _urgencies(self, text: str, line: int) -> tuple[UrgencyRule, ...]:
        """The rules of a line of urgency; none, with a problem, when one is wrong."""
        clauses = [each.strip() for each in text.rstrip(" .").split(";")]
        rules: list[UrgencyRule] = []
        wrongs: list[tuple[str, str]] = []
        for number, clause in enumerate(clauses, 1):
            try:
                rule = _clause(clause)
            except ItemError as error:
                wrongs.append(("call-form", str(error)))
                continue
            if not rule.modes and number < len(clauses):
                words = f'"{clause}" holds in all other modes: it comes last'
                wrongs.append(("call-form", words))
            if rule.modes and number == len(clauses):
                words = (
                    f'the last clause says what holds else: "; {URGENCIES[-1]} '
                    f'otherwise" after "{short(clause)}"'
                )
                wrongs.append(("call-form", words))
            if twice := {mode for each in rules for mode in each.modes} & {*rule.modes}:
                wrongs.append(("call-form", f'"{min(twice)}" has two urgencies'))
            for mode in rule.modes:
                if not mode or (self._beam_modes and mode not in self._beam_modes):
                    hint = did_you_mean(mode, (*self._beam_modes, "otherwise"))
                    words = f'site.yaml has no beam mode "{short(mode)}"{hint}'
                    wrongs.append(("unknown-beam-mode", words))
            rules.append(rule)
        for code, words in wrongs:
            self._add(words, line, code)
        return () if wrongs else tuple(rules)


def _section(
    markdown: Markdown, heading: TextHeading, after: TextHeading | None
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


def _example(item: ListItem) -> Example:
    form = _EXAMPLE.fullmatch(item.text)
    if form is None:
        words = f'"{short(item.text)}" is no example: - {_EXAMPLE_FORM}'
        raise ItemError(words)
    cause = form["cause"] or ""
    caption = (form["caption"] or "").strip()
    region = tuple(float(each) for each in (form["region"] or "").split())
    kind = next((each for each in EXAMPLE_KINDS if each == form["kind"]), None)
    words = ""
    if kind is None:
        hint = did_you_mean(form["kind"], EXAMPLE_KINDS)
        hint = hint or f"; write {_EXAMPLE_FORM}"
        words = f'no example is called "{form["kind"]}"{hint}'
    elif kind == "good" and cause:
        words = f"a good example is the reference itself, without {cause}"
    elif kind != "good" and not cause:
        words = f"a {kind} example names its cause: {kind} CAUSE: what to see"
    elif form["region"] and not _is_region(region, kind):
        words = f"at{form['region']} is no place: {_EXAMPLE_PLACE}"
    elif not caption:
        words = "the example has no caption: what is to be seen?"
    if kind is None or words:
        raise ItemError(words)
    return Example(kind, caption, cause, item.line, region)


def _is_region(region: tuple[float, ...], kind: str) -> bool:
    pairs = list(zip(region[::2], region[1::2], strict=False))
    return kind == "bad" and len(region) != 3 and all(low < up for low, up in pairs)


def _clause(clause: str) -> UrgencyRule:
    """One urgency of a line and the modes in which it holds, as they are written."""
    for urgency in URGENCIES:
        rest = clause.removeprefix(urgency)
        if rest != clause and (not rest or rest[0] == " "):
            break
    else:
        near = _nearest_urgency(clause)
        hint = f'; did you mean "{near}"?' if near else f": {', '.join(URGENCIES)}"
        words = f'"{short(clause)}" has no urgency{hint}'
        raise ItemError(words)
    rest = rest.strip()
    if rest in ("", "otherwise"):
        return UrgencyRule(urgency)
    if not rest.startswith("in "):
        hint = did_you_mean(rest, ("otherwise",))
        words = f'after "{urgency}" comes "in MODE, MODE" or "otherwise"'
        message = f'{words}, not "{short(rest)}"{hint}'
        raise ItemError(message)
    modes = tuple(each.strip() for each in rest.removeprefix("in ").split(","))
    for mode in modes:
        if mode.startswith(URGENCIES):
            words = f'clauses are separated by ";", not ",": "; {short(mode)}"'
            raise ItemError(words)
    return UrgencyRule(urgency, modes)


def _no_call(line: str) -> str:
    """Why a line is no line of urgency."""
    words = f'"{short(line)}" is no line of urgency'
    almost = _ALMOST_CALL.fullmatch(line)
    if almost is not None and almost[1] != "call":
        return f'{words}; did you mean "call"? It is {_URGENCY_FORM}'
    return f"{words}: {_URGENCY_FORM}"


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
