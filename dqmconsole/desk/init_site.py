"""A site to begin with, made from what a source holds.

Pages follow the folders of the source; names and titles are the producer's. What it
cannot know (what is good, whom to call) stands there to be filled in.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.checks.channels import DeadChannels
from dqmconsole.desk.channel_plots import is_of_channels
from dqmconsole.desk.check import validate
from dqmconsole.desk.judge_source import JudgeError, judge_source
from dqmconsole.model.contacts import new_contacts
from dqmconsole.model.file_pattern import FilePattern, PatternError, proposed
from dqmconsole.model.graph import Graph
from dqmconsole.model.histogram import Histogram, Scalar
from dqmconsole.model.instruction import new_instruction, shows_to_be_written
from dqmconsole.model.paths import with_home
from dqmconsole.model.run import run_number
from dqmconsole.model.site import (
    CONDITION_NAMES,
    LUMISECTION,
    OF_CLIENTS,
    SUBSYSTEM_WORD,
    ConditionPaths,
)
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted, free_name, slug
from dqmconsole.rootio.encode import UnwritableError
from dqmconsole.rootio.errors import RootFileError, UnreadableClassError
from dqmconsole.rootio.write import write_root
from dqmconsole.site.by_folder import SCALARS, in_order, layouts_by_folder, undrawn
from dqmconsole.site.layout_values import scalar
from dqmconsole.site.layout_yaml import SCHEMA, layout_text
from dqmconsole.site.layouts import MAX_PLOTS
from dqmconsole.site.schema import FILES, file_schema, layout_schema
from dqmconsole.site.settings import LONGEST_NAME, SHOWN_CONDITIONS, condition_meant
from dqmconsole.sources.folder import Files
from dqmconsole.sources.open import open_source, path_of_text, settle, split_pattern
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dqmconsole.model.layout import Checks, Layout, Page
    from dqmconsole.rootio.write import Element
    from dqmconsole.sources.source import Source

PATIENCE = 30.0  # s for a source to show what it holds
MOST_SHOWN = 6  # numbers in the header
ROLE = "expert"
_SEVERAL = {"client", "subsystem"}  # in a pattern: a run has several files
CLIENT = "{client}"  # in a pattern: several write the files of a run
_PARTS = ("instructions", "layouts")
_TAKEN = (Status.GOOD,)
_DEAD = DeadChannels.NAME
_CHANNELS: Checks = ("defaults", {_DEAD: {"against": "reference", "warn_above": 0.0}})
MOST_LETTERS = 50  # of a name of a file, which has at most 255 bytes
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_-]*")  # of instructions, as validate wants it
_CONDITIONS: Mapping[str, tuple[re.Pattern[str], tuple[str, ...]]] = {
    name: (re.compile(f"^(?:{words})$", re.IGNORECASE), kinds)
    for name, words, kinds in (
        ("run_type", r"run[ _-]?type", ("text",)),
        ("events", r"(?:n|num|processed)?[ _-]?events(?:[ _-]?processed)?", ("int",)),
        ("lumisection", r"i?(?:lumi[ _-]?section|spill|sub[ _-]?run)", ("int",)),
        (
            "timestamp",
            r"(?:process|unix)?[ _-]?time(?:[ _-]?stamp)?",
            ("int", "float"),
        ),
        ("started", r"run[ _-]?start(?:[ _-]?time(?:[ _-]?stamp)?)?", ("int", "float")),
    )
}
"""Conditions that are known by their names: what they are called, and their kinds."""
_CLOCK = range(10**9, 5 * 10**9)  # unix times that a clock may show: 2001 to 2128
_UNITS = re.compile(r"spill|sub[ _-]?run", re.IGNORECASE)
_IN_HEADER = (*CONDITION_NAMES, "beam_energy")  # without being named there
_NAMED = (*CONDITION_NAMES, *SHOWN_CONDITIONS)


class InitError(ValueError):
    """A site that cannot be begun; says why, and what to do."""


class Begun(NamedTuple):
    """What was written.

    Attributes:
        files: names of the files, relative to the site.
        layouts, pages, plots: how many.
        pattern: of the names of the source's files, or "".
        adopted: plots whose checks by kind were adopted.
        channels: of those, the paths of plots each channel of which is looked at, too.
        off: plots whose checks by kind are not good in good runs, with what they say.
        undrawn: what has no plot since nobody can draw it, with what to write instead.
    """

    files: tuple[str, ...]
    layouts: int
    pages: int
    plots: int
    pattern: str
    adopted: int
    channels: tuple[str, ...]
    off: tuple[str, ...]
    undrawn: tuple[str, ...]


class _Seen(NamedTuple):
    """What a source holds.

    Attributes:
        text: how it is opened.
        folder: of it, or of its file.
        pattern: of the names of its files, or "".
        kinds: path -> ROOT class, or "int", "float", "text".
        run_type: the word it has for its run, or "".
    """

    text: str
    folder: Path
    pattern: str
    kinds: Mapping[str, str]
    run_type: str


def init_site(
    home: Path,
    source: str,
    *,
    good: Sequence[str] = (),
    experiment: str = "",
    author: str = ROLE,
    today: datetime.date,
    progress: Callable[[str], None] = lambda _words: None,
) -> Begun:
    """Begin a site.

    Args:
        home: its folder; made where it is not there.
        source: a ROOT file or a folder, which may say how its files are named
            (``FOLDER//PATTERN``).
        good: good runs, as numbers or files: what the checks by kind say of all of
            them decides which are adopted; the first is the reference.
        experiment: its name; that of the folder when left out.
        author: who writes it.
        today: the date.
        progress: is told what is being done.

    Raises:
        InitError: there is a site already, or nothing to make one from.
        OSError: it cannot be written.
    """
    if home.exists() and not home.is_dir():
        message = f"{home} is no folder: a site is begun in one"
        raise InitError(message)
    for name in _PARTS:
        if os.path.lexists(home / name):
            message = f"{home / name} is there already: init begins a new site"
            raise InitError(message)
    seen = _survey(source)
    name = experiment or home.resolve().name
    layouts = layouts_by_folder(seen.kinds, seen.folder.name or name)
    left = undrawn(seen.kinds)
    if not layouts:
        message = f"{source} holds no histogram or graph"
        if left:
            message += f" ({left[0]})"
        raise InitError(message)
    most = max(layouts, key=_plots)
    if _plots(most) > MAX_PLOTS:
        message = (
            f"{source}: the folder {most.layout} holds {_plots(most):,} plots, "
            f"a layout at most {MAX_PLOTS:,}"
        )
        raise InitError(message)
    used: set[str] = set()
    layouts = tuple(_with_instructions(each, used) for each in layouts)
    with tempfile.TemporaryDirectory() as temporary:
        draft = Path(temporary) / "site"
        references = _good_files(good, seen, Path(temporary))

        def texts_of(layouts: Sequence[Layout]) -> dict[str, str | Path]:
            return _texts(layouts, seen, name, author, today, references)

        schemas, texts = _schemas(), texts_of(layouts)
        _write(draft, schemas | texts)
        adopted, off = _adopted(draft, references, progress)
        channels: set[str] = set()
        if adopted:
            layouts = tuple(_adopting(each, adopted) for each in layouts)
            if some := _with_channels(layouts, _of_channels(layouts, references)):
                _write(trial := Path(temporary) / "channels", texts_of(some))
                channels, _ = _adopted(trial, references, progress, _DEAD)
            layouts = tuple(_adopting(each, channels, _CHANNELS) for each in layouts)
            texts = texts_of(layouts)
            _write(draft, texts)
        wrong = [each for each in validate(draft) if each.severity == "error"]
        if wrong:  # of names and titles there are more than anybody thinks of
            message = f"{wrong[0]} ({counted(len(wrong), 'error')} in what was made)"
            raise InitError(message)
        home.mkdir(parents=True, exist_ok=True)
        try:
            _write(home, schemas | texts)
        except BaseException:  # half a site would keep the next try from beginning one
            for part in _PARTS:
                shutil.rmtree(home / part, ignore_errors=True)
            raise
    pages = [page for layout in layouts for page in layout.pages]
    plots = sum(map(_plots, layouts))
    return Begun(
        tuple(sorted(schemas | texts)),
        *(len(layouts), len(pages), plots, seen.pattern, len(adopted)),
        *(tuple(sorted(channels)), off, left),
    )


def _survey(text: str) -> _Seen:
    """Open a source and list it; the pattern of its files is proposed where needed."""
    folder, pattern = split_pattern(text)
    path = _expanded(folder)
    if path.is_dir() and not pattern:
        names = [each.name for each in path.iterdir() if each.name.endswith(".root")]
        plain = _kinds(text)
        if plain is None:
            pattern = proposed(names)
            if not pattern:
                message = f"{text} has no ROOT files whose names follow one pattern"
                raise InitError(message)
            text = f"{folder}//{pattern}"
    found = _kinds(text)
    if found is None:
        message = f"{text}: there is nothing that can be read"
        raise InitError(message)
    kinds, run_type = found
    return _Seen(text, path if path.is_dir() else path.parent, pattern, kinds, run_type)


def _kinds(text: str) -> tuple[dict[str, str], str] | None:
    """The elements of a source, and its word for its run; None where it has none."""
    folder, pattern = split_pattern(text)
    try:
        files = Files(FilePattern(pattern), "sum") if pattern else None
        source = open_source(folder, paths=ConditionPaths(), recorded=True, files=files)
    except (PatternError, SourceError) as error:
        raise InitError(str(error)) from error
    try:
        settle(source, PATIENCE)
        run = source.current_run
        if not run:
            return None
        kinds = {
            each.path: _kind(source, run, each.path, each.kind)
            for each in source.entries(run)
        }
        path = _condition("run_type", kinds)
        value = getattr(source.element(run, path), "value", "") if path else ""
        return kinds, value if isinstance(value, str) else ""
    except RootFileError as error:
        message = f"{text}: {error}"
        raise InitError(message) from error
    finally:
        source.close()


def _kind(source: Source, run: int, path: str, kind: str) -> str:
    """The kind of an element, as what conditions are to be.

    A text of a number is a number there; a number that no clock shows is a text where
    a time is to be.
    """
    name = path.rpartition("/")[2]
    meant = {
        condition: wanted
        for condition, (form, wanted) in _CONDITIONS.items()
        if form.match(name)
    }
    of_clock = kind in SCALARS and "timestamp" in meant
    is_text = kind == "text" and any(kind not in wanted for wanted in meant.values())
    if not is_text and not of_clock:
        return kind
    try:
        number = float(getattr(source.element(run, path), "value", ""))
    except (RootFileError, ValueError):
        return kind
    if not math.isfinite(number):
        return kind
    if of_clock and int(number) not in _CLOCK:
        return "text"
    return "int" if number.is_integer() else "float"


def _condition(name: str, kinds: Mapping[str, str]) -> str:
    """The path of a condition that is known by its name, the shortest; or "".

    Where several folders have one of their own it is that of each.
    """
    form, wanted = _CONDITIONS[name]
    found = [
        path
        for path, kind in kinds.items()
        if kind in wanted and form.match(path.rpartition("/")[2])
    ]
    first = min(found, key=lambda path: (path.count("/"), path), default="")
    _, sign, below = first.partition("/")
    if sign and name in OF_CLIENTS and len(_of_folders(below, found)) > 1:
        return f"{SUBSYSTEM_WORD}/{below}"
    return first


def _of_folders(below: str, paths: Iterable[str]) -> list[str]:
    """The paths that stand at one place below their first folders."""
    return [path for path in paths if path.partition("/")[2] == below]


def _good_files(good: Sequence[str], seen: _Seen, draft: Path) -> list[Path]:
    """The files of the good runs; those of several files are written into `draft`."""
    found: list[Path] = []
    for each in good:
        file = _good_file(each, seen, draft)
        if file in found:  # beside itself each check is good
            message = f"good run {each}: {file} is given twice"
            raise InitError(message)
        found.append(file)
    return found


def _expanded(text: str) -> Path:
    """The path that is meant by a text.

    Raises:
        InitError: it is below the home folder of a user that is not there.
    """
    try:
        return path_of_text(text, text)
    except SourceError as error:
        raise InitError(str(error)) from error


def _good_file(text: str, seen: _Seen, draft: Path) -> Path:
    """The file of a good run: the file itself, or by its number.

    Of a run that several files make up it is a new one in `draft`, with all of it.
    """
    path = _expanded(text)
    if path.is_file():
        return path.resolve()
    if text.isdecimal() and seen.pattern:
        try:
            pattern = FilePattern(seen.pattern)
        except PatternError as error:
            raise InitError(str(error)) from error
        if found := [
            file
            for file in sorted(seen.folder.iterdir())
            if (named := pattern.match(file.name)) and named.run == int(text)
        ]:
            if not pattern.fields & _SEVERAL:
                return found[0].resolve()
            return _whole(int(text), Files(pattern, "sum"), seen, draft)
    where = f" named as {seen.pattern}" if seen.pattern else ""
    message = f"good run {text}: no such file, and none{where} in {seen.folder}"
    raise InitError(message)


def _whole(run: int, files: Files, seen: _Seen, draft: Path) -> Path:
    """Write what all files of a run say together to one."""
    events = ConditionPaths(events=_condition("events", seen.kinds))
    source = open_source(str(seen.folder), paths=events, recorded=True, files=files)
    folders: dict[str, list[Element]] = {}
    try:
        settle(source, PATIENCE)
        for path in [each.path for each in source.entries(run)]:
            try:
                element = source.element(run, path)
            except UnreadableClassError:
                continue
            if isinstance(element, Histogram | Graph | Scalar):
                folders.setdefault(path.rpartition("/")[0], []).append(element)
        file = draft / f"run_{run}.root"
        write_root(file, folders)
    except (RootFileError, UnwritableError) as error:
        message = f"good run {run_number(run)}: {error}"
        raise InitError(message) from error
    finally:
        source.close()
    return file


# -- what is written ---------------------------------------------------------------


def _plots(layout: Layout) -> int:
    return sum(len(page.plots) for page in layout.pages)


def _free(wanted: str, used: set[str]) -> str:
    """The name, with a number where another thing has it; it is used from then on."""
    name = free_name(wanted, used.__contains__)
    used.add(name)
    return name


def _with_instructions(layout: Layout, used: set[str]) -> Layout:
    """The layout with an owner, and an instruction on each page.

    Args:
        layout: the layout.
        used: folders of instructions that others have; its own is added.
    """
    folder = layout.layout.lower()
    if not _FOLDER.fullmatch(folder) or len(folder) > MOST_LETTERS:
        folder = slug(folder, MOST_LETTERS)
    folder = _free(folder, used)
    names: set[str] = set()
    pages = [
        msgspec.structs.replace(
            page, instruction=f"{folder}/{_free(slug(page.page, MOST_LETTERS), names)}"
        )
        for page in layout.pages
    ]
    return msgspec.structs.replace(layout, owner=ROLE, pages=tuple(pages))


def _adopting(layout: Layout, adopted: set[str], checks: Checks = "defaults") -> Layout:
    pages = []
    for page in layout.pages:
        plots = tuple(
            msgspec.structs.replace(plot, checks=checks)
            if plot.path in adopted
            else plot
            for plot in page.plots
        )
        pages.append(msgspec.structs.replace(page, plots=plots))
    return msgspec.structs.replace(layout, pages=tuple(pages))


def _of_channels(layouts: Sequence[Layout], good: Sequence[Path]) -> set[str]:
    """The adopted plots whose bins are channels, by what good runs show."""
    plots = {
        plot.path: plot
        for layout in layouts
        for page in layout.pages
        for plot in page.plots
        if plot.checks == "defaults"
    }
    found: dict[str, list[Histogram]] = {path: [] for path in plots}
    for file in good:
        source = open_source(str(file), paths=ConditionPaths(), recorded=True)
        try:
            settle(source, PATIENCE)
            run = source.current_run
            there = {each.path for each in source.entries(run)} if run else set()
            for path, runs in list(found.items()):
                element = source.element(run, path) if path in there else None
                if isinstance(element, Histogram):
                    runs.append(element)
                    if is_of_channels(runs, plots[path]):
                        continue
                del found[path]  # no further run makes it one, nor is it kept
        except RootFileError as error:
            message = f"good run {file}: {error}"
            raise InitError(message) from error
        finally:
            source.close()
    return set(found)


def _with_channels(layouts: Sequence[Layout], paths: set[str]) -> tuple[Layout, ...]:
    """The layouts with these plots alone, of which each channel is looked at."""
    kept = []
    for layout in layouts:
        pages = []
        for page in _adopting(layout, paths, _CHANNELS).pages:
            plots = tuple(each for each in page.plots if each.path in paths)
            if plots:
                pages.append(msgspec.structs.replace(page, plots=plots))
        if pages:
            kept.append(msgspec.structs.replace(layout, pages=tuple(pages)))
    return tuple(kept)


def _texts(
    layouts: Sequence[Layout],
    seen: _Seen,
    experiment: str,
    author: str,
    today: datetime.date,
    references: Sequence[Path],
) -> dict[str, str | Path]:
    """The files of the site but schemas: name -> text, or the file that is copied."""
    found: dict[str, str | Path] = {
        "layouts/site.yaml": _settings(seen, experiment),
        "instructions/contacts.yaml": new_contacts(
            ROLE, "Expert on call", "../layouts/contacts.schema.json"
        ),
    }
    if references:
        found["layouts/references.yaml"] = _references(references[0], author, today)
        found[f"layouts/references/{references[0].name}"] = references[0]
    for at, layout in enumerate(layouts):
        stem = re.sub(r"[^\w.-]+", "-", layout.layout)[:MOST_LETTERS].strip("-.")
        found[f"layouts/{at:02d}-{stem or 'layout'}.yaml"] = layout_text(layout)
        for page in layout.pages:
            text = _instruction(layout, page, author, today)
            found[f"instructions/{page.instruction}.md"] = text
    return found


def _schemas() -> dict[str, str | Path]:
    found: dict[str, str | Path] = {f"layouts/{SCHEMA}": layout_schema()}
    return found | {f"layouts/{each}.schema.json": file_schema(each) for each in FILES}


def _settings(seen: _Seen, experiment: str) -> str:
    lines = [
        "# yaml-language-server: $schema=site.schema.json",
        "# What is true of the whole experiment. Each folder of the source has a file",
        "# of its own beside this one.",
        f"experiment: {scalar(experiment)}",
    ]
    folder = scalar(str(seen.folder.resolve()), flow=True)
    if seen.pattern:
        files = scalar(seen.pattern, flow=True)
        lines += [
            "",
            "# Where data come from. {run} is the number of the run, * is anything.",
        ]
        merge = ""
        if CLIENT in seen.pattern:
            lines.append("# What several clients fill is added up (or: merge: refuse).")
            merge = ", merge: sum"
        lines.append(f"sources: [{{folder: {folder}, files: {files}{merge}}}]")
    elif (file := with_home(seen.text)).exists():
        text = scalar(str(file.resolve()), flow=True)
        lines += ["", "# Where data come from.", f"sources: [{{folder: {text}}}]"]
    if seen.run_type:
        lines += ["", "# The types of run that there are.", "run_types:"]
        lines.append(f"  {scalar(seen.run_type, flow=True)}: {slug(seen.run_type)}")
    known = {
        name: path for name in _CONDITIONS if (path := _condition(name, seen.kinds))
    }
    told = set(known.values())
    for path in known.values():
        if path.startswith(f"{SUBSYSTEM_WORD}/"):
            told.update(_of_folders(path.partition("/")[2], seen.kinds))
    rest = [
        path
        for path in sorted(seen.kinds, key=lambda each: (each.count("/"), each))
        if seen.kinds[path] in SCALARS and path not in told and path != "run"
    ]
    known |= {path: path for path in rest if path in _NAMED}
    rest = [path for path in rest if path not in _IN_HEADER]
    shown = sorted(rest[:MOST_SHOWN], key=in_order)
    named = [path for path in shown if condition_meant(path)]
    if known or named:
        lines += ["", "# Where the producer says what is the case.", "conditions:"]
        lines += [f"  {name}: {scalar(path)}" for name, path in known.items()]
    if named:  # else they are taken for misspelt conditions
        lines += ["  scalars:"]
        lines += [f"    {scalar(path)}: {scalar(path)}" for path in named]
    word = known.get(LUMISECTION, "").rpartition("/")[2]
    if _UNITS.fullmatch(word):
        lines += ["", "# What a part of a run is called."]
        lines.append(f"lumisection: {scalar(word.lower())}")
    if shown:
        lines += ["", "# What the header shows.", "header:"]
        for path in shown:
            name = path.rpartition("/")[2]
            twice = sum(each.rpartition("/")[2] == name for each in shown) > 1
            words = path.replace("/", " ") if twice else name
            label = scalar(words[-LONGEST_NAME:], flow=True)
            lines.append(f"  - {{show: {scalar(path, flow=True)}, label: {label}}}")
    return "\n".join(lines) + "\n"


def _references(file: Path, author: str, today: datetime.date) -> str:
    return (
        "# yaml-language-server: $schema=references.schema.json\n"
        f"- {{file: {scalar(f'references/{file.name}', flow=True)}, "
        f"chosen_by: {scalar(author, flow=True)}, chosen_on: {today}, "
        "why: given as a good run when the site was begun}\n"
    )


def _instruction(layout: Layout, page: Page, author: str, today: datetime.date) -> str:
    return new_instruction(
        page.instruction or "",
        f"{layout.layout}: {page.page}",
        layout=layout.layout,
        page=page.page,
        owner=ROLE,
        author=author,
        today=today,
        shows=shows_to_be_written(plot.path for plot in page.plots),
    )


def _write(home: Path, texts: Mapping[str, str | Path]) -> None:
    for name, text in texts.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, Path):
            shutil.copyfile(text, path)
        else:
            path.write_text(text, encoding="utf-8")


def _adopted(
    draft: Path,
    good: Sequence[Path],
    progress: Callable[[str], None],
    needed: str = "",
) -> tuple[set[str], tuple[str, ...]]:
    """Plots whose checks are good in all good runs, and what others say.

    The first run is compared with the second, all others by the site's own rule with
    the first, as runs will be from then on.

    Args:
        draft: the site.
        good: the runs.
        progress: is told what is being done.
        needed: name of a check that must be good itself, too.
    """
    taken: Counter[str] = Counter()
    off: dict[str, str] = {}
    if len(good) < 2:
        return set(), ()
    of = ", each channel" if needed else ""
    for at, file in enumerate(good):
        progress(f"good run {at + 1} of {len(good)}{of}")
        other = "" if at else str(good[1])
        try:
            found = judge_source(str(file), draft, reference=other)
        except JudgeError as error:
            message = f"good run {file}: {error}"
            raise InitError(message) from error
        for one in found.plots:
            by_needed = (
                each.status in _TAKEN
                for each in one.verdict.checks
                if each.check == needed
            )
            if one.verdict.status in _TAKEN and all(by_needed):
                taken[one.path] += 1
            else:
                words = f"{one.path}: {one.verdict.sentence}"
                off.setdefault(one.path, words)
    return {
        path for path, many in taken.items() if many == len(good) and path not in off
    }, tuple(off.values())
