"""A small healthy course for the site of ``instruction_texts``, for tests to break."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.instruction_texts import make_whole_site

if TYPE_CHECKING:
    from pathlib import Path

RECTANGLE = """\
number: 2
title: An empty rectangle
version: 3
author: dqm
written: 2026-11-20
minutes: 6
teaches: telling a lost board from a trip
requires: [first]
covers: [hcal/occupancy, Hcal]
run: {seed: 5, causes: ["fed-lost:Hcal@6"], ahead: 14, speed: 10, run_length: 20}
steps:
  - id: see
    title: Something is missing
    point: "page Hcal/Digi occupancy"
    done: {page: Hcal/Digi occupancy, plot: "Hcal/DigiTask/Occupancy/depth1"}
  - id: compare
    title: Is it in the reference?
    point: plot Hcal/DigiTask/Occupancy/depth1
    region: [1, 2, 3, 4]
    done: {plot: "Hcal/DigiTask/*", mode: ratio, used: reference}
    hint_after: 20
  - id: which
    title: Voltage or readout?
    question:
      choices: [High voltage, "A driver, see [it](<page:Hcal/Digi occupancy>)"]
      right: 2
      why: ["The row is on", "The driver is empty"]
  - id: say
    title: Say what it is
    done: {finding: {verdict: bad, causes: [fed-lost], plot: Hcal/*, urgency: call now}}
    after: [see]
  - {id: call, title: Call, point: contacts, done: {call: hcal-dqm}}
  - {id: flag, title: Flag, done: {flag: {component: hcal, status: BAD, \
first: [1, 9], causes: [readout]}}}
  - {id: read, title: Read, done: {read: hcal/timing}}
  - {id: tick, title: Tick, done: {tick: {instruction: hcal/occupancy, step: 1}}}
  - {id: entry, title: Write, done: {entry: {plot: "Hcal/*"}}}
  - {id: late, title: Wait, done: {lumisection: 18}}
  - {id: end, title: The end, done: {settled: true, runs: 2, \
flag: {component: hcal, status: BAD, first: [1, 9], causes: [readout]}}}
"""

RECTANGLE_WORDS = """\
## see

Look at the [page](<page:Hcal/Digi occupancy>). It is **empty**.

### Hint

On the left.

### Hint

Further left.

## compare

Press r.

## which

What is it?

## say

Say it.

## call

Call.

## flag

Flag it.

## read

Read.

## tick

Tick.

## entry

Write.

## late

Wait.

## end

Sign off.

## debrief

A driver was lost.
"""

FIRST = """\
number: 1
title: First steps
version: 1
author: dqm
written: 2026-11-20
minutes: 3
teaches: reading a page
covers: [Hcal]
steps:
  - {id: look, title: Look}
"""

FIRST_WORDS = "## look\n\nLook around.\n\n## debrief\n\nThat was it.\n"

EXAM = """\
items: 120
minutes: 20
matter:
  - {pages: [Hcal/Digi occupancy], cause: "fed-lost:Hcal", sizes: [2, 1]}
  - {pages: [Hcal/Digi occupancy], cause: "hv-trip:Hcal"}
  - {pages: [Hcal/Digi occupancy], cause: "board-dead:Hcal"}
  - {pages: [Hcal/Digi occupancy], cause: lumi-drop}
  - {pages: [Hcal/Digi occupancy]}
"""

LESSON_FILES = {
    "rectangle.yaml": RECTANGLE,
    "rectangle.md": RECTANGLE_WORDS,
    "first.yaml": FIRST,
    "first.md": FIRST_WORDS,
    "exam.yaml": EXAM,
}


def make_lesson_site(
    folder: Path, *changes: tuple[str, str, str], **site: tuple[str, str]
) -> Path:
    """Write a site with lessons.

    Args:
        folder: where to write it.
        *changes: name of a file of the lessons, a text in it, what stands there
            instead.
        **site: changes of its other files, as ``make_whole_site`` takes them.
    """
    make_whole_site(folder, **site)
    lessons = folder / "instructions" / "lessons"
    lessons.mkdir()
    texts = dict(LESSON_FILES)
    for name, old, new in changes:
        assert old in texts[name], (name, old)
        texts[name] = texts[name].replace(old, new, 1)
    for name, text in texts.items():
        (lessons / name).write_text(text, encoding="utf-8")
    return folder
