"""The console's client of the engine: what is asked of it, and what came of it."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dqmconsole.link.codec import why_unsendable
from dqmconsole.model.frame import (
    FalseAlarmsFact,
    Frame,
    NoticeFact,
    OutageFact,
    ProblemsFact,
    ReferenceFact,
    ReleaseFact,
    RollupFact,
    RunsFact,
    Tile,
    VerdictFact,
)
from dqmconsole.model.history import History, LumisectionsFact, TransitionFact
from dqmconsole.model.message import (
    WORKING_COPY,
    AddWords,
    AskChainTest,
    AskForm,
    AskHistory,
    AskRecorded,
    AskUnsaved,
    Browse,
    Children,
    DrawExamples,
    EditLayout,
    EditRefused,
    EvidenceMade,
    Examples,
    Export,
    Exported,
    Fit,
    Fitted,
    FormFound,
    Found,
    Hello,
    HistoryFound,
    LayoutEdited,
    Open,
    Override,
    Problems,
    Receipt,
    RecordedFound,
    Search,
    SignedOff,
    SiteMessage,
    TakeUp,
    UnsavedFound,
    UseOverrides,
    UseReference,
    Watch,
    WhatIf,
    WhatIfFound,
)
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.blinding import BlindedMailbox
from dqmconsole.shift.feed import EngineState, Feed
from dqmconsole.shift.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.model.edit import Edit, Target, TextChange
    from dqmconsole.model.fit import FitFunction, FitMethod
    from dqmconsole.model.frame import Fact
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.history import NumberOf
    from dqmconsole.model.instruction import Example
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.message import (
        Down,
        ExportForm,
        MakeEvidence,
        Up,
        WatchItem,
    )
    from dqmconsole.model.past import PastMoment
    from dqmconsole.model.run_quality import RunQuality


class Changes(msgspec.Struct, frozen=True):
    """What one look into the mailbox brought.

    Attributes:
        tiles: keys of plots with a newer tile.
        statuses: some verdict, roll-up or outage changed.
        run: the run header was renewed.
        site: another site, or another version of it, is in force.
        problems, notices: those lists changed.
        history: what is known of how the runs came to be what they are grew.
        release: another release waits to be taken up, or none does any more.
        references: what all plots are compared with by hand, or the runs at hand, or
            how often checks went off in good ones.
        not_taken_up: a release that was asked for will not be read: that was refused,
            or another engine speaks.
        found, children: answers to search and browse, if any came.
        examples, evidence, fits, exports, histories, recorded: answers to those
            requests, if any came.
        edits: answers to what was asked of the editor; of request 0, a file that is
            open was changed by somebody else.
        what_ifs: what other limits would have said.
        refusals: the requests that were refused.
        engine: the engine's state changed.
    """

    tiles: frozenset[str] = frozenset()
    statuses: bool = False
    run: bool = False
    site: bool = False
    problems: bool = False
    notices: bool = False
    release: bool = False
    not_taken_up: bool = False
    history: bool = False
    references: bool = False
    found: Found | None = None
    children: tuple[Children, ...] = ()
    examples: tuple[Examples, ...] = ()
    evidence: tuple[EvidenceMade, ...] = ()
    fits: tuple[Fitted, ...] = ()
    exports: tuple[Exported, ...] = ()
    histories: tuple[HistoryFound, ...] = ()
    recorded: tuple[RecordedFound, ...] = ()
    edits: tuple[LayoutEdited | EditRefused | FormFound | UnsavedFound, ...] = ()
    what_ifs: tuple[WhatIfFound, ...] = ()
    refusals: tuple[Receipt, ...] = ()
    engine: bool = False


_Part = Literal[
    "statuses", "run", "site", "problems", "notices", "release", "not_taken_up",
    "history", "references",
]  # fmt: skip
_PARTS: dict[type, _Part] = {
    VerdictFact: "statuses",
    RollupFact: "statuses",
    OutageFact: "statuses",
    ProblemsFact: "problems",
    NoticeFact: "notices",
    ReleaseFact: "release",
    TransitionFact: "history",
    LumisectionsFact: "history",
    ReferenceFact: "references",
    RunsFact: "references",
    FalseAlarmsFact: "references",
}


class EngineClient:
    """One console on one source.

    Args:
        feed: where messages come from and go to.
        memory: folder in which engines keep what must survive their restart; "" for
            nowhere.
        recordings: folder below which engines record runs; "" for nowhere.

    Attributes:
        mailbox: the latest of all that the engine said; another one after
            :meth:`open` and :meth:`set_blinded`.
        site: the site that the engine reads, or None before it said so.
        source, banner: of what is open, as it is shown.
        recorded: it was over when it was opened; nothing newer is awaited.
        moment: unix time of an evidence bundle, s; None for all other sources.
        engine: how the engine is.
    """

    def __init__(
        self, feed: Feed | None = None, memory: str = "", recordings: str = ""
    ) -> None:
        self._feed = feed or Feed()
        self._memory = memory
        self._recordings = recordings
        self._unblinded = self.mailbox = Mailbox()
        self._requests = itertools.count(1)
        self.site: Site | None = None
        self.source = ""
        self.recorded = False
        self.banner = ""
        self.moment: float | None = None
        self._site_asked = ""
        self._release_asked = 0  # of what is open
        self._release_kept = 0  # of the source that was closed
        self._awaited = _Requests()
        self._to_show: frozenset[str] = frozenset()
        self._blinding_turned = self._blinding_ends = False
        self.engine = EngineState("ended", "nothing is open")

    def open(
        self,
        source: str,
        *,
        site: str = "",
        reference: str = "",
        banner: str = "",
        speed: float = 1.0,
        recorded: bool = False,
        recordings: str = "",
        working_copy: bool = False,
    ) -> None:
        """Open a source: a file, a folder, or "replay:FOLDER".

        The release of the site stays the one that was read, if it is the same site;
        with `working_copy` it is none, but what the next release may become.
        What is `recorded` is judged as it is; nothing newer is awaited. With a banner
        runs are recorded only where `recordings` names a folder for them.
        """
        request = self._request(
            source,
            site=site,
            reference=reference,
            banner=banner,
            recorded=recorded,
            speed=speed,
            recordings=recordings,
            working_copy=working_copy,
        )
        self._site_asked = site
        self._forget()
        self._release_asked, self._release_kept = request.release, 0
        self.source = source
        self.recorded = recorded
        self.banner = banner
        self._feed.open(request)
        self.engine = self._feed.state()

    def close_source(self) -> None:
        """Close what is open: nothing is, until :meth:`open`.

        The banner stays, and the release of the site for the next source.
        """
        read = self._release_of(self._site_asked)
        self._release_kept = read or self._release_asked
        self._forget()
        self.source = ""
        self.recorded = False
        self._feed.close_source()
        self.engine = self._feed.state()

    def open_ahead(
        self,
        source: str,
        *,
        site: str = "",
        reference: str = "",
        banner: str = "",
        recorded: bool = False,
    ) -> None:
        """Let another engine read what is opened next: see :meth:`open`."""
        self._feed.open_ahead(
            self._request(
                source, site=site, reference=reference, banner=banner, recorded=recorded
            )
        )

    def end_ahead(self) -> None:
        """Let nothing be read ahead any more."""
        self._feed.end_ahead()

    def _forget(self) -> None:
        """Forget all that was said of what is open."""
        blinded = self.blinded and not self._blinding_ends
        self._unblinded = Mailbox()
        self.mailbox = BlindedMailbox(self._unblinded) if blinded else self._unblinded
        self._blinding_ends = False
        self.site = self.moment = None
        self._awaited.lose()

    def _request(
        self,
        source: str,
        *,
        site: str,
        reference: str,
        banner: str,
        recorded: bool,
        speed: float = 1.0,
        recordings: str = "",
        working_copy: bool = False,
    ) -> Open:
        """What opens a source, now or ahead: it is known again by being equal."""
        return Open(
            source=source,
            site=site,
            reference=reference,
            banner=banner,
            speed=speed,
            release=self._release_of(site) or (WORKING_COPY if working_copy else 0),
            opened=time.time(),
            recorded=recorded,
            memory=self._memory,
            recordings=recordings or ("" if banner else self._recordings),
        )

    def _release_of(self, site: str) -> int:
        """The release of a site that is read now; 0 of another: the current one."""
        evidence = self.moment is not None  # its site is no release to keep to
        if evidence or site != self._site_asked:
            return 0
        if self.site is None:
            return self._release_kept
        read = self.site.release
        return WORKING_COPY if read is None else read.number

    def take(self) -> Changes:
        """Drain the mailbox; call it once per tick of the clock."""
        messages = self._feed.take()
        tiles = set(self._to_show)
        self._to_show = frozenset()
        changed: set[_Part] = set()
        for message in messages:
            if isinstance(message, Frame):
                for box in self._mailboxes():
                    tiles |= box.put(message)
                kinds = {type(fact) for fact in message.facts}
                changed.add("run")
                changed.update(_PARTS[each] for each in kinds & _PARTS.keys())
                if any(_refuses_release(each) for each in message.facts):
                    changed.add("not_taken_up")
            else:
                changed |= self._put(message)
        if self._blinding_turned:  # all that is known is to be shown again
            self._blinding_turned = False
            tiles |= self.mailbox.tiles.keys()
            changed |= {"statuses", "run", "problems", "notices", "release", "history"}
        before, self.engine = self.engine, self._feed.state()
        found = [each for each in messages if isinstance(each, Found)]
        refused = [each for each in messages
                   if isinstance(each, Receipt) and not each.done]  # fmt: skip
        return Changes(
            tiles=frozenset(tiles),
            found=found[-1] if found else None,
            children=tuple(each for each in messages if isinstance(each, Children)),
            examples=tuple(each for each in messages if isinstance(each, Examples)),
            evidence=tuple(each for each in messages if isinstance(each, EvidenceMade)),
            fits=tuple(each for each in messages if isinstance(each, Fitted)),
            exports=tuple(each for each in messages if isinstance(each, Exported)),
            histories=tuple(
                each for each in messages if isinstance(each, HistoryFound)
            ),
            recorded=tuple(
                each for each in messages if isinstance(each, RecordedFound)
            ),
            edits=tuple(
                each
                for each in messages
                if isinstance(
                    each, LayoutEdited | EditRefused | FormFound | UnsavedFound
                )
            ),
            what_ifs=tuple(each for each in messages if isinstance(each, WhatIfFound)),
            refusals=(*refused, *self._awaited.refused(messages, self.engine)),
            engine=self.engine != before,
            **dict.fromkeys(changed, True),
        )

    def watch(self, items: Sequence[WatchItem], past: PastMoment | None = None) -> None:
        """Say which plots are visible now; replaces what was said before.

        Plots that cannot be asked for are left out, for each engine would end over
        them; their tiles say why.

        Args:
            items: the plots.
            past: they are to be drawn as they are recorded of that moment.
        """
        unsent = [
            Tile(item.key, item.path, 0, 0, Verdict(Status.FAILED, why), past=past)
            for item in items
            if (why := why_unsendable(item))
        ]
        self._to_show = frozenset(tile.key for tile in unsent)
        for box in self._mailboxes():
            self._to_show |= box.look_back(past, self.settings.unit)
            box.keep_only(frozenset(item.key for item in items))
            box.tiles |= {tile.key: tile for tile in unsent}
        refused = {tile.key for tile in unsent}
        sendable = (item for item in items if item.key not in refused)
        self._feed.put(Watch(tuple(sendable), past))

    def search(self, text: str, limit: int = 200) -> int:
        """Search the source's elements; the number its Found will carry.

        It is refused when the engine ends before it answered.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(Search(request=request, text=text, limit=limit))
        return request

    def browse(self, folder: str) -> int:
        """List one folder of the source; the number its Children will carry.

        It is refused when the engine ends before it answered.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(Browse(request=request, folder=folder))
        return request

    def draw_examples(
        self,
        key: str,
        instruction: str,
        width: int,
        height: int,
        examples: tuple[Example, ...] | None = None,
    ) -> int:
        """Draw the examples of a plot's instruction; the number of the answer.

        It is answered by Examples, or refused.

        Args:
            key: the plot.
            instruction: id of the instruction.
            width: pixels of the plotting area, for maps.
            height: likewise.
            examples: of the instruction as it is edited; None for those of the site.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(DrawExamples(request, key, instruction, width, height, examples))
        return request

    def make_evidence(self, wanted: MakeEvidence) -> int:
        """Write an evidence bundle; the number of the answer.

        It is answered by EvidenceMade once the file is whole on the disk, or
        refused, also when the engine ends before; `wanted` gets its number here.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(msgspec.structs.replace(wanted, request=request))
        return request

    def add_words(self, path: str, words: str, by: str = "") -> int:
        """Put words into a bundle made before; the number of the answer.

        It is answered by EvidenceMade with the hash that the bundle has then.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(AddWords(request=request, path=path, words=words, by=by))
        return request

    def fit(
        self,
        key: str,
        path: str,
        function: FitFunction,
        within: tuple[float, float] | None = None,
        method: FitMethod | None = None,
        data: Histogram | None = None,
    ) -> int:
        """Fit a function to a plot; the number of the answer.

        It is answered by Fitted, or refused in words. Arguments as of ``Fit``.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(Fit(request, key, path, function, within, method, data))
        return request

    def export(self, key: str, path: str, form: ExportForm, target: str) -> int:
        """Write a plot with all its bins to a file; the number of the answer.

        It is answered by Exported, or refused in words. Arguments as of ``Export``.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(Export(request, key, path, form, target))
        return request

    def ask_history(
        self, path: str, quantity: NumberOf, bins: tuple[int, ...] = (), run: int = 0
    ) -> int:
        """Ask how a number of a plot went; the number of the answer.

        It is answered by HistoryFound. Arguments as of ``AskHistory``.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(AskHistory(request, path, quantity, bins, run))
        return request

    def ask_recorded(self, run: int) -> int:
        """Ask which updates of a run are recorded; the number of the answer.

        It is answered by RecordedFound.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(AskRecorded(request, run))
        return request

    def edit_layout(
        self,
        layout: str,
        revision: int = 0,
        edits: tuple[Edit, ...] = (),
        change: TextChange | None = None,
        then: Literal["", "save", "merge", "mine", "theirs", "close"] = "",
    ) -> int:
        """Open, edit or save a layout's file; the number of the answer.

        It is answered by LayoutEdited, or refused. Arguments as of ``EditLayout``.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(EditLayout(request, layout, revision, edits, change, then))
        return request

    def ask_form(
        self, layout: str, target: Target, more: tuple[Target, ...] = ()
    ) -> int:
        """Ask for the form of a part of a layout; the number of the answer.

        It is answered by FormFound, or refused. Arguments as of ``AskForm``.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(AskForm(request, layout, target, more))
        return request

    def ask_unsaved(self) -> int:
        """Ask what of the site is edited and not saved; the number of the answer.

        It is answered by UnsavedFound, or refused.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(AskUnsaved(request))
        return request

    def what_if(
        self, plot: Plot, then: dict[str, Any], now: dict[str, Any] | None = None
    ) -> int:
        """Ask what a check would have said of recorded runs; the number of the answer.

        It is answered by WhatIfFound, or refused. Arguments as of ``WhatIf``.
        """
        request = self._awaited.asked(next(self._requests))
        self._feed.put(WhatIf(request, plot, then, now))
        return request

    def ask_chain_test(self) -> int:
        """Ask for an alarm that is marked as a test; its number.

        It comes into the mailbox as other alarms do.
        """
        request = next(self._requests)
        self._feed.put(AskChainTest(request))
        return request

    def end_chain_test(self) -> None:
        """Forget the alarms that are tests."""
        for box in self._mailboxes():
            box.tests.clear()

    def take_up(self, release: int) -> None:
        """Read another release of the site; it comes as another site, or a notice."""
        self._feed.put(TakeUp(release=release))

    def use_reference(self, run: int = 0, file: str = "") -> None:
        """Compare all plots with a run or a file, by the site's rules for neither.

        What came of it stands in the mailbox under ``by_hand``; it is so until another
        source is opened, over restarts of the engine too.
        """
        self._feed.put(UseReference(run, file))

    def override(self, run: int, overrides: Iterable[Override]) -> None:
        """Judge a run as if the detector control said this of some partitions."""
        self._feed.put(UseOverrides(run, tuple(overrides)))

    def say_good(self, runs: Iterable[RunQuality]) -> None:
        """Let the engine keep whether runs that were signed off are good."""
        self._feed.put(SignedOff(tuple(runs)))

    @property
    def settings(self) -> SiteSettings:
        """What the site calls things; the usual names before it is there."""
        return self.site.settings if self.site is not None else SiteSettings("")

    def has_condition(self, name: str) -> bool:
        """Tell whether the site says where a condition stands, or it is known anyhow.

        Args:
            name: as ``ConditionPaths`` and ``Conditions`` have it.
        """
        known = getattr(self.mailbox.run.conditions, name) is not None
        return known or bool(getattr(self.settings.conditions, name))

    @property
    def blinded(self) -> bool:
        """Tell whether verdicts are hidden."""
        return isinstance(self.mailbox, BlindedMailbox)

    def set_blinded(self, on: bool) -> None:
        """Hide what is said of good and bad, in what came and what comes, or show it.

        It holds over the next sources too, until it is taken away.
        """
        self._blinding_ends = False
        if on != self.blinded:
            box = self._unblinded
            self.mailbox = BlindedMailbox(box) if on else box
            self._blinding_turned = True

    def end_blinding(self) -> None:
        """Show verdicts again with the next source; those of this one stay hidden."""
        self._blinding_ends = True

    def close(self) -> None:
        """End the engine in order."""
        self._feed.close()

    def _mailboxes(self) -> Iterable[Mailbox]:
        """Those that take in what comes: that of what was said, and what is seen."""
        return (self._unblinded, self.mailbox) if self.blinded else (self.mailbox,)

    def _put(self, message: Up | Down) -> set[_Part]:
        """Take in a message that is no frame; what it changed."""
        match message:
            case SiteMessage(site=site):
                self.site = site
                for box in self._mailboxes():
                    box.put_site(site.problems)
                return {"site", "statuses", "problems"}
            case Hello():
                self.source = message.source or self.source
                self.banner = message.banner or self.banner
                self.moment = message.moment
                changed: set[_Part] = {
                    "run", "notices", "problems", "statuses", "not_taken_up",
                }  # fmt: skip
                if self._unblinded.release_waiting is not None:
                    changed.add("release")
                for box in self._mailboxes():
                    box.put_hello()
                return changed
            case History():
                for box in self._mailboxes():
                    box.put_history(message)
                return {"history"}
            case Problems(problems=problems):
                for box in self._mailboxes():
                    box.problems["engine"] = problems
                return {"problems"}
        return set()


def _refuses_release(fact: Fact) -> bool:
    return (
        isinstance(fact, NoticeFact) and fact.name == "release" and bool(fact.sentence)
    )


class _Requests:
    """Numbers of the requests that no engine has answered yet.

    When the engine that was asked goes, they are refused.
    """

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._lost: set[int] = set()
        self._gone = False

    def asked(self, number: int) -> int:
        """A request was sent; its number again."""
        (self._lost if self._gone else self._waiting).add(number)
        return number

    def lose(self) -> None:
        """The engine that was asked answers no more."""
        self._lost |= self._waiting
        self._waiting.clear()

    def refused(
        self, messages: Iterable[Up | Down], engine: EngineState
    ) -> list[Receipt]:
        """Refusals of what will not be answered.

        Args:
            messages: what has come in.
            engine: how the engine is after that.
        """
        for message in messages:
            if isinstance(
                message,
                Receipt
                | Examples
                | EvidenceMade
                | Fitted
                | Exported
                | HistoryFound
                | RecordedFound
                | LayoutEdited
                | EditRefused
                | FormFound
                | UnsavedFound
                | WhatIfFound
                | Found
                | Children,
            ):
                self._waiting.discard(message.request)
                self._lost.discard(message.request)
        self._gone = engine.state in ("restarting", "ended")
        if self._gone:
            self.lose()
        lost, self._lost = sorted(self._lost), set()
        return [
            Receipt(number, False, "the engine ended before it answered; ask again")
            for number in lost
        ]
