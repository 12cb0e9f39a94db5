"""From an evidence bundle to an item of the exam or a lesson, in the site's files."""

from __future__ import annotations

import datetime
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.desk.check import validate
from dqmconsole.desk.publish import one_line, why_unwritable
from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.message import EVIDENCE_SUFFIX
from dqmconsole.model.problem import Problem
from dqmconsole.model.record import hash_of
from dqmconsole.model.words import slug
from dqmconsole.site.bundle import BundleError, read_bundle
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.site import read_site
from dqmconsole.site.splice import SpliceError, with_item
from dqmconsole.training.files.kind import TABLES
from dqmconsole.training.files.lessons import FOLDER, read_lesson
from dqmconsole.training.files.observed_shifts import OBSERVED
from dqmconsole.training.files.scene import CAUSE_KINDS, kinds_at
from dqmconsole.training.files.sound import EXAM
from dqmconsole.training.lesson import Judgement, split_cause
from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmconsole.site.evidence import Bundle
    from dqmconsole.training.lesson import CauseKind, Lesson

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_MOST = 40  # characters of a bundle's name before its hash


class EvidenceError(ValueError):
    """A bundle that cannot be taken into the lessons; nothing was changed."""


class Taken(msgspec.Struct, frozen=True):
    """A bundle that was taken, or items that were added.

    Attributes:
        evidence: its copy beside the lessons; of items their file.
        file: the file that names it now.
        problems: what the checks of the site say of that file.
    """

    evidence: Path
    file: Path
    problems: tuple[Problem, ...] = ()


class _Options(msgspec.Struct, frozen=True):
    """What is to be made of a bundle: its answer, and where it goes."""

    evidence: str
    truth: Judgement
    cause: str
    pages: tuple[str, ...]
    lesson: str = ""
    step: str = ""


def take(
    home: Path,
    path: Path,
    truth: Judgement,
    cause: str = "",
    lesson: str = "",
    step: str = "",
    today: datetime.date | None = None,
) -> Taken:
    """Make an item of the exam of a bundle, or a step of a lesson.

    The bundle is copied beside the lessons under a name with its hash, and one item
    is added to a list; the rest of the files stays as people wrote it. A lesson that
    is not there yet is begun.

    Args:
        home: the site's own folder; its working copy is changed, nothing published.
        path: the bundle.
        truth: whether something is wrong in it.
        cause: name of the table, or "".
        lesson: id of a lesson; "" makes an item of the exam.
        step: id of its step; "say" when left out.
        today: date of a lesson that is begun; UTC's when left out.

    Raises:
        EvidenceError: the site cannot be written, or the bundle or the names are wrong.
    """
    folder = home / FOLDER
    if why := why_unwritable(home) or why_not_folder(folder):
        raise EvidenceError(why)
    known = CAUSE_KINDS
    if cause and split_cause(cause)[0] not in known:
        known = kinds_at(read_site(home))
    check_names(truth, cause, lesson, step, known)
    try:
        data = path.read_bytes()
        bundle = read_bundle(path)
    except (BundleError, OSError) as error:
        raise EvidenceError(str(error)) from error
    pages = _pages(bundle)
    if not pages:
        message = f"{path} shows no page of a layout: items are judged on pages"
        raise EvidenceError(message)
    name = _file_name(bundle, data)
    options = _Options(name, truth, cause, pages, lesson, step or "say")
    today = today or datetime.datetime.now(datetime.UTC).date()
    try:
        texts = _texts(folder, options, bundle, today)
        write(folder / name, data)
        for file, text in texts:
            write(file, text.encode())
    except OSError as error:
        message = f"{error.filename or folder}: {error.strerror}"
        raise EvidenceError(message) from error
    changed = texts[-1][0]
    return Taken(folder / name, changed, problems_of(home, texts))


def keep_bundle(home: Path, path: Path) -> str:
    """Copy a bundle beside the lessons of a site; the name that it has there.

    Raises:
        EvidenceError: the site cannot be written, or it is no bundle.
    """
    folder = home / FOLDER
    if why := why_unwritable(home) or why_not_folder(folder):
        raise EvidenceError(why)
    try:
        data = path.read_bytes()
        name = _file_name(read_bundle(path), data)
        write(folder / name, data)
    except (BundleError, OSError) as error:
        raise EvidenceError(str(error)) from error
    return name


