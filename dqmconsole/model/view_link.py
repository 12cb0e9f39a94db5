"""Links to what was in view, as text: the one place that writes and reads them.

A link is a URI, percent-encoded::

    dqm:398214/Hcal/Digi%20occupancy?plot=Hcal/DigiTask/Charge/HB&ls=120-134

run, layout, page; ``plot`` is the path of the plot that was alone, ``ls=178`` the run
up to that lumisection, ``ls=120-134`` what that span added. Run 0 is whichever is now.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

import msgspec

SCHEME = "dqm"
LONGEST = 2000  # characters
_SPAN = re.compile(r"(?:([0-9]{1,9})-)?([0-9]{1,9})")
_KEYS = ("plot", "ls")
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")


class ViewLinkError(ValueError):
    """A text that is no link to a view; says what is wrong with it."""


class ViewLink(msgspec.Struct, frozen=True, gc=False):
    """What was in view.

    Attributes:
        run: the run; 0 for whichever is the current one.
        layout, page: names of the page; "" for none, which is the overview where no
            plot is named either.
        plot: path of the monitor element that is shown alone, or "".
        last: the run up to this lumisection; None: as it is now, or at its end.
        first: only what was added from this lumisection on; None: all of the run.
    """

    run: int = 0
    layout: str = ""
    page: str = ""
    plot: str = ""
    last: int | None = None
    first: int | None = None

    @property
    def page_path(self) -> str:
        """As people write the page, "Layout/Page"; "" for none."""
        return f"{self.layout}/{self.page}" if self.layout else ""

    def __str__(self) -> str:
        """The link as text."""
        text = f"{SCHEME}:{self.run}"
        if self.layout:
            text += f"/{quote(self.layout, safe='')}/{quote(self.page, safe='')}"
        asked = [f"plot={quote(self.plot, safe='/')}"] if self.plot else []
        if self.last is not None:
            begin = "" if self.first is None else f"{self.first}-"
            asked.append(f"ls={begin}{self.last}")
        return f"{text}?{'&'.join(asked)}" if asked else text


def read_link(text: str) -> ViewLink:
    """The link that a text is, spaces around it left out.

    Raises:
        ViewLinkError: it is none; says what is wrong.
    """
    text = text.strip()
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() != SCHEME:
        message = "a link begins with dqm: and the number of a run"
        raise ViewLinkError(message)
    if len(text) > LONGEST:
        message = f"a link has at most {LONGEST} characters, this has {len(text)}"
        raise ViewLinkError(message)
    bad = _ESCAPES.search(rest)
    if bad is not None or not text.isprintable():
        where = rest[bad.start() :][:3] if bad is not None else "a sign"
        message = f"{where!r} in the link is no percent-encoding"
        raise ViewLinkError(message)
    place, _, query = rest.partition("?")
    run, *names = place.split("/")
    if not re.fullmatch("[0-9]{1,18}", run):
        message = f"{run!r} is no number of a run"
        raise ViewLinkError(message)
    if len(names) not in (0, 2) or not all(names):
        message = "after the run come layout and page: dqm:RUN/LAYOUT/PAGE"
        raise ViewLinkError(message)
    layout, page = map(_decoded, names or ("", ""))
    found = _asked(query)
    first, last = _span(found["ls"]) if "ls" in found else (None, None)
    plot = found.get("plot", "")
    return ViewLink(int(run), layout, page, plot, last, first)


def read_span(text: str) -> tuple[int | None, int]:
    """First (None: the beginning of the run) and last lumisection of "178", "120-134".

    Raises:
        ViewLinkError: the text is neither.
    """
    return _span(re.sub(r"\s*[–—-]\s*", "-", text.strip()))


def _asked(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in filter(None, query.split("&")):
        key, _, value = each.partition("=")
        if key not in _KEYS:
            message = f"a link has no {key!r}: it has {' and '.join(_KEYS)}"
            raise ViewLinkError(message)
        if key in found or not value:
            message = f"{key} stands in the link {'twice' if value else 'empty'}"
            raise ViewLinkError(message)
        found[key] = _decoded(value)
    return found


def _span(text: str) -> tuple[int | None, int]:
    match = _SPAN.fullmatch(text)
    if match is None:
        message = f"{text!r} is neither a number (178) nor a span (120-134)"
        raise ViewLinkError(message)
    first = None if match[1] is None else int(match[1])
    last = int(match[2])
    if first is not None and first > last:
        message = f"the span {text} ends before it begins"
        raise ViewLinkError(message)
    if 0 in (first, last):
        nearest = "1" if first is None or last == 0 else f"1-{last}"
        message = f"they count from 1: the nearest is {nearest}"
        raise ViewLinkError(message)
    return first, last


def _decoded(text: str) -> str:
    try:
        found = unquote(text, errors="strict")
    except UnicodeDecodeError:
        message = f"{text!r} is not percent-encoded UTF-8"
        raise ViewLinkError(message) from None
    if not found.isprintable():
        message = f"{text!r} holds signs that cannot be shown"
        raise ViewLinkError(message)
    return found
