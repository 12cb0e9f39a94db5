"""A layout that is edited, as the console knows it: its text, what undo leads back to.

The engine makes the edits, one at a time; what is typed is shown at once and sent as
soon as the engine has answered. Undo is undo of the text.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from dqmconsole.model.edit import change_between
from dqmconsole.model.message import EditRefused, LayoutEdited, Receipt
from dqmconsole.model.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmconsole.model.edit import Edit, Target, TextChange
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.layout import Layout
    from dqmconsole.model.problem import Problem

    Then = Literal["", "save", "merge", "mine", "theirs", "close"]


class LayoutClient(Protocol):
    """What asks the engine."""

    def edit_layout(
        self,
        layout: str,
        revision: int = 0,
        edits: tuple[Edit, ...] = (),
        change: TextChange | None = None,
        then: Then = "",
    ) -> int:
        """Open, edit or save a layout's file; the number of the answer."""


class _Asked(NamedTuple):
    """What is asked of the engine, or waits until it can be.

    Attributes:
        edits: edits of the file.
        change: of the text, by hand.
        then: what is done after that.
        drag: what belongs to one movement of the hand; "" for nothing.
        moves: by how much undo goes on in its steps: -1, 1; 0 for a new step.
        words: of the step.
        opens: the whole text is asked for.
        noted: it is a step of undo.
    """

    edits: tuple[Edit, ...] = ()
    change: TextChange | None = None
    then: Then = ""
    drag: str = ""
    moves: int = 0
    words: str = ""
    opens: bool = False
    noted: bool = True


_OPEN = _Asked(opens=True, noted=False)


class Step(NamedTuple):
    """What undo takes back at once.

    Attributes:
        words: what changed.
        forward: the change of the text.
        back: the change that undoes it.
        drag: the movement of the hand it belongs to; "".
    """

    words: str
    forward: TextChange
    back: TextChange
    drag: str = ""


TYPED = "typed"
UNSAVED = "what was not saved when it was opened"