def add_items(home: Path, items: Sequence[str]) -> Taken:
    """Add items to the exam of a site, which is begun where there is none.

    Args:
        home: the site's own folder; its working copy is changed, nothing published.
        items: each one line of YAML, in flow style.

    Raises:
        EvidenceError: the site cannot be written, or its exam.yaml is no YAML, or has
            one of the items.
    """
    folder = home / FOLDER
    file = folder / f"{EXAM}.yaml"
    if why := why_unwritable(home) or why_not_folder(folder):
        raise EvidenceError(why)
    text = _read(file) if file.exists() else ""
    for item in items:
        if item in text:
            message = f"{file} has this item already: {item}"
            raise EvidenceError(message)
        try:
            text = with_item(text, "matter", item)
        except SpliceError as error:
            message = f"{file}: {error}"
            raise EvidenceError(message) from error
    try:
        write(file, text.encode())
    except OSError as error:
        message = f"{error.filename or folder}: {error.strerror}"
        raise EvidenceError(message) from error
    return Taken(file, file, problems_of(home, [(file, text)]))


def why_not_folder(folder: Path) -> str:
    """Why nothing can be written into a folder, which may not be there yet, or ""."""
    there = folder
    while not there.exists():
        there = there.parent
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there} cannot be written by this account"
    return "" if there.is_dir() else f"{there} is no folder"


def check_names(
    truth: Judgement = "bad",
    cause: str = "",
    lesson: str = "",
    step: str = "",
    kinds: Mapping[str, CauseKind] = CAUSE_KINDS,
) -> None:
    """Refuse names that no item, lesson or step can have.

    Raises:
        EvidenceError: why not.
    """
    name = split_cause(cause)[0]
    message = ""
    if cause and name not in kinds:
        hint = did_you_mean(name, kinds) or "; a site's own stand in site.yaml: causes:"
        message = f"no cause is called {name!r}{hint}"
    elif cause and (kinds[name] == "fault") != (truth == "bad"):
        is_a = {"fault": "a fault", "harmless": "harmless"}[kinds[name]]
        message = f"{name} is {is_a}: the truth is not {truth}"
    elif step and not lesson:
        message = f"step {step!r} of which lesson? Give --lesson too"
    for word in (lesson, step):
        if word and not _NAME.fullmatch(word):
            message = f"{word!r} is no id: lower case letters, digits and hyphens"
    if lesson == OBSERVED:
        message = f"{lesson!r} plans the observed shifts: it is no lesson"
    if lesson and lesson == EXAM:
        message = f"{lesson!r} is the exam's file; without --lesson an item goes there"
    if message:
        raise EvidenceError(message)


def _pages(bundle: Bundle) -> tuple[str, ...]:
    """The pages of the plots by "Layout/Page", each once."""
    found = [key.split(KEY_STEP) for key in bundle.manifest.keys]
    return tuple(dict.fromkeys("/".join(each[:2]) for each in found if len(each) > 2))


def _file_name(bundle: Bundle, data: bytes) -> str:
    title = slug(bundle.manifest.title, _MOST, "evidence")
    return f"{title}-{hash_of(data)[:8]}{EVIDENCE_SUFFIX}"


# -- the texts -------------------------------------------------------------------------


def _texts(
    folder: Path, options: _Options, bundle: Bundle, today: datetime.date
) -> list[tuple[Path, str]]:
    """Files and what they are to hold, the one that names the evidence last."""
    if not options.lesson:
        file = folder / f"{EXAM}.yaml"
        return [
            (file, _added(file, "matter", _item(options, bundle), options.evidence))
        ]
    file, words = folder / f"{options.lesson}.yaml", folder / f"{options.lesson}.md"
    if not file.exists():
        number = max((each.number for each in lessons_in(folder)), default=0) + 1
        return [
            (words, _first_words(options, bundle)),
            (file, _new_lesson(options, bundle, number, today)),
        ]
    found = next(
        (each for each in lessons_in(folder) if each.id == options.lesson), None
    )
    if found is None:
        message = f"{file} has mistakes: see them with dqmconsole validate"
        raise EvidenceError(message)
    if found.run.evidence != options.evidence:
        shown = found.run.evidence or "a simulated run"
        message = f"{file} shows {shown}: evidence of its own wants a lesson of its own"
        raise EvidenceError(message)
    if options.step in {each.id for each in found.steps}:
        message = f"{file} has a step {options.step!r} already: give another --step"
        raise EvidenceError(message)
    said = _read(words)
    section = f"## {options.step}\n\n{_task(options)}\n\n"
    before, mark, after = said.partition("## debrief")
    if not mark:
        before, after = f"{said.rstrip()}\n\n", ""
    return [
        (words, f"{before}{section}{mark}{after}"),
        (file, _added(file, "steps", _step(options, bundle), "")),
    ]


