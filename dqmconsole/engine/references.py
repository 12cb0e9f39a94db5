"""Which reference a plot is compared with, and how it is scaled; or why with none."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dqmconsole.checks.limits import ENOUGH_RUNS
from dqmconsole.engine.conditions import looked_for, read_conditions
from dqmconsole.engine.elements import defect_of, reason_of
from dqmconsole.engine.reference_runs import ReferenceRun
from dqmconsole.engine.run_bands import UNASKED, RunBands
from dqmconsole.model.compare import Exposure, incompatible, normalization
from dqmconsole.model.frame import ReferenceFact, RunBeside, RunFact, RunsFact
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import DEFAULT_NORMALIZE, subsystem_of
from dqmconsole.model.paths import with_home
from dqmconsole.model.reference import BEING_READ, ByHand, ReferenceNote
from dqmconsole.model.run import run_words
from dqmconsole.model.site import ConditionPaths
from dqmconsole.model.when import differences, value_of, wanted_words, why_not
from dqmconsole.model.words import listed
from dqmconsole.rootio.errors import (
    BeingReadError,
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)
from dqmconsole.site.layouts import plots_of
from dqmconsole.site.references import by_rank, explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.engine.reference_runs import ReferenceRuns
    from dqmconsole.engine.run_bands import PlotBand
    from dqmconsole.model.graph import Element
    from dqmconsole.model.layout import Normalization
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.run import Conditions
    from dqmconsole.model.site import Site
    from dqmconsole.site.references import Choice, Passed

_KEPT_BYTES = 64 << 20
_AGAIN_AFTER = 0.5  # s until a reference that another process reads is asked for again
_RETRY_AFTER = 30.0  # s until what could not be opened is tried again
_RUNS_KEPT = 4  # whose conditions are known: pictures of a run outlive it


NOTHING = ByHand()


class Measured(NamedTuple):
    """An element as it is now, to which references are scaled.

    Attributes:
        data: all its bins.
        path: its path.
        normalize: the normalisation asked for.
        seen: the exposure of the data.
        accumulates: what the element accumulates over.
        run: the run that is compared; 0 for the latest one.
    """

    data: Histogram
    path: str
    normalize: Normalization
    seen: Exposure = Exposure()
    accumulates: str = "run"
    run: int = 0

    @property
    def of_runs(self) -> Normalization:
        """How good runs are brought to one exposure: what does not grow has none."""
        return self.normalize if self.accumulates == "run" else "none"


class Compared(NamedTuple):
    """What an element is judged by: unscaled; and how good runs differ, if known."""

    reference: Histogram | None
    note: ReferenceNote
    band: PlotBand | None = None


class References:
    """Resolves the rules of a site for the run at hand.

    Args:
        site: its rules and where conditions stand.
        runs: where references come from.
        override: a file that goes before all rules (``--reference``), or "".
        by_hand: what was chosen for the session: pictures alone are compared with it.
        bands: the recorded good runs; None: those of `runs`.
    """

    def __init__(
        self,
        site: Site,
        runs: ReferenceRuns,
        override: str = "",
        by_hand: ByHand = NOTHING,
        bands: RunBands | None = None,
    ) -> None:
        self._site = site
        self._former = {
            plot.path: plot.formerly for *_, plot in plots_of(site) if plot.formerly
        }
        self._bands = bands or RunBands(runs.records)
        self._runs = runs
        self._override = override
        self._by_hand = by_hand
        self._told: ReferenceFact | None = ReferenceFact()
        self._told_runs = RunsFact()
        self._recorded: dict[int, Conditions] = {}
        self._known: dict[int, Conditions] = {}
        self._run = 0
        self._turned: list[str] = []
        self._kept: OrderedDict[tuple[str, str, int], Histogram] = OrderedDict()
        self._exposures: dict[tuple[object, ...], Exposure] = {}
        self._conditions: dict[tuple[object, ...], Conditions] = {}
        self._homes: dict[str, tuple[str, ...]] = {}
        self._ranked: dict[str, list[int]] = {}
        self._not_stored: dict[str, tuple[int, int]] = {}
        self._reading = False
        self._again_at = 0.0
        self._retry_at: float | None = None
        self.replaced = False  # at the last poll some were others than were opened

    @property
    def by_hand(self) -> ByHand:
        """What was chosen for the session."""
        return self._by_hand

    def use(self, by_hand: ByHand) -> None:
        """Show what is chosen for this session; for nothing that of the rules."""
        self._by_hand = by_hand
        self._told = None  # it is answered, be it the same
        self._runs.forget_failures()

    def take_fact(self) -> ReferenceFact | None:
        """What is to be said of the choice for the session, when that is new."""
        fact = self._fact()
        if fact == self._told:
            return None
        self._told = fact
        return fact

    def take_runs(self) -> RunsFact | None:
        """The runs that can be chosen, when they are others than were told."""
        others = {run: each for run, each in self._recorded.items() if run != self._run}
        fact = RunsFact(self._runs.at_hand(), others)
        if fact == self._told_runs:
            return None
        self._told_runs = fact
        return fact

    def notice(self, run: int, conditions: Conditions) -> bool:
        """Take in the conditions of a run.

        Returns:
            Whether another rule may hold now, or something else be said.
        """
        if not run:
            return False
        before = self._known.get(run)
        if self._run != run:
            self._recorded = self._runs.records.conditions()
        self._run = run
        self._known[run] = conditions
        for each in sorted(self._known)[:-_RUNS_KEPT]:
            del self._known[each]
        if before is None or before == conditions:
            return False
        self._turned += self._turning(run, before, conditions)
        names = {name for rule in self._site.references for name in rule.when}
        return (
            any(value_of(before, name) != value_of(conditions, name) for name in names)
            or before.scalars != conditions.scalars
        )

    def take_turned(self, reached: int | None, unit: str) -> list[RunFact]:
        """By which rules plots are judged since conditions changed; each change once.

        Args:
            reached: the lumisection from which that is so, or None.
            unit: what stands before its number.
        """
        turned, self._turned = self._turned, []
        since = "" if reached is None else f" from {unit} {reached} on"
        return [RunFact(self._run, f"Verdicts{since}: {each}") for each in turned]

    @cached_property
    def _kinds(self) -> tuple[str, ...]:
        """A plot for each way in which the rules stand for plots of the site."""
        rules = self._site.references
        pages = (page for layout in self._site.layouts for page in layout.pages)
        paths = (plot.path for page in pages for plot in page.plots)
        return tuple({tuple(by_rank(rules, path)): path for path in paths}.values())

    def _turning(self, run: int, before: Conditions, now: Conditions) -> list[str]:
        """By which rules plots are judged now, of those whose conditions changed."""
        rules = self._site.references
        same = all(
            bool(why_not(rule.when, before)[0]) == bool(why_not(rule.when, now)[0])
            for rule in rules
        )
        if same or self._override:
            return []
        begun: set[int] = set()
        ended: set[int] = set()
        for path in self._kinds:
            was = explain(rules, path, before.run_type, run, before)
            choice = explain(rules, path, now.run_type, run, now)
            if was.at == choice.at or was.unknown:
                continue
            if was.at is not None:
                ended.add(was.at)
            if choice.at is not None:
                begun.add(choice.at)
        said = [f"by {_listed(rules, begun)}"] if begun else []
        said += [f"no longer by {_listed(rules, ended)}"] if ended else []
        return [", ".join(said)] if said else []

    def poll(self, now: float) -> bool:
        """Take in what recorded folders hold; True when a reference may be found."""
        found = self._runs.recorded.poll(now) | self._bands.poll(now)
        self.replaced = False
        if self._retry_at is None:
            self._retry_at = now + _RETRY_AFTER
        if not 0 <= self._retry_at - now <= _RETRY_AFTER:
            self._retry_at = now + _RETRY_AFTER
            self.replaced = self._runs.look_again(now)
            found |= self._runs.forget_failures() | self._runs.records.poll(now)
            found |= self.replaced
            self._recorded = self._runs.records.conditions()
        if self._reading and now >= self._again_at:
            self._reading, self._again_at = False, now + _AGAIN_AFTER
            found = True
        return found

    @property
    def waiting(self) -> bool:
        """Some are being read, or looked for: :meth:`poll` says when they are there."""
        looking = self._runs.recorded.looking
        return self._reading or looking or self._bands.waiting

    def note(
        self, path: str, run_type: str | None, run: int = 0
    ) -> tuple[ReferenceRun | None, ReferenceNote]:
        """The run an element is compared with, and its provenance.

        Of several it is the first. The run is None, and the note says why, when there
        is none.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
            run: the run that is compared; 0 for the latest one.
        """
        found = self._shown(path, run_type, run)
        return next((each for each in found if each[0] is not None), found[0])

    def scaled(
        self, measured: Measured, run_type: str | None, by_hand: int = 0
    ) -> tuple[Histogram | None, ReferenceNote]:
        """The reference of an element, unscaled, with its scale in the note.

        Never drawn wrongly: when it is missing, unreadable or binned differently, it
        is None and the note says why. When it cannot be scaled as asked it is scaled
        by area, or not at all, and the note says so, and in which conditions the
        reference was taken where they are others. Of several it is the first.

        Args:
            measured: the element as it is now.
            run_type: type of the run; None where it is unknown (see ``choose``).
            by_hand: a run chosen for this plot, which goes before all; 0 for none.
        """
        first: tuple[Histogram | None, ReferenceNote] | None = None
        path, run, how = measured.path, measured.run, measured.of_runs
        for chosen, note in self._shown(path, run_type, run, by_hand, how):
            found = self._scaled(chosen, note, measured)
            if found[0] is not None:
                return found
            first = first or found
        assert first is not None, "there is always something to say"
        return first

    def each_scaled(
        self, measured: Measured, run_type: str | None
    ) -> tuple[Compared, ...]:
        """All references an element is judged by, one at least, as :meth:`scaled`.

        What was chosen by hand is for looking: nobody's choice changes a verdict.
        ``combine`` of the notes says whether the worst verdict counts, or any good one.
        """
        path, run, how = measured.path, measured.run, measured.of_runs
        found = []
        for chosen, note in self._chosen(path, run_type, run, how):
            one = self._scaled(chosen, note, measured)
            band = None
            if chosen is not None and chosen.good and one[0] is not None:
                try:
                    asked = (path, run or self._run, chosen.good)
                    band = self._band(*asked, one[1], how)
                except (BeingReadError, NotInFileError):
                    said = msgspec.structs.replace(one[1], sentence=BEING_READ)
                    one = (None, said)
            found.append(Compared(*one, band))
        return tuple(found)

    def beside(
        self, measured: Measured, chosen: tuple[ByHand, ...]
    ) -> tuple[RunBeside, ...]:
        """An element in further runs that were chosen by hand, as :meth:`scaled`."""
        found = []
        for each in chosen:
            of, note = self._of_hand(each, measured.path)
            histogram, note = self._scaled(of, note, measured)
            if not note.run:
                note = msgspec.structs.replace(note, run=each.run)
            found.append(RunBeside(note, histogram))
        return tuple(found)

    def plain(
        self, path: str, run_type: str | None, run: int = 0
    ) -> tuple[Histogram | None, ReferenceNote]:
        """The reference of an element, compared with nothing; the note says why none.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
            run: the run that is compared; 0 for the latest one.
        """
        chosen, note = self.note(path, run_type, run)
        return self._found(chosen, note, path)

    def judged_by(self, path: str, run_type: str | None) -> Histogram | None:
        """The reference an element is judged by, unscaled; None where there is none.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
        """
        for chosen, note in self._chosen(path, run_type, 0):
            reference, _ = self._found(chosen, note, path)
            if reference is not None:
                return reference
        return None

    def rule(self, path: str, run_type: str | None) -> int | None:
        """The place of the site's rule that an element is judged by, or None.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
        """
        if self._override:
            return None
        return self._choice(path, run_type, self._run).at

    def pileup(self, path: str, run_type: str | None) -> float | None:
        """Mean pile-up of the reference an element is judged by, or None.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
        """
        first = self._first(path, run_type)
        if first is None:
            return None
        return self._exposure(first, subsystem_of(path)).pileup

    def is_of_other_type(self, path: str, run_type: str | None) -> bool:
        """Tell whether an element is judged by a run of another type.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
        """
        first = self._first(path, run_type)
        if first is None:
            return False
        read = self._conditions.get(self._key(first, subsystem_of(path)))
        its = first.conditions or read
        types = {run_type, None if its is None else its.run_type}
        return None not in types and len(types) > 1

    def close(self) -> None:
        """Close all files."""
        self._runs.close()
        self._kept.clear()

    def _scaled(
        self,
        chosen: ReferenceRun | None,
        note: ReferenceNote,
        measured: Measured,
    ) -> tuple[Histogram | None, ReferenceNote]:
        data, path, how, seen, accumulates, run = measured
        reference, note = self._found(chosen, note, path)
        if chosen is None or reference is None:
            return None, note
        differs = incompatible(data, reference)
        if differs:
            return None, msgspec.structs.replace(note, sentence=differs)
        subsystem = subsystem_of(path)
        if chosen.stored and how != "none":
            how = "area"  # nobody wrote down what it had seen
        scaling = normalization(
            data,
            reference,
            how,
            seen=(seen, self._exposure(chosen, subsystem)),
            looked=looked_for(self._site.settings.conditions, subsystem),
            accumulates=accumulates,
            where=("this run", _called(chosen)),
        )
        otherwise = self._differences(chosen, subsystem, run, scaling.normalize)
        said = (note.sentence, scaling.reason, *otherwise)
        return reference, msgspec.structs.replace(
            scaling.noted(note), sentence="; ".join(filter(None, said))
        )

    def _found(
        self, chosen: ReferenceRun | None, note: ReferenceNote, path: str
    ) -> tuple[Histogram | None, ReferenceNote]:
        """The reference of an element in a run, and the note."""
        if chosen is None:
            return None, note
        reference = self._element(chosen, path)
        if isinstance(reference, str):
            return None, msgspec.structs.replace(note, sentence=reference)
        return reference, note

    def _band(
        self,
        path: str,
        run: int,
        runs: tuple[int, ...],
        note: ReferenceNote,
        how: Normalization,
    ) -> PlotBand:
        """How the good runs of a note differ, at the exposure of the first.

        Raises:
            BeingReadError: they are read in the next slices.
            NotInFileError: none of them has the element.
        """
        more = (note.template, self._former.get(path, ()))
        found = self._bands.of(path, run, runs, how, *more)
        if found.normalize != note.normalize and note.normalize != how:
            found = self._bands.of(path, run, runs, note.normalize, *more)
        return found

    def _shown(
        self,
        path: str,
        run_type: str | None,
        run: int,
        by_hand: int = 0,
        how: Normalization = DEFAULT_NORMALIZE,
    ) -> list[tuple[ReferenceRun | None, ReferenceNote]]:
        """The runs an element is shown with, one at least, each with its note."""
        hand = ByHand(run=by_hand) if by_hand else self._by_hand
        if hand == NOTHING:
            return self._chosen(path, run_type, run, how)
        return [self._of_hand(hand, path)]

    def _of_hand(
        self, hand: ByHand, path: str
    ) -> tuple[ReferenceRun | None, ReferenceNote]:
        """The run or file that was chosen by hand, with its note."""
        note = ReferenceNote(
            origin=hand.file,
            chosen_by="by hand",
            why="chosen for this session; verdicts stay with the site's",
            by_hand=True,
        )
        if hand.file:
            return self._resolved(self._runs.of_file(hand.file), note)
        found = self._runs.of_run(hand.run, subsystem_of(path))
        return self._resolved(found, note)

    def _chosen(
        self,
        path: str,
        run_type: str | None,
        run: int,
        how: Normalization = DEFAULT_NORMALIZE,
    ) -> list[tuple[ReferenceRun | None, ReferenceNote]]:
        """The runs an element is judged by, one at least, each with its note."""
        subsystem = subsystem_of(path)
        if self._override:
            note = ReferenceNote(
                origin=self._override,
                chosen_by="--reference",
                why="given on the command line",
            )
            return [self._resolved(self._runs.of_file(self._override), note)]
        run = run or self._run
        rules = self._site.references
        choice = self._choice(path, run_type, run)
        if choice.at is not None:
            rule = rules[choice.at]
            if rule.good_runs is not None:
                return [self._of_good_runs(path, run_type, run, how, rule)]
            return self._of_rule(rule, subsystem)
        stored = self._stored(run, path)
        if stored is not None:
            note = ReferenceNote(
                origin=stored.name,
                chosen_by="the producer",
                why="stored with the data; the site has no rule for it",
            )
            return [(stored, note)]
        if not choice.unknown and not _near(rules, choice, run_type):
            runs = self._bands.chosen(subsystem, run_type, run)
            if len(runs) >= ENOUGH_RUNS:
                return [self._of_good_runs(path, run_type, run, how)]
        sentence = _why_none(rules, choice, run_type)
        return [(None, ReferenceNote(sentence=sentence))]

    def _choice(self, path: str, run_type: str | None, run: int) -> Choice:
        """Which of the site's rules holds for an element."""
        rules = self._site.references
        ranked = self._ranked.get(path)
        if ranked is None:
            ranked = self._ranked[path] = by_rank(rules, path)
        return explain(rules, path, run_type, run, self._known.get(run), ranked)

    def _first(self, path: str, run_type: str | None) -> ReferenceRun | None:
        """The first run that an element of the latest run is judged by, or None."""
        found = (chosen for chosen, _ in self._chosen(path, run_type, 0))
        return next((each for each in found if each is not None), None)

    def _of_good_runs(
        self,
        path: str,
        run_type: str | None,
        run: int,
        how: Normalization,
        rule: ReferenceRule | None = None,
    ) -> tuple[ReferenceRun | None, ReferenceNote]:
        """The newest of the recorded good runs, and which others there are."""
        subsystem, good, when = subsystem_of(path), UNASKED, {}
        note = ReferenceNote(good=True)
        if rule is not None:
            good, when = rule.good_runs or UNASKED, rule.when
            note = msgspec.structs.replace(
                note,
                chosen_by=rule.chosen_by,
                chosen_on=rule.chosen_on,
                why=rule.why,
                template=good.template,
            )
        runs = self._bands.chosen(subsystem, run_type, run, good, when)
        if not runs:
            words = "no other run" + (f" of {run_type}" if run_type else "")
            words = f"no reference: {words} is recorded as good"
            words += f" for {subsystem}" if subsystem else ""
            return None, msgspec.structs.replace(note, sentence=words)
        usable = runs

        def element(path: str) -> Element:
            return of(path).reference

        def of(path: str) -> PlotBand:
            former = self._former.get(path, ())
            return self._bands.of(path, run, runs, how, note.template, former)

        with suppress(BeingReadError, NotInFileError):
            usable = of(path).runs

        name = f"the record of {run_words(usable[0])}"
        newest = ReferenceRun(usable[0], name, element, lambda _name: 0, good=runs)
        return newest, msgspec.structs.replace(
            note, run=usable[0], others=usable[1:], origin=name
        )

    def _of_rule(
        self, rule: ReferenceRule, subsystem: str
    ) -> list[tuple[ReferenceRun | None, ReferenceNote]]:
        note = ReferenceNote(
            chosen_by=rule.chosen_by,
            chosen_on=rule.chosen_on,
            why=rule.why,
            combine=rule.combine,
        )
        if rule.file is not None:
            return [self._resolved(self._runs.of_file(rule.file), note)]
        found = []
        for each in rule.every_run:
            others = tuple(other for other in rule.every_run if other != each)
            mine = msgspec.structs.replace(note, others=others)
            found.append(self._resolved(self._runs.of_run(each, subsystem), mine))
        return found

    def _stored(self, run: int, path: str) -> ReferenceRun | None:
        """What the producer stored beside an element as its reference, if anything."""
        stored = self._runs.stored(run)
        if stored is None:
            return None
        edition = (run, stored.edition(subsystem_of(path)))
        if self._not_stored.get(path) == edition:
            return None
        if self._element(stored, path) == _not_in(stored):
            self._not_stored[path] = edition
            return None
        return stored

    def _fact(self) -> ReferenceFact:
        hand = self._by_hand
        if hand == NOTHING:
            return ReferenceFact()
        if hand.file:
            found = self._runs.of_file(hand.file)
            run = 0 if isinstance(found, str) else found.run
            trouble = found if isinstance(found, str) else ""
        else:
            run, trouble = hand.run, self._runs.why_not_there(hand.run)
        words = hand.file or run_words(hand.run)
        sentence = (
            f"all plots are shown with {words}, chosen by hand; verdicts stay with the "
            "site's references"
        )
        if trouble:
            sentence = f"{words} was chosen as reference by hand: {trouble}"
        return ReferenceFact(run, hand.file, sentence, found=not trouble)

    def _differences(
        self,
        chosen: ReferenceRun,
        subsystem: str,
        run: int,
        normalize: Normalization,
    ) -> tuple[str, ...]:
        """What was otherwise in the reference's run than it is in the run at hand."""
        run = run or self._run
        mine = self._known.get(run)
        if mine is None or chosen.stored or chosen.run == run:
            return ()
        waits = self._reading
        self._reading = False
        key = self._key(chosen, subsystem)
        its = self._conditions.get(key)
        if chosen.good:
            its = self._bands.conditions(chosen.run)
            if its is None:
                return ()
        if its is None:
            paths = self._site.settings.conditions
            compared = ConditionPaths(
                run_type=paths.run_type,
                beam_energy=paths.beam_energy,
                magnet=paths.magnet,
                scalars=paths.scalars,
            )
            settings = msgspec.structs.replace(self._site.settings, conditions=compared)
            its = chosen.conditions or read_conditions(
                lambda path: self._readable(chosen, path), settings
            )
            pileup = self._exposure(chosen, subsystem).pileup
            its = msgspec.structs.replace(its, pileup=pileup)
            if not self._reading:
                self._conditions[key] = its
        self._reading |= waits
        by_pileup = normalize == "pileup"
        return tuple(differences(its, mine, scaled_by_pileup=by_pileup))

    def _key(self, chosen: ReferenceRun, subsystem: str) -> tuple[object, ...]:
        """A run as far as its conditions are read: they stand in several files."""
        homes = self._homes.get(subsystem)
        if homes is None:
            paths = self._site.settings.conditions
            places = (
                *(paths.run_type, paths.beam_energy, paths.magnet, paths.pileup),
                *(paths.integrated, *paths.scalars.values()),
            )
            found = {subsystem, *map(subsystem_of, places)} - {""}
            homes = self._homes[subsystem] = tuple(sorted(found))
        return (chosen.name, subsystem, *map(chosen.edition, homes))

    @staticmethod
    def _resolved(
        chosen: ReferenceRun | str, note: ReferenceNote
    ) -> tuple[ReferenceRun | None, ReferenceNote]:
        if isinstance(chosen, str):
            sentence = f"no reference: {chosen}"
            return None, msgspec.structs.replace(note, sentence=sentence)
        note = msgspec.structs.replace(
            note, run=chosen.run, origin=chosen.name, sentence=chosen.said
        )
        return chosen, note

    def _element(self, chosen: ReferenceRun, path: str) -> Histogram | str:
        key = (chosen.name, path, chosen.edition(subsystem_of(path)))
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        try:
            element = self._named(chosen, path)
        except NotInFileError:
            return _not_in(chosen)
        except BeingReadError:
            self._reading |= not chosen.good  # those are read in slices of their own
            return BEING_READ
        except (UnreadableClassError, RootFileError, OSError) as error:
            return f"the reference cannot be read: {reason_of(error)}"
        if not isinstance(element, Histogram):
            return "the reference is no histogram"
        if defect := defect_of(element):
            return f"the reference is not used: {defect}"
        self._kept[key] = element
        held = sum(histogram.nbytes for histogram in self._kept.values())
        while held > _KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            held -= dropped.nbytes
        return element

    def _named(self, chosen: ReferenceRun, path: str) -> Element:
        """An element of a reference, by its path or a name that it had.

        Raises:
            NotInFileError: the reference has none of these.
        """
        others = self._former.get(path, ())
        for name in (path, *others[:-1]) if others else ():
            try:
                return chosen.element(name)
            except NotInFileError:
                continue
        return chosen.element(others[-1] if others else path)

    def _exposure(self, chosen: ReferenceRun, subsystem: str) -> Exposure:
        paths = self._site.settings.conditions
        if chosen.good:
            return self._bands.exposure(chosen.run, paths, subsystem)
        key = self._key(chosen, subsystem)
        found = self._exposures.get(key)
        if found is None:
            waits = self._reading
            self._reading = False
            found = chosen.exposure(
                lambda path: self._readable(chosen, path), paths, subsystem
            )
            if not self._reading:
                self._exposures[key] = found
            self._reading |= waits
        return found

    def _readable(self, chosen: ReferenceRun, path: str) -> Element | None:
        """A condition of a reference's run; of the same run where its file has none.

        The files of a recorded run are one for each client.
        """
        others: ReferenceRun | str = ""
        if chosen.recorded:
            others = self._runs.of_run(chosen.run, subsystem_of(path))
        for place in (chosen, others):
            if isinstance(place, str):
                continue
            try:
                return place.element(path)
            except NotInFileError:
                continue
            except BeingReadError:
                self._reading = True
            except (UnreadableClassError, RootFileError, OSError):
                continue
        return None


