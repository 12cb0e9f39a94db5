"""The messages between engine and console; later work adds to the list."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dqmconsole.model.edit import Edit, Target, TextChange
from dqmconsole.model.fit import FitFunction, FitMethod, FitResult
from dqmconsole.model.form import FormField, InForce
from dqmconsole.model.frame import Frame, Tile
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.history import History, HistoryPoint, NumberOf
from dqmconsole.model.instruction import Example, ExampleKind, Instruction
from dqmconsole.model.layout import Layout, Normalization, Plot, ReferenceMode
from dqmconsole.model.past import PastMoment
from dqmconsole.model.problem import Problem
from dqmconsole.model.record import Versions
from dqmconsole.model.reference import ByHand
from dqmconsole.model.run import Conditions
from dqmconsole.model.run_quality import RunQuality
from dqmconsole.model.site import Site
from dqmconsole.model.verdict import Verdict

TRAINING = "TRAINING"
"""The banner of a session that is a training: its log is thrown away."""

WORKING_COPY = -1  # for Open.release: what it was before the site's first release


class Hello(msgspec.Struct, frozen=True, tag="hello", gc=False):
    """The engine's first word.

    Attributes:
        version: version of the program it runs.
        pid: its process.
        source: the source as a person would name it.
        banner: "DEMO", "REPLAY", ... when the data are not the detector's, else "".
        moment: unix time, s, at which all it shows stands still (an evidence
            bundle); None: now.
    """

    version: str
    pid: int
    source: str
    banner: str = ""
    moment: float | None = None


class SiteMessage(msgspec.Struct, frozen=True, tag="site", gc=False):
    """The site, at the start and whenever it changed."""

    site: Site


class FoundItem(msgspec.Struct, frozen=True, gc=False):
    """One monitor element of the source: its path, kind and entries (or None)."""

    path: str
    kind: str
    entries: float | None = None


class Found(msgspec.Struct, frozen=True, tag="found", gc=False):
    """Answer to Search: the first `limit` elements and how many there are."""

    request: int
    run: int
    items: tuple[FoundItem, ...]
    total: int


class Children(msgspec.Struct, frozen=True, tag="children", gc=False):
    """Answer to Browse: what lies in one folder of the source."""

    request: int
    run: int
    folder: str
    folders: tuple[str, ...]
    items: tuple[FoundItem, ...]


class Receipt(msgspec.Struct, frozen=True, tag="receipt", gc=False):
    """A request was done, or refused with a reason."""

    request: int
    done: bool
    sentence: str = ""


class DrawnExample(msgspec.Struct, frozen=True, gc=False):
    """One example of an instruction, drawn.

    Attributes:
        kind, caption, cause: as the instruction has them.
        tile: the plot's reference with the cause in it; its banner says EXAMPLE.
        sentence: why there is none; "" when there is.
    """

    kind: ExampleKind
    caption: str
    cause: str = ""
    tile: Tile | None = None
    sentence: str = ""


class Examples(msgspec.Struct, frozen=True, tag="examples", gc=False):
    """Answer to DrawExamples, in the order of the instruction."""

    request: int
    key: str
    instruction: str
    items: tuple[DrawnExample, ...]


class EvidenceMade(msgspec.Struct, frozen=True, tag="evidence-made", gc=False):
    """Answer to MakeEvidence: the bundle is on the disk.

    Attributes:
        request: the request's number.
        path: the file.
        hash: blake2b of its bytes, 32 hex digits.
        size: its bytes.
    """

    request: int
    path: str
    hash: str
    size: int


class Fitted(msgspec.Struct, frozen=True, tag="fitted", gc=False):
    """Answer to Fit: what came of it.

    Attributes:
        request: the request's number.
        key: the plot.
        run: whose bins they are; 0 of bins that came with the request.
        result: the fit.
    """

    request: int
    key: str
    run: int
    result: FitResult


class Exported(msgspec.Struct, frozen=True, tag="exported", gc=False):
    """Answer to Export: the file is on the disk, with so many bytes; or the text.

    Attributes:
        request: that of the Export.
        path: the file; "" for text.
        size: its bytes, or the characters of the text.
        text: what was asked for as text.
    """

    request: int
    path: str
    size: int
    text: str = ""


class HistoryFound(msgspec.Struct, frozen=True, tag="history-found", gc=False):
    """Answer to AskHistory.

    Attributes:
        request, path, quantity, bins: those of the AskHistory.
        run: the run of `updates`.
        updates: the number in each update of the run, of what that added; ascending.
        runs: the number in each run that is recorded, of all it held; ascending. Of a
            bin there are none.
        sentence: why there are no updates; "" where there are.
        conditions: those of the runs whose record is still there, as they were last.
    """

    request: int
    path: str
    quantity: NumberOf
    bins: tuple[int, ...]
    run: int
    updates: tuple[HistoryPoint, ...] = ()
    runs: tuple[HistoryPoint, ...] = ()
    sentence: str = ""
    conditions: dict[int, Conditions] = {}


class RecordedFound(msgspec.Struct, frozen=True, tag="recorded-found", gc=False):
    """Answer to AskRecorded.

    Attributes:
        request, run: those of the AskRecorded.
        updates: by client the last lumisection of each update that is recorded, in
            the order of recording.
        sentence: why there are none; "" where there are.
    """

    request: int
    run: int
    updates: dict[str, tuple[int, ...]] = {}
    sentence: str = ""


class LayoutEdited(msgspec.Struct, frozen=True, tag="layout-edited", gc=False):
    """Answer to EditLayout: the file as it is by now.

    Attributes:
        request: that of the EditLayout.
        layout: that of the EditLayout.
        file: the file.
        revision: of the text; it grows with each change.
        change: from the text before; None where there is none, or `text` is whole.
        text: the whole text, when it is opened or was taken from the disk; else None.
        words: what changed.
        targets: where what was edited stands.
        problems: of the text, with line and column.
        expanded: the healthy part of the layout, for the preview; of a text that is no
            YAML as it was before. None when there is none.
        written: key of a plot or page -> where it is written.
        unsaved: the text is another than that of the file.
        others: somebody else has changed the file since.
        conflicts: lines, from 1, in which their text and this one conflict.
        note: what is to be known (text that was not saved was found, the file is
            read-only, unsaved text is not safe); "".
        instruction: of the file of one: it, as it was when it was healthy last.
        saved: the text of the file, where one is opened that is not saved; else None.
        left: unix time, s, of unsaved text of another editor, which ended: it waits
            until it is settled, as what others wrote is; 0 for none.
    """

    request: int
    layout: str
    file: str
    revision: int
    change: TextChange | None = None
    text: str | None = None
    words: str = ""
    targets: tuple[Target, ...] = ()
    problems: tuple[Problem, ...] = ()
    expanded: Layout | None = None
    written: dict[str, Target] = {}
    unsaved: bool = False
    others: bool = False
    conflicts: tuple[int, ...] = ()
    note: str = ""
    instruction: Instruction | None = None
    saved: str | None = None
    left: float = 0.0


class EditRefused(msgspec.Struct, frozen=True, tag="edit-refused", gc=False):
    """Answer to EditLayout or AskForm: nothing was changed, and why.

    Attributes:
        request: that of the question.
        sentence: why.
        code: "shared" where the answer may be another ``shared`` of the edit,
            "others" where the file was changed on the disk, "revision" where the
            console has an older text; else as ``site.layout_text`` has them.
        line, column: where, from 1; 0 for none.
        anchor: of "shared", the anchor.
        users: of "shared", those who share the text.
    """

    request: int
    sentence: str
    code: str = ""
    line: int = 0
    column: int = 0
    anchor: str = ""
    users: tuple[str, ...] = ()


class UnsavedFound(msgspec.Struct, frozen=True, tag="unsaved-found", gc=False):
    """Answer to AskUnsaved.

    Attributes:
        request: that of the AskUnsaved.
        files: names in the site of the files with unsaved text: of this editor, and of
            those that ended ("layouts/10-Hcal.yaml").
    """

    request: int
    files: tuple[str, ...] = ()


class FormFound(msgspec.Struct, frozen=True, tag="form-found", gc=False):
    """Answer to AskForm.

    Attributes:
        request, target: those of the AskForm.
        fields: of its form.
        in_force: what holds of each, and where it is written.
        line: of the text, from 1, in which the part begins.
        more: further plots that are edited with it, and what holds of them.
    """

    request: int
    target: Target
    fields: tuple[FormField, ...]
    in_force: tuple[InForce, ...]
    line: int = 1
    more: tuple[tuple[Target, tuple[InForce, ...]], ...] = ()


class WhatIfRun(msgspec.Struct, frozen=True, gc=False):
    """What a check says of one recorded run.

    Attributes:
        run: its number.
        good: whether it is good; None where nobody has said it.
        now, then: the worst status with the check as it is, and as it would be; None
            where it does not judge the run.
        alarms_now, alarms_then: how often it goes off.
        hours: of it that are recorded.
        sentence: what it would say.
    """

    run: int
    good: bool | None
    now: str | None
    then: str | None
    alarms_now: int = 0
    alarms_then: int = 0
    hours: float = 0.0
    sentence: str = ""


class WhatIfFound(msgspec.Struct, frozen=True, tag="what-if-found", gc=False):
    """Answer to WhatIf: the recorded runs, the newest first."""

    request: int
    runs: tuple[WhatIfRun, ...]


class Problems(msgspec.Struct, frozen=True, tag="problems", gc=False):
    """Problems that belong to no frame (the engine could not start its source)."""

    problems: tuple[Problem, ...]


class EngineEnded(msgspec.Struct, frozen=True, gc=False):
    """How an engine ended, of which its console wanted more.

    Attributes:
        how: it said nothing for so long that it was ended, or a fault of its own
            ended it, or it was killed: by a person, or by the system for want of
            memory.
        at: unix time, s.
        pid: its process.
    """

    how: Literal["hung", "crashed", "killed"]
    at: float
    pid: int


class Open(msgspec.Struct, frozen=True, tag="open", gc=False):
    """The console's first word: what to open.

    Attributes:
        source: file, folder, evidence bundle, or "replay:FOLDER".
        site: folder of the site; "" for the bundled one.
        reference: a ROOT file that overrides all rules, or "".
        recordings: folder below which the engine records the runs of the source; ""
            for nowhere.
        reference_run, reference_file: what all plots are compared with, before all
            rules, by hand; 0 and "" for nothing. See UseReference.
        banner: "DEMO", "REPLAY" or "".
        speed: for a replay: seconds of the run per second.
        recorded: what a folder holds is over: judged as it is, be it seen to move or
            not.
        memory: folder in which the engine keeps what must survive its restart; "" for
            nowhere.
        release: the site's release to read; 0 for the one that is current,
            WORKING_COPY for none.
        opened: unix time at which the console opened it, s, whichever engine serves
            it since; 0 for now. What was old then is a recording, what has become
            old since is stale.
        before: how the engine before this one ended; None where that was in order.
    """

    source: str
    site: str = ""
    reference: str = ""
    banner: str = ""
    speed: float = 1.0
    release: int = 0
    opened: float = 0.0
    recorded: bool = False
    memory: str = ""
    recordings: str = ""
    reference_run: int = 0
    reference_file: str = ""
    before: EngineEnded | None = None


class WatchItem(msgspec.Struct, frozen=True, gc=False):
    """One plot somebody looks at.

    Attributes:
        key: the plot's key, or the bare path of any element.
        path: path of the monitor element.
        width, height: pixels of the plotting area, for maps.
        mode: how the reference is compared; None takes the layout's.
        whole: send a map with every bin (the detail view), as far as a message can.
        normalize: how the reference is scaled; None takes the layout's.
        cut: what to show of a histogram that has more axes, such as "xz", "z" or
            "x y=3:5" (see ``model.projection``); "" for what is drawn by itself: of
            three axes "xy", else the whole.
        reference: a run that it is compared with, before all else; 0 for none.
        beside: further runs to draw with it, for looking.
        states: it is drawn as rows of states: where bins share a pixel, off is seen.
    """

    key: str
    path: str
    width: int
    height: int
    mode: ReferenceMode | None = None
    whole: bool = False
    normalize: Normalization | None = None
    cut: str = ""
    reference: int = 0
    beside: tuple[ByHand, ...] = ()
    states: bool = False


class Watch(msgspec.Struct, frozen=True, tag="watch", gc=False):
    """All that is visible now; replaces the Watch before. Answered at once.

    Attributes:
        items: the plots.
        past: they are drawn as they are recorded of that moment; None: as they are now.
    """

    items: tuple[WatchItem, ...]
    past: PastMoment | None = None


class Search(msgspec.Struct, frozen=True, tag="search", gc=False):
    """Find elements that all words of `text` match, the best first.

    :class:`~dqmconsole.model.search.Query` says what matches, and how well.
    """

    request: int
    text: str
    limit: int = 200


class Browse(msgspec.Struct, frozen=True, tag="browse", gc=False):
    """List one folder ("" for the top) of the current run."""

    request: int
    folder: str


class DrawExamples(msgspec.Struct, frozen=True, tag="draw-examples", gc=False):
    """Draw the examples of a plot's instruction on the plot's reference.

    Attributes:
        request: the request's number.
        key: the plot.
        instruction: id of the instruction.
        width, height: pixels of the plotting area, for maps.
        examples: of the instruction as it is edited; None for those of the site.
    """

    request: int
    key: str
    instruction: str
    width: int
    height: int
    examples: tuple[Example, ...] | None = None


class PastVerdict(msgspec.Struct, frozen=True, gc=False):
    """A verdict as it was: when it changed (unix time, s), on which plot and run."""

    at: float
    key: str
    run: int
    verdict: Verdict


EVIDENCE_SUFFIX = ".dqmevidence"
"""How the names of evidence bundles end."""


class MakeEvidence(msgspec.Struct, frozen=True, tag="make-evidence", gc=False):
    """Write an evidence bundle of some plots.

    Attributes:
        request: the request's number.
        target: the file to write.
        title: what is shown.
        page: "Layout/Page", or "" for a plot outside all pages.
        keys: the plots in view, in their order.
        modes: plot -> how its reference is compared in the view.
        normalized: plot -> how its reference is scaled there.
        picture: the view as PNG.
        words: what the shifter says of it.
        by: the shifter.
        history: how the verdicts became what they are.
        versions: what is in force.
    """

    request: int
    target: str
    title: str
    page: str
    keys: tuple[str, ...]
    picture: bytes
    words: str = ""
    by: str = ""
    modes: dict[str, ReferenceMode] = {}
    normalized: dict[str, Normalization] = {}
    history: tuple[PastVerdict, ...] = ()
    versions: Versions = Versions()


class AddWords(msgspec.Struct, frozen=True, tag="add-words", gc=False):
    """Put the shifter's words into a bundle made before; answered by EvidenceMade.

    What was in view is taken when the shifter sees it; the words come later.

    Attributes:
        request: the request's number.
        path: the bundle.
        words: what the shifter says, Markdown.
        by: the shifter.
    """

    request: int
    path: str
    words: str
    by: str = ""


ExportForm = Literal["csv", "root", "uhi", "text"]


class Fit(msgspec.Struct, frozen=True, tag="fit", gc=False):
    """Fit a function to a plot; answered by Fitted, or refused in words.

    Attributes:
        request: the request's number.
        key: the plot's key, or the bare path of any element.
        path: path of the monitor element.
        function: what is fitted.
        within: the range in the unit of x; None for all bins.
        method: None chooses by the contents.
        data: what to fit, of one axis: the bins as they are seen, be the pictures held
            or be it a slice of a map. None for what the plot holds now.
    """

    request: int
    key: str
    path: str
    function: FitFunction
    within: tuple[float, float] | None = None
    method: FitMethod | None = None
    data: Histogram | None = None


class Export(msgspec.Struct, frozen=True, tag="export", gc=False):
    """Write a plot with all its bins and what it is compared with, scaled, to a file.

    Attributes:
        request: the request's number.
        key: the plot's key, or the bare path of any element.
        path: path of the monitor element.
        form: CSV, ROOT or UHI's JSON; "text" is the table of CSV with tabs, which
            comes back in the answer.
        target: the file to write; "" for text.
    """

    request: int
    key: str
    path: str
    form: ExportForm
    target: str


class AskHistory(msgspec.Struct, frozen=True, tag="ask-history", gc=False):
    """Ask how a number of a plot went; answered by HistoryFound.

    Attributes:
        request: the request's number.
        path: path of the monitor element.
        quantity: which number.
        bins: of "bin", which: counted from 0, where 0 is the underflow, one an axis.
        run: along which run; 0 for the current one.
    """

    request: int
    path: str
    quantity: NumberOf
    bins: tuple[int, ...] = ()
    run: int = 0


class AskRecorded(msgspec.Struct, frozen=True, tag="ask-recorded", gc=False):
    """Ask which updates of a run are recorded; answered by RecordedFound."""

    request: int
    run: int


class AskChainTest(msgspec.Struct, frozen=True, tag="ask-chain-test", gc=False):
    """Ask for an alarm that is marked as a test; it comes among the facts of a Frame.

    Attributes:
        request: the request's number, which becomes part of its id.
    """

    request: int


class EditLayout(msgspec.Struct, frozen=True, tag="edit-layout", gc=False):
    """Open a layout's file, edit or save it; answered by LayoutEdited or EditRefused.

    The file is that of the site's working copy; what consoles on shift read is
    published.

    Attributes:
        request: the request's number.
        layout: name of the layout, or of its file; of an instruction that of its file
            in the site ("instructions/hcal/timing.md"), which need not be there yet.
        revision: of the text that the console has; 0 to open it, or whatever it is.
        edits: made in this order, all or none.
        change: what was typed, or undone.
        then: what is done after that: save the file, or settle what others wrote
            meanwhile or left (put both together, keep this text, take theirs), or end.
    """

    request: int
    layout: str
    revision: int = 0
    edits: tuple[Edit, ...] = ()
    change: TextChange | None = None
    then: Literal["", "save", "merge", "mine", "theirs", "close"] = ""


class AskForm(msgspec.Struct, frozen=True, tag="ask-form", gc=False):
    """Ask for the form of a part of a layout that is edited; answered by FormFound.

    Attributes:
        request: the request's number.
        layout: name of the layout, or of its file.
        target: the part.
        more: further plots that are edited with it.
    """

    request: int
    layout: str
    target: Target
    more: tuple[Target, ...] = ()


class AskUnsaved(msgspec.Struct, frozen=True, tag="ask-unsaved", gc=False):
    """Ask what of the site was edited and is not saved; answered by UnsavedFound.

    Attributes:
        request: the request's number.
    """

    request: int


class WhatIf(msgspec.Struct, frozen=True, tag="what-if", gc=False):
    """Ask what a check would have said of the recorded runs; answered by WhatIfFound.

    Another WhatIf takes the place of one that is still at work, which is refused.

    Attributes:
        request: the request's number.
        plot: one monitor element, with all it inherits.
        then: an item of its checks, as it would be.
        now: as it is; None where it is new.
    """

    request: int
    plot: Plot
    then: dict[str, Any]
    now: dict[str, Any] | None = None


class TakeUp(msgspec.Struct, frozen=True, tag="take-up", gc=False):
    """Read another release of the site's ledger from now on."""

    release: int


