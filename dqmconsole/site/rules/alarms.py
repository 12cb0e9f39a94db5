"""Checks of alarms: who can act on them, what is never heard, what feeds what."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.checks.table import home_of
from dqmconsole.model.instruction import CALL_OF, URGENCIES
from dqmconsole.model.layout import page_key, plot_key
from dqmconsole.site.feeds import FeedTargets
from dqmconsole.site.globs import wrong_glob
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.rings import rings
from dqmconsole.site.rules.context import Violation, once
from dqmconsole.site.texts import CONTACTS, INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dqmconsole.model.cause import Urgency as AlarmUrgency
    from dqmconsole.model.instruction import Instruction, Urgency
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.site.findings import Place
    from dqmconsole.site.rules.context import SiteReading
    from dqmconsole.site.rules.source_paths import SourcePaths

_Cause = tuple[str, str]  # layout, and a cause that steps of its plots name
_HEARD: dict[AlarmUrgency, str] = {
    "now": "rings until somebody acts",
    "dump": "is heard once, for it may wait until the beam is dumped",
    "next-day": "is never heard",
}
MAX_HINTS = 50  # the nearest of many paths takes milliseconds to find
MAX_RINGS = 20
_WILD = "*?["


class _Alarm(NamedTuple):
    """A plot that is to be heard.

    Attributes:
        layout, page, plot: where it stands.
        alarm: what it asks for.
        instruction: that it has; None where there is none, or none that can be read.
    """

    layout: Layout
    page: Page
    plot: Plot
    alarm: AlarmUrgency
    instruction: Instruction | None

    @property
    def key(self) -> str:
        """The plot's."""
        return plot_key(self.layout.layout, self.page.page, self.plot.path)

    @property
    def urgency(self) -> Urgency:
        """How soon it wants a call."""
        return CALL_OF[self.alarm]

    @property
    def words(self) -> str:
        """What problems call it."""
        return f'alarm: {self.alarm} of "{self.plot.path}"'

    def place(self, context: SiteReading) -> Place | None:
        """Where the alarm is written: at the plot, the page or under defaults."""
        page = page_key(self.layout.layout, self.page.page)
        written = (
            context.places.get(f"{each}#alarm")
            for each in (self.key, page, self.layout.layout)
        )
        return next(filter(None, written), context.places.get(self.key))


def check_alarms(context: SiteReading) -> Iterator[Violation]:
    """Find alarms that say nobody what to do, or whom to call, or why."""
    texts = {each.id: each for each in context.drafts.instructions}
    alarms = [
        _Alarm(layout, page, plot, plot.alarm, texts.get(plot.instruction or ""))
        for layout, page, plot in context.plots
        if plot.alarm is not None and plot.alarm != "none"
    ]
    heard = _heard(alarms)
    found = (
        Violation(code, each.place(context), each.words + words, each.key)
        for each in alarms
        for code, words in _lacks(each, context, heard)
    )
    yield from once(found)


def _lacks(
    alarm: _Alarm, context: SiteReading, heard: Mapping[_Cause, Urgency]
) -> Iterator[tuple[str, str]]:
    """What an alarm lacks: the rule, and words of it."""
    named = alarm.plot.instruction
    # One that is named and not there has its own problem, once there are any.
    if named is None or not context.texts.ids:
        words = "has no instruction: what is one to do?"
        for each in context.drafts.instructions:
            if each.applies_to.layout and each.applies_to.names(
                alarm.layout.layout, alarm.page.page, alarm.plot.path
            ):
                words += f' "{each.id}" is meant for it: write instruction: {each.id}'
                break
        yield "alarm-without-instruction", f" {words}"
    if (alarm.instruction is not None or named is None) and (
        words := _uncalled(alarm, context)
    ):
        yield "alarm-without-contact", f" has nobody to call: {words}"
    if alarm.plot.consequence is None:
        words = "has no consequence: say in one sentence what comes of it"
        yield "alarm-without-consequence", f" {words} when nobody acts"
    if alarm.instruction is not None and (words := _unlike_call(alarm, heard)):
        yield "alarm-unlike-call", words
    if alarm.plot.checks == ():
        yield "alarm-never-heard", " is never heard: it has no checks on purpose"
    elif alarm.plot.checks is None:
        words = (
            "is never heard: it has the checks of its kind, which nobody adopted "
            "(checks: defaults does)"
        )
        yield "alarm-never-heard", f" {words}"
    elif not alarm.plot.by_kind and not any(
        map(_finds_bad, alarm.plot.written_checks.values())
    ):
        yield (
            "alarm-never-heard",
            " is never heard: no limit of its checks makes it BAD",
        )


