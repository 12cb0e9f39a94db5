"""Flags from a file into the book: read strictly, entered only where the book is open.

Both formats (``registry``, ``online_flags``) are read into :class:`Claim`; what
becomes of a claim is decided here, once. The book's own word goes first:

- a run that is signed off is left as it is;
- where a person set a flag, that flag stays; a claim that says otherwise is reported;
- what is NOTSET or only proposed in the book is set, in the name that the file gives,
  else "imported". NOTSET in a file says nothing and changes nothing.

Uids follow from what is said, so that the same file twice changes nothing more.
"""

from __future__ import annotations

import difflib
import json
import uuid
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.past import span_words
from dqmconsole.model.record import (
    FLAG_STATUSES,
    Flag,
    FlagStatus,
    Record,
    RunSeen,
)
from dqmconsole.model.run import run_words
from dqmconsole.model.words import counted
from dqmconsole.shift.flags import is_signed_off, lumisections_of, timelines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.site import SiteSettings

NOBODY_NAMED = "imported"
NO_REASON = "imported without a reason"
BIGGEST = 2**31 - 1  # of a run or lumisection
MOST_PROBLEMS = 200

_IMPORTED = uuid.UUID("8f1e2c1c-41f9-4a0e-9b64-3a7d1c7f5a20")


