"""Judging a source once, without a window: what the plots of a site say of it."""

from __future__ import annotations

import math
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.engine.context import SourceContext, records_of
from dqmconsole.engine.site_releases import SiteReleases
from dqmconsole.model.layout import TOP, subsystem_of
from dqmconsole.model.verdict import WORST_FIRST, Status
from dqmconsole.rootio.errors import RootFileError
from dqmconsole.site.by_folder import layouts_by_folder
from dqmconsole.site.kinds import CORE
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.site import recordings_folder
from dqmconsole.sources.combined import CombinedSource
from dqmconsole.sources.open import SiteSays, open_by_site, settle
from dqmconsole.sources.recorded import RECORDED, recorded_path
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from dqmconsole.model.layout import Layout
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.site.findings import Place
    from dqmconsole.site.kinds import SiteTables
    from dqmconsole.sources.source import Source

PATIENCE = 30.0  # s until a folder must have been listed, or a reference found
_SLICE = 0.1  # s
_LOOK_EVERY = 0.01  # s, at what another process reads


class JudgeError(ValueError):
    """A source that cannot be judged; says why."""


class PlotVerdict(NamedTuple):
    """The verdict on one plot.

    Attributes:
        layout, page: where it stands.
        path: of its element.
        verdict: the verdict.
    """

    layout: str
    page: str
    path: str
    verdict: Verdict


class SourceVerdicts(NamedTuple):
    """What a site says of a source.

    Attributes:
        source: its name.
        run: the run judged.
        plots: the verdicts, worst first.
        by_folder: no layout knows the source: its elements were taken as they lie.
        elsewhere: plots of the site whose subsystem is not in the source.
        problems: of the source.
        site_errors: what of the site is broken, and left out.
        sources: of several together, where each stands.
    """

    source: str
    run: int
    plots: tuple[PlotVerdict, ...]
    by_folder: bool
    elsewhere: int
    problems: tuple[Problem, ...]
    site_errors: tuple[Problem, ...]
    sources: tuple[str, ...] = ()


