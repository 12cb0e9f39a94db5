"""References: who chose which run for which histograms, and what a tile says of it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import msgspec

from dqmconsole.model.layout import Normalization, RunType
from dqmconsole.model.run import run_number
from dqmconsole.model.when import wanted_words
from dqmconsole.model.words import counted

Combine = Literal["worst", "any"]
BEING_READ = "the reference is being read"
"""What the note of a tile says until its reference is there."""


class ByHand(NamedTuple):
    """What was chosen for the session: a run, or a file; neither is nothing."""

    run: int = 0
    file: str = ""


class Retired(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a rule holds no more: it is kept for what was judged by it.

    Attributes:
        by: who said so.
        on: when, as ISO date.
        why: why.
    """

    NOUN: ClassVar[str] = "retired"

    by: str
    on: str
    why: str


class LastGoodRuns(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The recorded good runs of the same type, under the conditions of the rule.

    How they differ from one another is the band; the newest is what is drawn.

    Attributes:
        last: so many of them, the newest.
        template: band and spread follow the runs in their order; what is left of the
            weight of a run after one more, such as 0.9. None: all weigh alike.
    """

    NOUN: ClassVar[str] = "good_runs"

    last: int
    template: float | None = None


class ReferenceRule(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One rule of ``layouts/references.yaml``.

    Attributes:
        file: ROOT file, relative to the rules' folder; or
        run: run number, looked up in the source's folder, then the recorded ones; or
        runs: several of them, each compared with; or
        good_runs: those that are recorded as good.
        combine: of several, which verdict counts: the worst, or any that is good.
        subsystem: the rule holds for this subsystem; all when None.
        run_type: the rule holds for this run type; all, unknown too, when None.
        histograms: globs on the path of the monitor element; all when empty.
        when: condition -> what it must be: a number, [low, high] (null: open), a word
            or a list of words. See :mod:`dqmconsole.model.when`.
        valid_from, valid_until: the first and last run that it holds for.
        chosen_by, chosen_on, why: the provenance, printed on the panel.
        retired: since when it holds no more; None while it does.
    """

    chosen_by: str
    chosen_on: str
    why: str
    file: str | None = None
    run: int | None = None
    runs: tuple[int, ...] = ()
    good_runs: LastGoodRuns | None = None
    combine: Combine = "worst"
    subsystem: str | None = None
    run_type: RunType | None = None
    histograms: tuple[str, ...] = ()
    when: dict[str, Any] = {}
    valid_from: int | None = None
    valid_until: int | None = None
    retired: Retired | None = None

    @property
    def every_run(self) -> tuple[int, ...]:
        """The runs it names; none where it names a file, or the good ones."""
        return self.runs if self.run is None else (self.run,)

    @property
    def called(self) -> str:
        """The reference in words: "run 398000", "runs 1, 2", "references/good.root"."""
        if self.file is not None:
            return self.file
        if self.good_runs is not None:
            return f"the last {counted(self.good_runs.last, 'good run')}"
        noun = "run" if len(self.every_run) == 1 else "runs"
        return f"{noun} {', '.join(map(run_number, self.every_run))}"


class ReferenceNote(msgspec.Struct, frozen=True, gc=False):
    """What a tile says of its reference.

    Attributes:
        run: the reference's run; 0 when there is none.
        sentence: why there is none, or what is wrong with it; "" when all is well.
        normalize: how the reference was scaled, be it as asked for or not.
        scale: the factor by which its contents are multiplied to compare.
        origin: the file or run folder it came from.
        chosen_by, chosen_on, why: provenance from the rule.
        others: further runs that the rule names, which are compared with too.
        combine: of several references, which verdict counts.
        good: the run and the others are recorded good runs: they make the band, and
            the run alone is compared with.
        template: of these, see :class:`LastGoodRuns`.
        by_hand: it was chosen for this session, not by the site.
        unscaled: it could not be brought to the data's exposure in any way.
    """

    run: int = 0
    sentence: str = ""
    normalize: Normalization = "none"
    scale: float = 1.0
    origin: str = ""
    chosen_by: str = ""
    chosen_on: str = ""
    why: str = ""
    others: tuple[int, ...] = ()
    combine: Combine = "worst"
    good: bool = False
    template: float | None = None
    by_hand: bool = False
    unscaled: bool = False


def good_runs_words(note: ReferenceNote, shown: int = 1) -> str:
    """The good runs of a note: "5 good runs: 398210 …"."""
    runs = (note.run, *note.others)
    first = ", ".join(map(run_number, runs[:shown]))
    more = " …" if len(runs) > shown else ""
    return f"{counted(len(runs), 'good run')}: {first}{more}"


def range_words(rule: ReferenceRule) -> str:
    """The runs that a rule holds for, in words; "all runs" where it names none."""
    first, last = rule.valid_from, rule.valid_until
    if first is None:
        return "all runs" if last is None else f"runs up to {run_number(last)}"
    if last is None:
        return f"runs from {run_number(first)}"
    return f"runs {run_number(first)} to {run_number(last)}"


def scope_words(rule: ReferenceRule) -> str:
    """What a rule is for in words: "Hcal, collisions, pile-up 40 to 60"."""
    parts = [
        rule.subsystem or "",
        rule.run_type or "",
        *rule.histograms,
        *(wanted_words(name, wanted) for name, wanted in rule.when.items()),
    ]
    return ", ".join(each for each in parts if each) or "everything"
