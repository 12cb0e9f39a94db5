"""Evidence of an entry: what was in view, being taken, and waited for."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImageWriter

from dqmconsole.logbook.author import versions_in_force
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.message import EVIDENCE_SUFFIX, MakeEvidence
from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.shift import actions
from dqmconsole.shift.evidence import read_stored, stored
from dqmconsole.ui.pictures import file_name

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

    from dqmconsole.logbook.author import Signature
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.message import PastVerdict
    from dqmconsole.model.record import Entry, StoredFile
    from dqmconsole.shift.client import Changes, EngineClient
    from dqmconsole.ui.context import Context
    from dqmconsole.ui.pictures import Shown

PATIENCE = 60.0  # s after which an entry is written without its evidence


class InView(NamedTuple):
    """What was in view when somebody began to write.

    Attributes:
        shown: the view.
        title: a title for the entry.
        page: "Layout/Page", or "".
        about: the plots the entry is about: the selected one, else all.
        status: the verdict of the selected plot, else the worst in view.
        run: the run; 0 while none goes on.
        subsystem: the layout, or first part of the path.
        instruction: of the selected plot.
        picture: the view as PNG.
        at: unix time, s.
    """

    shown: Shown
    title: str
    page: str
    about: tuple[str, ...]
    status: str
    run: int
    subsystem: str
    instruction: Instruction | None
    picture: bytes
    at: float


def in_view(context: Context, shown: Shown) -> InView:
    """What an entry about what is shown is of: of the past no verdict of now."""
    client, place, name = context.client, shown.selected, shown.page
    about = (place.key,) if place is not None else shown.keys
    verdict = client.mailbox.verdicts.get(_worst(about, client))
    title, past = shown.heading, client.mailbox.past
    run = max(client.mailbox.run.run, 0)
    if past is not None:
        verdict, run = None, past.run
        title = f"{title}: looking back, {past.words(client.settings.unit)}"
    if verdict is not None and verdict.status in (Status.BAD, Status.WARNING):
        title = f"{title}: {verdict.status}: {verdict.sentence}"
    guidance = context.session.guidance(place.key) if place is not None else None
    goes_on = context.session.no_data_since is None
    subsystem = subsystem_of(place.plot.path) if place is not None else ""
    return InView(
        shown=shown,
        title=title,
        page=name.path if name is not None else "",
        about=about,
        status=str(verdict.status) if verdict is not None else "",
        run=run if goes_on else 0,
        subsystem=name.layout if name is not None else subsystem,
        instruction=guidance.instruction if guidance is not None else None,
        picture=png(shown.picture),
        at=context.clock(),
    )


class Taking:
    """The evidence of one view; it is asked for at once.

    Args:
        context: what it works with.
        seen: the view.
        history: how the verdicts became what they are.

    Attributes:
        seen: the view.
        state: "taking", "whole" or "failed".
        path: the bundle.
        why: why it failed, or "".
    """

    def __init__(
        self, context: Context, seen: InView, history: tuple[PastVerdict, ...]
    ) -> None:
        self.seen = seen
        self._client = context.client
        self._by = context.session.author.signature.who
        self._began = context.clock()
        self.state: Literal["taking", "whole", "failed"] = "taking"
        self.why = ""
        self.path = ""
        self._worded = False
        target = _target(context, seen)
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            self._request = 0
            self._fail(str(error))
            return
        wanted = MakeEvidence(
            request=0,
            target=str(target),
            title=seen.shown.heading,
            page=seen.page,
            keys=seen.shown.keys,
            picture=seen.picture,
            by=self._by,
            modes=seen.shown.modes,
            normalized=seen.shown.normalized,
            history=history,
            versions=versions_in_force(
                context.session.site, actions.named(seen.instruction)
            ),
        )
        self._request = context.client.make_evidence(wanted)

    def look(self, changes: Changes, now: float) -> None:
        """Take in an answer, or lose patience."""
        if self.state != "taking":
            return
        for made in changes.evidence:
            if made.request == self._request:
                self.path, self.state = made.path, "whole"
                return
        for receipt in changes.refusals:
            if receipt.request == self._request:
                self._fail(receipt.sentence)
                return
        if not 0 <= now - self._began < PATIENCE:
            self._fail("the engine did not answer")

    def add_words(self, words: str, now: float) -> None:
        """Put the words of the entry into the bundle; they come once."""
        if self._worded or self.state != "whole" or not words:
            return
        self._worded, self._began = True, now
        self._request = self._client.add_words(self.path, words, self._by)
        self.state = "taking"

    def _fail(self, why: str) -> None:
        if self.path:
            self.state = "whole"  # without the words: they are in the entry
            return
        self.state, self.why = "failed", why


class _Waiting(NamedTuple):
    """An entry, who wrote it, and the evidence it waits for."""

    entry: Entry
    signed: Signature
    taking: Taking


class EvidenceOutbox:
    """Holds entries until their evidence is whole, or failed; then they are written.

    In the name of whoever submitted them, whoever has the shift by then.

    Args:
        context: what it works with; what became of an entry is said.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[_Waiting] = []

    def put(self, entry: Entry, taking: Taking) -> None:
        """Submit an entry; it is written at once where its evidence failed."""
        signed = self._context.session.author.signature
        self._waiting.append(_Waiting(entry, signed, taking))
        self._write()
        if self._waiting:
            self._context.said.emit(
                "Taking the evidence …; the entry is written with it"
            )

    def look(self, changes: Changes, now: float) -> None:
        """Take in what the engine has answered."""
        for each in self._waiting:
            each.taking.look(changes, now)
        self._write()

    def empty(self) -> None:
        """Write everything now, with as much of its evidence as there is."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            self._put(each)

    def _write(self) -> None:
        now = self._context.clock()
        left = []
        for each in self._waiting:
            text = "\n\n".join(filter(None, (each.entry.title, each.entry.text)))
            each.taking.add_words(text, now)
            if each.taking.state == "taking":
                left.append(each)
            else:
                self._put(each)
        self._waiting = left

    def _put(self, waiting: _Waiting) -> None:
        entry, signed, taking = waiting
        seen = taking.seen
        picture = stored(seen.picture, "picture.png")
        files: list[StoredFile] = [picture]
        entry = msgspec.structs.replace(entry, picture=picture.hash)
        lost = taking.why or "it was not whole in time"
        if taking.path:
            try:
                bundle = read_stored(taking.path)
            except OSError as error:
                lost = str(error)
            else:
                lost = ""
                files.append(bundle)
                entry = msgspec.structs.replace(
                    entry, evidence=bundle.hash, evidence_name=bundle.name
                )
        refused = actions.enter(
            self._context.session,
            entry,
            seen.run,
            subsystem=seen.subsystem,
            instruction=seen.instruction,
            files=files,
            signed=signed,
        )
        said = "The entry is written, with its evidence."
        if refused:
            said = f"Not written: {refused}"
        elif lost:
            said = f"The entry is written with its picture alone: {lost}"
        self._context.said.emit(said)


def png(image: QImage) -> bytes:
    """A picture as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)
    return bytes(buffer.data().data())


def _worst(keys: tuple[str, ...], client: EngineClient) -> str:
    def badness(key: str) -> int:
        verdict = client.mailbox.verdicts.get(key)
        judged = verdict is not None and verdict.status in JUDGED
        return JUDGED.index(verdict.status) if verdict and judged else -1

    return max(keys, key=badness, default="")


def _target(context: Context, seen: InView) -> Path:
    """A file that is not there yet."""
    stem = file_name(seen.shown.heading, context.client)
    moment = datetime.datetime.fromtimestamp(seen.at, datetime.UTC)
    name = f"{stem}_{moment:%Y%m%dT%H%M%S}"
    folder = context.session.evidence_folder
    path, number = folder / f"{name}{EVIDENCE_SUFFIX}", 1
    while path.exists():
        number += 1
        path = folder / f"{name}_{number}{EVIDENCE_SUFFIX}"
    return path
