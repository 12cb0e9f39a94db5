"""What is true of a planned shift: its faults, where they are seen, the right step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.model.instruction import CALL_OF, URGENCIES, steps_for
from dqmconsole.model.layout import KEY_STEP, layout_of, path_of, plot_key, split_page
from dqmconsole.model.run import Conditions
from dqmconsole.shift.guidance import Guide, how_urgent, step_to_call
from dqmconsole.training.lesson import last_of, onset, split_cause, teaching

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from dqmconsole.model.cause import Urgency as AlarmUrgency
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import LessonRun
    from dqmconsole.training.records import Action

LUMISECTION = 23.31  # s


def lumisections(seconds: float, speed: float) -> int:
    """Whole lumisections of a detector of such a speed that pass in so many seconds."""
    return int(seconds * speed / LUMISECTION)


class Happening(msgspec.Struct, frozen=True):
    """A fault or harmless event of a planned run.

    Attributes:
        text: "NAME[:SUBSYSTEM]@LS[-LAST]", as marks name it.
        name, target, family, description: of the table.
        onset: first lumisection it acts in.
        end: the lumisection in which it is over; 0: it stays.
        seconds: of the shift's time when it begins; 0 when it acts from the start.
        layouts: layouts on which it is to be seen; any when empty.
        plots: keys of plots on which it is judged, by exam.yaml.
        shows: paths of the plots on which it shows, by its run as it is played; None
            where that is not known: then it may show on any plot of its layouts.
        called: what the site calls a lumisection.
    """

    text: str
    name: str
    target: str
    family: str
    description: str
    onset: int
    end: int
    seconds: float
    layouts: frozenset[str]
    plots: tuple[str, ...]
    shows: frozenset[str] | None
    called: str

    @property
    def words(self) -> str:
        """Its name and place, for people."""
        what = f"{self.name} in {self.target}" if self.target else self.name
        if self.end and self.onset == 1:
            return f"{what} until {self.called} {self.end}"
        if self.end == self.onset + 1:
            return f"{what} in {self.called} {self.onset}"
        if self.end:
            return f"{what} in {self.called}s {self.onset} to {self.end - 1}"
        return f"{what} since {self.called} {self.onset}"


class RightStep(msgspec.Struct, frozen=True):
    """What the instruction in force asks for when there is a certain cause.

    Attributes:
        instruction: its id.
        step: number of the step, from 1; 0 where no step calls anybody or names the
            cause.
        urgency: how soon to call; "nobody" where no step calls anybody.
        also: urgencies of its other steps for the cause.
        roles: whom to call, by the steps for the cause of all that hold.
        named: whom any of their steps calls, whatever the cause.
        turns: whom else one may turn to.
    """

    instruction: str
    step: int
    urgency: str
    also: frozenset[str]
    roles: frozenset[str]
    named: frozenset[str]
    turns: frozenset[str]


def happenings(run: LessonRun, site: Site, kind: str) -> tuple[Happening, ...]:
    """The faults, or the harmless events, of a planned run, by onset."""
    known = {each.name: each for each in teaching(site).causes if each.kind == kind}
    found = []
    for text in run.causes:
        name, target = split_cause(text)
        if name not in known:  # it is of the other kind
            continue
        if known[name].acts_on == "plot":
            plots, shows = keys_of(site, {target}), frozenset({target})
            layouts = {layout_of(each) for each in plots}
        else:
            plots, shows = judged_plots(site, name, target), None
            layouts = {layout_of(each) for each in plots} | ({target} - {""})
        begins, end = onset(text), 0
        if known[name].before:
            begins, end = 1, begins
        elif last := last_of(text):
            end = last + 1
        elif known[name].lasts:
            end = begins + known[name].lasts
        over = (begins - 1 - run.ahead) * LUMISECTION / run.speed
        found.append(
            Happening(
                text.partition("*")[0],
                name,
                target,
                known[name].family,
                known[name].description,
                begins,
                end,
                max(0.0, over),
                frozenset(layouts),
                plots,
                shows,
                site.settings.lumisection,
            )
        )
    return tuple(sorted(found, key=lambda each: each.onset))


def with_plots(
    given: Sequence[Happening], shown: Mapping[str, frozenset[str]]
) -> tuple[Happening, ...]:
    """Happenings with the plots on which they show.

    Args:
        given: the happenings.
        shown: text of one, as marks name it -> paths of plots.
    """
    return tuple(
        msgspec.structs.replace(each, shows=shown.get(each.text, each.shows))
        for each in given
    )


def belongs_to(action: Action, given: Sequence[Happening]) -> Happening | None:
    """The happening that an action is about: it had begun, and shows there.

    A call is about a detector: it counts where the layout is the right one. Of several
    the one whose cause was named, else the one that began last.
    """
    begun = [
        each
        for each in given
        if (
            action.lumisection >= each.onset
            if action.lumisection
            else action.seconds >= each.seconds
        )
    ]
    named = [each for each in begun if each.name == action.cause]
    layouts = {layout_of(each) for each in action.plots if KEY_STEP in each}
    if not layouts:
        return named[-1] if named else None
    paths = {path_of(each) for each in action.plots}
    there = [
        each
        for each in begun
        if (
            not each.layouts or each.layouts & layouts
            if each.shows is None or action.what == "call"
            else each.shows & paths
        )
    ]
    both = [each for each in there if each in named]
    return next(reversed(both or there), None)


def right_step(
    site: Site, plots: Iterable[str], cause: str, run_type: str | None, beam_mode: str
) -> RightStep | None:
    """What the instructions of some plots ask for, given the cause and the beam mode.

    A step that names the cause is right; where none of the plots' instructions has one,
    a step for any cause. Of several the most urgent one counts, and all their roles.

    Args:
        site: whose instructions.
        plots: keys of plots.
        cause: its name; "" where it is not known.
        run_type: type of the run; None where it is not known.
        beam_mode: "" where it is not known.

    Returns:
        None when no plot has an instruction that holds.
    """
    guide = Guide(site)
    given = Conditions(run_type=run_type, beam_mode=beam_mode or None)
    found: dict[str, Instruction] = {}
    for key in plots:
        guidance = guide.of(key, given, 0.0)
        if guidance.instruction is not None and guidance.holds:
            found[guidance.instruction.id] = guidance.instruction
    if not found:
        return None
    meant = {each.id: steps_for(each, cause) for each in found.values()}
    if any(cause in step.causes for steps in meant.values() for step in steps):
        meant = {
            name: tuple(each for each in steps if cause in each.causes)
            for name, steps in meant.items()
        }
    turns = frozenset(turn.role for each in found.values() for turn in each.turns)
    named = frozenset(step.role for each in found.values() for step in each.steps)
    named -= {""}
    mode = beam_mode or None
    calls = [
        (urgency, name, step)
        for name, steps in meant.items()
        for step in steps
        if (urgency := step.urgency(mode)) is not None
    ]
    if not calls:
        name = next((each for each, steps in meant.items() if steps), next(iter(found)))
        number = found[name].steps.index(meant[name][0]) + 1 if meant[name] else 0
        return RightStep(name, number, "nobody", frozenset(), frozenset(), named, turns)
    urgency, name, step = min(calls, key=lambda each: URGENCIES.index(each[0]))
    return RightStep(
        name,
        found[name].steps.index(step) + 1,
        urgency,
        frozenset(each[0] for each in calls if each[1] == name) - {urgency},
        frozenset(each.role for _, _, each in calls),
        named,
        turns,
    )


def how_soon(guide: Guide, page: str, path: str, cause: str) -> AlarmUrgency:
    """When somebody has to act on a plot that shows a cause, by what the site says.

    A step of its instruction that is for the cause says it; else the sooner of its
    other steps and of the alarm of its layout; "" where none of them wants a call. In
    which beam mode is not known: the most urgent one counts.

    Args:
        guide: the site's.
        page: "Layout/Page".
        path: of the plot.
        cause: its name.
    """
    given, key = Conditions(), plot_key(*split_page(page), path)
    instruction = guide.of(key, given, 0.0).instruction
    step = step_to_call(instruction, given, cause)
    meant = cause if step is not None and cause in step.causes else ""
    urgency = how_urgent(step, None, guide.alarm(key), meant)
    return next((each for each in CALL_OF if CALL_OF[each] == urgency), "")


def causes_alike(
    site: Site, plots: Collection[str], cause: str, run_type: str
) -> tuple[str, ...]:
    """Other faults that leave the same trace, and for which one does the same.

    The same is done where the instructions of the plots name the same people as soon,
    at its most urgent. Of what is put into a recorded run no picture tells the trace.

    Args:
        site: its table of causes, and its instructions.
        plots: keys of the plots on which the cause shows.
        cause: of the table, with target and size.
        run_type: type of the run.
    """
    name, _ = split_cause(cause)
    known = {each.name: each for each in teaching(site).causes}
    if name not in known or not known[name].trace:
        return ()
    same = [
        each.name
        for each in known.values()
        if each.kind == "fault"
        and each.name != name
        and each.trace == known[name].trace
    ]
    if known[name].acts_on == "plot":
        return tuple(same)

    def asked(one: str) -> tuple[str, frozenset[str]] | None:
        step = right_step(site, plots, one, run_type, "")
        return None if step is None else (step.urgency, step.roles)

    right = asked(name)
    if right is None:
        return ()
    return tuple(each for each in same if asked(each) == right)


def keys_on(site: Site, page: str, paths: Collection[str] = ()) -> tuple[str, ...]:
    """Keys of the plots of a page; of some elements alone, where any are given."""
    layout, name = split_page(page)
    return tuple(
        plot_key(layout, name, plot.path)
        for one in site.layouts
        if one.layout == layout
        for other in one.pages
        if other.page == name
        for plot in other.plots
        if not paths or plot.path in paths
    )


def keys_of(site: Site, paths: Container[str]) -> tuple[str, ...]:
    """Keys of the plots of some elements, on all pages."""
    return tuple(
        plot_key(layout.layout, page.page, plot.path)
        for layout in site.layouts
        for page in layout.pages
        for plot in page.plots
        if plot.path in paths
    )


def pages_with(site: Site, path: str) -> set[str]:
    """The "Layout/Page" names of the pages that show an element."""
    return {
        f"{layout.layout}/{page.page}"
        for layout in site.layouts
        for page in layout.pages
        if any(plot.path == path for plot in page.plots)
    }


def plot_title(path: str, site: Site) -> str:
    """A plot in words: "Calo › Towers"; its path where it has no title."""
    for layout in site.layouts:
        for page in layout.pages:
            for plot in page.plots:
                if plot.path == path and plot.title:
                    return f"{layout.layout} › {plot.title}"
    return path


def judged_plots(site: Site, name: str, target: str) -> tuple[str, ...]:
    """Keys of the plots on the pages on which exam.yaml judges a cause."""
    pages = {
        split_page(page)
        for source in teaching(site).matter
        if split_cause(source.cause)[0] == name
        and split_cause(source.cause)[1] in {"", target}
        for page in source.pages
    }
    if target and any(layout == target for layout, _ in pages):
        pages = {each for each in pages if each[0] == target}
    return tuple(
        plot_key(layout.layout, page.page, plot.path)
        for layout in site.layouts
        for page in layout.pages
        if (layout.layout, page.page) in pages
        for plot in page.plots
    )
