"""What a shifter does that goes into the book; each returns why not, or ""."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.record import (
    Call,
    Check,
    Entry,
    Flag,
    HandOver,
    PassedOn,
    Read,
    Seen,
    Settled,
    SignOff,
    Tick,
    TookUp,
)
from dqmconsole.model.run import run_words
from dqmconsole.shift import checking, reading
from dqmconsole.shift.checking import pages_seen
from dqmconsole.shift.flags import (
    NOT_APPLICABLE,
    begins,
    components,
    is_signed_off,
    lumisections_of,
    pending_sign_off,
    timelines,
)
from dqmconsole.shift.on_call import on_call
from dqmconsole.shift.session import NOBODY
from dqmconsole.shift.signing import gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.logbook.author import Signature
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.permission import Action
    from dqmconsole.model.record import StoredFile
    from dqmconsole.model.run import RunInfo
    from dqmconsole.shift.checking import Due
    from dqmconsole.shift.reading import News
    from dqmconsole.shift.session import ShiftSession


def why_not(session: ShiftSession, action: Action = "write") -> str:
    """Why the person cannot do something now; "" when they can."""
    if not session.author.signature.shift:
        return NOBODY
    return session.author.refusal(action)


# -- the start ---------------------------------------------------------------------


def begin(
    session: ShiftSession,
    who: str,
    leader: str = "",
    *,
    read: str = "",
    acknowledged: Sequence[News] = (),
    checked: Sequence[str] = (),
) -> str:
    """Take the shift, with what was read and checked before that.

    Args:
        session: the shift.
        who: the person.
        leader: name of the shift leader.
        read: uid of the hand-over that was read, or "".
        acknowledged: what changed and was read.
        checked: "list/item" of the check-lists of the start.
    """
    if refused := session.begin(who, leader, read):
        return refused
    for news in acknowledged:
        acknowledge(session, news)
    for each in starting(session):
        for item in each.items:
            if f"{each.checklist.id}/{item.item.id}" in checked:
                check(session, each, item.item.id)
    return ""


def starting(session: ShiftSession) -> tuple[Due, ...]:
    """The check-lists of the start of a shift, also before it began."""
    site, info = session.site, session.client.mailbox.run
    if site is None:
        return ()
    shift, kind = session.author.signature.shift, info.conditions.run_type
    lists = checking.due(
        site,
        session.logbook,
        shift,
        info.run,
        kind,
        session.now(),
        session.viewed.of(info.run),
    )
    return tuple(each for each in lists if each.checklist.phase == "start")


def read_hand_over(session: ShiftSession, uid: str) -> str:
    """Put on record that a hand-over was read after the shift began."""
    if refused := why_not(session):
        return refused
    session.author.write(Read(reading.HAND_OVER, uid))
    return ""


# -- instructions ------------------------------------------------------------------


def text_read(session: ShiftSession, who: str, news: News) -> str | None:
    """The text of something that changed, as a person read it before.

    Returns:
        "" for what is new; None until it came from the book.
    """
    wanted = news.before_hash
    if not wanted:
        return ""
    first = session.files.get(reading.baseline_hash(session.logbook, who))
    known = reading.read_baseline(first.data) if first is not None else {}
    item = known.get((news.item.kind, news.item.id))
    if item is not None and item.hash == wanted:
        return item.text
    kept = session.file(wanted)
    return None if kept is None else kept.data.decode(errors="replace")


def acknowledge(session: ShiftSession, news: News) -> str:
    """Put on record that something that changed was read."""
    if refused := why_not(session):
        return refused
    item = news.item
    read = Read(item.kind, item.id, item.version, "" if news.gone else item.hash)
    session.author.write(read, files=() if news.gone else (reading.stored(item),))
    return ""


def tick(
    session: ShiftSession,
    instruction: Instruction,
    step: int,
    plot: str,
    run: int,
    *,
    done: bool = True,
) -> str:
    """Tick a step of an instruction for a plot, or take the tick back."""
    if refused := why_not(session):
        return refused
    body = Tick(instruction.id, instruction.version, step, plot, done)
    session.author.write(body, run=run, instruction=named(instruction))
    return ""


def call(
    session: ShiftSession,
    role: str,
    about: str,
    run: int,
    *,
    instruction: Instruction | None = None,
    answered: bool | None = None,
    comment: str = "",
    said: tuple[str, ...] = (),
) -> str:
    """Put on record that a role was called, with who has it just now."""
    if refused := why_not(session):
        return refused
    site = session.site
    if site is None:
        return "no site is open"
    person = on_call(site.contacts, role, session.now())
    alarm = _alarm_of(session, about)
    body = Call(role, person.name, person.phone, about, answered, comment, alarm, said)
    session.author.write(body, run=run, instruction=named(instruction))
    return ""


def _alarm_of(session: ShiftSession, *plots: str) -> str:
    """The id of the alarm that one of some plots shows, or ""."""
    rows = (session.alarm_of(each) for each in plots)
    return next((row.alarm.id for row in rows if row is not None), "")


def named(instruction: Instruction | None) -> str:
    """An instruction with its version: "hcal/occupancy@3"; "" for none."""
    return f"{instruction.id}@{instruction.version}" if instruction else ""


# -- check-lists -------------------------------------------------------------------


def check(
    session: ShiftSession, due: Due, item: str, *, done: bool = True, comment: str = ""
) -> str:
    """Check an item of a list that is due, or take that back."""
    if refused := why_not(session):
        return refused
    run = int(due.turn.removeprefix("run ")) if due.turn.startswith("run ") else 0
    check = Check(due.checklist.id, item, due.turn, done, comment)
    session.author.write(check, run=run)
    return ""


def page_opened(session: ShiftSession, page: str, run: int) -> None:
    """Note that a page ("Layout/Page") was opened in a run; on record only on shift."""
    session.viewed.add(run, page)
    if run > 0 and page not in pages_seen(session.logbook, run):
        session.author.note(f"seen/{run}/{page}", Seen(page), run=run)


# -- flags -------------------------------------------------------------------------


def set_flag(session: ShiftSession, run: int, component: str, flag: Flag) -> str:
    """Set a component's flag over some lumisections of a run."""
    if refused := _why_no_flag(session, run):
        return refused
    if component not in components(session.site):
        return f"the site has no component {component}"
    called = session.client.settings.lumisection
    if flag.first < 1 or (flag.last is not None and flag.last < flag.first):
        return f"{called}s count from 1, and the last is not before the first"
    end = lumisections_of(session.logbook, run)
    if end and flag.first > end:
        return f"{run_words(run)} ended with {called} {end}"
    if flag.status in {"BAD", "EXCLUDED"} and not (flag.cause or flag.comment).strip():
        return f"say why it is {flag.status}: a cause or a comment"
    flag = msgspec.structs.replace(flag, proposed=False, disputed="")
    session.author.write(flag, run=run, subsystem=component)
    return ""


