"""The records of the book: append-only, each with who, when and the versions in force.

A correction is a new record. What holds now follows from all records in the order of
their numbers (``logbook.view``).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dqmconsole.model.cause import Extent, Family, Urgency

FlagStatus = Literal["GOOD", "BAD", "EXCLUDED", "STANDBY", "NOTSET"]
FLAG_STATUSES: tuple[FlagStatus, ...] = ("GOOD", "BAD", "EXCLUDED", "STANDBY", "NOTSET")
RunPhase = Literal["running", "ended", "not significant"]


class Versions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was in force when a record was made.

    Attributes:
        program: version of the console.
        site: hash of the site.
        release: number of the site's release; 0 when it is unpublished.
        instruction: "id@version" of the instruction in view, or "".
    """

    program: str = ""
    site: str = ""
    release: int = 0
    instruction: str = ""


class ShiftBegan(msgspec.Struct, frozen=True, tag="shift-began", omit_defaults=True):
    """Somebody took the shift; the record's uid names the shift.

    Attributes:
        leader: name of the shift leader.
        read: uid of the hand-over that was read, or "".
    """

    leader: str = ""
    read: str = ""


class ShiftEnded(msgspec.Struct, frozen=True, tag="shift-ended", omit_defaults=True):
    """The shift was given away or ended."""

    comment: str = ""


class Read(msgspec.Struct, frozen=True, tag="read", omit_defaults=True):
    """Somebody read and acknowledged something that changed.

    Attributes:
        kind: "instruction", "note", "release", "reference", "known", "hand-over".
        id: its id; of a release its number.
        version: its version; 0 where it has none.
        hash: hash under which the book keeps the text that was read, or "".
    """

    kind: str
    id: str
    version: int = 0
    hash: str = ""


class RunSeen(msgspec.Struct, frozen=True, tag="run", omit_defaults=True):
    """What is known of a run; a later record of the run replaces an earlier one.

    Attributes:
        phase: where it stands.
        run_type: "collisions", ..., or "".
        run_class: the site's class for it ("Collisions26"), or "".
        started, ended: unix times, s, or None.
        lumisections: the last lumisection, or 0.
        events: events of the DQM stream, the most any client has seen.
        fill: fill, or 0.
        beam_mode: the beam mode last seen, or "".
        beam_energy: GeV per beam, or None.
        significant: whether it counts; None while that is open.
        why: why it is not significant, or "".
        subsystems: subsystems in the run.
    """

    phase: RunPhase
    run_type: str = ""
    run_class: str = ""
    started: float | None = None
    ended: float | None = None
    lumisections: int = 0
    events: int = 0
    fill: int = 0
    beam_mode: str = ""
    beam_energy: float | None = None
    significant: bool | None = None
    why: str = ""
    subsystems: tuple[str, ...] = ()


class Flag(msgspec.Struct, frozen=True, tag="flag", omit_defaults=True):
    """A component's flag over a range of lumisections of the record's run.

    The record's ``subsystem`` is the component.

    Attributes:
        status: the flag.
        first, last: lumisections, inclusive; None: until the run's end.
        cause: one of a few words ("HV", "readout", ...), or "".
        comment: in the person's words, or the verdict's sentence.
        proposed: it was proposed by the console and is not confirmed.
        earliest: the true start lies from here to `first`: it is known only to lie
            between two snapshots. None when `first` is exact.
        disputed: of a proposal: what speaks against it, or "".
    """

    status: FlagStatus
    first: int = 1
    last: int | None = None
    cause: str = ""
    comment: str = ""
    proposed: bool = False
    earliest: int | None = None
    disputed: str = ""


class SignOff(msgspec.Struct, frozen=True, tag="sign-off", omit_defaults=True):
    """A run was signed off: its flags are final.

    Attributes:
        comment: in words; where something grave was open, why it is signed off.
        seen: number of the last record that the signer had seen; 0 when not said.
        open: what was open, in words.
    """

    comment: str = ""
    seen: int = 0
    open: tuple[str, ...] = ()


class PassedOn(msgspec.Struct, frozen=True, tag="passed-on", omit_defaults=True):
    """The sign-off of a run was left to the next shift."""

    comment: str = ""


class Tick(msgspec.Struct, frozen=True, tag="tick", omit_defaults=True):
    """A step of an instruction was done, or is no longer.

    Attributes:
        instruction: its id.
        version: its version.
        step: index of the step, from 0.
        plot: key of the plot it was followed for.
        done: False takes the tick back.
    """

    instruction: str
    version: int
    step: int
    plot: str
    done: bool = True


