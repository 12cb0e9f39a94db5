"""The right panel: the selected plot in words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dqmconsole.model.cause import extent_words
from dqmconsole.model.glossary import NOT_ADOPTED, NOT_ADOPTED_MEANS
from dqmconsole.model.graph import Graph, Polygons
from dqmconsole.model.layout import plot_key, subsystem_of
from dqmconsole.model.reference import good_runs_words, range_words, scope_words
from dqmconsole.model.run import run_words
from dqmconsole.model.tlatex import plain_title
from dqmconsole.model.verdict import Status, onset_words
from dqmconsole.model.words import counted
from dqmconsole.shift.blinding import HIDDEN
from dqmconsole.shift.check_results import (
    GOOD_NOW,
    RUN_SO_FAR,
    bad_before,
    disagreement_words,
    unjudged_words,
)
from dqmconsole.shift.false_alarms import page_words
from dqmconsole.shift.reference_choice import rule_of
from dqmconsole.ui.fonts import TITLE, set_text
from dqmconsole.ui.live.check_list import CheckList
from dqmconsole.ui.live.choices import no_reference
from dqmconsole.ui.live.header import rate_words
from dqmconsole.ui.marks import MarkLabel
from dqmconsole.ui.plot.tile_words import NORMALIZED, duration_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.frame import Tile
    from dqmconsole.model.histogram import Histogram
    from dqmconsole.model.known_issue import KnownIssue
    from dqmconsole.model.layout import Needs
    from dqmconsole.model.reference import ReferenceNote, ReferenceRule
    from dqmconsole.model.run import Client
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.shift.client import EngineClient
    from dqmconsole.shift.pages import PlotPlace
    from dqmconsole.ui.theme import Colours


_RUNS = 5  # good runs that are named


def verdict_words(verdict: Verdict | None, unit: str) -> tuple[str, str]:
    """Write a verdict as heading and sentence: "BAD since LS 402", why."""
    if verdict is None:
        return (str(Status.WAITING), "no verdict yet")
    heading = f"{verdict.status} {onset_words(verdict.since, verdict.began, unit)}"
    off = verdict.status in (Status.BAD, Status.WARNING)
    if off and not verdict.adopted and NOT_ADOPTED not in verdict.sentence:
        heading = f"{heading.rstrip()}, {NOT_ADOPTED}"
    named = verdict.test and not verdict.checks  # else the list of checks names it
    sentence = (
        f"{verdict.sentence} (test {verdict.test})" if named else verdict.sentence
    )
    so_far = bad_before(verdict)
    if so_far is not None and GOOD_NOW not in sentence:
        sentence = f"{sentence}; {GOOD_NOW}, the run so far is {so_far.status}"
    return heading.rstrip(), sentence


def reference_words(
    note: ReferenceNote | None, rules: Sequence[ReferenceRule] = ()
) -> list[str]:
    """Write what the reference is, who chose it and why, or why there is none.

    Args:
        note: on the reference.
        rules: of the site, of which one may have chosen it.
    """
    if note is None:
        return ["not known yet"]
    lines = []
    if note.run or note.origin:
        lines.append(run_words(note.run) if note.run else "without a run number")
        lines[0] += ", by hand" if note.by_hand else ""
        lines[0] += f", {NORMALIZED[note.normalize]}"
        if note.normalize != "none" and note.scale != 1:
            lines[0] += f" (×\u00a0{note.scale:.3g})"
        if note.good:
            lines.append(f"the newest of {good_runs_words(note, _RUNS)}")
            if note.template is not None:
                lines.append("band and spread follow them in their order")
        elif note.others:
            which = (
                "any good one counts" if note.combine == "any" else "the worst counts"
            )
            runs = ", ".join(map(str, note.others))
            noun = "run" if len(note.others) == 1 else "runs"
            lines.append(f"judged against {noun} {runs} as well: {which}")
        if note.chosen_by and not note.by_hand:
            on = f" on {note.chosen_on}" if note.chosen_on else ""
            lines.append(f"chosen by {note.chosen_by}{on}")
        if note.why:
            lines.append(note.why if note.by_hand else f"because: {note.why}")
        rule = rule_of(note, rules)
        if rule is not None:
            lines.append(f"for {scope_words(rule)}; valid for {range_words(rule)}")
        if note.origin:
            lines.append(note.origin)
    if note.sentence:
        by_hand = "by hand: " if note.by_hand and not lines else ""
        lines.append(f"{by_hand}{note.sentence}")
    return lines or ["none"]


def needs_words(needs: Needs | None, settings: SiteSettings) -> list[str]:
    """Write when a plot means anything; nothing for a plot that always does.

    Args:
        needs: of the plot.
        settings: what the site calls its conditions.
    """
    if needs is None:
        return []
    lines = []
    if needs.subsystem:
        lines.append(f"{needs.subsystem} in the run")
    if needs.feds:
        lines.append("FED " + ", ".join(str(fed) for fed in needs.feds) + " in the run")
    if needs.dcs:
        lines.append(f"{settings.name_of('dcs')} on: {', '.join(needs.dcs)}")
    if needs.beam:
        lines.append(f"{settings.name_of('beam_mode')}: {' or '.join(needs.beam)}")
    if needs.magnet:
        lines.append(f"{settings.name_of('magnet')}: {needs.magnet}")
    if needs.events:
        lines.append(f"{needs.events} events processed")
    if needs.settle:
        updates = counted(needs.settle, "update")
        lines.append(f"judged {updates} after all this holds again")
    return lines


def client_of(path: str, clients: Sequence[Client]) -> Client | None:
    """The client that serves an element."""
    subsystem = subsystem_of(path)
    return next((one for one in clients if one.subsystem == subsystem), None)


def client_words(producer: Client | None, now: float, unit: str) -> list[str]:
    """Write how the client that serves a plot is doing.

    Args:
        producer: the client, or None when none serves it.
        now: unix time, s.
        unit: what stands before the number of a lumisection.
    """
    if producer is None:
        return ["no client of this subsystem is known"]
    name = f"{producer.subsystem}: " if producer.subsystem else ""
    lines = [f"{name}{producer.sentence or producer.state}"]
    facts = []
    if producer.produced is not None:
        facts.append(f"data {duration_words(now - producer.produced)} old")
    if producer.period is not None:
        facts.append(f"renewed every {duration_words(producer.period)}")
    if facts:
        lines.append(", ".join(facts))
    facts = []
    if producer.events is not None:
        facts.append(f"{producer.events} events")
    if producer.rate is not None:
        facts.append(rate_words(producer.rate))
    if producer.lumisection is not None:
        facts.append(f"{unit} {producer.lumisection}")
    if facts:
        lines.append(", ".join(facts))
    if producer.host or producer.pid:
        lines.append(f"{producer.host or 'host unknown'}, pid {producer.pid}")
    return lines


def known_words(problem: KnownIssue) -> str:
    """Write a known problem: what, whose, until when, and what would be new."""
    size = f"{problem.channels} channels, " if problem.channels > 1 else ""
    words = f"{problem.problem} ({size}{problem.owner}, review by {problem.expires})"
    return f"{words}. New would be: {problem.news}" if problem.news else words


class PlotPanel(QFrame):
    """Title, verdict, checks, reference, needs, client and known problems of a plot.

    Args:
        colours: the look in force.
        parent: what holds it.

    Attributes:
        checks: what judged the plot.
    """

    def __init__(self, colours: Colours, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self.setProperty("role", "panel")
        self._mark = MarkLabel(colours, 18)
        self._title = QLabel("No plot selected")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        set_text(self._title, TITLE, bold=True)
        self._title.setAccessibleName("Title of the selected plot")
        self._verdict = _words_label("Selected plot")
        self.checks = CheckList(colours)
        self._text = _words_label("What is known of the plot")
        self._key = ""
        self._producer = _words_label("Client")
        inner = QWidget()
        inner.setProperty("role", "clear")
        below = QVBoxLayout(inner)
        below.setContentsMargins(0, 0, 6, 0)
        below.setSpacing(10)
        below.addWidget(self._verdict)
        below.addWidget(self.checks)
        below.addWidget(self._text)
        below.addWidget(self._producer)
        self._below = below
        below.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setProperty("role", "clear")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(inner)
        self._scroll.viewport().setProperty("role", "clear")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 6, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        self.setFocusProxy(self._scroll)
        self.setMinimumWidth(220)

    def show_plot(
        self, place: PlotPlace | None, client: EngineClient, now: float, mark: Status
    ) -> None:
        """Show a plot, or what is new of it.

        Args:
            place: the plot; None when none is selected.
            client: where its verdict, tile and client are.
            now: unix time, s.
            mark: the status its tile shows.
        """
        self._mark.setVisible(place is not None)
        if place is None:
            self._title.setText("No plot selected")
            for label in (self._verdict, self._text, self._producer):
                label.clear()
            self.checks.show_verdict("", None)
            return
        tile = client.mailbox.tiles.get(place.key)
        verdict = (
            tile.verdict if tile is not None else client.mailbox.verdicts.get(place.key)
        )
        adopted = verdict is None or verdict.adopted or mark is not Status.WARNING
        if (self._mark.status, self._mark.adopted) != (mark, adopted):
            self._mark.set_status(mark, adopted=adopted)
        # the same words again leave a label as it is, with what somebody has marked
        self._title.setText(_title(place, tile))
        self._verdict.setText(self._write_verdict(place, tile, verdict, client, mark))
        box = client.mailbox
        run_type = box.run.conditions.run_type
        measured = None  # where nobody measures, that is not said of each check
        if box.false_alarms:
            measured = box.false_alarms.get(place.plot.path, ())
        judged, accumulates = RUN_SO_FAR, place.plot.accumulates_over
        if accumulates != "run":  # the sentence on a trend says which points
            judged = tile.span if tile and accumulates != "trend" else ""
        self.checks.show_verdict(place.key, verdict, measured, run_type, judged)
        self._text.setText(self._write(place, tile, client))
        if place.key != self._key:
            self._key = place.key
            self._scroll.verticalScrollBar().setValue(0)
        producer = client_of(place.plot.path, client.mailbox.run.clients)
        unit = client.settings.unit
        lines = client_words(producer, now, unit)
        self._producer.setText(self._section("Client", lines))

    def take_in(self, guidance: QWidget) -> None:
        """Take the instruction in, between the verdict and what else is known."""
        self._below.insertWidget(2, guidance)

    def _write_verdict(
        self,
        place: PlotPlace,
        tile: Tile | None,
        verdict: Verdict | None,
        client: EngineClient,
        mark: Status,
    ) -> str:
        plot = place.plot
        heading, sentence = verdict_words(verdict, client.settings.unit)
        if mark is Status.STALE and (verdict is None or verdict.status is not mark):
            heading = f"STALE, last verdict {heading}"
        past = tile is not None and tile.past is not None
        heading = f"Then {heading}" if past else heading
        colour = {
            Status.BAD: self._colours.theme.bad_ink,
            Status.WARNING: self._colours.theme.warning_ink,
        }.get(mark, self._colours.theme.ink)
        parts = []
        if plot.description:
            parts.append(_paragraph(escape(plot.description)))
        parts.append(
            _paragraph(
                f"<b style='color:{colour}'>{escape(heading)}.</b> {escape(sentence)}"
            )
        )
        if verdict is not None and verdict.extent is not None:
            parts.append(self._muted(f"Where: {extent_words(verdict.extent)}"))
        if NOT_ADOPTED in f"{heading} {sentence}":
            parts.append(self._muted(NOT_ADOPTED_MEANS))
        differ = disagreement_words(verdict)
        if differ and sentence != HIDDEN:
            parts.append(self._muted(differ))
        none = "" if past else unjudged_words(verdict, plot)
        if none and sentence != HIDDEN:
            parts.append(self._muted(none))
        if tile is not None and tile.banner:
            parts.append(_paragraph(f"<b>{escape(tile.banner)}</b>"))
        if past:
            now = client.mailbox.verdicts.get(place.key)
            heading, sentence = verdict_words(now, client.settings.unit)
            words = f"<b>Now: {escape(heading)}.</b> {escape(sentence)}"
            parts.append(_paragraph(words))
        return "".join(parts)

    def _write(self, place: PlotPlace, tile: Tile | None, client: EngineClient) -> str:
        plot, parts = place.plot, []
        note = tile.note if tile is not None else None
        none = no_reference(tile)
        rules = client.site.references if client.site is not None else ()
        lines = [f"{none}."] if none else reference_words(note, rules)
        by_hand = note is not None and note.by_hand and not none
        heading = "Reference, by hand" if by_hand else "Reference"
        parts.append(self._section(heading, lines))
        beside = tile.picture.beside if tile is not None and tile.picture else ()
        for each in beside:
            lines = reference_words(msgspec.structs.replace(each.note, why=""))
            parts.append(self._section("Drawn beside, by hand", lines))
        if tile is not None and tile.span:
            parts.append(self._section("Integrated over", [tile.span]))
        parts.append(self._section("False alarms", _page_rate(place, client)))
        run = tile.run if tile is not None else 0
        known = client.site.known if client.site else ()
        lines = [known_words(each) for each in known if each.shows_in(plot.path, run)]
        parts.append(self._section("Known problems", lines))
        lines = needs_words(plot.needs, client.settings)
        parts.append(self._section("Means something when", lines))
        parts.append(self._section("Monitor element", _element_lines(place, tile)))
        return "".join(parts)

    def _muted(self, words: str) -> str:
        colour = self._colours.theme.muted
        return _paragraph(f"<span style='color:{colour}'>{escape(words)}</span>")

    def _section(self, heading: str, lines: Sequence[str]) -> str:
        if not lines:
            return ""
        body = "<br>".join(escape(line) for line in lines)
        return _paragraph(
            f"<b>{escape(heading)}</b><br>"
            f"<span style='color:{self._colours.theme.muted}'>{body}</span>"
        )


def _words_label(name: str) -> QLabel:
    label = QLabel()
    label.setAccessibleName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    # else the longest word in it would set the least width, and all lines be cut
    label.setMinimumWidth(1)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _paragraph(html: str) -> str:
    return f"<p style='margin-top:0; margin-bottom:10px'>{html}</p>"


def _title(place: PlotPlace, tile: Tile | None) -> str:
    shown, picture = _drawn(tile), tile.picture if tile is not None else None
    produced = plain_title(shown.title) if shown is not None else ""
    if picture is not None and picture.title:
        produced = plain_title(picture.title)
    return (
        plain_title(place.plot.title) or produced or place.plot.path.rsplit("/", 1)[-1]
    )


def _drawn(tile: Tile | None) -> Histogram | Graph | Polygons | None:
    """What a tile draws; of several graphs the first."""
    picture = tile.picture if tile is not None else None
    if picture is None:
        return None
    first = next(iter(picture.graphs), None)
    return picture.data or picture.polygons or first


def _element_lines(place: PlotPlace, tile: Tile | None) -> list[str]:
    lines = [_breakable(place.plot.path)]
    shown, picture = _drawn(tile), tile.picture if tile is not None else None
    if picture is not None and picture.title:  # of several plots, none is the element
        if picture.title not in (place.plot.title, place.plot.path.rsplit("/", 1)[-1]):
            lines.append(f"“{plain_title(picture.title)}”")
    elif shown is not None and picture is not None:
        title = plain_title(shown.title)
        if title and title != plain_title(place.plot.title):
            lines.append(f"“{title}”")
        kind = shown.root_class
        if picture.shown_of and shown is picture.data:
            # of a part of it: a TProfile3D is drawn as a TProfile2D
            kind = f"{picture.shown_of}, drawn as {kind}"
        if isinstance(shown, Graph):
            whole = counted(len(shown.x), "point")
            size = whole if picture.whole else "points thinned out"
        else:
            one = "entry" if shown.entries == 1 else "entries"
            size = f"{shown.entries:.6g} {one}"
        if isinstance(shown, Polygons):
            size = f"{counted(len(shown.contents), 'bin')}, {size}"
        lines.append(f"{kind}, {size}")
    if place.plot.overlay:
        lines.append("with " + ", ".join(map(_breakable, place.plot.overlay)))
    return lines


def _page_rate(place: PlotPlace, client: EngineClient) -> list[str]:
    """How often checks of the plot's page go off in good data; nothing unmeasured."""
    box, name = client.mailbox, place.page
    if name is None or client.site is None or not box.false_alarms:
        return []
    verdicts = {
        plot.path: box.judged(plot_key(*name, plot.path))
        for layout in client.site.layouts
        if layout.layout == name.layout
        for page in layout.pages
        if page.page == name.page
        for plot in page.plots
    }
    checks = {path: each.checks for path, each in verdicts.items() if each is not None}
    words = page_words(checks, box.false_alarms, box.run.conditions.run_type)
    return [words] if words else []


def _breakable(path: str) -> str:
    """Let a long path break behind every slash and underscore."""
    return path.replace("/", "/\u200b").replace("_", "_\u200b")