def confirm(session: ShiftSession, run: int, info: RunInfo) -> tuple[int, str]:
    """Confirm all proposals of a run that are GOOD, where nothing speaks against them.

    So are those of what means nothing in such a run, as it stands by. What else is not
    GOOD a person sets, one by one. In a run that goes on they are
    confirmed up to the lumisection reached: what comes later is proposed again.

    Returns:
        How many were confirmed, and why not (or what is left to decide), or "".
    """
    if refused := _why_no_flag(session, run):
        return 0, refused
    covered = components(session.site)
    many, left = 0, []
    for name, line in timelines(session.logbook, run, covered).items():
        for part in line:
            flag = part.flag
            if not part.is_open:
                continue
            clear = flag.status == "GOOD" or flag.cause == NOT_APPLICABLE
            if not flag.proposed or flag.disputed or not clear:
                left.append(name)
                continue
            last = part.last
            if last is None and info.run == run:
                last = max(info.lumisection or part.first, part.first)
            whole = part.first == begins(flag) and (last is None or last >= flag.first)
            confirmed = msgspec.structs.replace(
                flag,
                first=flag.first if whole else part.first,
                earliest=flag.earliest if whole else None,
                last=last,
                proposed=False,
            )
            session.author.write(confirmed, run=run, subsystem=name)
            many += 1
    words = f"to decide: {', '.join(sorted(set(left)))}" if left else ""
    return many, words


def sign_off(session: ShiftSession, run: int, comment: str = "") -> str:
    """Sign a run off, and with a short one all short ones.

    What is open is put on record with it; a fault without a flag and an alarm that
    waits for an answer ask for a comment.
    """
    if refused := _why_no_decision(session, run):
        return refused
    covered = components(session.site)
    if not covered:
        return "the site has no components to flag"
    if not lumisections_of(session.logbook, run):
        return f"{run_words(run)} is not over yet"
    found = gate(session, run)
    if found.grave and not comment.strip():
        words = "; ".join(found.grave)
        return f"{run_words(run)} is signed off only with a reason: {words}"
    for each in found.runs:
        seen = session.logbook.last
        session.author.write(SignOff(comment.strip(), seen, found.open), run=each)
    return ""


