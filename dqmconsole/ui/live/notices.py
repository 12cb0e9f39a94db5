"""The foot of the window: the worst thing to know, answers to people, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from dqmconsole.model.layout import layout_of
from dqmconsole.model.verdict import Status, by_default, roll_up
from dqmconsole.model.words import counted
from dqmconsole.shift.bad_now import Untold, quiet, shift_keys
from dqmconsole.shift.liveness import silence
from dqmconsole.ui.fonts import TEXT, px, set_text
from dqmconsole.ui.labels import ElidedLabel, tip
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.plot.tile_words import duration_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QFontMetrics, QMouseEvent, QResizeEvent

    from dqmconsole.model.frame import Severity
    from dqmconsole.model.verdict import Rollup, Verdict
    from dqmconsole.shift.bad_now import Abnormality
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.feed import EngineState
    from dqmconsole.ui.theme import Colours

HINTS_FROM = 1000  # px
HINT_GAP = "     "
GAP = 12  # px before them, and before an answer
SAID_FOR = 6.0  # s an answer stays, and longer:
LETTERS_READ = 15  # a second for so many letters
_WORST_FIRST: tuple[Severity, ...] = ("bad", "warning", "info")
_MARKS: dict[Severity, Status] = {"bad": Status.BAD, "warning": Status.WARNING}


class Notice(NamedTuple):
    """One line of the bar.

    Attributes:
        severity: how much it matters.
        sentence: its words.
        mark: a mark of its own, or None.
        adopted: False where it is of warnings by default alone, which nobody adopted.
    """

    severity: Severity
    sentence: str
    mark: Status | None = None
    adopted: bool = True


def engine_notice(engine: EngineState) -> Notice | None:
    """What the bar says of the engine; None while it is well."""
    quiet = silence(engine)
    if quiet is None:
        return None
    what = f"Engine silent for {duration_words(quiet)}: nothing drawn here is live"
    if engine.sentence and engine.state != "live":
        what += f" ({engine.sentence})"
    return Notice("bad", what)


def _rollups(client: EngineClient, untold: Untold | None) -> dict[str, Rollup]:
    """By layout: of all plots of the shift, or of those that are in no alarm."""
    if untold is None or untold.verdicts is client.mailbox.verdicts:
        return client.mailbox.rollups
    found: dict[str, list[Verdict]] = {}
    if any(each.status in _MARKS.values() for each in untold.verdicts.values()):
        for key in shift_keys(client.site):
            if key in untold.verdicts:
                layout = layout_of(key)
                found.setdefault(layout, []).append(untold.verdicts[key])
    return {
        name: roll_up([each.status for each in some], by_default=by_default(some))
        for name, some in found.items()
    }


def _quiet(client: EngineClient, untold: Untold | None) -> tuple[Abnormality, ...]:
    box = client.mailbox
    return quiet(client.site, *(untold or Untold(box.verdicts, box.outages)))


def quiet_words(client: EngineClient, untold: Untold | None = None) -> str:
    """Write what is quiet, to stand behind what is BAD: "; STALE: DT, CSC"."""
    found = _quiet(client, untold)
    words = ""
    for status in (Status.STALE, Status.MISSING):
        names = [each.name for each in found if each.status is status]
        words += f"; {status}: {', '.join(names)}" if names else ""
    return words


def plots_notice(client: EngineClient, untold: Untold | None = None) -> list[Notice]:
    """Where plots are BAD, else WARNING, and how many; nothing where none is.

    Beside what is BAD stands what is quiet: one line of two is seen at the foot.

    Args:
        client: what the engine says.
        untold: what no alarm tells of; None: all of it.
    """
    found = _rollups(client, untold)
    rollups = [
        (layout.layout, found[layout.layout])
        for layout in (client.site.layouts if client.site else ())
        if layout.layout in found
    ]
    for severity, status in _MARKS.items():
        parts, adopted = [], False
        for name, rollup in rollups:
            count = rollup.counts.get(status, 0)
            default = status is Status.WARNING and rollup.by_default == count
            if count:
                adopted |= not default
                words = f"{name} {counted(count, 'plot')}"
                parts.append(f"{words} by default" if default else words)
        if parts:
            words = f"{status}: {', '.join(parts)}"
            if status is Status.BAD:
                words += quiet_words(client, untold)
            sentence = f"{words} (N shows the next)"
            return [Notice(severity, sentence, adopted=adopted)]
    return []


def quiet_notices(client: EngineClient, untold: Untold | None = None) -> list[Notice]:
    """What gives nothing to judge; nothing behind a silent engine, which says more."""
    if not client.source or silence(client.engine) is not None:
        return []
    found = _quiet(client, untold)
    return [Notice("bad", each.words, each.status) for each in found]


def notices_of(
    client: EngineClient,
    told: Sequence[str] = (),
    mild: Sequence[str] = (),
    untold: Untold | None = None,
) -> list[Notice]:
    """Everything to be known, worst first; the latest run fact last of all.

    Args:
        client: what the engine says.
        told: what this program has to say, loudly.
        mild: what it has to remind of.
        untold: what no alarm tells of; None: all of it.
    """
    found = []
    if client.source:
        about_engine = engine_notice(client.engine)
        if about_engine is not None:
            found.append(about_engine)
    found += [
        Notice(each.severity, each.sentence) for each in client.mailbox.notices.values()
    ]
    found += [Notice("bad", words) for words in told]
    found += quiet_notices(client, untold)
    found += [Notice("warning", words) for words in mild]
    found.sort(key=lambda notice: _WORST_FIRST.index(notice.severity))
    problems = [
        each for each in client.mailbox.all_problems() if each.severity == "error"
    ]
    if problems:
        listed = f"{counted(len(problems), 'problem')} listed (F8)"
        found.append(Notice("info", f"{listed}: {problems[0]}"))
    hand = client.mailbox.by_hand
    if hand.sentence:
        again = f"{hand.sentence} (Alt+R: the site's again)"
        found.append(Notice("info", again[:1].upper() + again[1:]))
    if client.mailbox.run_facts:
        found.append(Notice("info", client.mailbox.run_facts[-1].sentence))
    return found


def foot_notices(
    client: EngineClient,
    told: Sequence[str],
    mild: Sequence[str],
    untold: Untold | None = None,
) -> list[Notice]:
    """What the foot says: the notices, and among them where plots are not good.

    What stands in the alarm strip is not said here again.

    Args:
        client: what the engine says.
        told: what this program has to say, loudly.
        mild: what it has to remind of.
        untold: what no alarm tells of; None: all of it.
    """
    found = notices_of(client, told, mild, untold)
    if silence(client.engine) is None:
        # behind what is said once only, as marks in the navigator say it too; but
        # before what is only a reminder
        place = sum(notice.severity != "info" for notice in found) - len(mild)
        plots = plots_notice(client, untold)
        if plots and plots[0].severity == "bad":
            first = (n for n, each in enumerate(found) if each.mark is not None)
            place = next(first, place)
        found[place:place] = plots
    return found


def least_width(words: str, metrics: QFontMetrics) -> int:
    """The least width, px, in which two lines hold all the words.

    Args:
        words: a sentence.
        metrics: of the font.
    """
    pieces = words.split(" ")
    halves = [
        (" ".join(pieces[:place]), " ".join(pieces[place:]))
        for place in range(len(pieces) + 1)
    ]
    return min(max(map(metrics.horizontalAdvance, both)) for both in halves)


def two_lines(words: str, metrics: QFontMetrics, width: int) -> str:
    """Break words into two lines; what is too long for both is cut at the end.

    Args:
        words: a sentence.
        metrics: of the font.
        width: px of a line.
    """
    if metrics.horizontalAdvance(words) <= width:
        return words
    pieces = words.split(" ")
    first = pieces.pop(0)
    while pieces and metrics.horizontalAdvance(f"{first} {pieces[0]}") <= width:
        first += f" {pieces.pop(0)}"
    right = Qt.TextElideMode.ElideRight
    lines = (first, " ".join(pieces))
    shown = [metrics.elidedText(line, right, width) for line in lines if line]
    return "\n".join(shown)


class NoticeLine(ElidedLabel):
    """A sentence on one line, on two where it is too long for one."""

    @property
    def wanted(self) -> int:
        """Width of the whole sentence on one line, px."""
        return super().sizeHint().width()

    @property
    def least(self) -> int:
        """Width in which the whole sentence takes two lines, px."""
        return least_width(self.words, self.fontMetrics()) + 4

    def fit(self) -> None:
        """Break the words to the room there is."""
        lines = self.text().count("\n")
        self.setText(two_lines(self.words, self.fontMetrics(), self.width() - 2))
        if self.text().count("\n") != lines:
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the width of the whole sentence, and the height of its lines."""
        lines = 1 + self.text().count("\n")
        return QSize(self.wanted, lines * self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Return next to no width: the words give way."""
        return QSize(20, self.sizeHint().height())


class NoticeBar(QFrame):
    """The foot of the window: data at the left, answers to people at the right.

    An answer never covers a notice. The hints give way to both.

    Signals:
        clicked: somebody wants to see the whole list.
    """

    clicked = Signal()

    def __init__(
        self, colours: Colours, hints: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAccessibleName("Notices")
        self._mark = MarkLabel(colours, 15)
        self._line = NoticeLine()
        self._line.setAccessibleName("Notice")
        self._answer = NoticeLine()
        self._answer.setAccessibleName("Answer")
        self._answer.hide()
        self._more = QLabel()
        self._more.setProperty("role", "muted")
        self._more.hide()
        self._own_hints = self._all_hints = tuple(hints)
        self._bare = False
        self._hints = QLabel(HINT_GAP.join(hints))
        self._hints.setProperty("role", "muted")
        self._hints.setAccessibleName("Key hints")
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._line, 1)
        row.addWidget(self._more)
        row.addSpacing(GAP)
        row.addWidget(self._answer)
        row.addSpacing(GAP)
        row.addWidget(self._hints)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        colours.changed.connect(self._share)

    @property
    def words(self) -> str:
        """The notice shown, uncut."""
        return self._line.words

    def show_client(
        self,
        client: EngineClient,
        told: Sequence[str] = (),
        mild: Sequence[str] = (),
        untold: Untold | None = None,
    ) -> None:
        """Show the worst of what the client knows and we have to say.

        What an alarm tells of is not said: `untold` is the rest, None all of it.
        """
        found = foot_notices(client, told, mild, untold)
        worst = found[0] if found else Notice("info", "")
        mark = worst.mark or _MARKS.get(worst.severity)
        self._mark.setVisible(mark is not None)
        if mark is not None:
            self._mark.set_status(mark, adopted=worst.adopted)
        bold = worst.severity == "bad"
        if self._line.font().bold() != bold:
            set_text(self._line, TEXT, bold=bold)
        beyond = sum(notice.severity != "info" for notice in found[1:])
        self._more.setText(f"+ {beyond} more (F8)" if beyond else "")
        self._more.setVisible(bool(beyond))
        self._line.setToolTip(tip("\n".join(notice.sentence for notice in found)))
        self._line.set_words(worst.sentence)
        self._share()

    def say(self, words: str) -> None:
        """Answer what somebody did, beside the notice; "" takes the answer away."""
        self._answer.set_words(words)
        self._answer.setToolTip(tip(words))
        self._answer.setVisible(bool(words))
        self._share()

    def show_hints(self, hints: Sequence[str] | None) -> None:
        """Show other hints before that of all keys; those of the window with None."""
        own = self._own_hints
        self._all_hints = own if hints is None else (*hints, *own[-1:])
        self._share()

    def leave_hints_out(self, *, leave: bool) -> None:
        """Show no hints, on a wall, where nobody has a keyboard; or show them."""
        self._bare = leave
        self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room out again."""
        super().resizeEvent(event)
        self._share()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the list."""
        super().mousePressEvent(event)
        self.clicked.emit()

    # -- inside --------------------------------------------------------------------

    def _share(self) -> None:
        """Give the notice its room first, then the answer, then the hints."""
        taken = self._taken()
        if not self._answer.isHidden():
            left = self.width() - taken
            if self._line.wanted + self._answer.wanted > left:
                left -= min(self._line.wanted, self._line.least)
            else:
                left -= self._line.wanted
            self._answer.setFixedWidth(max(min(self._answer.wanted, left), 0))
            taken += self._answer.width()
            self._row.activate()
        self._line.fit()
        self._answer.fit()
        room = self.width() - taken - self._line.wanted
        metrics = self._hints.fontMetrics()
        roomy = self.width() > px(HINTS_FROM) and not self._bare
        hints = list(self._all_hints if roomy else ())
        while hints and metrics.horizontalAdvance(HINT_GAP.join(hints)) > room:
            hints.pop(-2 if len(hints) > 1 else -1)  # the last one is the key of all
        self._hints.setText(HINT_GAP.join(hints))
        self._hints.setVisible(bool(hints))

    def _taken(self) -> int:
        """Width that everything but notice, answer and hints takes, px."""
        margins, gap = self._row.contentsMargins(), self._row.spacing()
        shown = [each for each in (self._mark, self._more) if not each.isHidden()]
        words = 3 - self._answer.isHidden()
        sides = margins.left() + margins.right() + 2 * GAP
        widths = [each.sizeHint().width() for each in shown]
        return sides + sum(widths) + gap * (len(shown) + words)


class Answers:
    """Lets an answer stand until it was read, and no longer than it is true.

    Args:
        show: writes it where it stands; "" takes it away.
        clock: s.
    """

    def __init__(self, show: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._show = show
        self._clock = clock
        self._until = 0.0
        self._basis: Callable[[], object] | None = None
        self._said_of: object = None

    def say(self, words: str) -> None:
        """Say for a moment what a command did."""
        self._until = self._clock() + SAID_FOR + len(words) / LETTERS_READ
        self._basis = None
        self._show(words)

    def answer(self, words: str, basis: Callable[[], object]) -> None:
        """Say for a moment what is so; no longer than it is so.

        Args:
            words: the answer.
            basis: gives what the answer follows from; once that is another, the
                answer goes.
        """
        self.say(words)
        self._basis, self._said_of = basis, basis()

    def look(self, now: float) -> None:
        """Take the answer away that was read, or is no longer true.

        Args:
            now: s, of the clock.
        """
        outlived = self._basis is not None and self._basis() != self._said_of
        if outlived or now >= self._until:
            self.clear()

    def clear(self) -> None:
        """Take the answer away."""
        self._until, self._basis = 0.0, None
        self._show("")
