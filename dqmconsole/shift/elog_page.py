"""What the pages of an ELOG server say; source: ``elogd.c`` and ``elog.c``."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

# Every repetition is bounded: a page of nonsense must not hold the interpreter up.


def message_number(location: str) -> int | None:
    """The message a redirect points to: ``…/Logbook/123``."""
    try:
        last = urlsplit(location).path.rpartition("/")[2]
    except ValueError:
        return None
    return int(last) if re.fullmatch(r"[1-9][0-9]{0,9}", last) else None


def message_numbers(page: str) -> list[int]:
    """The messages a list of ELOG's links to, each once."""
    found = re.findall(
        r"""href\s*=\s*["']?(?:[^"'\s>]{0,200}/)?([1-9][0-9]{0,9})(?:\?[^"'\s>]{0,200})?["'\s>]""",
        page,
        re.IGNORECASE,
    )
    return list(dict.fromkeys(int(each) for each in found))


def asks_for_sign_in(page: str) -> bool:
    """Tell whether a page asks for a password; every page has a form."""
    return bool(
        re.search(r"<input[^>]{0,200}type\s*=\s*[\"']?password", page, re.IGNORECASE)
    )


def complaint_of(page: str) -> str:
    """What a page of ELOG's says is wrong."""
    found = re.search(
        r'class="?errormsg"?[^>]{0,200}>(.{1,2000}?)</td>', page, re.DOTALL
    )
    if found is None:
        return ""
    plain = html.unescape(re.sub(r"<[^>]*>", " ", found[1]))
    return " ".join(plain.split())[:300]


def file_name(name: str, place: int) -> str:
    """The name of an attachment, of plain characters."""
    plain = re.sub(r"[^0-9A-Za-z._-]+", "_", name).strip("._")
    return plain[-100:] or f"attachment{place}"