def pass_on(session: ShiftSession, run: int, comment: str = "") -> str:
    """Leave the sign-off of a run to the next shift."""
    if refused := _why_no_decision(session, run):
        return refused
    if not lumisections_of(session.logbook, run):
        return f"{run_words(run)} is not over yet"
    session.author.write(PassedOn(comment), run=run)
    return ""


def _why_no_decision(session: ShiftSession, run: int) -> str:
    """Why a run can neither be signed off nor passed on, whatever is known of it."""
    if refused := why_not(session, "sign off"):
        return refused
    if run <= 0:
        return "choose a run first"
    if is_signed_off(session.logbook, run) is not None:
        return f"{run_words(run)} is signed off already"
    return _why_pending(session, run)


def _why_no_flag(session: ShiftSession, run: int) -> str:
    if refused := why_not(session, "confirm flags"):
        return refused
    if run <= 0:
        return "there is no run to flag"
    if is_signed_off(session.logbook, run) is not None:
        return session.author.refusal("change a signed-off flag")
    if session.author.refusal("change a signed-off flag"):
        return _why_pending(session, run)
    return ""


def _why_pending(session: ShiftSession, run: int) -> str:
    if pending_sign_off(session.logbook, run) is None:
        return ""
    return f"the sign-off of {run_words(run)} waits until the log has it"


# -- entries and the hand-over -----------------------------------------------------


def enter(
    session: ShiftSession,
    entry: Entry,
    run: int,
    *,
    subsystem: str = "",
    instruction: Instruction | None = None,
    files: Sequence[StoredFile] = (),
    signed: Signature | None = None,
) -> str:
    """Write an entry, with the files it names by their hash.

    Args:
        session: the shift.
        entry: what to write.
        run: the run it is about.
        subsystem: the subsystem it is about.
        instruction: the instruction in view.
        files: the files.
        signed: who wrote it, where that was while they had the shift.
    """
    if signed is None and (refused := why_not(session)):
        return refused
    if not entry.title.strip():
        return "an entry needs a title"
    if not entry.alarm:
        alarm = _alarm_of(session, *entry.plots)
        entry = msgspec.structs.replace(entry, alarm=alarm)
    session.author.write(
        entry,
        run=run,
        subsystem=subsystem,
        instruction=named(instruction),
        files=files,
        signed=signed,
    )
    return ""


def settle(session: ShiftSession, entry: str, comment: str = "") -> str:
    """Close an entry's open problem."""
    if refused := why_not(session):
        return refused
    record = session.logbook.get(entry)
    if record is None or not isinstance(record.body, Entry):
        return "there is no such entry"
    session.author.write(
        Settled(entry, comment), run=record.run, subsystem=record.subsystem
    )
    return ""


def hand_over(
    session: ShiftSession, title: str, text: str, *, elog: bool = False
) -> str:
    """Give the report to the next shift."""
    if refused := why_not(session, "hand over"):
        return refused
    if not text.strip():
        return "the report is empty"
    session.author.write(HandOver(title.strip() or "Hand-over", text, elog))
    return ""


# -- releases ----------------------------------------------------------------------


def take_up(session: ShiftSession, agreed_by: str = "") -> str:
    """Let this console read the release that waits; on record once it does.

    Args:
        session: the shift.
        agreed_by: name of the shift leader who agreed; it is needed in a beam mode in
            which the site expects data, unless the person may decide alone.
    """
    client, agreed_by = session.client, agreed_by.strip()
    waiting, site = client.mailbox.release_waiting, session.site
    if waiting is None or site is None:
        return "no release waits"
    if client.engine.state != "live":
        return f"nothing can read it now ({client.engine.sentence}): ask again"
    given = client.mailbox.run.conditions
    taken = site.settings.expects_data(given.run_type, given.beam_mode)
    refused = session.author.refusal("take up a release in stable beams")
    if taken and refused and not agreed_by:
        return f"{refused}: give the name of the shift leader who agrees"
    before = site.release.number if site.release else 0
    session.taking = TookUp(waiting.number, before, agreed_by)
    client.take_up(waiting.number)
    return ""
