"""A small site on the disk, and a console that edits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.edit_console import EditConsole
from support.fake_session import live_session, site

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.ui.theme import Theme

LAYOUT = """\
layout: Hodo  # mine
owner: hodo
pages:
  - page: Spots
    columns: 2
    plots:
      - path: Hodo/x
        title: Across
      - path: Hodo/y
"""
FILES = {
    "layouts/site.yaml": "experiment: Test beam\n",
    "layouts/10-Hodo.yaml": LAYOUT,
    "instructions/contacts.yaml": (
        'roles:\n  hodo: {title: Hodoscope on call, phone: "77"}\n'
    ),
}


def write_site(home: Path) -> Path:
    """Write it."""
    for name, text in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home


def editing_console(home: Path, **more: Theme | tuple[int, int]) -> EditConsole:
    """A console that edits the layout of the site."""
    client = live_session()
    client.put_site(msgspec.structs.replace(site(), home=str(home), folder=str(home)))
    return EditConsole(home, "Hodo", client=client, **more)  # type: ignore[arg-type]
