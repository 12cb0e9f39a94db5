"""Documents made of templates: HTML that needs nothing else, and Markdown."""

from __future__ import annotations

import base64
import datetime
from functools import cache
from typing import TYPE_CHECKING

from dqmconsole.shift.on_call import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment

    Clock = Callable[[float | None], str]

_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_HERE = "dqmconsole.shift"


def document(template: str, values: Mapping[str, object], package: str = _HERE) -> str:
    """A document.

    Args:
        template: its file in the folder ``templates`` of the package; one of HTML
            extends ``base.html``. In HTML every value is escaped; Markdown is for a
            person to edit, and has words as they were written.
        values: what the template speaks of, by name.
        package: whose template it is.
    """
    return _templates(package).get_template(template).render(values)


def one_line(text: str) -> str:
    """A person's words in one line."""
    return " ".join(text.split())


def _printable(text: str) -> str:
    """A text with a space for every control and direction character."""
    return "".join(each if each.isprintable() else " " for each in text)


@cache
def _templates(package: str) -> Environment:
    import jinja2  # the console starts without it

    found = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(p) for p in (package, _HERE)]),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters |= {"line": one_line, "printable": _printable}
    return found


def addresses_of(pictures: Mapping[str, bytes]) -> dict[str, str]:
    """Addresses that carry their picture; none for what is no PNG or JPEG.

    Args:
        pictures: hash -> the picture.
    """
    return {
        name: f"data:{kind};base64,{base64.b64encode(data).decode()}"
        for name, data in pictures.items()
        if (kind := picture_kind(data))
    }


def picture_kind(data: bytes) -> str:
    """The media type of a PNG or JPEG by its first bytes; "" of anything else."""
    return next((kind for mark, kind in _KINDS.items() if data.startswith(mark)), "")


def clock_of(timezone: str) -> Clock:
    """Moments in words: UTC, and the site's own time behind it where that differs.

    Args:
        timezone: IANA name; one that does not exist leaves UTC alone.
    """
    zone = zone_of(timezone)

    def said(when: float | None) -> str:
        if when is None:
            return "an unknown time"
        try:
            there = datetime.datetime.fromtimestamp(when, datetime.UTC)
            local = there.astimezone(zone)
        except (OverflowError, OSError, ValueError):
            return "an unknown time"
        words = f"{there:%Y-%m-%d %H:%M} UTC"
        if local.utcoffset():
            words += f" ({local:%H:%M} {local:%Z})"
        return words

    return said