def _unlike_call(alarm: _Alarm, heard: Mapping[_Cause, Urgency]) -> str:
    """How an alarm contradicts the steps of its instruction; "" where it does not.

    Args:
        alarm: the alarm.
        heard: how soon each cause is heard, see :func:`_heard`.
    """
    assert alarm.instruction is not None
    name, asked = alarm.instruction.id, alarm.urgency
    for step in alarm.instruction.steps:
        if not step.urgencies:
            continue
        causes = [heard[alarm.layout.layout, each] for each in step.causes]
        soonest = min(causes, default=asked, key=URGENCIES.index)
        said = step.urgency(None)
        if said is not None and URGENCIES.index(said) < URGENCIES.index(soonest):
            where = f'line {step.line} of "{name}" says {said}'
            how = _HEARD[alarm.alarm]
            return f" {how}, and {where}: write {soonest}, or another alarm:"
    if asked == "call in working hours":
        return ""
    calls = [step.urgency(None) for step in alarm.instruction.steps]
    if any(each == "call now" or each == asked for each in calls):
        return ""
    how = _HEARD[alarm.alarm]
    return f' {how}, and no step of "{name}" says {asked}'


def _heard(alarms: Iterable[_Alarm]) -> dict[_Cause, Urgency]:
    """How soon each cause is heard: as soon as the first plot of its layout asks.

    A fault shows on several plots, and its alarm asks as the most urgent of them: a
    step for it on any of them may call as soon as that.
    """
    found: dict[_Cause, Urgency] = {}
    for alarm in alarms:
        for step in alarm.instruction.steps if alarm.instruction else ():
            for cause in step.causes:
                key = alarm.layout.layout, cause
                both = alarm.urgency, found.get(key, "write only")
                found[key] = min(both, key=URGENCIES.index)
    return found


def _finds_bad(item: dict[str, Any]) -> bool:
    """Tell whether a check may find a plot BAD; one of another package always may."""
    try:
        check = declared(item).check
    except DeclarationError:
        return True  # has its problem
    if home_of(check.NAME):
        return True
    limits = [each for each in check.__struct_fields__ if each.startswith("bad")]
    return not limits or any(getattr(check, each) is not None for each in limits)


def _uncalled(alarm: _Alarm, context: SiteReading) -> str:
    """Why nobody can be called for an alarm; "" where somebody can."""
    file = f"{INSTRUCTIONS}/{CONTACTS}"
    problems = context.site.problems
    if any(each.file == file and each.severity == "error" for each in problems):
        return ""  # those that are broken are not known
    roles = context.site.contacts.roles
    named = [alarm.layout.owner] if alarm.layout.owner else []
    if alarm.instruction is not None:
        named += (turn.role for turn in alarm.instruction.turns)
        named += (step.role for step in alarm.instruction.steps if step.role)
    known = [each for each in dict.fromkeys(named) if each in roles]
    for each in known:
        contact = roles[each]
        if contact.phone or contact.then or any(one.phone for one in contact.rota):
            return ""
    if known:
        return f'"{known[0]}" has neither a phone nor a role to call next (then:)'
    if named:
        hint = did_you_mean(named[0], roles)
        return f'contacts.yaml has no role "{named[0]}"{hint}'
    return "neither its instruction nor the layout's owner: names a role"


