"""What dqmconsole offers to Python: ``import dqmconsole as dqm``.

These names are stable: :func:`open`, :func:`check`, :func:`draw`, :func:`validate`,
what they return, and :class:`Error`. They are used from the package (``dqm.open``),
which loads this module when one of them is first asked for. Nothing here needs a
display: Qt is used by :func:`draw` alone, in a process of its own.

The manual with examples: ``dqmconsole/manual/python.md``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, overload

import msgspec

from dqmconsole.model import histogram as model
from dqmconsole.model.compare import incompatible
from dqmconsole.model.paths import with_home
from dqmconsole.model.verdict import CheckResult, Status
from dqmconsole.notebook import svg_of, table_of

if TYPE_CHECKING:
    from hist import Hist

    from dqmconsole.model.graph import Collection, Graph, Polygons
    from dqmconsole.model.graph import Element as ModelElement
    from dqmconsole.model.problem import Problem
    from dqmconsole.sources.source import Source

__all__ = [
    "Error",
    "Histogram",
    "NotFoundError",
    "OpenSource",
    "Picture",
    "PlotVerdict",
    "Verdicts",
    "check",
    "draw",
    "open",
    "validate",
]

Form = Literal["png", "pdf", "svg"]
PATIENCE = 10.0  # s until a folder must have been listed
DRAWING = 120.0  # s a picture may take


class Error(Exception):
    """What was asked for cannot be done; says why, and the nearest that can."""


class NotFoundError(Error, KeyError):
    """There is no element, run or page of that name; says the nearest there is."""

    __str__ = Error.__str__  # KeyError would put the words into quotation marks


class Histogram(model.Histogram, frozen=True, eq=False, gc=False):
    """A histogram or profile of one to three dimensions.

    It is a UHI ``PlottableHistogram`` (``kind``, ``axes``, ``values()``,
    ``variances()``, ``counts()``), so ``hist.Hist(h)`` and ``mplhep.histplot(h)`` take
    it. ``values(flow=True)`` has the flow bins, too. What else it holds (``name``,
    ``title``, ``entries`` …) stands in :class:`dqmconsole.model.histogram.Histogram`.
    Its arrays are read-only.

    ``a + b`` and ``sum([a, b, c])`` add bins, squared errors and statistics.
    """

    def to_hist(self) -> Hist[Any]:
        """The same as a ``hist.Hist``, which can be filled, sliced, projected.

        Flow bins come along. An axis whose bins all have labels becomes one of
        categories.

        Raises:
            ImportError: the library hist is not installed.
        """
        try:
            from hist import Hist
        except ImportError as error:
            message = "to_hist needs the library hist: pip install hist"
            raise ImportError(message) from error
        made: Hist[Any] = Hist(self._to_uhi_())
        return made

    def __add__(self, other: object) -> Histogram:
        """The sum of both, of the name and title of the first.

        Raises:
            ValueError: they have other bins or labels, or one of them holds means and
                the other counts.
        """
        if not isinstance(other, model.Histogram):
            return NotImplemented
        if words := incompatible(self, other):
            # what is compared there are data and a reference
            words = words.replace("reference", "second").replace("data", "first")
            message = f"{self.name} and {other.name} cannot be added: {words}"
            raise ValueError(message)
        from dqmconsole.sources.merging import NotAddedError, added_up

        try:
            total = added_up((self, other))
        except NotAddedError as error:
            message = f"{self.name} and {other.name} cannot be added: {error}"
            raise ValueError(message) from error
        assert isinstance(total, model.Histogram)
        return _own(total)

    def __radd__(self, other: object) -> Histogram:
        """As the start of ``sum``, 0 changes nothing."""
        if isinstance(other, int) and other == 0:
            return self
        return NotImplemented

    def __repr__(self) -> str:
        bins = " × ".join(str(axis.bins) for axis in self.axes)
        return (
            f"<{self.root_class} {self.name!r}, {bins} bins, {self.entries:g} entries>"
        )

    def _repr_html_(self) -> str:
        return svg_of(self)


class OpenSource(Mapping[str, Any]):
    """The elements of one run of a source, by path: a read-only mapping.

    ``source["hodo/x"]`` is a :class:`Histogram`; a number or text is returned as such;
    of graphs, maps of polygons and lists of plots see :mod:`dqmconsole.model.graph`.
    Nothing is read before it is asked for; ``len`` and iterating list the whole run,
    once. It is closed by ``with``, or :meth:`close`.

    Attributes:
        name: the source.
        run: the run whose elements these are; -1 of a file without a run number.
    """

    def __init__(self, source: Source, run: int) -> None:
        self._source = source
        self._kinds: dict[str, str] | None = None
        self._closed = False
        self.name = source.name
        self.run = run

    @property
    def runs(self) -> tuple[int, ...]:
        """All runs at hand, ascending; none where no run has a number."""
        return tuple(run for run in self._source.runs() if run > 0)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the source, such as a file that cannot be read."""
        return self._source.problems()

    @property
    def kinds(self) -> Mapping[str, str]:
        """Path -> ROOT class; "int", "float" or "text" of a number or text.

        Raises:
            Error: a file cannot be read.
        """
        if self._kinds is None:
            self._see_open()
            with _said():
                rows = self._source.entries(self.run)
                self._kinds = {each.path: each.kind for each in rows}
        return self._kinds

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The paths that match, sorted: ``*`` and ``?`` also cross "/"."""
        import fnmatch

        return tuple(sorted(fnmatch.filter(self.kinds, pattern)))

    def refresh(self) -> bool:
        """Take in what a live source has written since; True if anything changed.

        The run stays: open the source again for a newer one.
        """
        self._see_open()
        changed = False
        with _said():
            while self._source.poll(time.time()):
                changed = True
        if changed:
            self._kinds = None
        return changed

    def close(self) -> None:
        """Close its files, end what lists its folder; nothing more can be read."""
        self._closed = True
        self._source.close()

    def _see_open(self) -> None:
        if self._closed:
            message = f"{self.name} is closed"
            raise Error(message)

    def __getitem__(self, path: str) -> Any:  # noqa: ANN401 - what the file holds
        """One element.

        Raises:
            NotFoundError: there is none of that path; names the nearest.
            Error: it cannot be read, or the source is closed.
        """
        self._see_open()
        with _said():
            return _plain(self._source.element(self.run, path))

    def __iter__(self) -> Iterator[str]:
        return iter(self.kinds)

    def __len__(self) -> int:
        return len(self.kinds)

    def __contains__(self, path: object) -> bool:
        return path in self.kinds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        run = f"run {self.run}" if self.run > 0 else "no run number"
        return f"<{self.name}, {run}>"


class PlotVerdict(NamedTuple):
    """What the checks say of one plot.

    Attributes:
        layout, page: where it stands in the site, or the folder of its element.
        path: of its element.
        status: "GOOD", "WARNING", "BAD"; or why it is not judged ("NO REFERENCE", …).
        sentence: the reason, in words.
        checks: what each check found, that which decided first.
    """

    layout: str
    page: str
    path: str
    status: Status
    sentence: str
    checks: tuple[CheckResult, ...]


class Verdicts(Sequence[PlotVerdict]):
    """The verdicts on a run, the worst first.

    Attributes:
        source: its name.
        run: the run that was judged.
        problems: of the source, and errors of the site, which are left out.
    """

    def __init__(
        self,
        source: str,
        run: int,
        plots: Sequence[PlotVerdict],
        problems: tuple[Problem, ...],
    ) -> None:
        self.source = source
        self.run = run
        self.problems = problems
        self._plots = tuple(plots)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there are of each status."""
        return dict(Counter(str(each.status) for each in self._plots))

    @property
    def bad(self) -> tuple[PlotVerdict, ...]:
        """Those that are BAD."""
        return tuple(each for each in self._plots if each.status is Status.BAD)

    def of(self, path: str) -> tuple[PlotVerdict, ...]:
        """Those on one element: it may stand in several pages."""
        return tuple(each for each in self._plots if each.path == path)

    @overload
    def __getitem__(self, index: int) -> PlotVerdict: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[PlotVerdict, ...]: ...
    def __getitem__(self, index: int | slice) -> PlotVerdict | tuple[PlotVerdict, ...]:
        return self._plots[index]

    def __len__(self) -> int:
        return len(self._plots)

    def __repr__(self) -> str:
        told = ", ".join(f"{many} {status}" for status, many in self.counts.items())
        run = f"run {self.run} of " if self.run > 0 else ""
        return f"<{run}{self.source}: {told or 'nothing to judge'}>"

    def _repr_html_(self) -> str:
        rows = ((each.status, each.path, each.sentence) for each in self._plots)
        return table_of(("status", "element", "why"), rows)


