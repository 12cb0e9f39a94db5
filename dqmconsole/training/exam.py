"""The exam: pages at one moment, one after the other, without the console's verdict.

An item is spent from the moment it is about to be shown, and the log has that before
the screen shows it (while the log is locked or away, the exam waits): after a crash
another one of the same kind takes its place. One that is left on purpose counts as not
answered, and its time counts. All items have one time together, which runs while a page
is in view; how long one takes is not scored. An answer stands: no item is come back to.
All times are those of a monotonic clock; the exam is taken up again from the log's
records alone.

What is right follows from the run that is shown: the process that writes it says on
which plots of the page its fault shows, and where. An item whose run shows it nowhere
on its page, or on other plots than those by which its strength was measured, is left
out; another of its kind takes its place, and the log says so.

A daily drill goes the same way, and tells after each answer what was right: the page
stays until one goes on. When its time is over no further page begins; who leaves it
has missed nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec

from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import JUDGED, Status
from dqmconsole.training.drill import MINUTES
from dqmconsole.training.exam_history import past_exams, place_of
from dqmconsole.training.facts import NO_KEY, AnswerKey
from dqmconsole.training.item_bank import (
    Item,
    needed_subsystems,
    plots_on,
    replacement,
    seal_of,
)
from dqmconsole.training.lesson import split_cause, teaching
from dqmconsole.training.records import (
    ExamBegan,
    ExamEnded,
    ItemAnswered,
    ItemLeftOut,
    ItemShown,
)
from dqmconsole.training.score import ItemScore, item_score
from dqmconsole.training.seals import instructions_on
from dqmconsole.training.truth import causes_alike, keys_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.training.facts import Facts, Runs
    from dqmconsole.training.item_bank import Plan
    from dqmconsole.training.ledger import Ledger
    from dqmconsole.training.lesson import Answer, Judgement, LessonRun

AT_ONCE = 3  # items that are written, or wait, while one is shown
RUN_PATIENCE = 180.0  # s until a run that is not whole has failed
PAINT_PATIENCE = 60.0  # s until an item without a picture has failed
FAILURES = 3  # in a row, after which the exam waits for somebody
LEFT_OUT = 3
"""Items of one place that are left out because their run shows the fault on other plots
than the bank says; after these it is shown all the same, and judged by its run."""
BOOK_PATIENCE = 2.0  # s after which it is said that the log is waited for


class Prepared(msgspec.Struct, frozen=True):
    """An item, and what is opened to show it.

    Attributes:
        item: the item.
        source: its run's folder, or its evidence bundle; to be dropped after it.
        since: of the monotonic clock, s: when it was begun.
        key: what its run shows, once that is whole.
    """

    item: Item
    source: str
    since: float
    key: AnswerKey = NO_KEY


def automatic_answer(verdicts: Iterable[Verdict | None]) -> Answer:
    """What a page's true verdicts say of the question of the exam.

    Args:
        verdicts: of the plots of the page; None where there is none.

    Returns:
        "bad" when a plot is BAD; "good" when none is and some plot was judged; ""
        when none was.
    """
    statuses = {each.status for each in verdicts if each is not None}
    if Status.BAD in statuses:
        return "bad"
    return "good" if statuses & set(JUDGED) else ""


def prepare(runs: Runs, site: Site, item: Item) -> str:
    """Begin to write the run of an item; what is to be opened.

    Raises:
        OSError: it cannot be begun.
    """
    looked_at = plots_on(site, item.page) if item.truth == "bad" else ()
    return runs.prepare(item.run, needed_subsystems(site, item), looked_at)


def key_of(runs: Runs, source: str, item: Item) -> AnswerKey:
    """What the whole run of an item shows; nothing is known of a good page."""
    if item.truth != "bad":
        return NO_KEY
    if item.choice.recorded:  # its fault was put into that plot, and no other
        row = item.choice.row
        region = row.region if row is not None else ()
        return AnswerKey((split_cause(item.choice.cause)[1],), region)
    return runs.key(source)


def why_left_out(item: Item, key: AnswerKey) -> str:
    """Why an item is not to be shown, by what its run shows; "" where it is."""
    if key.plots is None:
        return ""
    if not key.plots:
        return "its run shows nothing of it on the page"
    row = item.choice.row
    if row is None or not row.plots or not set(row.plots).isdisjoint(key.plots):
        return ""
    shows, measured = ", ".join(key.plots), ", ".join(row.plots)
    return f"its run shows it on {shows}; it was measured on {measured}"


class Preparation:
    """Writes the runs of the next items while one is shown, in the plan's order.

    Args:
        site: the site the plan was made of.
        plan: the plan.
        runs: writes the runs.
        spares: number of an item -> the spare that is next for it; 0 when not there.
        shown: number and spare of the items that were shown, in their order.

    Attributes:
        shown: the same, with those that were taken.
        left_out: items that were left out, and why; whoever logs them takes them away.
    """

    def __init__(
        self,
        site: Site,
        plan: Plan,
        runs: Runs,
        spares: Mapping[int, int],
        shown: Iterable[tuple[int, int]] = (),
    ) -> None:
        self._site, self._plan, self._runs = site, plan, runs
        self._spares = dict(spares)
        self.shown = list(shown)
        self._waiting: dict[int, Prepared] = {}
        self._tried: Counter[int] = Counter()
        self.left_out: list[tuple[Item, str]] = []

    def fill(self, now: float, done: Collection[int]) -> None:
        """Begin to write the next items, as many as there is room for.

        Args:
            now: of the monotonic clock, s.
            done: numbers that are answered, or shown.

        Raises:
            OSError: one cannot be begun; the next call tries another in its place.
        """
        for number in range(len(self._plan.items)):
            if len(self._waiting) >= AT_ONCE:
                return
            if number in done or number in self._waiting:
                continue
            spare = self._spares.get(number, 0)
            item = self._item(number, spare)
            self._spares[number] = spare + 1
            source = prepare(self._runs, self._site, item)
            self._waiting[number] = Prepared(item, source, now)

    @property
    def coming(self) -> Prepared | None:
        """What comes next as far as is known; None while its run is not whole."""
        if not self._waiting:
            return None
        number = min(self._waiting)
        if not self._runs.is_ready(self._waiting[number].source):
            return None
        first = self._waiting[number] = self._with_key(self._waiting[number])
        return None if self._why_left_out(first) else first

    def take(self, now: float) -> Prepared | None:
        """The next item; None while it is not ready.

        Raises:
            OSError: it cannot be shown; another comes in its place.
        """
        if not self._waiting:
            return None
        number = min(self._waiting)
        first = self._waiting[number]
        ready = self._runs.is_ready(first.source)
        if ready is False and now - first.since <= RUN_PATIENCE:
            return None
        del self._waiting[number]
        if not ready:
            self._runs.drop(first.source)
            raise OSError(self._why_not_written(first.item.run))
        if self._item(number, first.item.spare) != first.item:
            # what was shown since took its row: the log must tell what was shown
            self._runs.drop(first.source)
            self._spares[number] = first.item.spare
            return None
        first = self._with_key(first)
        if why := self._why_left_out(first):
            self._runs.drop(first.source)
            self._tried[number] += 1
            self.left_out.append((first.item, why))
            if self._tried[number] > LEFT_OUT:
                raise OSError(why)
            return None
        self.shown.append((number, first.item.spare))
        return first

    def drop(self) -> None:
        """Remove all that waits; it was shown to nobody."""
        for number, each in self._waiting.items():
            self._spares[number] = each.item.spare
            self._runs.drop(each.source)
        self._waiting.clear()

    def _why_not_written(self, run: LessonRun) -> str:
        """Why a run was not written, as far as that is known."""
        if not run.recorded:
            return "its run was not written"
        gone = self._runs.gone((run.recorded,))
        return gone[0] if gone else f"{run_words(run.recorded)} could not be played"

    def _with_key(self, whole: Prepared) -> Prepared:
        """An item whose run is whole, with what that shows, unless it is known."""
        if whole.key != NO_KEY:
            return whole
        key = key_of(self._runs, whole.source, whole.item)
        return msgspec.structs.replace(whole, key=key)

    def _why_left_out(self, first: Prepared) -> str:
        """Why an item whose run is whole is left out, or ""."""
        again = self._tried[first.item.number] >= LEFT_OUT
        return "" if again and first.key.plots else why_left_out(first.item, first.key)

    def _item(self, number: int, spare: int) -> Item:
        return replacement(self._plan, self._site, number, spare, self.shown)


class Exam:
    """One trainee's items, from the first to the last.

    Args:
        site: the site the plan was made of.
        ledger: keeps what was shown and answered.
        runs: prepares the items' runs.
        show: opens a source with the run it shows.
        monotonic: s.
        record: the exam's own.
        plan: its plan.

    Attributes:
        item: what is shown; None while the next one is prepared.
        source: what was opened last.
        seconds: for all items.
        left: s that are left of them.
        state: what goes on; "paused" and "told" want :meth:`go_on`.
        is_drill: it tells after each answer what was right.
        name: which of the exams it is.
        told: the answer of which that is told; None of none.
        said: why it is paused, or waits for the log, or "".
        held: a break: nothing further is shown while this is True.
        automatic, warned: what the console's own verdicts say of the page that is
            shown, and how many plots they call WARNING; the window keeps both up to
            date, and they are written when time runs out.
        spent: items that were shown and not finished; they do not count.
        score: once it is over.
        plan: its items.
        uid: of the record by which it was begun.
    """

    def __init__(
        self,
        site: Site,
        ledger: Ledger,
        runs: Runs,
        show: Callable[[str, LessonRun], None],
        monotonic: Callable[[], float],
        record: Record,
        plan: Plan,
    ) -> None:
        exam = teaching(site).exam
        assert exam is not None
        assert isinstance(record.body, ExamBegan)
        self.is_drill = record.body.part == "drill"
        self.name = record.body.exam
        self.told: ItemAnswered | None = None
        self._site = site
        self.seconds = 60 * (MINUTES if self.is_drill else exam.minutes)
        self._ledger, self._runs, self._show = ledger, runs, show
        self._monotonic = monotonic
        self._who, self.uid, self.plan = record.who, record.uid, plan
        place = place_of(ledger.records, record.uid)
        self._answered = set(place.answered)
        self._preparation = Preparation(site, plan, runs, place.spares, place.shown)
        self._next: tuple[Prepared, Record] | None = None  # the log is to have it
        self._opened = 0.0
        self._painted: float | None = None
        self._failures = 0
        self.spent = place.spent
        self.item: Item | None = None
        self._key = NO_KEY
        self._run_type = ""
        self.source = ""
        self._used = place.seconds
        self.left = max(0.0, self.seconds - self._used)
        self.state: Literal["preparing", "showing", "told", "paused", "over"] = (
            "preparing"
        )
        self.said = ""
        self.held = False
        self.automatic: Answer = ""
        self.warned = 0
        self.score: ItemScore | None = None

    @property
    def of(self) -> int:
        """How many items count in the end."""
        return len(self.plan.items)

    @property
    def number(self) -> int:
        """Of the item that is shown, or comes next, from 1."""
        if self.item is not None:
            return self.item.number + 1
        return min(len(self._answered) + 1, self.of)

    @property
    def is_timed(self) -> bool:
        """Whether an item's picture stands, and its time runs."""
        return self.state == "showing" and self._painted is not None

    @property
    def coming(self) -> tuple[str, LessonRun] | None:
        """Source and run of the next item, once it is whole."""
        first = self._preparation.coming
        return None if first is None else (first.source, first.item.run)

    # -- what the window does --------------------------------------------------------

    def look(self, facts: Facts) -> None:
        """Go on: prepare, show what is ready, end what has no time left."""
        now = facts.now
        if self.state == "showing":
            self._watch(now)
            if self.is_timed:  # before, the header may be that of the page before
                self._run_type = facts.run_type or ""
        if self.state not in {"preparing", "showing"}:
            return
        if len(self._answered) == self.of:
            self._end()  # the crash came before it was written
            return
        if self.left == 0.0 and not (self.is_drill and self.item is not None):
            self._run_out()
            return
        shown = set() if self.item is None else {self.item.number}
        if self._next is not None:
            shown.add(self._next[0].item.number)
        try:
            # what fails behind the page in view must not take that page away
            if self.state == "preparing" or self._failures < FAILURES - 1:
                self._preparation.fill(now, self._answered | shown)
            if self.state == "preparing" and not self.held:
                self._show_next(now)
        except (OSError, ValueError) as error:
            self._failed(str(error))

    def painted(self, now: float) -> None:
        """The picture of the item stands: its time runs from here.

        Args:
            now: of the monotonic clock, s.
        """
        if self.state == "showing" and self._painted is None:
            self._painted = now
            self._failures = 0

    def answer(
        self, answer: Judgement, plot: str = "", cause: str = "", urgency: str = ""
    ) -> None:
        """Answer the item that is shown; before its picture stands nothing happens.

        Args:
            answer: "good" or "bad".
            plot: path of the plot that was pointed at, or "".
            cause: name of the table, or "".
            urgency: how soon to call, or "".
        """
        self._finish(answer, plot, cause, urgency)

    def go_on(self) -> None:
        """Try again after a pause; on to the next item once it is told what was so."""
        if self.state == "told":
            self._next_item()
        elif self.state == "paused":
            self.state, self.said, self._failures = "preparing", "", 0

    def leave(self) -> None:
        """Go away: the item in view is answered with nothing, all else waits.

        Who looks at a page and leaves gets no other one for it. An item whose picture
        did not stand yet is spent.
        """
        if not self.is_drill:
            self._finish("")
        self.break_off()

    def break_off(self) -> None:
        """Stop by no fault of the trainee: the item that is shown is spent."""
        self._preparation.drop()
        if self._next is not None:  # the log may have it as shown
            self._runs.drop(self._next[0].source)
            self._next = None
            self.spent += 1
        self.spent += self.item is not None and self.told is None
        self._close()
        if self.state != "over":
            self.state, self.said = "paused", "the exam was left"

    # -- inside ----------------------------------------------------------------------

    def _finish(
        self, answer: Answer, plot: str = "", cause: str = "", urgency: str = ""
    ) -> None:
        """Write what is said of the item in view; nothing before its picture stands."""
        if self.state != "showing" or self._painted is None:
            return
        seconds = self._monotonic() - self._painted
        if self._used + seconds > self.seconds and not self.is_drill:
            self.left = 0.0
            self._run_out()
            return
        item = self.item
        assert item is not None
        written = self._write(item, answer, plot, seconds, cause, urgency)
        self._used += seconds
        if self.is_drill:
            self.state, self.told = "told", written
        else:
            self._next_item()

    def _next_item(self) -> None:
        self._close()
        self.state = "preparing"
        if len(self._answered) == self.of:
            self._end()

    def _watch(self, now: float) -> None:
        if self._painted is None:
            if now - self._opened > PAINT_PATIENCE:
                self.spent += 1  # though nobody saw it
                self._close()
                self.state = "preparing"
                self._failed("its picture did not come")
            return
        self.left = max(0.0, self.seconds - self._used - (now - self._painted))

    def _show_next(self, now: float) -> None:
        if self._next is None:
            try:
                ready = self._preparation.take(now)
            finally:
                self._log_left_out()
            if ready is None:
                return
            shown = ItemShown(self.uid, ready.item.number, ready.item.spare)
            self._next = ready, self._ledger.write(self._who, shown)
            self._opened = now
        ready, record = self._next
        if not self._ledger.is_kept(record):
            if now - self._opened > BOOK_PATIENCE:
                why = self._ledger.said or "it has not answered yet"
                self.said = f"the book must have each page before it is shown: {why}"
            return
        self._next, self.said = None, ""
        self.item, self.source, self._key = ready.item, ready.source, ready.key
        self._opened, self._painted = now, None
        self.state = "showing"
        self._show(ready.source, ready.item.run)

    def _log_left_out(self) -> None:
        for item, why in self._preparation.left_out:
            cause = item.choice.cause + item.choice.times
            out = ItemLeftOut(self.uid, item.number, item.spare, item.page, cause, why)
            self._ledger.write(self._who, out)
        self._preparation.left_out.clear()

    def _run_out(self) -> None:
        """The time is over: what is not answered counts as nothing to report.

        Of a drill it does not count at all.
        """
        self._preparation.drop()
        if self._next is not None:
            self._runs.drop(self._next[0].source)
            self._next = None
        if self.item is not None:
            self._write(self.item, "", "", 0.0)
        self._close()
        for planned in self.plan.items:
            if planned.number not in self._answered and not self.is_drill:
                self._write(planned, "", "", 0.0)
        self._end()

    def _write(
        self,
        item: Item,
        answer: Answer,
        plot: str,
        seconds: float,
        cause: str = "",
        urgency: str = "",
    ) -> ItemAnswered:
        made_of, row = item.choice, item.choice.row
        is_bad = item.truth == "bad"
        key = self._key if item == self.item else NO_KEY  # else nobody saw it
        shows = key.plots or ()
        settings = teaching(self._site).exam
        old = settings.measured_before if settings is not None else ()
        is_old = row is not None and row.measured_page in old
        answered = ItemAnswered(
            exam=self.uid,
            number=item.number,
            spare=item.spare,
            answer=answer,
            plot=plot,
            seconds=seconds,
            truth=item.truth,
            kind=made_of.kind,
            cause=made_of.cause + made_of.times,
            family=made_of.family,
            page=item.page,
            automatic=self.automatic,
            warned=self.warned,
            named=cause,
            urgency=urgency,
            shows=shows,
            region=key.region,
            band=row.band if row is not None and is_bad else "",
            act=made_of.urgency if is_bad else "",
            alike=(*self._same_to_do(item, shows), *key.alike) if is_bad else (),
            measured_before=is_bad and is_old,
            recorded=made_of.recorded,
            strength=row.strength if row is not None and is_bad else 0.0,
            run_type=self._run_type if made_of.recorded else "",
        )
        self._ledger.write(self._who, answered)
        self._answered.add(item.number)
        return answered

    def _same_to_do(self, item: Item, shows: Collection[str]) -> tuple[str, ...]:
        """Causes that leave the same trace, and for which one does the same."""
        keys = keys_on(self._site, item.page, shows)
        return causes_alike(self._site, keys, item.choice.cause, item.choice.run_type)

    def _close(self) -> None:
        if self.item is not None:
            self._runs.drop(self.source)
        self.item, self._painted, self.told = None, None, None
        self._key, self._run_type = NO_KEY, ""
        self.left = max(0.0, self.seconds - self._used)
        self.automatic, self.warned = "", 0

    def _end(self) -> None:
        self.state = "over"
        records = self._ledger.records
        mine = (each for each in past_exams(records) if each.record.uid == self.uid)
        answers = tuple(answer for each in mine for answer in each.answers)
        self.score = item_score(answers)
        if self.is_drill:
            ended = ExamEnded(exam=self.uid, part="drill")
        else:
            pages = {each.page for each in answers}
            seal = seal_of(self._site, pages, self.name)
            seal |= instructions_on(self._site, pages)
            ended = ExamEnded(self.uid, "items", covered=seal)
        self._ledger.write(self._who, ended)

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self.state = "paused"
            self.said = (
                f"{FAILURES} items in a row could not be shown ({why}): nothing is "
                "lost, go on when that is fixed"
            )
