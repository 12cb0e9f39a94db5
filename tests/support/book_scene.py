"""A live run on a site with check-lists, an elog and limits; the book is fake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from support.consoles import Console
from support.fake_book import FakeWriter
from support.fake_session import HCAL, NOW, OTHERS, RUN, live_session, run_info

from dqmconsole.model.checklist import CheckItem, CheckList
from dqmconsole.model.message import EvidenceMade
from dqmconsole.model.record import Flag, Record, RunSeen
from dqmconsole.model.run import Client, RunInfo, RunState
from dqmconsole.model.site import ElogSettings, Significance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.fake_session import FakeSession

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
COMPONENTS = {"hcal": ("Hcal",), "ecal": ("Ecal",), "dt": ("DT",), "l1t": ("L1T",)}
LISTS = (
    CheckList(
        "start", "Start of shift", "start", (CheckItem("log", "Read the *log*"),)
    ),
    CheckList(
        "round",
        "Hourly round",
        "hourly",
        (CheckItem("occ", "Look at **Hcal**", pages=("Hcal/Timing",)),),
    ),
)


def site_of_the_book(client: FakeSession) -> None:
    """Give the session's site what the book shows."""
    site = client.site
    assert site is not None
    settings = msgspec.structs.replace(
        site.settings,
        components=COMPONENTS,
        classes={"collisions": "Collisions26"},
        significant=Significance(20, 1000),
        elog=ElogSettings("https://elog.example.org/DQM/"),
    )
    client.put_site(
        msgspec.structs.replace(site, settings=settings, checklists=LISTS, hash="b1")
    )


def run_of_the_book(
    run: int = RUN, lumisection: int = 417, state: RunState = RunState.RUNNING
) -> RunInfo:
    """A run that every subsystem serves; Ecal's high voltage is partly off."""
    names = (HCAL, *OTHERS)
    clients = tuple(
        Client(name, run, lumisection, "live", "live", produced=NOW - 4, events=99999)
        for name in names
    )
    info = run_info(run, lumisection)
    given = msgspec.structs.replace(
        info.conditions, subsystems=frozenset(names) - {"L1T"}
    )
    return msgspec.structs.replace(
        info, clients=clients, conditions=given, state=state, started=NOW - 9000
    )


def old_run(run: int, number: int, **flags: Flag) -> list[Record]:
    """The records of a run of the shift before."""
    seen = RunSeen(
        "ended", "collisions", "Collisions26", NOW - 30000, NOW - 20000, 640, 99999,
        significant=True,
    )  # fmt: skip
    records = [Record(f"run{run}", NOW - 20000, seen, run=run)]
    for name, flag in flags.items():
        records.append(
            Record(
                f"{run}{name}",
                NOW - 19000 + number,
                flag,
                who="" if flag.proposed else "Ben Ode",
                run=run,
                subsystem=name,
            )
        )
    return records


def console_on_shift(
    folder: Path,
    records: Sequence[Record] = (),
    *,
    client: FakeSession | None = None,
    run: RunInfo | None = None,
    account: str = "dqmshift",
) -> Console:
    """A console whose shift Anna has."""
    if client is None:
        client = live_session()
    site_of_the_book(client)
    client.put_run(run if run is not None else run_of_the_book())
    console = Console(
        client, folder / "console.ini", writer=FakeWriter(records), account=account
    )
    console.session.evidence_folder = folder / "evidence"
    assert console.session.begin("Anna Virtanen", "Leo") == ""
    for _ in range(2):
        console.wait(1.5)
    return console


def answer_evidence(console: Console, data: bytes = b"a bundle") -> str:
    """Say that the last bundle asked for is whole on the disk."""
    wanted = console.client.evidence_wanted[-1]
    Path(wanted.target).write_bytes(data)
    made = EvidenceMade(wanted.request, wanted.target, "0" * 32, len(data))
    console.client.answer(made)
    console.wait(0)
    return wanted.target


def answer_words(console: Console) -> None:
    """Say that the words are in the bundle."""
    added = console.client.words_added[-1]
    file = Path(added.path)
    file.write_bytes(file.read_bytes() + added.words.encode())
    size = file.stat().st_size
    made = EvidenceMade(added.request, added.path, "1" * 32, size)
    console.client.answer(made)
    console.wait(0)


def bodies(console: Console, kind: type) -> list[Record]:
    """The records of a kind that the book holds."""
    assert console.writer is not None
    return [each for each in console.writer.kept if isinstance(each.body, kind)]