class UseReference(msgspec.Struct, frozen=True, tag="use-reference", gc=False):
    """Show all plots with a run, or a file, as reference; answered by a ReferenceFact.

    Verdicts stay with the references of the site.

    Attributes:
        run: looked up in the source's folder, then the recorded ones; or
        file: a ROOT file. Neither: the site's rules hold again.
    """

    run: int = 0
    file: str = ""


class Override(msgspec.Struct, frozen=True, gc=False):
    """What a partition of the detector control really is, who says so, and why."""

    partition: str
    on: bool
    words: str


class UseOverrides(msgspec.Struct, frozen=True, tag="use-overrides", gc=False):
    """Judge a run as if the detector control said this of some partitions.

    Those of the last message hold; none ends all.
    """

    run: int
    overrides: tuple[Override, ...] = ()


class SignedOff(msgspec.Struct, frozen=True, tag="signed-off", gc=False):
    """Whether runs that were signed off are good: whoever records them keeps it."""

    runs: tuple[RunQuality, ...]


class Ping(msgspec.Struct, frozen=True, tag="ping", gc=False):
    """The console's heart-beat."""

    sent: float


Up = (
    Hello | SiteMessage | Frame | Found | Children | Receipt | Problems
    | Examples | EvidenceMade | History | Fitted | Exported | HistoryFound
    | RecordedFound | LayoutEdited | EditRefused | FormFound | UnsavedFound
    | WhatIfFound
)  # fmt: skip
Down = (
    Open | Watch | Search | Browse | Ping | DrawExamples | MakeEvidence | AddWords
    | TakeUp | Fit | Export | UseReference | AskHistory | SignedOff
    | AskRecorded | AskChainTest | UseOverrides | EditLayout | AskForm | AskUnsaved
    | WhatIf
)  # fmt: skip
