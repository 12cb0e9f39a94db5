"""From what an expert did in a run to the steps of a lesson that asks for the same."""

from __future__ import annotations

import glob
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.markdown import plain_line
from dqmconsole.model.layout import KEY_STEP, layout_of, path_of
from dqmconsole.model.record import (
    Call,
    Entry,
    Flag,
    HandOver,
    ShiftBegan,
    SignOff,
    Tick,
)
from dqmconsole.training.goals import flags_in_force
from dqmconsole.training.lesson import (
    EntryGoal,
    FindingGoal,
    FlagGoal,
    Goal,
    LessonStep,
    TickGoal,
)
from dqmconsole.training.records import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dqmconsole.model.record import Record
    from dqmconsole.training.facts import Facts

STAYED = 5.0
"""Seconds after which a page or plot in view was looked at, not passed on the way."""
BEFORE, AFTER = 1, 2
"""Lumisections by which a flag may begin, or end, beside those of the expert's."""


class _Done(NamedTuple):
    """One thing that was done: what it asks for, and about what it was.

    Attributes:
        goal: what a trainee is to do.
        key: of the plot it is about, or "".
        words: what is said of it, in Markdown.
    """

    goal: Goal
    key: str = ""
    words: str = ""


class _Change(NamedTuple):
    """What a change of the draft can be taken back to.

    Attributes:
        done: what had been done before it.
        record: uid of the record that made it, or "".
        plot: path of the plot that a finding was said of, or "".
    """

    done: tuple[_Done, ...]
    record: str = ""
    plot: str = ""


class _InView:
    """What is in view: since when, and whether there is a step of it."""

    def __init__(self) -> None:
        self.name = ""
        self.since = 0.0
        self.told = True

    def turn_to(self, name: str, now: float, *, told: bool = False) -> None:
        """Note what is in view from now on."""
        self.name, self.since, self.told = name, now, told or not name

    def stayed(self, now: float) -> bool:
        """Whether it is looked at, and no step says so yet."""
        return not self.told and now - self.since >= STAYED