class Call(msgspec.Struct, frozen=True, tag="call", omit_defaults=True):
    """Somebody was called.

    Attributes:
        role: the role.
        name: who was on call, as the contacts said.
        phone: the number.
        about: key of the plot, or words.
        answered: whether they answered; None when that was not said.
        comment: what was said.
        alarm: id of the alarm it was about, or "".
        said: what the caller noted to have said, of ``shift.phone_words.SAID``; empty
            where nothing was noted.
    """

    role: str
    name: str = ""
    phone: str = ""
    about: str = ""
    answered: bool | None = None
    comment: str = ""
    alarm: str = ""
    said: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, tag="entry", omit_defaults=True):
    """An entry of the book.

    Attributes:
        title: its subject.
        text: Markdown.
        plots: keys of the plots it is about.
        page: "Layout/Page" it was made on, or "".
        status: the verdict at that moment ("BAD"), or "".
        evidence: hash of the evidence bundle the book keeps, or "".
        evidence_name: the bundle's file name.
        picture: hash of its picture (PNG), or "".
        problem: it is an open problem, for the hand-over.
        elog: it is to be sent to the elog.
        corrects: uid of the entry this one corrects, or "".
        alarm: id of the alarm it is about, or "".
    """

    title: str
    text: str = ""
    plots: tuple[str, ...] = ()
    page: str = ""
    status: str = ""
    evidence: str = ""
    evidence_name: str = ""
    picture: str = ""
    problem: bool = False
    elog: bool = False
    corrects: str = ""
    alarm: str = ""


class Settled(msgspec.Struct, frozen=True, tag="settled", omit_defaults=True):
    """An entry's problem is no longer open."""

    entry: str
    comment: str = ""


class ElogSent(msgspec.Struct, frozen=True, tag="elog-sent", omit_defaults=True):
    """An entry or hand-over reached the elog.

    Attributes:
        entry: uid of the record that was sent.
        number: the message's number there, 0 when it did not say.
        url: its address.
    """

    entry: str
    number: int = 0
    url: str = ""


class Check(msgspec.Struct, frozen=True, tag="check", omit_defaults=True):
    """An item of a check-list was checked, or is no longer.

    Attributes:
        checklist, item: ids.
        turn: what it was due for: "" (of the shift), "run 398213" or
            "2026-11-25T14" (hour, UTC).
        done: False takes it back.
        comment: in words.
    """

    checklist: str
    item: str
    turn: str = ""
    done: bool = True
    comment: str = ""


class Seen(msgspec.Struct, frozen=True, tag="seen", omit_defaults=True):
    """A page ("Layout/Page") was opened in the record's run."""

    page: str


class HandOver(msgspec.Struct, frozen=True, tag="hand-over", omit_defaults=True):
    """The report given to the next shift.

    Attributes:
        title: its subject.
        text: Markdown, as edited.
        elog: it is to be sent to the elog.
    """

    title: str
    text: str
    elog: bool = False


class TookUp(msgspec.Struct, frozen=True, tag="took-up", omit_defaults=True):
    """A console on shift took up a release of the site."""

    release: int
    before: int = 0
    agreed_by: str = ""


class AlarmSeen(msgspec.Struct, frozen=True, omit_defaults=True):
    """An alarm as it was when somebody answered it.

    Attributes:
        id: its id.
        run, root, family: those of the alarm: engines that cannot see each other's
            rows may name the same cause differently.
        news: how much news it had been.
        plots: of its plots those that were not good.
        urgency: how urgent it was.
        extent: where it was, or None where that was unknown.
        began: unix time at which the engine saw it first, s, by which what that engine
            named is told from what others did; 0.0 in books of earlier programs.
        earliest, latest: the lumisections between which it began, or None.
    """

    id: str
    run: int
    root: str
    family: Family
    news: int = 1
    plots: int = 1
    urgency: Urgency = ""
    extent: Extent | None = None
    began: float = 0.0
    earliest: int | None = None
    latest: int | None = None


class Acknowledged(msgspec.Struct, frozen=True, tag="acknowledged", omit_defaults=True):
    """Somebody knows of an alarm and takes care of it, until there is news of it."""

    alarm: AlarmSeen
    comment: str = ""


class Shelved(msgspec.Struct, frozen=True, tag="shelved", omit_defaults=True):
    """An alarm is silent until some time, until the shift ends, or until it grows.

    Attributes:
        alarm: what is silent.
        until: unix time, s.
        reason: why.
    """

    alarm: AlarmSeen
    until: float
    reason: str


class Unshelved(msgspec.Struct, frozen=True, tag="unshelved", omit_defaults=True):
    """An alarm that was shelved counts again."""

    alarm: AlarmSeen


class Overridden(msgspec.Struct, frozen=True, tag="overridden", omit_defaults=True):
    """Plots are judged as if the detector control said otherwise, in the record's run.

    It ends with that run and with the shift at the latest.

    Attributes:
        partitions: of the detector control whose bit is wrong.
        on: what they really are; None: what the detector control says, again.
        until: unix time, s.
        reason: why.
    """

    partitions: tuple[str, ...]
    on: bool | None = None
    until: float = 0.0
    reason: str = ""