class Picture(bytes):
    """A page as a picture: the bytes of its file, shown by notebooks.

    Attributes:
        form: "png", "pdf" or "svg".
    """

    form: Form

    def __new__(cls, data: bytes, form: Form) -> Self:
        """The bytes of a file of that form."""
        made = super().__new__(cls, data)
        made.form = form
        return made

    def __repr__(self) -> str:
        return f"<picture, {self.form}, {len(self)} bytes>"

    def _repr_png_(self) -> bytes | None:
        return bytes(self) if self.form == "png" else None

    def _repr_svg_(self) -> str | None:
        return self.decode() if self.form == "svg" else None


def open(
    source: str | Path, *, site: str | Path | None = None, run: int | None = None
) -> OpenSource:
    """Open a source for reading.

    Args:
        source: a ROOT file, the folder of a running DQM, ``FOLDER//PATTERN`` where its
            files have other names, a source of the site by its name, ``replay:FOLDER``
            (its last snapshots), ``recorded:RUN``, an evidence bundle, or ``NAME:REST``
            of a package that registers sources; "" for the main source of the site
            with its streams.
        site: folder of the site, which says how the files of its sources are named,
            and where runs are recorded.
        run: another run than the newest.

    Raises:
        NotFoundError: it has no such run; names the nearest.
        Error: it names nothing, or there is nothing in it that can be read.
    """
    from dqmconsole.app.options import source_named
    from dqmconsole.site.site import bundled_site
    from dqmconsole.sources.open import open_named, settle

    home = _folder(site)
    with _said():
        named = source_named(os.fspath(source), str(home or ""))
        opened = open_named(named, home or bundled_site(), recorded=True)
        try:
            settle(opened, PATIENCE)
            return OpenSource(opened, _run_of(opened, run))
        except BaseException:
            opened.close()
            raise


