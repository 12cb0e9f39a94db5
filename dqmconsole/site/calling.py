"""Whether the words of a step seem to tell to call somebody."""

from __future__ import annotations

import re

from dqmconsole.markdown import plain_line

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
