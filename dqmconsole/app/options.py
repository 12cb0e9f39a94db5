"""What several commands ask of their options."""

from __future__ import annotations

import math
import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import platformdirs

from dqmconsole.app.output import say
from dqmconsole.site.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmconsole.model.layout import Layout, Page

Command = TypeVar("Command", bound="Callable[..., Any]")

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
DRAWINGS = (".pdf", ".svg")
A_MONTH = 30 * 86400.0  # s; Qt's timers end not much later


class Finite(click.FloatRange):
    """A number within a range; ``nan`` is in none."""

    name = "number"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """The number, or click's complaint about it."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


class SimulatedChoice(click.Choice[str]):
    """A word of simulated runs; of another one it is said what recorded runs want.

    Args:
        choices: the words.
        recorded: what is right of recorded runs, as a sentence.
    """

    def __init__(self, choices: Sequence[str], recorded: str) -> None:
        super().__init__(choices)
        self._recorded = recorded

    def get_invalid_choice_message(
        self,
        value: Any,  # noqa: ANN401 - click's own
        ctx: click.Context | None,
    ) -> str:
        """Click's complaint, and what is right of recorded runs."""
        return f"{super().get_invalid_choice_message(value, ctx)} {self._recorded}"


class SourcePath(click.Path):
    """A ROOT file, or a folder, or ``FOLDER//PATTERN``."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """The text, or click's complaint that there is no such file or folder."""
        from dqmconsole.sources.open import split_pattern

        folder, pattern = split_pattern(str(value))
        super().convert(folder, param, ctx)
        return f"{folder}//{pattern}" if pattern else folder


def account_of_process() -> str:
    """The account that this process runs as; its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def recordings() -> Path:
    """Where a user's runs are recorded; each source has a folder of its own in it."""
    return Path(platformdirs.user_state_dir("dqmconsole")) / "runs"


def record_to_play(run: int, site: str = "") -> str:
    """A recorded run that training plays, as a source.

    Args:
        run: its number.
        site: folder of the site, which may say where runs are recorded; "" for the
            bundled one.

    Raises:
        SourceError: that run is recorded nowhere, or of several sources.
    """
    from dqmconsole.site.site import bundled_site, read_settings_of, recordings_folder
    from dqmconsole.sources.recorded import to_play

    folder = Path(site) if site else bundled_site()
    settings = read_settings_of(folder).settings
    return to_play(run, recordings_folder(settings, folder, recordings()))


def source_named(text: str, site: str = "", files: str = "") -> str:
    """A source in full: of a name the site's source, of a run the folder it is in.

    Args:
        text: the source; "" for the first of the site's.
        site: folder of the site, which has sources and may say where runs are
            recorded; "" for the bundled one.
        files: pattern of its files' names, or "".

    Raises:
        SourceError: there is none, or that run is recorded nowhere, or of several
            sources.
    """
    from dqmconsole.sources.recorded import RECORDED, in_folder
    from dqmconsole.sources.source import SourceError

    known = bool(text) and (os.sep in text or Path(text).exists())
    if known and not files and not text.startswith(RECORDED):
        return text
    from dqmconsole.site.site import (
        SITE,
        bundled_site,
        read_settings_of,
        recordings_folder,
    )
    from dqmconsole.sources.open import source_called

    folder = Path(site) if site else bundled_site()
    settings = read_settings_of(folder).settings  # the window says what is wrong
    if files:
        _see_pattern(files, settings.lumisection)
        return f"{text or '.'}//{files}"
    if text.startswith(RECORDED):
        return in_folder(text, recordings_folder(settings, folder, recordings()))
    found = source_called(text, settings, folder)
    if not found:
        message = f"no SOURCE is given, and {folder}/layouts/{SITE} has no sources:"
        raise SourceError(message)
    meant = nearest(text, [each.name for each in settings.sources if each.name])
    if found == text and meant is not None:
        message = (
            f"{text}: there is no such file, folder or source; did you mean {meant}?"
        )
        raise SourceError(message)
    return found


def source_asked(text: str, site: str = "", files: str = "") -> str:
    """A source in full, as :func:`source_named` says it.

    Of a folder without a site, in which no file is named as CMS names them, the names
    are those that are found, which is said.
    """
    named = source_named(text, site, files)
    if site or files or not Path(named).is_dir():
        return named
    from dqmconsole.model.file_pattern import proposed
    from dqmconsole.sources.names import parse_name

    names = [each.name for each in Path(named).iterdir()]
    roots = [name for name in names if name.endswith(".root")]
    pattern = proposed(roots)
    if not pattern or any(parse_name(name) for name in names):
        return named
    say(f'{named}: files are taken to be named --files "{pattern}"', err=True)
    return f"{named}//{pattern}"