class _Feeder(NamedTuple):
    """What is written under the ``feeds:`` of one plot, braces and all.

    Attributes:
        key: of the first plot that it stands for.
        plot: that plot.
        paths: of all of them.
    """

    key: str
    plot: Plot
    paths: set[str]

    def names(self) -> Iterator[tuple[str, str]]:
        """All that it feeds, with the key of where that is written."""
        for at, each in enumerate(self.plot.feeds):
            for item, name in enumerate(each.to):
                yield name, f"{self.key}#feeds[{at}].to[{item}]"


def check_feeds(context: SiteReading) -> Iterator[Violation]:
    """Find what plots feed and nothing is, and feeding that comes round."""
    targets = FeedTargets(context.site.layouts)
    feeders: dict[Place | None, _Feeder] = {}
    for layout, page, plot in context.plots:
        if plot.feeds:
            key = plot_key(layout.layout, page.page, plot.path)
            place = context.places.get(f"{key}#feeds[0].to[0]")
            feeders.setdefault(place, _Feeder(key, plot, set())).paths.add(plot.path)
    hints = 0
    for feeder in feeders.values():
        for name, where in feeder.names():
            if targets.of(name) & feeder.paths:
                words = (
                    f'feeds: "{feeder.plot.path}" feeds itself: "{name}" names it, too'
                )
                place = context.places.get(where)
                yield Violation("feeds-itself", place, words, feeder.key)
            elif not targets.of(name) and not _may_be_broken(name, context):
                hint = _meant(name, context) if hints < MAX_HINTS else ""
                hints += 1
                words = f'feeds: no layout is called "{name}", and no plot{hint}'
                place = context.places.get(where)
                yield Violation("feeds-nothing", place, words, feeder.key)
    yield from _rings(list(feeders.values()), targets, context)


def _may_be_broken(name: str, context: SiteReading) -> bool:
    """Tell whether a name may be of a layout that is broken, or is itself."""
    first = name.partition("/")[0]
    wild = any(each in first for each in _WILD)
    return bool(wrong_glob(name)) or (
        bool(context.broken) and (wild or context.broken.may_hold(first))
    )


def _meant(name: str, context: SiteReading) -> str:
    if any(each in name for each in _WILD):
        folders = {
            folder
            for path in context.site_paths
            for folder in itertools.accumulate(path.split("/")[:-1], "{}/{}".format)
        }
        return did_you_mean(name, sorted(f"{each}/*" for each in folders))
    layouts = [each.layout for each in context.site.layouts]
    return did_you_mean(name, [*layouts, *context.site_paths])


def _rings(
    feeders: list[_Feeder], targets: FeedTargets, context: SiteReading
) -> Iterator[Violation]:
    """Plots of which each feeds the next, and the last the first."""
    fed = [targets.of_all(each.plot.feeds) for each in feeders]
    edges = {
        str(at): [
            str(other)
            for other, each in enumerate(feeders)
            if other != at and fed[at] & each.paths
        ]
        for at in range(len(feeders))
    }
    for ring in itertools.islice(rings(edges), MAX_RINGS):
        way = [feeders[int(each)] for each in ring]
        first, second = way[0], way[1]
        paths = ", which feeds ".join(f'"{each.plot.path}"' for each in (*way, first))
        words = f"feeds: it comes round, and is cut: {paths}"
        where = next(w for name, w in first.names() if targets.of(name) & second.paths)
        yield Violation("ring-of-feeds", context.places.get(where), words, first.key)


def check_axes(context: SiteReading, source: SourcePaths) -> Iterator[Violation]:
    """Find names for axes that the elements do not have."""
    yield from once(_axes(context, source))


def _axes(context: SiteReading, source: SourcePaths) -> Iterable[Violation]:
    for layout, page, plot in context.plots:
        shape = source.shapes.get(plot.path)
        if shape is None or not plot.axes:
            continue
        if not shape.axes:
            words = f"axes: {plot.path} is {shape.kind}, which has no bins"
        elif "y" in plot.axes and len(shape.axes) < 2:
            words = f'axes: y is "{plot.axes["y"]}", and {plot.path} has no y axis'
        else:
            continue
        key = plot_key(layout.layout, page.page, plot.path)
        yield Violation("axis-not-there", context.places.get(f"{key}#axes"), words, key)