def _not_in(chosen: ReferenceRun) -> str:
    return f"not in the reference ({_called(chosen)})"


def _near(
    rules: tuple[ReferenceRule, ...], choice: Choice, run_type: str | None
) -> list[Passed]:
    """The rules that could hold for such a run, and do not hold for this one."""
    return [
        each
        for each in choice.passed
        if rules[each.at].retired is None
        and (run_type is None or rules[each.at].run_type in (None, run_type))
    ]


def _listed(rules: Sequence[ReferenceRule], found: Iterable[int]) -> str:
    """Rules in words, each with its conditions, in their order in the file."""
    called = []
    for rule in (rules[at] for at in sorted(found)):
        wanted = ", ".join(wanted_words(*each) for each in rule.when.items())
        called.append(f"{rule.called} ({wanted})" if wanted else rule.called)
    return listed(called)


def _why_none(
    rules: tuple[ReferenceRule, ...], choice: Choice, run_type: str | None
) -> str:
    """Why no rule holds, in words: of the one that came nearest to it."""
    if choice.unknown and run_type is not None:
        return f"no reference: {choice.unknown}"
    near = _near(rules, choice, run_type)
    if not near and run_type is None and not any(rule.run_type for rule in rules):
        return "no reference is chosen"
    if not near:
        return f"no reference is chosen for {run_type or 'runs of an unknown type'}"
    more = f" (and {len(near) - 1} more do not hold)" if len(near) > 1 else ""
    return f"no reference: of {rules[near[0].at].called}: {near[0].why}{more}"


def _called(chosen: ReferenceRun) -> str:
    return run_words(chosen.run) if chosen.run else chosen.name


def base_folder(site: Site) -> Path:
    """What the files of the rules are relative to."""
    return Path(site.folder) / "layouts"


def recorded_folders(site: Site) -> list[Path]:
    """The site's folders of recorded runs, absolute: they are in no release."""
    return [
        Path(site.home or site.folder) / with_home(folder)
        for folder in site.settings.recorded
    ]