def _see_pattern(files: str, word: str) -> None:
    """See that an option is a pattern of files.

    Args:
        files: the option.
        word: what the site calls a lumisection.

    Raises:
        click.BadParameter: it is none.
    """
    from dqmconsole.model.file_pattern import FilePattern, PatternError

    try:
        FilePattern(files, word)
    except PatternError as error:
        raise click.BadParameter(str(error), param_hint="--files") from error


files_option = click.option(
    "--files",
    default="",
    metavar="PATTERN",
    help='Names of the files in the folder SOURCE, such as "run_{run}.root".',
)
site_option = click.option(
    "--site",
    type=click.Path(exists=True, file_okay=False, resolve_path=True),
    help="Folder with layouts/ and instructions/; the bundled site when left out.",
)


def site_folder(left_out: str) -> Callable[[Command], Command]:
    """An option --site that gives a path.

    Args:
        left_out: what is taken without it, as the help says it.
    """
    return click.option(
        "--site",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=None,
        help=f"Folder of the site; {left_out}.",
    )


site_folder_option = site_folder("the bundled one when left out")
against_option = click.option(
    "--against",
    type=SourcePath(exists=True),
    multiple=True,
    metavar="SOURCE",
    help="A ROOT file, a folder (its newest run) or FOLDER//PATTERN that must hold "
    "every plot; repeatable.",
)
reference_option = click.option(
    "--reference",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True),
    help="A ROOT file that overrides every rule for references.",
)
theme_option = click.option(
    "--theme",
    type=click.Choice(["light", "dark"]),
    help="Colours; those chosen last when left out.",
)
user_option = click.option("--user", default="", help="Account of the database.")
page_option = click.option(
    "--page", default="", metavar="LAYOUT/PAGE", help="Page to begin with."
)


def output_option(
    words: str, *, required: bool = False
) -> Callable[[Command], Command]:
    """An option -o for the file that is written.

    Args:
        words: its help.
        required: it must be given; else None is the terminal.
    """
    return click.option(
        "-o",
        "--output",
        required=required,
        type=click.Path(dir_okay=False, path_type=Path),
        help=words,
    )


def why_not_writable(picture: Path, endings: Sequence[str] = PICTURES) -> str:
    """Why a picture cannot be saved to a path, found out beforehand; else "".

    Makes its folder where that does not exist yet.

    Args:
        picture: the path.
        endings: those that can be written.
    """
    if picture.suffix.lower() not in endings:
        suffix = picture.suffix.lower()
        near = nearest(suffix, endings, 0.5) or ".png"
        ends = f"ends in {suffix!r}" if suffix else "has no ending"
        return f"{picture} {ends}, which is no kind of picture; try {near}"
    try:
        picture.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{picture}: no such folder can be made: {error.strerror}"
    target = picture if picture.exists() else picture.parent
    if picture.exists() and not picture.is_file():
        return f"{picture} is not a file"
    if not os.access(target, os.W_OK):
        return f"{picture} cannot be written: {target} is not writable"
    return ""


def page_named(layouts: tuple[Layout, ...], name: str) -> tuple[Layout, Page] | str:
    """The page called "Layout/Page", case ignored, or words that name the nearest."""
    pages = {
        f"{layout.layout}/{page.page}": (layout, page)
        for layout in layouts
        for page in layout.pages
    }
    for known, found in pages.items():
        if known.casefold() == name.casefold():
            return found
    wanted = name.partition("/")[0].casefold()
    for layout in layouts:
        if layout.layout.casefold() == wanted:
            inside = [f"{layout.layout}/{page.page}" for page in layout.pages]
            near = nearest(name, inside, 0.7)
            if near is None:
                listed = ", ".join(page.page for page in layout.pages)
                return f"no page {name!r}; the pages of {layout.layout} are {listed}"
            return f"no page {name!r} in this site; did you mean {near!r}?"
    near = nearest(name, pages)
    if near is not None:
        return f"no page {name!r} in this site; did you mean {near!r}?"
    listed = ", ".join(layout.layout for layout in layouts)
    return f"no page {name!r} in this site; its layouts are {listed or 'none'}"
