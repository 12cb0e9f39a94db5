"""The exam's first part: pages at one moment, one after the other.

An item is spent from the moment it is about to be shown, and the book has that before
the screen shows it (while the book is locked or away, the exam waits): after a crash,
or when the window was closed, another one of the same kind takes its place. Nothing is
lost so, and nothing gained. All times are those of a monotonic clock; the exam is taken
up again from the book's records alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dqmconsole.model.layout import split_page
from dqmconsole.model.training import ExamBegan, ExamEnded, ItemAnswered, ItemShown
from dqmconsole.training.aggregate import Aggregate, together
from dqmconsole.training.course import covered
from dqmconsole.training.plan import PlanError, make_plan, seal
from dqmconsole.training.preparing import Preparing
from dqmconsole.training.score import ItemScore, item_score
from dqmconsole.training.sealed import ExamError, Sitting, check_seal, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dqmconsole.model.lesson import LessonRun
    from dqmconsole.model.record import Record
    from dqmconsole.model.site import Site
    from dqmconsole.model.training import Answer
    from dqmconsole.training.facts import Facts, Runs
    from dqmconsole.training.items import Item, Plan
    from dqmconsole.training.preparing import Prepared
    from dqmconsole.training.sealed import Progress

PAINT_PATIENCE = 60.0  # s until an item without a picture has failed
FAILURES = 3  # in a row, after which the exam waits for somebody
BOOK_PATIENCE = 2.0  # s after which it is said that the book is waited for
ELSEWHERE = (
    "it goes on at another console: leave it here, and resume it when it is left there"
)


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
        left: s that are left for it; all of them until its picture stands.
        state: what goes on; "paused" wants :meth:`go_on`.
        said: why it is paused, or waits for the book, or "".
        held: a break: nothing further is shown while this is True.
        automatic: what the console's own verdicts say of the page that is shown; the
            window keeps it up to date, and it is written when time runs out.
        score: of this sitting, once it is over.
        together: of all sittings of the same seal, once it is over.
    """

    def __init__(
        self,
        site: Site,
        ledger: Progress,
        runs: Runs,
        show: Callable[[str, LessonRun], None],
        monotonic: Callable[[], float],
        record: Record,
        plan: Plan,
    ) -> None:
        if site.exam is None:
            message = "this site has no exam"
            raise ExamError(message)
        self._site, self._settings = site, site.exam
        self._ledger, self._runs, self._show = ledger, runs, show
        self._monotonic = monotonic
        self._who, self._exam, self._plan = record.who, record.uid, plan
        place = place_of(ledger.records, record.uid)
        self._answered = set(place.answered)
        self._preparing = Preparing(site, plan, runs, place.spares)
        self._sitting = Sitting(ledger, record.who, record.uid)
        self._next: tuple[Prepared, Record] | None = None  # the book is to have it
        self._opened = 0.0
        self._painted: float | None = None
        self._failures = 0
        self.spent = place.spent
        self.item: Item | None = None
        self.source = ""
        self.left = self._settings.seconds
        self.state: Literal["preparing", "showing", "paused", "over"] = "preparing"
        self.said = ""
        self.held = False
        self.automatic: Answer = ""
        self.score: ItemScore | None = None
        self.together: Aggregate | None = None

    @property
    def of(self) -> int:
        """How many items count in the end."""
        return len(self._plan.items)

    @property
    def number(self) -> int:
        """Of the item that is shown, or comes next, from 1."""
        if self.item is not None:
            return self.item.number + 1
        return min(len(self._answered) + 1, self.of)

    # -- what the window does --------------------------------------------------------

    def look(self, facts: Facts) -> None:
        """Go on: prepare, show what is ready, end what has no time left."""
        now = facts.now
        if self.state == "showing":
            self._watch(now)
        if self.state not in {"preparing", "showing"}:
            return
        if len(self._answered) == self.of:
            self._end()  # the crash came before it was written
            return
        shown = set() if self.item is None else {self.item.number}
        if self._next is not None:
            shown.add(self._next[0].item.number)
        try:
            # what fails behind the page in view must not take that page away
            if self.state == "preparing" or self._failures < FAILURES - 1:
                self._preparing.fill(now, self._answered | shown)
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

    def answer(self, answer: Answer, plot: str = "", automatic: Answer = "") -> None:
        """Answer the item that is shown; before its picture stands nothing happens.

        Args:
            answer: "good" or "bad"; "" is no answer.
            plot: path of the plot that was pointed at, or "".
            automatic: what the console's own verdicts say of the page.
        """
        if self.state != "showing" or self._painted is None or not answer:
            return
        self.automatic = automatic or self.automatic
        seconds = self._monotonic() - self._painted
        if seconds > self._settings.seconds:
            answer, plot, seconds = "", "", self._settings.seconds
        self._finish(answer, plot, seconds)

    def go_on(self) -> None:
        """Try again after a pause."""
        if self.state == "paused" and not self._sitting.is_elsewhere():
            self.state, self.said, self._failures = "preparing", "", 0

    def leave(self) -> None:
        """Go away: the item that is shown is spent, all else waits in the book."""
        self._preparing.drop()
        self._spend_next()
        self.spent += self.item is not None
        self._close()
        if self.state != "over":
            self.state, self.said = "paused", "the exam was left"

    # -- one item --------------------------------------------------------------------

    def _watch(self, now: float) -> None:
        if self._painted is None:
            if now - self._opened > PAINT_PATIENCE:
                self._give_up("its picture did not come")
            return
        self.left = max(0.0, self._settings.seconds - (now - self._painted))
        if self.left == 0.0:
            self._finish("", "", self._settings.seconds)

    def _finish(self, answer: Answer, plot: str, seconds: float) -> None:
        item = self.item
        assert item is not None
        answered = ItemAnswered(
            exam=self._exam,
            number=item.number,
            spare=item.spare,
            answer=answer,
            plot=plot,
            seconds=seconds,
            truth=item.truth,
            kind=item.kind,
            cause=item.cause,
            family=item.family,
            page=item.page,
            automatic=self.automatic,
        )
        self._sitting.write(answered)
        self._answered.add(item.number)
        self._close()
        self.state = "preparing"
        if len(self._answered) == self.of:
            self._end()

    def _give_up(self, why: str) -> None:
        """It was about to be shown and is spent, though nobody saw it."""
        assert self.item is not None
        self.spent += 1
        self._close()
        self.state = "preparing"
        self._failed(why)

    def _close(self) -> None:
        if self.item is not None:
            self._runs.drop(self.source)
        self.item, self._painted = None, None
        self.left, self.automatic = self._settings.seconds, ""

    def _end(self) -> None:
        self.state = "over"
        answers = self._sitting.answers()
        self.score = item_score(answers, self._settings, self.spent)
        self._ledger.write(
            self._who,
            ExamEnded(
                exam=self._exam,
                part="items",
                covered=covered(_shown(self._site, self._plan.items), self._site),
            ),
        )
        every = together(self._ledger.records, self._who, self._settings)
        mine = (each for each in every if each.seal == seal(self._site))
        self.together = next(mine, None)  # none: the book refused that it was begun

    # -- the next one ----------------------------------------------------------------

    def _show_next(self, now: float) -> None:
        if self._next is None:
            ready = self._preparing.take(now)
            if ready is None:
                return
            item = ready.item
            shown = ItemShown(self._exam, item.number, item.spare)
            self._next = ready, self._sitting.write(shown)
            self._opened = now
        ready, record = self._next
        if not self._sitting.is_kept(record):
            if now - self._opened > BOOK_PATIENCE:
                why = self._sitting.said or "it has not answered yet"
                self.said = f"the book must have each page before it is shown: {why}"
            return
        self.said = ""
        if self._sitting.is_elsewhere():
            self._spend_next()
            self.state, self.said = "paused", ELSEWHERE
            return
        self._next, item = None, ready.item
        self.item, self.source = item, ready.source
        self._opened, self._painted = now, None
        self.state = "showing"
        self._show(ready.source, item.run)

    def _spend_next(self) -> None:
        """The book may have it as shown: it does not come again."""
        if self._next is not None:
            self._runs.drop(self._next[0].source)
            self._next = None
            self.spent += 1

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self.state = "paused"
            self.said = (
                f"{FAILURES} items in a row could not be shown ({why}): nothing is "
                "lost, go on when that is mended"
            )


