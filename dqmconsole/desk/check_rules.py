"""Checking the rules of references, the known problems, and what plots need."""

from __future__ import annotations

import datetime
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.desk.finding import problem_at
from dqmconsole.model.layout import page_key, plot_key, subsystem_of
from dqmconsole.site.agreement import plots_of
from dqmconsole.site.globs import any_match
from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.site import known_key, rule_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dqmconsole.model.problem import Problem
    from dqmconsole.model.reference import ReferenceRule
    from dqmconsole.model.site import Site
    from dqmconsole.site.broken import BrokenLayouts
    from dqmconsole.site.findings import Place

    Places = Mapping[str, Place]

REVIEW_AFTER = datetime.timedelta(days=365)

_LARGE = 1_000_000  # added to the version of a ROOT file with 64-bit addresses


class Elements:
    """The elements that layouts, and a source where there is one, speak of.

    Attributes:
        paths: of all of them.
        subsystems: the first parts of the paths.
    """

    def __init__(
        self, site: Site, broken: BrokenLayouts, more: Iterable[str] = ()
    ) -> None:
        found = set(more)
        for _, _, plot in plots_of(site):
            found.update((plot.path, *plot.overlay))
        self.paths: Collection[str] = frozenset(found)
        self.subsystems = {subsystem_of(each) for each in found} - {""}
        self._broken = broken

    def lack(self, subsystem: str) -> bool:
        """Tell whether nothing is of a subsystem; no, where a layout is broken."""
        return subsystem not in self.subsystems and not self._broken.may_hold(subsystem)

    def match(self, glob: str) -> bool:
        """Tell whether a glob matches something, or might in a broken layout."""
        first = glob.partition("/")[0]
        if self._broken and self._broken.may_hold(first):
            return True
        return any(any_match(path, (glob,)) for path in self.paths)


def check_rules(
    folder: Path, site: Site, places: Places, today: datetime.date, elements: Elements
) -> Iterator[Problem]:
    """Find what is wrong with the rules of references."""
    for index, rule in enumerate(site.references):
        if rule.file is not None and (words := _wrong_file(folder / "layouts", rule)):
            yield problem_at(places.get(rule_key(index)), words)
        yield from _chosen(rule, places.get(rule_key(index, "chosen_on")), today)
        if rule.subsystem is not None and elements.lack(rule.subsystem):
            hint = did_you_mean(rule.subsystem, elements.subsystems)
            words = f'no plot of the site is of the subsystem "{rule.subsystem}"{hint}'
            place = places.get(rule_key(index, "subsystem"))
            yield problem_at(place, words, advice=True)
            continue
        for item, glob in enumerate(rule.histograms):
            if not elements.match(glob):
                words = f'the rule is for "{glob}", which matches no plot of the site'
                place = places.get(rule_key(index, f"histograms[{item}]"))
                yield problem_at(place, words, advice=True)


def _chosen(
    rule: ReferenceRule, place: Place | None, today: datetime.date
) -> Iterator[Problem]:
    chosen = datetime.date.fromisoformat(rule.chosen_on)
    if chosen > today:
        words = f"the reference was chosen on {chosen}, which is yet to come"
        yield problem_at(place, words, advice=True)
    elif today - chosen > REVIEW_AFTER:
        words = (
            f"the reference was chosen on {chosen}, more than a year ago: is it "
            f"still right? ({rule.chosen_by} chose it)"
        )
        yield problem_at(place, words, advice=True)


def _wrong_file(layouts: Path, rule: ReferenceRule) -> str:
    """Why a reference file cannot be used; "" when it seems to be whole."""
    name = rule.file or ""
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return (
            f'the reference file "{name}" is not in the site: it lies in layouts/, '
            "such as references/NAME.root"
        )
    path = layouts / name
    try:
        if not path.is_file():
            return f'there is no reference file "{name}"' + _beside(path)
        with path.open("rb") as stream:
            head = stream.read(32)
        size = path.stat().st_size
    except OSError:
        # A name longer than the disk allows, or a folder that is closed to us.
        return f'there is no reference file "{name}"'
    if not head.startswith(b"root"):
        return f'the reference file "{name}" is no ROOT file'
    ends = _end_of(head)
    if ends > size:
        return (
            f'the reference file "{name}" ends early: {size} bytes of {ends} are there'
        )
    return ""


def _beside(path: Path) -> str:
    try:
        return did_you_mean(path.name, [each.name for each in path.parent.iterdir()])
    except OSError:
        return ""


def _end_of(head: bytes) -> int:
    """Where a ROOT file says that it ends (fEND of its header); 0 when it does not."""
    try:
        (version,) = struct.unpack_from(">i", head, 4)
        end: int
        (end,) = struct.unpack_from(">q" if version >= _LARGE else ">i", head, 12)
    except struct.error:
        return 0
    return end


def check_known(
    site: Site, places: Places, today: datetime.date, elements: Elements
) -> Iterator[Problem]:
    """Find known problems that expired, or show in no plot."""
    for index, known in enumerate(site.known):
        expires = datetime.date.fromisoformat(known.expires)
        if expires < today:
            words = (
                f'the known problem "{known.problem}" expired on {expires}: '
                f"{known.owner} must review it"
            )
            yield problem_at(places.get(known_key(index)), words, advice=True)
        if elements.lack(known.subsystem):
            hint = did_you_mean(known.subsystem, elements.subsystems)
            words = f'no plot of the site is of the subsystem "{known.subsystem}"{hint}'
            place = places.get(known_key(index, "subsystem"))
            yield problem_at(place, words, advice=True)
            continue
        for item, glob in enumerate(known.paths):
            if not elements.match(glob):
                words = (
                    f'the known problem "{known.problem}" shows nowhere: "{glob}" '
                    "matches no plot of the site"
                )
                place = places.get(known_key(index, f"paths[{item}]"))
                yield problem_at(place, words, advice=True)


def check_needs(
    site: Site, places: Places, elements: Elements, *, compared: bool
) -> Iterator[Problem]:
    """Find subsystems that plots need and nothing is of, each said once.

    Args:
        site: the site.
        places: of its parts.
        elements: what layouts and source speak of.
        compared: a source is there: a name it lacks and that is like another of it
            is an error, else advice.
    """
    said: set[str] = set()
    for layout, page, plot in plots_of(site):
        name = plot.needs.subsystem if plot.needs else None
        if name is None or name in said or not elements.lack(name):
            continue
        said.add(name)
        key = plot_key(layout.layout, page.page, plot.path)
        above = (key, page_key(layout.layout, page.page), layout.layout)
        written = (places.get(f"{each}#subsystem") for each in above)
        place = next((each for each in written if each), places.get(key))
        hint = did_you_mean(name, elements.subsystems)
        words = f'needs: nothing is of the subsystem "{name}"{hint}'
        yield problem_at(place, words, advice=not (compared and hint), key=key)
