"""Which runs and files can be compared with by hand, and what is known of them."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.moment import date_words
from dqmconsole.model.past import length_words
from dqmconsole.model.paths import with_home
from dqmconsole.model.record import RunSeen
from dqmconsole.model.reference import ByHand
from dqmconsole.model.run import Conditions, run_words
from dqmconsole.model.words import listed
from dqmconsole.shift.runs import latest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmconsole.logbook.view import Logbook
    from dqmconsole.model.reference import ReferenceNote, ReferenceRule
    from dqmconsole.model.site import SiteSettings
    from dqmconsole.shift.client import EngineClient


IN_EVIDENCE = "Evidence keeps the references that it was made with."


class Comparable(NamedTuple):
    """Something to compare with.

    Attributes:
        run: the run; 0 of a file.
        file: the file, else "".
        about: what is known of it.
        name: what the site calls the file, or "".
    """

    run: int = 0
    file: str = ""
    about: str = ""
    name: str = ""

    @property
    def words(self) -> str:
        """What a person calls it."""
        return self.name or self.file or run_words(self.run)


def comparables(
    client: EngineClient,
    logbook: Logbook,
    used: int = 0,
    beside: Sequence[ByHand] = (),
) -> list[Comparable]:
    """What can be compared with, the newest run first; not the run that is shown.

    Runs at hand, those of the site's rules, those that an engine or the log knows.

    Args:
        client: knows them.
        logbook: likewise.
        used: the run that is compared with by hand now; 0 for none.
        beside: the runs and files that are drawn beside now.
    """
    box, site = client.mailbox, client.site
    rules = site.references if site is not None else ()
    at_hand = set(box.runs_at_hand)
    logged = set(logbook.runs(RunSeen))
    named = {run for rule in rules for run in rule.every_run}
    runs = at_hand | logged | named | set(box.history.runs)
    found = []
    for run in sorted(runs - {box.run.run}, reverse=True):
        about = [
            "in use, by hand" if used and run == used else "",
            "drawn beside" if ByHand(run) in beside else "",
            *_seen(
                latest(logbook, run),
                box.recorded.get(run, Conditions()),
                client.settings,
            ),
            _of_rules(rules, run=run),
            "" if run in at_hand else "not in the source",
        ]
        if run > 0:
            found.append(Comparable(run, about=", ".join(filter(None, about))))
    folder = Path(site.folder, "layouts") if site is not None else Path()
    files = dict.fromkeys(rule.file for rule in rules if rule.file is not None)
    return found + [
        Comparable(
            file=str(folder / with_home(file)),
            about=_of_rules(rules, file=file),
            name=file,
        )
        for file in files
    ]


def previous_of_fill(client: EngineClient, logbook: Logbook) -> tuple[int, str]:
    """The run before the one at hand that is of the same fill; or 0, and why none.

    What the source recorded; else what the log knows, where its data are at hand.

    Args:
        client: knows the run, its fill and what is at hand.
        logbook: knows the fills of runs that this console saw.
    """
    box, word = client.mailbox, _fill_word(client.settings)
    run, fill = box.run.run, box.run.conditions.fill
    if client.moment is not None:
        return 0, IN_EVIDENCE
    if run <= 0 or not fill:
        return 0, f"No {word} is known of this run."
    fills = {each: conditions.fill for each, conditions in box.recorded.items()}
    for each in logbook.runs(RunSeen):
        seen = latest(logbook, each)
        if seen is not None and not fills.get(each):
            fills[each] = seen.fill
    earlier = [each for each in fills if each < run and fills[each] == fill]
    at_hand = [each for each in earlier if each in box.runs_at_hand]
    if at_hand:
        return max(at_hand), ""
    if earlier:
        words = run_words(max(earlier))
        words = f"{words} came before, but is neither recorded nor at hand"
        return 0, f"No earlier run of {word} {fill}: {words}."
    words = f"is the first of {word} {fill} that is known here"
    return 0, f"{run_words(run).capitalize()} {words}."


def matching(known: Sequence[Comparable], text: str) -> list[Comparable]:
    """Those that have all words of a text; first what the text itself names.

    A number names a run, be it known or not, and a path a file.
    """
    words = text.casefold().split()
    found = [
        each
        for each in known
        if all(word in f"{each.words} {each.about}".casefold() for word in words)
    ]
    typed = text.strip()
    number = typed.casefold().removeprefix("run").strip()
    named: list[Comparable] = []
    if number.isdecimal() and 0 < int(number) < 1 << 53:
        named = [each for each in found if each.run == int(number)]
        if not named:
            named = [Comparable(int(number), about="looked for when it is chosen")]
    elif "/" in typed or typed.endswith(".root"):
        named = [Comparable(file=typed, about="a file")]
    return [*named, *(each for each in found if each not in named)]


def beside_name(run: int, file: str) -> str:
    """What a run, or else a file, beside the data is called."""
    return run_words(run) if run else PurePath(file).name


def scaled_words(note: ReferenceNote) -> str:
    """A run beside the data with its scale: "run 398000 × 0.52"."""
    name = beside_name(note.run, note.origin)
    if note.normalize != "none":
        return f"{name} × {note.scale:.3g}"
    return f"{name} unscaled" if note.unscaled else name


def rule_of(
    note: ReferenceNote, rules: Iterable[ReferenceRule]
) -> ReferenceRule | None:
    """The rule of the site that a note on a reference is about, if any."""
    if note.by_hand:
        return None
    said = (note.chosen_by, note.chosen_on, note.why)
    for rule in rules:
        if (rule.chosen_by, rule.chosen_on, rule.why) == said and (
            note.run in rule.every_run
            or (rule.file or "") == note.origin
            or (note.good and rule.good_runs is not None)
        ):
            return rule
    return None


def _fill_word(settings: SiteSettings) -> str:
    """What the site calls a fill."""
    return settings.name_of("fill").lower()


def _seen(
    seen: RunSeen | None, recorded: Conditions, settings: SiteSettings
) -> list[str]:
    """What the log knows of a run, or else its record: type, day, length and fill."""
    found = seen or RunSeen("ended")
    number = found.fill or recorded.fill
    return [
        found.run_class or found.run_type or recorded.run_type or "",
        date_words(found.started) if found.started else "",
        length_words(found.lumisections, settings.unit) if found.lumisections else "",
        f"{_fill_word(settings)} {number}" if number else "",
    ]


def _of_rules(
    rules: Sequence[ReferenceRule], run: int = 0, file: str | None = None
) -> str:
    """Whose reference something is by the rules of the site: "reference of Hcal"."""
    whose = [
        f"{rule.subsystem or 'all'} in {rule.run_type}"
        if rule.run_type
        else rule.subsystem or "all"
        for rule in rules
        if rule.retired is None
        and (
            (run and run in rule.every_run) or (file is not None and file == rule.file)
        )
    ]
    names = list(dict.fromkeys(whose))
    if not names:
        return ""
    return f"reference of {listed(names)}"