class SplitOff(msgspec.Struct, frozen=True, tag="split-off", omit_defaults=True):
    """Some plots of an alarm have another cause: they are an alarm of their own."""

    alarm: AlarmSeen
    plots: tuple[str, ...]
    comment: str = ""


class Joined(msgspec.Struct, frozen=True, tag="joined", omit_defaults=True):
    """Two alarms are one cause: the first is shown in the row of the other."""

    alarm: AlarmSeen
    into: AlarmSeen
    comment: str = ""


class Nuisance(msgspec.Struct, frozen=True, tag="nuisance", omit_defaults=True):
    """An alarm that should not have been: a case for its owner, and for studies."""

    alarm: AlarmSeen
    plots: tuple[str, ...] = ()
    comment: str = ""


class Missed(msgspec.Struct, frozen=True, tag="missed", omit_defaults=True):
    """A fault that a person found, and no alarm told."""

    plot: str
    comment: str = ""


class ChainTest(msgspec.Struct, frozen=True, tag="chain-test", omit_defaults=True):
    """A marked alarm was sent from the engine to the sound of a console.

    Attributes:
        heard: a person says that it was heard.
        seconds: from the request to its row in the strip; None: it never came.
    """

    heard: bool
    seconds: float | None = None


KnownBody = (
    ShiftBegan | ShiftEnded | Read | RunSeen | Flag | SignOff | PassedOn | Tick | Call
    | Entry | Settled | ElogSent | Check | Seen | HandOver | TookUp
    | Acknowledged | Shelved | Unshelved | SplitOff | Joined | Nuisance | Missed
    | ChainTest | Overridden
)  # fmt: skip
_TAGS = frozenset(
    str(each.__struct_config__.tag) for each in KnownBody.__args__
)  # fmt: skip


class OtherBody(dict[str, Any]):
    """What a record says that is of no kind known here, carried as it is stored.

    It is of a feature, which knows how to read it, or of a newer program.
    """

    @property
    def kind(self) -> str:
        """Its kind, as records name it."""
        return str(self.get("type", ""))


if TYPE_CHECKING:
    Body = msgspec.Struct | OtherBody
else:
    Body = Any  # msgspec cannot tell structs that it is not told of


def body_of(stored: dict[str, Any]) -> Body:
    """What a record says, of a known kind or as it is.

    Args:
        stored: as JSON has it, with the kind as "type".

    Raises:
        msgspec.ValidationError: it is of a known kind, and no such one.
    """
    kind = stored.get("type")
    if not isinstance(kind, str) or kind not in _TAGS:
        return OtherBody(stored)
    found: Body = msgspec.convert(stored, type=KnownBody)
    return found


def kind_of(body: Body) -> str:
    """The tag of what a record says: "flag", "sign-off", ..."""
    if isinstance(body, OtherBody):
        return body.kind
    return str(body.__struct_config__.tag)


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record of the book.

    Attributes:
        uid: made by the console; the book takes a uid once.
        made_at: unix time of the console's clock, s.
        body: what it says: one of ``KnownBody``, a struct of a feature, or as it is.
        who: the person's name; "" for what the console noted by itself.
        account: the account it was made under.
        role: the person's role.
        console: host and process of the console.
        shift: uid of the shift, or "".
        run: the run it is about, or 0.
        subsystem: the subsystem or component it is about, or "".
        versions: what was in force.
        number: its place in the book, from 1; 0 while it is not there yet.
        stored_at: unix time of the database's clock, s; 0 while not there yet.
    """

    uid: str
    made_at: float
    body: Body
    who: str = ""
    account: str = ""
    role: str = ""
    console: str = ""
    shift: str = ""
    run: int = 0
    subsystem: str = ""
    versions: Versions = Versions()
    number: int = 0
    stored_at: float = 0.0

    def __post_init__(self) -> None:
        if type(self.body) is dict:  # decoded
            msgspec.structs.force_setattr(self, "body", body_of(self.body))

    @property
    def at(self) -> float:
        """Unix time, s, by the database's clock where the book has it."""
        return self.stored_at or self.made_at


class StoredFile(msgspec.Struct, frozen=True, gc=False):
    """Bytes the book keeps under their own hash.

    Attributes:
        hash: :func:`file_hash` of the bytes; of what versions before schema 5
            stored :func:`hash_of` the bytes.
        name: a file name for people.
        data: the bytes.
    """

    hash: str
    name: str
    data: bytes


def file_hash(data: bytes) -> str:
    """The hash under which the book keeps bytes: SHA-256, 64 hex digits.

    One that PostgreSQL can compute itself, so that it takes no other bytes under it.
    """
    return hashlib.sha256(data).hexdigest()


def hash_of(data: bytes) -> str:
    """A short hash of any bytes: blake2b, 32 hex digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def is_hash_of(name: str, data: bytes) -> bool:
    """Whether bytes are what a hash says, be it a present or a former one."""
    return name in {file_hash(data), hash_of(data)}