class LessonDraft:
    """The steps of a lesson, drafted look by look from what an expert does.

    What was said again about the same thing counts as it was said last, and flags by
    what they leave in force. A page or a plot that was passed on the way is no step.
    """

    def __init__(self) -> None:
        self._page = _InView()
        self._plot = _InView()
        self._done: list[_Done] = []
        self._changes: list[_Change] = []
        self._taken_back: set[str] = set()  # uids of records
        self._read: frozenset[str] = frozenset()
        self._unit = ""
        self._records: tuple[Record, ...] = ()
        self._taken = 0  # so many of them are taken in

    def look(self, facts: Facts) -> None:
        """Take in what is in view, and what was done since the last look."""
        self._unit = facts.unit
        self._view(facts)
        new = facts.records[self._taken :]
        self._taken = len(facts.records)
        self._records = self._without_taken_back(facts.records)
        for name in sorted(facts.read - self._read):
            self._note_change()
            self._add(_Done(Goal(read=name), words=f"Read the instruction `{name}`."))
        self._read = facts.read
        together = [each for each in new if _is_confirmed(each)]
        for record in new:
            self._turn_to(record)
            self._note_change(record)
            if isinstance(record.body, Flag):
                # all that is good, confirmed with one key, teaches nothing
                if _is_confirmed(record) and not (
                    len(together) > 1 and record.body.status == "GOOD"
                ):
                    self._flag(record)
            else:
                self._take(record)

    def take_back(self) -> str:
        """Take the last step back, or of a finding on several plots the last of them.

        Returns:
            Which it was, in words; "" where there is none.
        """
        before = self.steps
        while self._changes:
            change = self._changes.pop()
            self._done = list(change.done)
            self._taken_back.add(change.record)
            self._records = self._without_taken_back(self._records)
            left = [each.done for each in self.steps]
            gone = [each for each in before if each.done not in left]
            if gone:
                of = f" ({change.plot})" if change.plot else ""
                return f"{gone[-1].title}{of}: {plain_line(gone[-1].text)}"
        return ""

    @property
    def steps(self) -> tuple[LessonStep, ...]:
        """The steps as they stand, with their texts."""
        found: list[LessonStep] = []
        many: dict[str, int] = {}
        for final in self._in_the_end():
            name, title, point = _named(final)
            many[name] = many.get(name, 0) + 1
            number = f"-{many[name]}" if many[name] > 1 else ""
            found.append(
                LessonStep(
                    name + number, title, point, done=final.goal, text=final.words
                )
            )
        return tuple(found)

    # -- inside --------------------------------------------------------------------

    def _in_the_end(self) -> Iterator[_Done]:
        """What was done, with the flags that are in force now."""
        flags = {
            each: _flagged(each.goal.flag, self._records, self._unit)
            for each in self._done
            if each.goal.flag is not None
        }
        left = [each.goal.flag for each in flags.values() if each is not None]
        # where something is bad, the rest of the run is good anyway
        bad = {each.component for each in left if each and each.status != "GOOD"}
        for done in self._done:
            flag = done.goal.flag
            final = done if flag is None else flags[done]
            if flag is not None and flag.status == "GOOD" and flag.component in bad:
                continue
            if final is not None:
                yield final

    def _view(self, facts: Facts) -> None:
        if facts.page != self._page.name:
            self._page.turn_to(facts.page, facts.now, told=self._shown == facts.page)
            # the plot that a page opens with was not chosen
            self._plot.turn_to(facts.plot, facts.now, told=True)
        elif facts.plot != self._plot.name:
            self._plot.turn_to(facts.plot, facts.now)
        if self._page.stayed(facts.now):
            self._tell_page()
        if self._plot.stayed(facts.now):
            self._tell_page()
            self._plot.told = True
            path = self._plot.name
            goal = Goal(plot=glob.escape(path))
            self._note_change()
            self._add(_Done(goal, path, f"Select [`{path}`](<plot:{path}>)."))

    @property
    def _shown(self) -> str:
        """The page of the last step that shows one."""
        pages = [each.goal.page for each in self._done if each.goal.page]
        return pages[-1] if pages else ""

    def _tell_page(self) -> None:
        if not self._page.told:
            self._page.told = True
            name = self._page.name
            self._note_change()
            self._add(_Done(Goal(page=name), words=f"Open {_link(name)}."))

    def _turn_to(self, record: Record) -> None:
        """Look at the page and the plots of which something was put on record."""
        body = record.body
        paths: tuple[str, ...]
        if isinstance(body, Finding):
            paths = (path_of(body.plot),)
        elif isinstance(body, Entry) and not body.corrects:
            paths = tuple(map(path_of, body.plots))
        else:
            return
        self._tell_page()
        self._plot.told |= self._plot.name in paths
        last = self._done[-1] if self._done else None
        if isinstance(body, Finding) and last and last.goal.plot and last.key in paths:
            self._done.pop()  # it was selected to say this

    def _take(self, record: Record) -> None:
        body = record.body
        if isinstance(body, Finding):
            self._finding(body)
        elif isinstance(body, Entry) and not body.corrects:
            globs = tuple(glob.escape(path_of(each)) for each in body.plots)
            goal = Goal(entry=EntryGoal(globs, evidence=bool(body.evidence)))
            with_it = " Keep its evidence with `E`." if body.evidence else ""
            self._add(_Done(goal, words=f"Write an entry about this.{with_it}"))
        elif isinstance(body, Tick):
            goal = Goal(tick=TickGoal(body.instruction, body.step + 1))
            words = (
                f"Tick step {body.step + 1} of the instruction `{body.instruction}`."
            )
            self._drop(goal)
            if body.done:
                self._add(_Done(goal, words=words))
        elif isinstance(body, Call):
            words = f"Call `{body.role}`: `C`, and say whether they answered."
            self._add(_Done(Goal(call=body.role), words=words))
        elif isinstance(body, ShiftBegan):
            self._add(_Done(Goal(shift="begun"), words="Begin the shift."))
        elif isinstance(body, HandOver):
            self._add(_Done(Goal(shift="handed over"), words="Hand the shift over."))
        elif isinstance(body, SignOff):
            self._add(_Done(Goal(settled=True), words="Sign the run off."))

    def _finding(self, said: Finding) -> None:
        key, path = said.plot, path_of(said.plot)
        paths = (glob.escape(path),) if path else ()
        causes = (said.cause,) if said.cause else ()
        asked = msgspec.convert(
            {
                "verdict": said.verdict,
                "causes": causes,
                "plots": paths,
                "urgency": said.urgency,
            },
            FindingGoal,
        )
        for at, other in enumerate(self._done):
            if (before := other.goal.finding) is None:
                continue
            if paths and paths[0] in before.plots:
                if len(before.plots) == 1:
                    del self._done[at]  # said again
                    break
                rest = tuple(each for each in before.plots if each not in paths)
                self._done[at] = other._replace(goal=Goal(finding=_on(before, rest)))
        for at, other in enumerate(self._done):
            before = other.goal.finding
            if (
                before is not None
                and causes
                and layout_of(other.key) == layout_of(key)
                and before == _on(asked, before.plots)
            ):
                more = Goal(finding=_on(before, (*before.plots, *paths)))
                self._done[at] = other._replace(goal=more)
                return
        self._add(_Done(Goal(finding=asked), key, _finding_words(said)))

    def _flag(self, record: Record) -> None:
        assert isinstance(record.body, Flag)
        if record.body.status == "NOTSET":
            return  # a flag that was taken back; what is in force then is looked at
        goal = Goal(flag=FlagGoal(record.subsystem, record.body.status))
        self._drop(goal)
        self._add(_Done(goal))

    def _note_change(self, record: Record | None = None) -> None:
        """Keep what stands now, to be taken back to: a change of it comes.

        Args:
            record: what makes it; None: what is in view.
        """
        uid, plot = "", ""
        if record is not None:
            uid, body = record.uid, record.body
            plot = path_of(body.plot) if isinstance(body, Finding) else ""
        self._changes.append(_Change(tuple(self._done), uid, plot))

    def _without_taken_back(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        return tuple(each for each in records if each.uid not in self._taken_back)

    def _add(self, done: _Done) -> None:
        """Add what was not done before; a page or plot may come again."""
        again = done.goal.page or done.goal.plot
        if again or all(each.goal != done.goal for each in self._done):
            self._done.append(done)

    def _drop(self, goal: Goal) -> None:
        self._done = [each for each in self._done if each.goal != goal]


def _is_confirmed(record: Record) -> bool:
    return isinstance(record.body, Flag) and not record.body.proposed


def _on(finding: FindingGoal, plots: tuple[str, ...]) -> FindingGoal:
    return msgspec.structs.replace(finding, plots=plots)


def _flagged(asked: FlagGoal, records: Sequence[Record], unit: str) -> _Done | None:
    """What a component's flags left in force; None where no goal can ask for that."""
    line = flags_in_force(asked.component, records)
    at = [
        number
        for number, part in enumerate(line)
        if part.flag.status == asked.status and not part.flag.proposed
    ]
    if not at or len(at) != at[-1] - at[0] + 1:
        return None
    first, last = line[at[0]], line[at[-1]]
    causes = dict.fromkeys(line[each].flag.cause.strip() for each in at)
    goal = FlagGoal(
        asked.component,
        asked.status,
        _around(first.first),
        # the stretch that ends the run holds until its end, whatever that is then
        () if last is line[-1] or last.last is None else _around(last.last),
        tuple(causes) if all(causes) else (),
    )
    until = "to the end" if not goal.last else f"to {last.last}"
    with_it = f", cause {', '.join(goal.causes)}" if goal.causes else ""
    words = (
        f"Flag `{goal.component}` {goal.status} from {unit} {first.first} "
        f"{until}{with_it}."
    )
    return _Done(Goal(flag=goal), words=words)


def _around(lumisection: int) -> tuple[int, int]:
    return max(1, lumisection - BEFORE), lumisection + AFTER


def _named(done: _Done) -> tuple[str, str, str]:
    """Id, title and point of a step."""
    goal = done.goal
    if goal.page:
        return "open", "Open a page", f"page {goal.page}"
    if goal.plot:
        return "look", "Look at a plot", f"plot {done.key}"
    if goal.finding is not None:
        page = _page_of(done.key)
        return "say", "Say what it is", f"page {page}" if page else ""
    if goal.flag is not None:
        return "flag", "Set the flag", "flags"
    if goal.entry is not None:
        return "write", "Write an entry", "book"
    if goal.call:
        return "call", "Call somebody", "contacts"
    if goal.read:
        return "read", "Read the instruction", "instruction"
    if goal.tick is not None:
        return "tick", "Follow the instruction", "instruction"
    if goal.settled:
        return "sign-off", "Sign the run off", "flags"
    if goal.shift == "begun":
        return "begin", "Begin the shift", "shift band"
    return "hand-over", "Hand over", "hand-over"


def _finding_words(said: Finding) -> str:
    page = _page_of(said.plot)
    where = f" in {_link(page)}" if page else ""
    if said.verdict == "good":
        what = f": it is {_plain(said.cause)}" if said.cause else ""
        return f"Press `V` and say that nothing is wrong{where}{what}."
    cause = _plain(said.cause) if said.cause else "something"
    soon = f", and how soon to tell: {said.urgency}" if said.urgency else ""
    is_there = "is" if said.cause else "is wrong"
    return f"Press `V` and say that {cause} {is_there}{where}{soon}."


def _plain(cause: str) -> str:
    return cause.replace("-", " ")


def _page_of(key: str) -> str:
    parts = key.split(KEY_STEP)
    return "/".join(parts[:2]) if len(parts) > 2 else ""


def _link(page: str) -> str:
    return f"[{page.replace('/', ' › ')}](<page:{page}>)"