class ImportTrouble(Exception):
    """A file cannot be imported; nothing of it was.

    Attributes:
        problems: everything that is wrong, each with its JSON path.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Claim(msgspec.Struct, frozen=True):
    """What a file says of a component over some lumisections.

    Attributes:
        run: the run.
        component: the component.
        status: its flag.
        first, last: lumisections, inclusive.
        cause, comment: why.
        who: in whose name, or "".
        where: JSON path in the file.
    """

    run: int
    component: str
    status: FlagStatus
    first: int
    last: int
    cause: str = ""
    comment: str = ""
    who: str = ""
    where: str = ""


class ImportPlan(msgspec.Struct, frozen=True):
    """What an import would enter.

    Attributes:
        records: to be written, all or none.
        left: what stays as the book has it, in words.
    """

    records: tuple[Record, ...]
    left: tuple[str, ...] = ()


def plan(
    logbook: Logbook,
    claims: Iterable[Claim],
    seen: Mapping[int, RunSeen],
    template: Record,
    settings: SiteSettings,
) -> ImportPlan:
    """Hold claims against the book.

    Args:
        logbook: all records of the book.
        claims: what the file says.
        seen: what it knows of runs; entered where the book knows nothing of one.
        template: gives the records made_at, account, role, console and versions.
        settings: of the site: its word for a lumisection.
    """
    records: dict[str, Record] = {}
    left: list[str] = []
    for run, body in seen.items():
        if logbook.of_run(RunSeen, run):
            continue
        uid = uuid.uuid5(_IMPORTED, f"run/{run}").hex
        records[uid] = msgspec.structs.replace(template, uid=uid, body=body, run=run)
    for claim in claims:
        if claim.status == "NOTSET":
            continue
        if (signed := is_signed_off(logbook, claim.run)) is not None:
            words = (
                f"{run_words(claim.run)} is signed off by {signed.who or 'the console'}"
            )
            left.append(f"{claim.where}: {words}: left as it is")
            continue
        for part in _open_parts(logbook, claim, left, settings):
            record = _record(part, template)
            if logbook.get(record.uid) is None:
                records[record.uid] = record
            else:
                left.append(f"{claim.where}: was imported before, and changed since")
    return ImportPlan(tuple(records.values()), tuple(left))


def _open_parts(
    logbook: Logbook, claim: Claim, left: list[str], settings: SiteSettings
) -> Iterator[Claim]:
    """The parts of a claim over which the book says nothing yet."""
    line = timelines(logbook, claim.run, [claim.component])[claim.component]
    end = lumisections_of(logbook, claim.run)
    if end and claim.last > end:
        many = counted(end, settings.lumisection)
        left.append(
            f"{claim.where}: {run_words(claim.run)} has only {many}: what is beyond "
            "is left out"
        )
    for part in line:
        first = max(claim.first, part.first)
        last = claim.last if part.last is None else min(claim.last, part.last)
        if first > last:
            continue
        if part.is_open:
            yield msgspec.structs.replace(claim, first=first, last=last)
        elif part.flag.status != claim.status:
            who = part.record.who if part.record else ""
            where = span_words(first, last, settings.unit)
            left.append(
                f"{claim.where}: {claim.component} in {run_words(claim.run)}, {where}: "
                f"{who or 'the console'} set {part.flag.status}, the file says "
                f"{claim.status}: left as it is"
            )


def _record(claim: Claim, template: Record) -> Record:
    comment = claim.comment
    if claim.status in {"BAD", "EXCLUDED"} and not (claim.cause or comment).strip():
        comment = NO_REASON
    flag = Flag(claim.status, claim.first, claim.last, claim.cause, comment)
    who = claim.who or NOBODY_NAMED
    said = json.dumps([claim.run, claim.component, who, *msgspec.structs.astuple(flag)])
    return msgspec.structs.replace(
        template,
        uid=uuid.uuid5(_IMPORTED, said).hex,
        body=flag,
        who=who,
        run=claim.run,
        subsystem=claim.component,
    )


class Walk:
    """Walks a JSON value and keeps everything that is wrong with it.

    Args:
        data: the file.
        known: the site's components; any is taken when empty.

    Attributes:
        root: the value.
        problems: what is wrong, each with its JSON path.

    Raises:
        ImportTrouble: it is no JSON.
    """

    def __init__(self, data: bytes, known: Collection[str] = ()) -> None:
        self.problems: list[str] = []
        self._known = known
        try:
            self.root: object = json.loads(
                data.decode(), object_pairs_hook=self._pairs, parse_constant=_no_number
            )
        except UnicodeDecodeError as error:
            raise ImportTrouble([f"$: this is no UTF-8 text: {error}"]) from error
        except json.JSONDecodeError as error:
            words = f"line {error.lineno}, column {error.colno}: {error.msg}"
            raise ImportTrouble([f"$: this is no JSON: {words}"]) from error
        except (ValueError, RecursionError) as error:
            raise ImportTrouble([f"$: this is no sound JSON: {error}"]) from error

    def add(self, path: str, words: str) -> None:
        """Note a problem."""
        self.problems.append(f"{path}: {words}")

    def finish(self) -> None:
        """Say all that is wrong.

        Raises:
            ImportTrouble: something is.
        """
        if len(self.problems) > MOST_PROBLEMS:
            more = len(self.problems) - MOST_PROBLEMS
            raise ImportTrouble([*self.problems[:MOST_PROBLEMS], f"and {more} more"])
        if self.problems:
            raise ImportTrouble(self.problems)

    def mapping(
        self,
        value: object,
        path: str,
        needs: Collection[str] = (),
        knows: Collection[str] | None = None,
    ) -> dict[str, object]:
        """An object; empty when it is none.

        Args:
            value: the value.
            path: its JSON path.
            needs: keys it must have.
            knows: keys it may have besides; any when None.
        """
        if not isinstance(value, dict):
            self.add(path, f"this must be an object, not {_kind(value)}")
            return {}
        for key in needs:
            if key not in value:
                self.add(path, f'it lacks "{key}"')
        if knows is not None:
            allowed = [*needs, *knows]
            for key in value:
                if key not in allowed:
                    self.add(path, f'it has an unknown key "{key}"{near(key, allowed)}')
        return value

    def rows(self, value: object, path: str) -> list[tuple[str, object]]:
        """The items of an array, each with its path."""
        if not isinstance(value, list):
            self.add(path, f"this must be an array, not {_kind(value)}")
            return []
        return [(f"{path}[{place}]", each) for place, each in enumerate(value)]

    def text(self, value: object, path: str) -> str:
        """A text; "" when it is none."""
        if isinstance(value, str):
            return value
        self.add(path, f"this must be a text, not {_kind(value)}")
        return ""

    def whole(self, value: object, path: str, least: int = 1) -> int:
        """A whole number; `least` when it is none."""
        if isinstance(value, bool) or not isinstance(value, int):
            self.add(path, f"this must be a whole number, not {_kind(value)}")
        elif not least <= value <= BIGGEST:
            self.add(path, f"{value} is not between {least} and {BIGGEST}")
        else:
            return value
        return least

    def status(self, value: object, path: str) -> FlagStatus:
        """A flag; NOTSET, which says nothing, when it is none."""
        word = self.text(value, path)
        for each in FLAG_STATUSES:
            if each == word:
                return each
        if isinstance(value, str):
            choice = ", ".join(FLAG_STATUSES)
            hint = near(word.upper(), FLAG_STATUSES)
            self.add(path, f'"{word}" is no flag; they are {choice}{hint}')
        return "NOTSET"

    def component(self, name: str, path: str) -> None:
        """Hold a component against the site's."""
        if not name.strip():
            self.add(path, "a component has no name")
        elif self._known and name not in self._known:
            hint = near(name, self._known)
            self.add(path, f'the site has no component "{name}"{hint}')

    def apart(self, claims: Iterable[Claim]) -> None:
        """See to it that no two claims on a component speak of one lumisection."""
        by_component: dict[tuple[int, str], list[Claim]] = {}
        for each in claims:
            by_component.setdefault((each.run, each.component), []).append(each)
        for found in by_component.values():
            found.sort(key=lambda each: each.first)
            furthest = found[0]
            for each in found[1:]:
                if each.first <= furthest.last:
                    self.add(
                        each.where,
                        f"{each.first}–{each.last} overlaps with "
                        f"{furthest.first}–{furthest.last} of {furthest.where}",
                    )
                furthest = max(furthest, each, key=lambda one: one.last)

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            if key in found:
                self.add("$", f'an object has the key "{key}" twice')
            found[key] = value
        return found


def near(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known word, or ""."""
    found = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {found[0]}?" if found else ""


def key_path(path: str, key: str) -> str:
    """The JSON path of a key."""
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key)}]"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"[:60]
        case str():
            return f'the text "{value[:40]}"'
        case list():
            return "an array"
    return "an object"


def _no_number(word: str) -> object:
    words = f"{word} is no number"
    raise ValueError(words)