def begin_exam(
    site: Site,
    ledger: Progress,
    runs: Runs,
    show: Callable[[str, LessonRun], None],
    monotonic: Callable[[], float],
    who: str,
    seed: int,
) -> Exam:
    """Seal a plan in the book, and begin.

    Args:
        site: the site in force.
        ledger: keeps what was shown and answered.
        runs: prepares the items' runs.
        show: opens a source with the run it shows.
        monotonic: s.
        who: the trainee.
        seed: of the plan.

    Raises:
        ExamError: no plan can be made.
    """
    try:
        plan = make_plan(site, seed)
    except PlanError as error:
        raise ExamError(str(error)) from error
    begun = ExamBegan("items", seed, plan.hash, seal(site), len(plan.items))
    record = ledger.write(who, begun)
    return Exam(site, ledger, runs, show, monotonic, record, plan)


def resume_exam(
    site: Site,
    ledger: Progress,
    runs: Runs,
    show: Callable[[str, LessonRun], None],
    monotonic: Callable[[], float],
    record: Record,
) -> Exam:
    """Take an exam up again where the book's records end.

    Args:
        site: the site in force.
        ledger: keeps what was shown and answered.
        runs: prepares the items' runs.
        show: opens a source with the run it shows.
        monotonic: s.
        record: the exam's own.

    Raises:
        ExamError: it is over, or the site is no longer what the plan was made of.
    """
    begun = check_seal(site, ledger.records, record, "items")
    try:
        plan = make_plan(site, begun.seed)
    except PlanError as error:
        raise ExamError(str(error)) from error
    if plan.hash != begun.plan:
        message = "another version of the program plans it otherwise: begin anew"
        raise ExamError(message)
    return Exam(site, ledger, runs, show, monotonic, record, plan)


def _shown(site: Site, items: Iterable[Item]) -> tuple[str, ...]:
    """Names of the layouts, and ids of the instructions, of the pages shown."""
    pages = {split_page(each.page) for each in items}
    found = {layout for layout, _ in pages}
    for layout in site.layouts:
        for page in layout.pages:
            if (layout.layout, page.page) in pages:
                found |= {each.instruction or page.instruction or ""
                          for each in page.plots}  # fmt: skip
    return tuple(sorted(found - {""}))
