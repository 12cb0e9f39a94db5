"""Which reference a plot is compared with, and how it is scaled; or why with none."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dqmconsole.engine.conditions import exposure, looked_for
from dqmconsole.engine.elements import reason_of
from dqmconsole.model.compare import Exposure, incompatible, normalization
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.rootio.errors import (
    BeingReadError,
    NotInFileError,
    RootFileError,
    UnreadableClassError,
)
from dqmconsole.site.references import choose

if TYPE_CHECKING:
    from dqmconsole.engine.reference_runs import ReferenceRun, ReferenceRuns
    from dqmconsole.model.graph import Element
    from dqmconsole.model.layout import Normalization
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.site import Site

_KEPT_BYTES = 64 << 20
_AGAIN_AFTER = 0.5  # s until a reference that another process reads is asked for again
_RETRY_AFTER = 30.0  # s until what could not be opened is tried again
DEFAULT_NORMALIZE: Normalization = "events"


class References:
    """Resolves the rules of a site for the run at hand.

    Args:
        site: its rules and where conditions stand.
        runs: where references come from.
        override: a file that goes before all rules (``--reference``), or "".
    """

    def __init__(self, site: Site, runs: ReferenceRuns, override: str = "") -> None:
        self._site = site
        self._runs = runs
        self._override = override
        self._kept: OrderedDict[tuple[str, str, int], Histogram] = OrderedDict()
        self._exposures: dict[tuple[object, ...], Exposure] = {}
        self._reading = False
        self._again_at = 0.0
        self._retry_at: float | None = None

    def poll(self, now: float) -> bool:
        """Take in what recorded folders hold; True when a reference may be found."""
        found = self._runs.recorded.poll(now)
        if self._retry_at is None:
            self._retry_at = now + _RETRY_AFTER
        if not 0 <= self._retry_at - now <= _RETRY_AFTER:
            self._retry_at = now + _RETRY_AFTER
            found |= self._runs.forget_failures()
        if self._reading and now >= self._again_at:
            self._reading, self._again_at = False, now + _AGAIN_AFTER
            found = True
        return found

    def note(
        self, path: str, run_type: str | None
    ) -> tuple[ReferenceRun | None, ReferenceNote]:
        """The run an element is compared with, and its provenance.

        The run is None, and the note says why, when there is none.
        """
        if self._override:
            note = ReferenceNote(
                origin=self._override,
                chosen_by="--reference",
                why="given on the command line",
            )
            return self._resolved(self._runs.of_file(self._override), note)
        rule = choose(self._site.references, path, run_type)
        if rule is None:
            runs = run_type or "runs of an unknown type"
            return None, ReferenceNote(sentence=f"no reference is chosen for {runs}")
        note = ReferenceNote(
            chosen_by=rule.chosen_by,
            chosen_on=rule.chosen_on,
            why=rule.why,
        )
        return self._resolved(self._chosen(rule, path), note)

    def scaled(
        self,
        data: Histogram,
        path: str,
        run_type: str | None,
        how: Normalization,
        seen: Exposure,
        accumulates: str = "run",
    ) -> tuple[Histogram | None, ReferenceNote]:
        """The reference of an element, unscaled, with its scale in the note.

        Never drawn wrongly: when it is missing, unreadable or binned differently, it
        is None and the note says why. When it cannot be scaled as asked it is scaled
        by area, or not at all, and the note says so.

        Args:
            data: the element as it is now, all bins.
            path: its path.
            run_type: type of the run; None where it is unknown (see ``choose``).
            how: the normalisation asked for.
            seen: the exposure of the data.
            accumulates: what the element accumulates over.
        """
        chosen, reference, note = self._found(path, run_type)
        if chosen is None or reference is None:
            return None, note
        differs = incompatible(data, reference)
        if differs:
            return None, msgspec.structs.replace(note, sentence=differs)
        subsystem = subsystem_of(path)
        scaling = normalization(
            data,
            reference,
            how,
            seen=(seen, self._exposure(chosen, subsystem)),
            looked=looked_for(self._site.settings.conditions, subsystem),
            accumulates=accumulates,
            where=("this run", _called(chosen)),
        )
        note = msgspec.structs.replace(
            note,
            normalize=scaling.normalize,
            scale=scaling.factor,
            sentence=scaling.reason,
        )
        return reference, note

    def plain(
        self, path: str, run_type: str | None
    ) -> tuple[Histogram | None, ReferenceNote]:
        """The reference of an element, compared with nothing; the note says why none.

        Args:
            path: the element's path.
            run_type: type of the run; None where it is unknown (see ``choose``).
        """
        _, reference, note = self._found(path, run_type)
        return reference, note

    def close(self) -> None:
        """Close all files."""
        self._runs.close()
        self._kept.clear()

    def _found(
        self, path: str, run_type: str | None
    ) -> tuple[ReferenceRun | None, Histogram | None, ReferenceNote]:
        """The run an element is compared with, its reference there, and the note."""
        chosen, note = self.note(path, run_type)
        reference = None if chosen is None else self._element(chosen, path)
        if isinstance(reference, str):
            return chosen, None, msgspec.structs.replace(note, sentence=reference)
        return chosen, reference, note

    def _chosen(self, rule: ReferenceRule, path: str) -> ReferenceRun | str:
        if rule.file is not None:
            return self._runs.of_file(rule.file)
        return self._runs.of_run(rule.run or 0, subsystem_of(path))

    @staticmethod
    def _resolved(
        chosen: ReferenceRun | str, note: ReferenceNote
    ) -> tuple[ReferenceRun | None, ReferenceNote]:
        if isinstance(chosen, str):
            sentence = f"no reference: {chosen}"
            return None, msgspec.structs.replace(note, sentence=sentence)
        note = msgspec.structs.replace(note, run=chosen.run, origin=chosen.name)
        return chosen, note

    def _element(self, chosen: ReferenceRun, path: str) -> Histogram | str:
        key = (chosen.name, path, chosen.edition(subsystem_of(path)))
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        try:
            element = chosen.element(path)
        except NotInFileError:
            return f"not in the reference ({_called(chosen)})"
        except BeingReadError:
            self._reading = True
            return "the reference is being read"
        except (UnreadableClassError, RootFileError, OSError) as error:
            return f"the reference cannot be read: {reason_of(error)}"
        if not isinstance(element, Histogram):
            return "the reference is no histogram"
        self._kept[key] = element
        held = sum(histogram.nbytes for histogram in self._kept.values())
        while held > _KEPT_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            held -= dropped.nbytes
        return element

    def _exposure(self, chosen: ReferenceRun, subsystem: str) -> Exposure:
        paths = self._site.settings.conditions
        homes = {subsystem, *map(subsystem_of, (paths.pileup, paths.integrated))}
        editions = tuple(chosen.edition(each) for each in sorted(homes) if each)
        key = (chosen.name, subsystem, *editions)
        found = self._exposures.get(key)
        if found is None:
            waits = self._reading
            self._reading = False
            found = exposure(
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


def _called(chosen: ReferenceRun) -> str:
    return f"run {chosen.run}" if chosen.run else chosen.name


def base_folder(site: Site) -> Path:
    """What the files of the rules are relative to."""
    return Path(site.folder) / "layouts"


def recorded_folders(site: Site) -> list[Path]:
    """The site's folders of recorded runs, absolute: they are in no release."""
    return [
        Path(site.home or site.folder) / Path(folder).expanduser()
        for folder in site.settings.recorded
    ]
