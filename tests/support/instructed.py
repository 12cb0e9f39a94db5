"""An invented site with instructions, a note and contacts, and a console on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from support.fake_session import (
    DEPTH1,
    DIGIS,
    HCAL,
    NOW,
    FakeSession,
    live_session,
    note,
    occupancy,
    site,
)

from dqmconsole.model.contacts import Contact, Contacts, Hours
from dqmconsole.model.frame import Picture, Tile
from dqmconsole.model.instruction import (
    AppliesTo,
    Example,
    Instruction,
    Note,
    Step,
    Turn,
    UrgencyRule,
)
from dqmconsole.model.message import DrawnExample, Examples
from dqmconsole.model.record import Read, Record
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift import reading

if TYPE_CHECKING:
    from dqmconsole.model.site import Site

WHO = "Ada"
OCCUPANCY = "hcal/digi-occupancy"
DEPTH2 = DEPTH1.replace("depth1", "depth2")

STEPS = (
    Step("Compare with depth 2: what is empty in both has lost voltage or readout."),
    Step(
        "Look at [Run summary](<page:Hcal/Run summary>) and at "
        "[the pulse time](<plot:Hcal/DigiTask/Timing/HE>)."
    ),
    Step(
        "Call the Hcal DQM on call: say which half, which iφ, since which lumisection.",
        "hcal-dqm",
        (
            UrgencyRule("call now", ("stable beams", "adjust")),
            UrgencyRule("call in working hours"),
        ),
    ),
    Step(
        "Write an entry with **E**; see "
        "[timing](<instruction:hcal/timing#how-to-judge>) and [the elog](<https://elog.example.org/DQM>).",
        "hcal-dqm",
        (UrgencyRule("write only"),),
    ),
)
SHOWS = (
    "Digis of depth 1 by **iη** and **iφ**, over the reference. Beyond iη 20 only odd "
    "iφ exist: those stripes are geometry."
)
JUDGE = (
    "Every cell is compared with the median of its iη ring.\n\n"
    "- WARNING above 0.2 % newly empty cells, BAD above 1 %.\n"
    "- Four iφ wide in one half: a readout box. In all halves: its FED.\n"
    "- Hatched is old: HBP14."
)
TEXT = (
    f"## What it shows\n{SHOWS}\n\n## How to judge\n{JUDGE}\n\n"
    "## Good and bad examples\n- good: even in iφ\n\n"
    "## If it is bad\n" + "\n".join(f"1. {step.text}" for step in STEPS) + "\n\n"
    "## Whom to call\n1. hcal-dqm\n2. technical-shift\n"
)


def instruction(**changes: object) -> Instruction:
    """The instruction of the digi occupancy, in its third version."""
    found = Instruction(
        id=OCCUPANCY,
        title="Digi occupancy by depth",
        version=3,
        author="hcal-dqm",
        written="2026-11-12",
        owner="hcal-dqm",
        applies_to=AppliesTo(HCAL, (DIGIS,)),
        reviewed_on="2026-11-12",
        review_due="2027-05-25",
        shows=SHOWS,
        judge=JUDGE,
        examples=(
            Example("good", "even in iφ, holes only where hatched"),
            Example("bad", "neighbouring sectors fall out *together*", "hv-trip:Hcal"),
            Example("harmless", "all paler, no edge inside", "lumi-drop"),
            Example("bad", "the client stands still", "client-frozen"),
        ),
        steps=STEPS,
        turns=(
            Turn("hcal-dqm", "readout and calibration"),
            Turn("technical-shift", "high voltage"),
        ),
        text=TEXT,
        hash="i3",
    )
    return msgspec.structs.replace(found, **changes)


def timing() -> Instruction:
    """Another instruction, to be linked to."""
    return instruction(
        id="hcal/timing",
        title="Pulse time of HE",
        version=1,
        shows="When pulses peak.",
        judge="Later than 0.5 TS is BAD.",
        examples=(),
        steps=(Step("Compare with the trigger."),),
        text="## What it shows\nWhen pulses peak.\n\n## How to judge\n"
        "Later than 0.5 TS is BAD.\n\n[back](<instruction:hcal/digi-occupancy>)\n",
        hash="t1",
    )


def short_note(**changes: object) -> Note:
    """A note about all of Hcal that holds on the day of NOW."""
    found = Note(
        id="notes/hcal-boxes",
        title="HBP14 is being repaired",
        author="hcal-dqm",
        written="2026-11-15",
        expires="2026-11-30",
        owner="hcal-dqm",
        applies_to=AppliesTo(HCAL),
        text="Expect the box to come and go until Friday; **write**, do not call.",
        hash="n1",
    )
    return msgspec.structs.replace(found, **changes)


def contacts() -> Contacts:
    """Invented contacts."""
    day = (Hours((0, 1, 2, 3, 4), 9 * 60, 17 * 60),)
    people = (
        Contact("hcal-dqm", "Hcal DQM on call", "16 1001", example=True),
        Contact(
            "technical-shift", "Technical shift", "16 1002", then="shift-leader",
            example=True,
        ),
        Contact("shift-leader", "Shift leader", "16 1003", then="run-coordinator"),
        Contact("run-coordinator", "Run coordinator", "16 1004", hours=day),
    )  # fmt: skip
    return Contacts("UTC", day, {each.role: each for each in people})


def instructed_site(
    *,
    instructions: tuple[Instruction, ...] | None = None,
    notes: tuple[Note, ...] = (),
    hash: str = "a1",
) -> Site:
    """The invented site; the page of digis has the instruction."""
    plain = site(hash=hash)
    layouts = [
        msgspec.structs.replace(
            layout,
            pages=tuple(
                msgspec.structs.replace(page, instruction=OCCUPANCY)
                if (layout.layout, page.page) == (HCAL, DIGIS)
                else page
                for page in layout.pages
            ),
        )
        for layout in plain.layouts
    ]
    return msgspec.structs.replace(
        plain,
        layouts=tuple(layouts),
        instructions=(instruction(), timing())
        if instructions is None
        else instructions,
        notes=notes,
        contacts=contacts(),
    )


def instructed_session(made: Site | None = None) -> FakeSession:
    """A live run on it."""
    return live_session(made or instructed_site(notes=(short_note(),)))


def drawn_examples(client: FakeSession) -> Examples:
    """What the engine would answer to the latest request."""
    number, key, name = client.examples_wanted[-1]
    told = next(each for each in client.site.instructions if each.id == name)
    reference = occupancy("depth1", seed=7)
    items = []
    for each in told.examples:
        if each.cause == "client-frozen":
            why = "not drawn: client-frozen changes no histogram"
            items.append(DrawnExample(each.kind, each.caption, each.cause, None, why))
            continue
        data = occupancy("depth1", seed=8, hole=True) if each.cause else reference
        tile = Tile(
            key=key,
            path=key.rsplit(" › ", 1)[-1],
            run=397951,
            version=1,
            verdict=Verdict(Status.NOT_CHECKED, each.caption),
            note=note(),
            picture=Picture(data=data, reference=reference),
            banner="EXAMPLE",
        )
        items.append(DrawnExample(each.kind, each.caption, each.cause, tile))
    return Examples(number, key, name, tuple(items))


def put_examples(client: FakeSession) -> None:
    """Let the engine answer."""
    client.answer(drawn_examples(client))


def read_before(text: str, version: int) -> tuple[Record, reading.StoredFile]:
    """That WHO began with the site of `text` as the instruction's version."""
    old = instruction(version=version, text=text, hash="i2")
    known = instructed_site(instructions=(old, timing()), notes=(short_note(),))
    kept = reading.baseline(reading.items(known, NOW))
    body = Read(reading.ALL, "a0", hash=kept.hash)
    return Record(uid="read-1", made_at=NOW - 900_000, body=body, who=WHO), kept