def check(
    source: str | Path,
    *,
    site: str | Path | None = None,
    layout: str = "",
    reference: str | Path | None = None,
) -> Verdicts:
    """Judge the newest run of a source, as ``dqmconsole check`` does.

    Judged are the plots of the site's layouts; where these have none of its elements,
    all of them, by their kind.

    Args:
        source: as of :func:`open`.
        site: folder of the site; the bundled one when left out.
        layout: the one layout whose plots are judged; all when left out.
        reference: a ROOT file that goes before all rules for references.

    Raises:
        Error: there is nothing to judge; says why.
    """
    from dqmconsole.app.options import recordings, source_named
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.judge_source import JudgeError, judge_source
    from dqmconsole.site.site import bundled_site

    home = _folder(site) or bundled_site()
    if reference is not None:
        reference = with_home(reference).absolute()  # not below the site
        if not reference.is_file():
            message = f"{reference}: there is no such file"
            raise Error(message)
    try:
        with _said():
            found = judge_source(
                source_named(os.fspath(source), str(home)),
                home,
                layout=layout,
                reference=str(reference or ""),
                records=recordings(),
                tables=site_tables(),
            )
    except JudgeError as error:
        raise Error(str(error)) from error
    plots = [
        PlotVerdict(
            *(each.layout, each.page, each.path),
            *(each.verdict.status, each.verdict.sentence, each.verdict.checks),
        )
        for each in found.plots
    ]
    problems = (*found.problems, *found.site_errors)
    return Verdicts(found.source, found.run, plots, problems)