class LayoutEditor:
    """A layout that is edited.

    Args:
        client: asks the engine.
        layout: name of the layout, or of its file; of an instruction that of its file
            in the site.

    Attributes:
        name: by which the engine is asked for it: that of its file, once it is open,
            for an edit may give the layout another.
        text: as it is shown; None until the file is open.
        file: the file.
        problems: of the text.
        expanded: the layout, for the preview; None while it never was sound.
        written: key of a plot or page -> where it is written.
        targets: where what was edited last stands.
        unsaved: the text is another than that of the file.
        others: somebody else has changed the file.
        left: unix time, s, of unsaved text of another editor that ended; 0 for none.
        conflicts: lines in which their text and this one conflict.
        note: what is to be known of the file.
        instruction: of the file of one: it, as it was when it was healthy last.
        refused: why the last thing that was asked for was not done; None.
    """

    def __init__(self, client: LayoutClient, layout: str) -> None:
        self._client = client
        self.name = layout
        self.text: str | None = None
        self.file = ""
        self.problems: tuple[Problem, ...] = ()
        self.expanded: Layout | None = None
        self.written: dict[str, Target] = {}
        self.targets: tuple[Target, ...] = ()
        self.unsaved = False
        self.others = False
        self.left = 0.0
        self.conflicts: tuple[int, ...] = ()
        self.note = ""
        self.instruction: Instruction | None = None
        self.refused: EditRefused | None = None
        self._known = ""  # the text that the engine has
        self._revision = 0
        self._stuck = False
        self._restored: str | None = None  # what another engine is to have first
        self._steps: list[Step] = []
        self._done = 0  # steps that are not undone
        self._waiting: list[_Asked] = []
        self._asked: tuple[int, _Asked] | None = None
        self._ask(_OPEN)

    # -- what a person does ------------------------------------------------------

    @property
    def busy(self) -> bool:
        """The engine is at work on an edit: nothing can be typed meanwhile."""
        asked = () if self._asked is None else (self._asked[1],)
        return any(each.change is None for each in (*asked, *self._waiting))

    @property
    def state(self) -> list[str]:
        """How the file stands, in words."""
        if self.text is None:
            words = ["opening …" if self.refused is None else "not open"]
        elif self.busy:
            words = ["…"]
        else:
            words = ["not saved (Ctrl+S saves)" if self.unsaved else "saved"]
        if self.others:
            words.append("changed on the disk by somebody else")
        if self.left:
            words.append("another editor left unsaved text")
        if self.problems:
            words.append(counted(len(self.problems), "problem"))
        return [*words, *filter(None, (self.note,))]

    def edit(self, *edits: Edit, drag: str = "") -> None:
        """Edit the file.

        Args:
            edits: all or none are made.
            drag: the movement of the hand they belong to, which is one step of undo;
                of its edits that wait the last alone is made.
        """
        if drag and self._waiting and self._waiting[-1].drag == drag:
            self._waiting.pop()
        self._ask(_Asked(edits, drag=drag))

    def type(self, text: str) -> bool:
        """Take the text as it was typed; False where that cannot be now."""
        if self.busy or self.text is None:
            return False
        self.text = text
        self._go_on()
        return True

    def undo(self) -> bool:
        """Take the last step back; False where there is none, or not now."""
        return self._move(-1)

    def redo(self) -> bool:
        """Make the step again that was taken back last; False as for undo."""
        return self._move(1)

    @property
    def undoes(self) -> str:
        """What undo would take back, in words; "" for nothing."""
        return self._steps[self._done - 1].words if self._done else ""

    @property
    def redoes(self) -> str:
        """What would be made again, in words; "" for nothing."""
        left = self._steps[self._done :]
        return left[0].words if left else ""

    def save(self) -> None:
        """Save the file."""
        self._ask(_Asked(then="save"))

    def settle(self, how: Literal["merge", "mine", "theirs"]) -> None:
        """Do with what others wrote, or left, as is chosen."""
        self._ask(_Asked(then=how, words=f"the text of others: {how}"))

    def close(self) -> None:
        """End; what is not saved is there when it is opened again."""
        self._ask(_Asked(then="close"))

    # -- what the engine says ----------------------------------------------------

    def take(self, answers: Iterable[object], refusals: Iterable[Receipt] = ()) -> bool:
        """Take in what came; whether any of it was for this layout."""
        found = False
        for each in (*answers, *refusals):
            if isinstance(each, LayoutEdited) and each.request == 0:
                if each.file == self.file:
                    self._look(each)
                    found = True
                continue
            number = getattr(each, "request", None)
            if self._asked is None or number != self._asked[0]:
                continue
            found = True
            _, asked = self._asked
            self._asked = None
            if isinstance(each, LayoutEdited):
                self._take(each, asked)
            elif isinstance(each, EditRefused):
                self._refuse(each, asked)
            elif isinstance(each, Receipt):  # the engine ended: another has the text
                self._ask_first(_OPEN)
            self._send()
        return found

    def _take(self, answer: LayoutEdited, asked: _Asked) -> None:
        self.refused = None
        self._look(answer)
        old = self._known
        if answer.text is not None:
            self._known = answer.text
            if self.text is None:
                self.text = self._known
                if answer.saved is not None:
                    self._note_step(answer.saved, UNSAVED, "")
            elif old != self._known:  # another engine: it gets what the one before had
                self._restored = old
        elif answer.change is not None:
            self._known = answer.change.of(old)
            if asked.change is None:
                self.text = self._known
        self._revision = answer.revision
        self.targets = answer.targets
        if asked.moves:
            self._done += asked.moves
        elif asked.noted:
            self._note_step(old, answer.words or asked.words, asked.drag)
        if asked.then == "save" and self._done:  # what is typed after it is a new step
            last = self._steps[self._done - 1]
            self._steps[self._done - 1] = last._replace(drag="")

    def _look(self, answer: LayoutEdited) -> None:
        self.file = answer.file
        if PurePath(answer.file).suffix == ".yaml":  # by now it may be called otherwise
            self.name = PurePath(answer.file).name
        self.problems = answer.problems
        self.expanded = answer.expanded
        self.written = answer.written
        self.unsaved = answer.unsaved
        self.others = answer.others
        self.left = answer.left
        self.conflicts = answer.conflicts
        self.note = answer.note
        self.instruction = answer.instruction

    def _refuse(self, answer: EditRefused, asked: _Asked) -> None:
        self.refused = answer
        if asked.opens:
            self._stuck = True  # until a person does something
        elif answer.code == "revision":
            if asked.edits or asked.moves:
                self._ask_first(asked)
            self._ask_first(_OPEN)
        elif asked.change is not None:
            self.text = self._known

    def _note_step(self, old: str, words: str, drag: str) -> None:
        new = self._known
        last = self._steps[self._done - 1] if self._done else None
        if last is not None and drag and last.drag == drag:
            self._done -= 1
            old = last.back.of(old)
        forward, back = change_between(old, new), change_between(new, old)
        del self._steps[self._done :]
        if forward is None or back is None:
            return
        self._steps.append(Step(words, forward, back, drag))
        self._done += 1

    # -- one at a time -----------------------------------------------------------

    def _move(self, by: Literal[-1, 1]) -> bool:
        at = self._done - 1 if by < 0 else self._done
        if self.busy or self._asked is not None or not 0 <= at < len(self._steps):
            return False
        step = self._steps[at]
        change = step.back if by < 0 else step.forward
        self.text = change.of(self._known)
        self._ask(_Asked(change=change, moves=by))
        return True

    def _ask(self, asked: _Asked) -> None:
        self._waiting.append(asked)
        self._go_on()

    def _ask_first(self, asked: _Asked) -> None:
        self._waiting.insert(0, asked)

    def _go_on(self) -> None:
        """Ask again for what a person wants, the file first where it is not open."""
        if self._stuck:
            self._stuck = False
            self._ask_first(_OPEN)
        self._send()

    def _send(self) -> None:
        """Ask the engine for what comes next, once it has answered all before."""
        if self._asked is not None or self._stuck:
            return
        asked = self._next()
        if asked is None:
            return
        revision = 0 if asked.opens else self._revision
        number = self._client.edit_layout(
            self.name, revision, asked.edits, asked.change, asked.then
        )
        self._asked = (number, asked)

    def _next(self) -> _Asked | None:
        """What is asked for next; None for nothing."""
        waiting = self._waiting[:1]
        if waiting and waiting[0].opens:
            return self._waiting.pop(0)
        if self._restored is not None:
            restored, self._restored = self._restored, None
            change = change_between(self._known, restored)
            if change is not None:
                return _Asked(change=change, noted=False)
        by_hand = bool(waiting) and waiting[0].change is not None
        typed = None if self.text is None else change_between(self._known, self.text)
        if typed is not None and not by_hand:
            drag = TYPED if "\n" not in typed.inserted else ""
            return _Asked(change=typed, words="text", drag=drag)
        return self._waiting.pop(0) if waiting else None