def lessons_in(folder: Path) -> list[Lesson]:
    """The lessons of a folder whose own files are healthy."""
    found = []
    for file in sorted(folder.glob("*.yaml")):
        words = file.with_suffix(".md")
        if file.stem != EXAM and words.is_file():
            read = read_lesson(file.read_bytes(), words.read_bytes(), file.stem)
            found.append(read.value)
    return [each for each in found if each is not None]


def _added(file: Path, key: str, item: str, evidence: str) -> str:
    before = _read(file) if file.exists() else ""
    if evidence and evidence in before:
        message = f"{file} has this evidence already"
        raise EvidenceError(message)
    try:
        return with_item(before, key, item)
    except SpliceError as error:
        message = f"{file}: {error}"
        raise EvidenceError(message) from error


def _item(options: _Options, bundle: Bundle) -> str:
    parts = [
        f"pages: {listed(options.pages)}",
        f"evidence: {quoted(options.evidence)}",
    ]
    parts.append(f"truth: {options.truth}")
    if options.cause:
        parts.append(f"cause: {quoted(options.cause)}")
    run_type = bundle.manifest.run.conditions.run_type
    if run_type in {"cosmics", "heavy-ions"}:  # any other counts as of collisions
        parts.append(f"run_types: [{run_type}]")
    return f"{{{', '.join(parts)}}}"


def _step(options: _Options, bundle: Bundle) -> str:
    goal = f"verdict: {options.truth}"
    if options.cause:
        goal += f", causes: {listed((split_cause(options.cause)[0],))}"
    # of several plots none is pointed at: to find the one is what is asked
    keys = bundle.manifest.keys
    point = f"plot {keys[0].split(KEY_STEP)[-1]}"
    if len(keys) > 1:
        point = f"page {options.pages[0]}"
    return (
        f"{{id: {options.step}, title: Say what it is, point: {quoted(point)}, "
        f"done: {{finding: {{{goal}}}}}}}"
    )


def _new_lesson(
    options: _Options, bundle: Bundle, number: int, today: datetime.date
) -> str:
    kept = bundle.manifest
    return (
        f"number: {number}\n"
        f"title: {quoted(kept.title or options.pages[0])}\n"
        "version: 1\n"
        f"author: {quoted(kept.by or 'dqm')}\n"
        f"written: {today.isoformat()}\n"
        "minutes: 3\n"
        "teaches: recognising what this evidence shows\n"
        f"covers: {listed(_covered(bundle))}\n"
        f"run: {{evidence: {quoted(options.evidence)}}}\n"
        "steps:\n"
        f"  - {_step(options, bundle)}\n"
    )


def _covered(bundle: Bundle) -> tuple[str, ...]:
    """The layouts and instructions it is about: a change of them may make it wrong."""
    found: dict[str, None] = {}
    for layout in bundle.site.layouts:
        found[layout.layout] = None
        for page in layout.pages:
            for plot in page.plots:
                if name := plot.instruction or page.instruction:
                    found[name] = None
    return tuple(found)


def _first_words(options: _Options, bundle: Bundle) -> str:
    words = bundle.manifest.words.strip() or "Write here what was to be seen, and why."
    quoted = "\n".join(f"> {each}".rstrip() for each in words.splitlines())
    return f"## {options.step}\n\n{_task(options)}\n\n## debrief\n\n{quoted}\n"


def _task(options: _Options) -> str:
    pages = " and ".join(
        f"[{each.replace('/', ' › ')}](<page:{each}>)" for each in options.pages
    )
    return (
        f"Look at {pages}. Press `V` on the plot and say what is wrong, or that "
        "nothing is."
    )


def quoted(text: str) -> str:
    """A text of one line as YAML's double quotes have it, which is as JSON's."""
    return json.dumps(one_line(text), ensure_ascii=False)


def listed(texts: Sequence[str]) -> str:
    """Texts of one line as a list of YAML."""
    return f"[{', '.join(map(quoted, texts))}]"


# -- the disk --------------------------------------------------------------------------


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file} is not UTF-8"
        raise EvidenceError(message) from error


def write(file: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: the disk refuses.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as part:
        part.write_bytes(data)


def problems_of(home: Path, texts: Sequence[tuple[Path, str]]) -> tuple[Problem, ...]:
    """The problems of some files; one that several have names the others in words."""
    files = {str(file): f"{FOLDER}/{file.name}:" for file, _ in texts}
    return tuple(
        each
        for each in validate(home, tables=TABLES)
        if each.file in files or any(name in each.message for name in files.values())
    )