@overload
def draw(
    source: str | Path,
    page: str,
    file: None = None,
    *,
    form: Form = "png",
    site: str | Path | None = None,
    reference: str | Path | None = None,
    theme: Literal["light", "dark"] = "light",
    size: tuple[int, int] = (1600, 900),
) -> Picture: ...
@overload
def draw(
    source: str | Path,
    page: str,
    file: str | Path,
    *,
    site: str | Path | None = None,
    reference: str | Path | None = None,
    theme: Literal["light", "dark"] = "light",
    size: tuple[int, int] = (1600, 900),
) -> Path: ...
def draw(
    source: str | Path,
    page: str,
    file: str | Path | None = None,
    *,
    form: Form = "png",
    site: str | Path | None = None,
    reference: str | Path | None = None,
    theme: Literal["light", "dark"] = "light",
    size: tuple[int, int] = (1600, 900),
) -> Picture | Path:
    """Draw a page as the console shows it; takes some seconds, needs no display.

    Args:
        source: as of :func:`open`.
        page: "Layout/Page", case ignored.
        file: where to write it; its ending (.png, .pdf, .svg) says in which form.
        form: of what is returned, where no file is named.
        site: folder of the site; the bundled one when left out.
        reference: a ROOT file that goes before all rules for references.
        theme: "light" or "dark"; a PDF is always light.
        size: of the window it is drawn in, pixels; it grows where the page is longer.

    Returns:
        The picture; where a file is named, its path.

    Raises:
        Error: no such page (names the nearest), no data within the time of patience, a
            library that Qt needs is missing, or the file cannot be written.
    """
    words = [os.fspath(source), "--page", page, "--theme", theme]
    words += ["--size", f"{size[0]}x{size[1]}"]
    for option, value in (("--site", site), ("--reference", reference)):
        if value is not None:
            words += [option, os.fspath(value)]
    if file is not None:
        _draw([*words, "-o", os.fspath(file)])
        return Path(file)
    with tempfile.TemporaryDirectory(prefix="dqmconsole-") as folder:
        path = Path(folder) / f"page.{form}"
        _draw([*words, "-o", str(path)])
        return Picture(path.read_bytes(), form)


def validate(
    site: str | Path | None = None,
    *,
    against: str | Path | Sequence[str | Path] = (),
) -> tuple[Problem, ...]:
    """Check a site, as ``dqmconsole validate`` does: what is wrong, and where.

    Args:
        site: folder of the site; the bundled one when left out.
        against: ROOT files, folders or ``FOLDER//PATTERN`` that must hold every plot.

    Returns:
        The problems, each with message, file, line, column, severity ("error" or
        "advice") and code; as text ``file:line:column: message [code]``.

    Raises:
        Error: there is no such folder, or no such source.
    """
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk import check as desk
    from dqmconsole.site.site import bundled_site
    from dqmconsole.sources.open import split_pattern

    given = [against] if isinstance(against, str | Path) else against
    sources = []
    for each in given:
        folder, pattern = split_pattern(os.fspath(each))
        path = with_home(folder)
        if not path.exists():
            message = f"{path}: there is no such file or folder"
            raise Error(message)
        sources.append(f"{path}//{pattern}" if pattern else path)
    home = _folder(site) or bundled_site()
    return desk.validate(home, sources, tables=site_tables())


# -- inside ----------------------------------------------------------------------


@contextmanager
def _said() -> Iterator[None]:
    """Raise what goes wrong with a source as an :class:`Error`, in the same words."""
    from dqmconsole.rootio.errors import NotInFileError, RootFileError
    from dqmconsole.sources.source import SourceError

    try:
        yield
    except NotInFileError as error:
        raise NotFoundError(str(error)) from error
    except (RootFileError, SourceError) as error:
        raise Error(str(error)) from error
    except OSError as error:
        words = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise Error(words) from error


def _folder(site: str | Path | None) -> Path | None:
    if site is None:
        return None
    home = with_home(site)
    if not home.is_dir():
        message = f"{home}: there is no such folder"
        raise Error(message)
    return home.absolute()


def _run_of(source: Source, wanted: int | None) -> int:
    runs = source.runs()
    if not runs:
        said = "; ".join(str(each) for each in source.problems())
        message = f"{source.name}: there is no file that can be read"
        raise Error(f"{message} ({said})" if said else message)
    if wanted is None:
        return source.current_run
    if wanted not in runs:
        near = min(runs, key=lambda known: abs(known - wanted))
        message = f"{source.name} has no run {wanted}; the nearest is {near}"
        raise NotFoundError(message)
    return wanted


def _plain(
    element: ModelElement,
) -> Histogram | Graph | Polygons | Collection | int | float | str:
    if isinstance(element, model.Histogram):
        return _own(element)
    if isinstance(element, model.Scalar):
        return element.value
    return element


def _own(given: model.Histogram) -> Histogram:
    fields = msgspec.structs.fields(model.Histogram)
    return Histogram(**{each.name: getattr(given, each.name) for each in fields})


def _draw(words: list[str]) -> None:
    """Have the picture drawn by a process of its own: Qt can abort.

    Raises:
        Error: it could not be, or not whole.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "dqmconsole", "snapshot", *words],
            env=os.environ
            | {
                "QT_QPA_PLATFORM": "offscreen",
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DRAWING,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"the picture was not there after {DRAWING:.0f} s"
        raise Error(message) from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"code {done.returncode}"]
        raise Error(lines[-1].removeprefix("Error: "))
