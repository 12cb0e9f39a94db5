"""What a site has that its lessons can name, and the causes of a lesson's run."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from dqmconsole.desk.injection_table import INJECTIONS
from dqmconsole.model.known_issue import issues_in
from dqmconsole.model.layout import subsystem_of
from dqmconsole.simulation.table.cause import CauseError
from dqmconsole.simulation.table.causes import CAUSES, aimed, parse_cause
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.training.lesson import split_cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.site.layouts import BrokenLayouts
    from dqmconsole.site.texts import Texts
    from dqmconsole.training.lesson import CauseKind, LessonRun

    Where = tuple[Layout, Page, Plot]
    Said = Iterator[tuple[str, str]]  # the part of it, and the words

SIMULATED = frozenset(each.name for each in CAUSES)
CAUSE_KINDS: Mapping[str, CauseKind] = {
    **{each.name: each.kind for each in CAUSES},
    **dict.fromkeys(INJECTIONS, "fault"),
}
"""The causes that items may have, simulated or put into recorded runs."""


def kinds_at(site: Site) -> Mapping[str, CauseKind]:
    """The causes that people can name at a site: these, and the site's own words."""
    return {**dict.fromkeys(site.settings.causes, "fault"), **CAUSE_KINDS}


class LessonScene:
    """The healthy parts of a site, by the names lessons have for them.

    Attributes:
        layouts, components, roles: their names; a component with its layouts.
        known: the known issues.
        pages: "Layout/Page" -> its plots.
        plots: path -> where it stands.
        ids: of instructions and notes, broken ones too.
        steps: id of an instruction -> how many steps it has.
        subsystems: those that causes can go to.
        kinds: what may be said of a plot, simulated or not -> its kind.
    """

    def __init__(self, site: Site, texts: Texts, broken: BrokenLayouts) -> None:
        self._broken = broken
        self.layouts = {each.layout for each in site.layouts}
        self.components = site.settings.components or {
            each.lower(): (each,) for each in self.layouts
        }
        self.roles = site.contacts.roles
        self.known = site.known
        self.ids = texts.ids
        self.steps = {each.id: len(each.steps) for each in site.instructions}
        self.pages: dict[str, list[Where]] = {}
        self.plots: dict[str, list[Where]] = {}
        for where in plots_of(site):
            layout, page, plot = where
            self.pages.setdefault(f"{layout.layout}/{page.page}", []).append(where)
            self.plots.setdefault(plot.path, []).append(where)
        self.subsystems = {subsystem_of(path) for path in self.plots} - {""}
        self.kinds = kinds_at(site)
        self._matched: dict[str, list[Where]] = {}

    def may_be_hidden(self, name: str) -> bool:
        """Whether a page, plot, layout or subsystem may be in a broken layout file."""
        if not self._broken:
            return False
        first = re.split(r"[/*?\[]", name, maxsplit=1)[0]
        return not first or self._broken.may_hold(first)

    def may_hide_target(self, cause: str, error: CauseError) -> bool:
        """Whether the subsystem that a cause could not go to may be in a broken one."""
        target = split_cause(cause)[1]
        return "no subsystem" in str(error) and self.may_be_hidden(target)

    def matching(self, glob: str) -> list[Where]:
        """The plots whose path matches a glob."""
        if (found := self.plots.get(glob)) is not None:
            return found
        if glob not in self._matched:
            match = re.compile(fnmatch.translate(glob)).match
            self._matched[glob] = [
                where
                for path, places in self.plots.items()
                if match(path)
                for where in places
            ]
        return self._matched[glob]

    def aim(self, text: str) -> Cause:
        """Read a cause and send it to a subsystem of the site.

        Raises:
            CauseError: there is none of that name, or it cannot go there.
        """
        return aimed(parse_cause(text), self.subsystems or {""})

    def causes(self, run: LessonRun) -> Iterator[tuple[int, Cause]]:
        """The causes of a run that can be read, by place; others have their problem."""
        for item, text in enumerate(run.causes):
            try:
                yield item, self.aim(text)
            except CauseError:
                continue


def wrong_plot(part: str, path: str, run_type: str | None, scene: LessonScene) -> Said:
    """Why a plot cannot be named.

    Args:
        part: of what names it ("shifts[0].known", "open[1].plot").
        path: of the plot.
        run_type: of the run in which it is named; None: any type.
        scene: what the site has.

    Yields:
        The part and why; "" for what a broken layout may explain.
    """
    key = part.rpartition(".")[2].partition("[")[0]
    if path not in scene.plots:
        words = f'{key}: the site has no plot "{path}"'
        words += did_you_mean(path, scene.plots)
        yield part, "" if scene.may_be_hidden(path) else words
    elif not any(is_shown(where, run_type) for where in scene.plots[path]):
        yield part, f'{key}: "{path}" is not shown in {run_type}'


def wrong_known(part: str, path: str, run_type: str | None, scene: LessonScene) -> Said:
    """Why no known issue shows in a plot; as of :func:`wrong_plot`."""
    wrong = list(wrong_plot(part, path, run_type, scene))
    yield from wrong
    if not wrong and not issues_in(scene.known, path, 0):
        shown = [each for each in scene.plots if issues_in(scene.known, each, 0)]
        words = f'known: no known issue of known.yaml shows in "{path}"'
        yield part, words + did_you_mean(path, shown)


def is_shown(where: Where, run_type: str | None) -> bool:
    """Tell whether a plot is shown in runs of a type; None: in any."""
    types = where[2].run_types
    return not types or run_type is None or run_type in types
