"""Other elements of the run, in the span in which a plot is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dqmconsole.checks.derived import InputError
from dqmconsole.engine.checking import Against
from dqmconsole.engine.comparisons import grows
from dqmconsole.engine.elements import defect_of
from dqmconsole.model.compare import incompatible, normalization
from dqmconsole.model.histogram import Histogram
from dqmconsole.model.layout import subsystem_of
from dqmconsole.model.reference import ReferenceNote
from dqmconsole.recording.recent import Snapshot

if TYPE_CHECKING:
    from dqmconsole.checks.derived import Input
    from dqmconsole.engine.checking import Subject
    from dqmconsole.engine.elements import Elements
    from dqmconsole.engine.source_state import SourceState
    from dqmconsole.model.histogram import Array
    from dqmconsole.model.layout import Normalization, Plot
    from dqmconsole.recording.recent import Recent, Window

_NOT_ALIKE = "what {} gained in the same lumisections is not known"
_NOT_NOW = ("silent", "frozen", "unmoved", "unreadable")


class NotNowError(InputError):
    """Another client gives nothing newer; says which."""


class Inputs:
    """Gives checks what other elements of the run hold.

    A plot is judged by a `window` of it; None: by all of the run.

    Args:
        elements: of the current run.
        recent: what the last updates added to them.
    """

    def __init__(self, elements: Elements, recent: Recent) -> None:
        self._elements = elements
        self._recent = recent

    def derived(
        self,
        of: Input,
        plot: Plot,
        subject: Subject,
        state: SourceState,
        window: Window | None,
    ) -> Subject:
        """What is judged in place of a plot's element, in the same spans.

        Raises:
            InputError: it cannot be made.
            NotNowError: it would not be of now.
        """
        elements = []
        for path in of.paths(plot.path):
            element = self._elements.readable(state.run, path)
            if not isinstance(element, Histogram):
                message = f"{path} is no histogram of this run"
                raise InputError(message)
            if why := _why_not_now(path, state):
                raise NotNowError(why)
            if defect := defect_of(element):
                message = f"in {path}, {defect}"
                raise InputError(message)
            elements.append((path, element))
        spanned = []
        for path, element in elements:
            part = self._in_window(path, element, plot, state, window)
            if part is None:
                raise InputError(_NOT_ALIKE.format(path))
            spanned.append(part)
        data = of.derive(spanned)
        masked = of.known(spanned)
        windows: list[Window] = []
        left_out: dict[int, Array] = {}
        if subject.windows:
            updates = [each.updates for each in subject.windows]
            parts = []
            for path, element in elements:
                # of another client it is in another snapshot, and its updates are
                # numbered otherwise: those of the same lumisections are taken
                snapshot = snapshot_of(path, state, self._elements)
                self._recent.take(path, element, snapshot)
                found = self._recent.windows(path, element, updates)
                parts.append({each.updates: each for each in found})
            for asked in subject.windows:
                alike = [each.get(asked.updates) for each in parts]
                whole = [
                    each.histogram
                    for each in alike
                    if each is not None and each[2:4] == asked[2:4]
                ]
                if len(whole) == len(parts):
                    windows.append(asked._replace(histogram=of.derive(whole)))
                    own = of.known(whole) if of.OF_SPAN else None
                    if own is not None:
                        left_out[asked.updates] = own
        same = data.contents.shape == subject.data.contents.shape
        known = subject.known if same else None
        if masked is not None:
            known = masked if known is None else known | masked
        return msgspec.structs.replace(
            subject, data=data, windows=tuple(windows), known=known, left_out=left_out
        )

    def against(
        self,
        path: str,
        plot: Plot,
        data: Histogram,
        state: SourceState,
        window: Window | None,
    ) -> Against:
        """Another element of the run as reference; of another client's by area."""
        other = self._elements.readable(state.run, path)
        if isinstance(other, Histogram):
            defect = defect_of(other)
            why = f"in {path}, {defect}" if defect else _why_not_now(path, state)
            if why:
                return Against(note=ReferenceNote(sentence=why, origin=path))
            other = self._in_window(path, other, plot, state, window)
            if other is None:
                return Against(note=ReferenceNote(sentence=_NOT_ALIKE.format(path)))
        if not isinstance(other, Histogram):
            words = f"{path} is no histogram" if other is not None else ""
            words = words or f"not in this run: {path}"
            return Against(note=ReferenceNote(sentence=words))
        differs = incompatible(data, other)
        if differs:
            return Against(note=ReferenceNote(sentence=differs, origin=path))
        if subsystem_of(path) == subsystem_of(plot.path):
            # both saw the same events
            note = ReferenceNote(origin=path, normalize="events")
            return Against(other, note, of_run=True)
        how: Normalization = "area" if grows(plot) else "none"
        scaling = normalization(data, other, how, where=("this run", path))
        note = scaling.noted(ReferenceNote(origin=path))
        return Against(other, note, of_run=True)

    def gained(self, path: str, whole: Histogram, window: Window) -> Histogram | None:
        """What an element gained in a window of another, whose updates are its own.

        None where that is not known; `whole` is the element in all of the run.
        """
        length = window.updates
        if window.first is not None and window.last is not None:
            length = window.last - window.first + 1
        found = self._recent.last(path, whole, length)
        if found is None or found[2:4] != window[2:4]:
            return None
        return found.histogram

    def _in_window(
        self,
        path: str,
        whole: Histogram,
        plot: Plot,
        state: SourceState,
        window: Window | None,
    ) -> Histogram | None:
        """Another element in the span that is judged; None where that is not known."""
        asked = plot.window_lumisections
        if window is None or asked is None:
            return whole
        self._recent.keep(path, asked)
        # of another client it is in another snapshot
        self._recent.take(path, whole, snapshot_of(path, state, self._elements))
        return self.gained(path, whole, window)


def snapshot_of(path: str, state: SourceState, elements: Elements) -> Snapshot:
    """The latest snapshot that an element is of."""
    version = state.versions.get(subsystem_of(path), 0)
    version = version or elements.version(state.run, path)
    return Snapshot.of(state.client_of(path), state.run, version)


def _why_not_now(path: str, state: SourceState) -> str:
    """Why an element of another client says nothing of now; "" where it does."""
    client = state.client_of(path)
    if client is None or client.state not in _NOT_NOW:
        return ""
    return f"{path} is not up to date: {client.subsystem} is {client.state}"