def judge_source(
    text: str,
    site: Path,
    *,
    layout: str = "",
    reference: str = "",
    release: int = 0,
    records: Path | None = None,
    tables: SiteTables = CORE,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> SourceVerdicts:
    """Judge the newest run of a source: the plots of a site's layouts.

    Where no layout has any of its elements, all histograms and graphs of the source
    are judged by their kind, by folders.

    Args:
        text: a ROOT file, a folder, or ``replay:FOLDER``, of which the last
            snapshots are judged.
        site: folder of the site.
        layout: the one layout whose plots are judged; all when empty.
        reference: a ROOT file that goes before all rules, or "".
        release: of the site; 0 for the one in force, ``WORKING_COPY`` for what will
            be the next.
        records: below it the console records the runs of each source, which rules may
            name, and whose good ones make the bands; None for nowhere.
        tables: what features add to a site.
        progress: is told how many plots are judged, of how many.

    Raises:
        JudgeError: there is nothing to judge.
        OSError: the source cannot be reached.
    """
    with ExitStack() as stack:
        releases = SiteReleases(site, release, tables)
        stack.callback(releases.close)
        read, places = releases.open()
        source = _opened(text, read, site, places)
        stack.callback(source.close)
        run, paths = _settled(source)
        found, by_folder = _layouts(read, paths, layout)
        here = {subsystem_of(path) for path in paths}
        # of a stream what it should give, be it there or not
        here |= {each.subsystem for each in source.clients(time.time()) if each.stream}
        chosen, elsewhere = _present(found, here)
        judged = msgspec.structs.replace(read, layouts=chosen)
        context = SourceContext(
            source,
            site,
            reference,
            (judged, places),
            releases=releases,
            records=_records(source, text, read, site, records),
            at_once=True,
            text=text,
        )
        stack.pop_all()  # the context closes both
        stack.callback(context.close)
        _judge(context, progress)
        plots = [
            PlotVerdict(
                one.layout,
                one.page.removeprefix(one.layout).lstrip(" ›"),
                one.plot.path,
                one.verdict,
            )
            for one in context.judging.plots.values()
            if one.verdict is not None
        ]
        problems = source.problems()
        told = source.told() if isinstance(source, CombinedSource) else ()
    errors = tuple(each for each in read.problems if each.severity == "error")
    plots.sort(key=_attention)
    return SourceVerdicts(
        source.name, run, tuple(plots), by_folder, elsewhere, problems, errors, told
    )


def judge_at(context: SourceContext, now: float) -> None:
    """Judge all that a source holds, as if it were `now` (unix time, s).

    While another process reads a reference, time goes on with each look at it: what is
    asked for again after a while would not be asked for otherwise. Only these looks
    count as waiting, so that a busy machine, or one that stood still, changes nothing.

    Raises:
        JudgeError: a reference could not be read in :data:`PATIENCE`.
    """
    waited = 0.0
    while True:
        context.poll(now + waited)
        context.judge(math.inf)
        if context.settled:
            return
        if waited > PATIENCE:
            message = f"{context.source.name}: a reference is still being read"
            raise JudgeError(message)
        waited += _LOOK_EVERY
        time.sleep(_LOOK_EVERY)


def _records(
    source: Source, text: str, read: Site, home: Path, own: Path | None
) -> Path | None:
    """Where the runs of a source are recorded, be there any or not."""
    if text.startswith(RECORDED):
        return recorded_path(text.removeprefix(RECORDED)).parent
    if own is None:
        return None
    return records_of(source, recordings_folder(read.settings, home, own), text)


def _opened(text: str, site: Site, home: Path, places: Mapping[str, Place]) -> Source:
    try:
        return open_by_site(
            text,
            SiteSays(site.settings, site.layouts, home, places),
            recorded=True,
            ended=True,
        )
    except SourceError as error:
        raise JudgeError(str(error)) from error


def _settled(source: Source) -> tuple[int, dict[str, str]]:
    """The newest run of a source, and the kinds of its elements by path."""
    settle(source, PATIENCE)
    run = source.current_run
    if not run:
        said = "; ".join(str(problem) for problem in source.problems())
        message = f"{source.name}: there is no file that can be read"
        raise JudgeError(f"{message} ({said})" if said else message)
    try:
        return run, {each.path: each.kind for each in source.entries(run)}
    except RootFileError as error:
        message = f"{source.name}: {error}"
        raise JudgeError(message) from error


def _layouts(
    site: Site, paths: dict[str, str], wanted: str
) -> tuple[tuple[Layout, ...], bool]:
    """The layouts to judge by, and whether they are the folders of the source."""
    if wanted:
        named = {layout.layout.casefold(): layout for layout in site.layouts}
        found = named.get(wanted.casefold())
        if found is None:
            names = [layout.layout for layout in site.layouts]
            hint = did_you_mean(wanted, names)
            message = f"the site has no layout {wanted}{hint}"
            raise JudgeError(message)
        return (found,), False
    of_site = (plot for _, _, plot in plots_of(site))
    if any(name in paths for plot in of_site for name in (plot.path, *plot.formerly)):
        return site.layouts, False
    return layouts_by_folder(paths, TOP), True


def _present(
    layouts: Iterable[Layout], here: set[str]
) -> tuple[tuple[Layout, ...], int]:
    """The layouts without plots of subsystems that are not there; how many are not."""
    kept, elsewhere = [], 0
    for layout in layouts:
        pages = []
        for page in layout.pages:
            plots = tuple(
                each for each in page.plots if subsystem_of(each.path) in here
            )
            elsewhere += len(page.plots) - len(plots)
            pages.append(msgspec.structs.replace(page, plots=plots))
        kept.append(msgspec.structs.replace(layout, pages=tuple(pages)))
    return tuple(kept), elsewhere


def _attention(one: PlotVerdict) -> tuple[bool, int]:
    status = one.verdict.status
    return status is Status.GOOD, WORST_FIRST.index(status)  # what is good stands last


def _judge(context: SourceContext, progress: Callable[[int, int], None]) -> None:
    """Judge all plots; again those that waited for their reference."""
    until = time.monotonic() + PATIENCE
    total = len(context.judging.plots)
    while True:
        context.poll(time.time())
        context.judge(time.perf_counter() + _SLICE)
        progress(total - context.judging.pending, total)
        if context.settled:
            break
        if context.judging.pending:
            until = time.monotonic() + PATIENCE
            continue
        if time.monotonic() > until:
            break
        time.sleep(0.02)  # another process reads a reference or lists a folder
