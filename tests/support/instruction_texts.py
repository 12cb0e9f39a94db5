"""Texts of a small healthy instructions/, for the tests to break."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from support.site_texts import KNOWN, LAYOUT, REFERENCES, SITE

from dqmconsole.site.decoder import SiteWords

if TYPE_CHECKING:
    from pathlib import Path

# what texts are mutated with
ZURICH = ZoneInfo("Europe/Zurich")
NOW = datetime.datetime(2026, 11, 25, 12, tzinfo=datetime.UTC).timestamp()
# a rota kept in a calendar
ROTA = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Zurich:20261102T080000
DTEND;TZID=Europe/Zurich:20261109T080000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:First desk
LOCATION:tel:+41 22 70100
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261109T080000
DTEND:20261116T080000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:Second desk
DESCRIPTION:mobile tel:70200 or mail
END:VEVENT
END:VCALENDAR
"""

BEAMS = SiteWords(
    ("no mode", "setup", "stable beams", "adjust"), ("collisions", "cosmics")
)

TEXT = """\
---
id: hcal/occupancy
title: Digi occupancy by depth
version: 2
author: hcal-dqm
written: 2026-11-20
owner: hcal-dqm
applies_to:
  layout: Hcal
  page: Digi occupancy
  plots: ["Hcal/DigiTask/Occupancy/depth*", Hcal/TPTask/trend]
  run_types: [collisions, cosmics]
  beam_modes: [Stable beams, setup]
reviewed_on: 2026-11-20
review_due: 2027-05-20
---

## What it shows
Digis by channel, see [the trend](<plot:Hcal/TPTask/trend>).

## How to judge
- Holes are bad: more than 0.2 % is a WARNING.
- A < B and a <-> b are no HTML.

### In cosmics
Look at [the page](<page:Hcal/Digi occupancy>) and https://example.org.

## Good and bad examples
- good: even
- bad hv-trip:Hcal: a sector of holes
- harmless lumi-drop: paler,
  all over

## If it is bad
1. Read [the timing](<instruction:hcal/timing#how-to-judge>).
2. Call the Hcal DQM on call: say where.
   call hcal-dqm: call now in stable beams, setup; call in working hours otherwise
3. Write an entry.
   - with the picture
   call hcal-dqm: write only

## Whom to call
1. hcal-dqm: what they can do
2. dqm-oncall
"""

TIMING = """\
---
id: hcal/timing
title: Quality of the raw data
version: 1
author: A. Expert
written: 2026-11-20
owner: hcal-dqm
applies_to:
  layout: Hcal
  page: [Experts]
reviewed_on: 2026-11-20
review_due: 2027-05-20
---
## What it shows
A.

## How to judge
B.

## Good and bad examples
- good: C

## If it is bad
1. D

## Whom to call
1. dqm-oncall
"""

NOTE = """\
---
id: notes/boxes
title: Two boxes are off
author: hcal-dqm
written: 2026-11-20
expires: 2026-12-20
owner: hcal-dqm
applies_to: {layout: Hcal, page: Digi occupancy}
supersedes: hcal/occupancy
---

Do **not** call for the hatched boxes.
"""

CONTACTS = """\
timezone: Europe/Zurich
working_hours: Mon-Fri 08:00-18:00
roles:
  hcal-dqm:
    title: Hcal DQM on call
    phone: "70043"
    hours: [Mon-Fri 08:00-20:00, "Sat,Sun 22:00-06:00"]
    rota:
      - {from: 2026-11-20 08:00, until: 2026-11-27 08:00, name: First, phone: "70100"}
      - {from: 2026-11-27 08:00, until: 2026-12-18 08:00, name: Second}
    then: dqm-oncall
    example: true
  dqm-oncall:
    title: DQM on call
    phone: "70010"
"""

GLOSSARY = """\
- term: lumisection
  also: [LS, lumi section]
  meaning: The unit of time of a run.
- term: digi
  meaning: The digitised signal of one channel.
- term: HO
  also: outer calorimeter
  meaning: The part of Hcal outside the magnet.
"""
CHECKLISTS = """\
- id: start
  title: Start of the shift
  phase: start
  items:
    - id: look
      text: Look at the page
      pages: [Hcal/Digi occupancy]
      run_types: [collisions]
    - {id: read, text: Read the hand-over}
"""

FILES = {
    "instructions/hcal/occupancy.md": TEXT,
    "instructions/hcal/timing.md": TIMING,
    "instructions/notes/boxes.md": NOTE,
    "instructions/contacts.yaml": CONTACTS,
    "instructions/checklists.yaml": CHECKLISTS,
    "layouts/site.yaml": SITE,
    "layouts/Hcal.yaml": LAYOUT.replace(
        "    audience: shift\n",
        "    audience: shift\n    instruction: hcal/occupancy\n",
    ).replace(
        "    audience: expert\n", "    audience: expert\n    instruction: hcal/timing\n"
    ),
    "layouts/references.yaml": REFERENCES,
    "layouts/known.yaml": KNOWN,
    # The header of a ROOT file of 16 bytes.
    "layouts/references/collisions.root": "root\0\0u0\0\0\0d\0\0\0\x10",
}


def make_whole_site(folder: Path, **changes: tuple[str, str]) -> Path:
    """Write a site with instructions.

    Args:
        folder: where to write it.
        **changes: name of a file ("occupancy", "site", ...) -> a text in it and what
            stands there instead.
    """
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.stem in changes:
            old, new = changes[path.stem]
            assert text.count(old) >= 1, (name, old)
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
    return folder
