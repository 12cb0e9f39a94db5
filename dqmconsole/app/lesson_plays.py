"""Whether what a lesson asks to be said can be seen: its run is played.

Lessons are files of the training, their runs the simulation's: they meet here.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dqmconsole.model.layout import DEFAULT_NORMALIZE, subsystem_of
from dqmconsole.model.verdict import Status
from dqmconsole.model.words import counted
from dqmconsole.simulation.shown import PlayedRun
from dqmconsole.simulation.table.causes import aimed, parse_cause
from dqmconsole.site.bundle import read_bundle
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.rules.context import Violation
from dqmconsole.site.rules.reading import Rule
from dqmconsole.site.site import read_site
from dqmconsole.training.files.lessons import FOLDER, lesson_key
from dqmconsole.training.files.recorded_lesson import with_all_plots
from dqmconsole.training.goals import matches_one
from dqmconsole.training.lesson import teaching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from dqmconsole.model.layout import Normalization
    from dqmconsole.model.site import Site
    from dqmconsole.simulation.table.cause import Cause
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.training.files.recorded_lesson import Shown
    from dqmconsole.training.lesson import (
        FindingGoal,
        Lesson,
        LessonRun,
        LessonStep,
    )
    from dqmconsole.training.recording import Recording

SEEN_AFTER = 5  # lumisections from the onset: between two snapshots, or a test's last
BESIDE = {"Info", "FED", "L1T", "HLT"}  # on which what strikes others is seen, too
NAMED = 4  # plots that a message names


class PlayedLesson:
    """The run of a lesson, played once, and once more without each of its causes.

    Args:
        run: no evidence bundle; each of its causes can be aimed.
        site: whose plots are looked at, where they are shown in runs of its type.
        globs: of the plots that the lesson names; their subsystems are played.
    """

    def __init__(self, run: LessonRun, site: Site, globs: Sequence[str]) -> None:
        scaled = scaled_in(site, run.run_type)
        self.paths = frozenset(scaled)
        self.causes = aimed_at(run, scaled)
        begins = [1 if each.before else each.onset for each in self.causes]
        moments = {run.ahead, *(max(run.ahead, each + SEEN_AFTER) for each in begins)}
        only = BESIDE | {each.target for each in self.causes}
        only |= {subsystem_of(each) for each in self.paths if matches_one(each, globs)}
        self._played = PlayedRun(
            run.run_type, run.seed, self.causes, moments, scaled, only, run.run_length
        )
        self._found: dict[Cause, frozenset[str]] = {}

    def showing(self, cause: Cause) -> frozenset[str]:
        """Paths of the plots on which one of its causes shows."""
        if cause not in self._found:
            self._found[cause] = self._played.showing(cause)
        return self._found[cause]

    def meant(self, finding: FindingGoal) -> tuple[Cause, ...]:
        """The causes that a finding is to name; where it names none, each that fits."""
        kind = "fault" if finding.verdict == "bad" else "harmless"
        return tuple(
            each
            for each in self.causes
            if (each.name in finding.causes if finding.causes else each.kind == kind)
        )


def scaled_in(site: Site, run_type: str) -> dict[str, set[Normalization]]:
    """The plots that are shown in runs of a type: path -> how references are scaled."""
    found: dict[str, set[Normalization]] = defaultdict(set)
    for _, _, plot in plots_of(site):
        if not plot.run_types or run_type in plot.run_types:
            found[plot.path].add(plot.reference.normalize or DEFAULT_NORMALIZE)
    return found


def aimed_at(run: LessonRun, paths: Collection[str]) -> tuple[Cause, ...]:
    """The causes of a run, aimed at the subsystems that have plots.

    Raises:
        CauseError: there is none of a name, or it cannot go there.
    """
    there = {subsystem_of(path) for path in paths} - {""}
    return tuple(aimed(parse_cause(each), there or {""}) for each in run.causes)


def steps_with_all_plots(home: Path, recording: Recording) -> tuple[LessonStep, ...]:
    """The steps of a recording, each finding right on every plot that shows it.

    Args:
        home: the site's own folder.
        recording: its run is played, or its evidence read.

    Raises:
        ValueError, OSError: the bundle or a cause of the run is broken.
    """
    site = read_site(home)
    shown = shown_in(home, site, recording)
    return tuple(with_all_plots(each, shown, site) for each in recording.steps)


def shown_in(home: Path, site: Site, recording: Recording) -> Shown:
    """On which plots of the site a finding of a recording is right.

    Of a run those that show its cause when it is played; of evidence those that are
    BAD in it.

    Args:
        home: the site's own folder.
        site: what is in it.
        recording: whose findings they are.

    Raises:
        ValueError, OSError: the bundle or a cause of the run is broken.
    """
    run = recording.run
    if run.evidence:
        kept = read_bundle(home / FOLDER / run.evidence).plots
        bad = {e.tile.path for e in kept if e.tile.verdict.status is Status.BAD}
        return lambda finding: bad if finding.verdict == "bad" else ()
    findings = [each.done.finding for each in recording.steps if each.done is not None]
    globs = [glob for each in findings if each is not None for glob in each.plots]
    played = PlayedLesson(run, site, globs)

    def showing(finding: FindingGoal) -> frozenset[str]:
        return frozenset().union(*map(played.showing, played.meant(finding)))

    return showing


def check_lessons_by_playing(context: SiteReading) -> Iterator[Violation]:
    """Find findings and entries asked for on plots that show nothing of their cause."""
    site = context.site
    for lesson in teaching(site).lessons:
        goals = [each.done for each in lesson.steps if each.done is not None]
        asked = [part for each in goals for part in (each.finding, each.entry) if part]
        globs = [glob for each in asked for glob in each.plots]
        if not asked or lesson.run.evidence:
            continue
        for part, words in _unseen(lesson, PlayedLesson(lesson.run, site, globs)):
            key = part
            while key and lesson_key(lesson.id, key) not in context.places:
                key = key.rpartition(".")[0]
            place = context.places.get(lesson_key(lesson.id, key))
            yield Violation("unseen-cause", place, words)


PLAYED_RULES = (
    (check_lessons_by_playing, (
        Rule("unseen-cause", "error",
             "A step of a lesson wants something said of a plot, or written about it, "
             "on which its cause cannot be seen when the lesson's run is played, or "
             "names no plot. Example: causes: [board-dead], plot: \"DT/*\" where the "
             "board is one of Wheel +1: the other wheels are healthy."),
    )),
)  # fmt: skip
"""For ``validate``; it takes some seconds."""


def _unseen(lesson: Lesson, played: PlayedLesson) -> Iterator[tuple[str, str]]:
    """The parts of a lesson that name what shows nothing, and what shows it."""
    for item, step in enumerate(lesson.steps):
        goal, part = step.done, f"steps[{item}].done"
        if goal is not None and goal.finding is not None:
            for cause in played.meant(goal.finding):
                if cause.acts_on == "run":
                    continue  # how a run ends is seen in the header, on no plot
                shows = played.showing(cause)
                name = f"{cause.name}:{cause.target}" if cause.target else cause.name
                for key, words in _wrong(goal.finding.plots, shows, name, played.paths):
                    yield f"{part}.finding{key}", words
        if goal is not None and goal.entry is not None and goal.entry.plots:
            shows = frozenset().union(*map(played.showing, played.causes))
            what = "what happens in the run"
            for key, words in _wrong(goal.entry.plots, shows, what, played.paths):
                yield f"{part}.entry{key}", words


def _wrong(
    globs: Sequence[str], shows: Collection[str], what: str, paths: Collection[str]
) -> Iterator[tuple[str, str]]:
    if not shows:
        yield "", f"{what} is seen on no plot of the site when the run is played"
        return
    instead = f"{what} shows on {_listed(sorted(shows))}"
    if not globs:
        yield "", f"finding: no plot is named (plot: …), and {instead}"
    for item, glob in enumerate(globs):
        there = sorted(path for path in paths if matches_one(path, (glob,)))
        healthy = [path for path in there if path not in shows]
        if not healthy:
            continue
        if len(there) == 1:
            words = f'plot: nothing of it is seen on "{glob}"; {instead}'
        else:
            words = (
                f'plot: "{glob}" is {counted(len(there), "plot")}, and nothing of it '
                f"is seen on {_listed(healthy)}; {instead}"
            )
        yield f".plot[{item}]", words


def _listed(paths: Sequence[str]) -> str:
    """Some of many paths, in words."""
    named = ", ".join(f'"{each}"' for each in paths[:NAMED])
    left = len(paths) - NAMED
    return f"{named} and {left} more" if left > 0 else named
