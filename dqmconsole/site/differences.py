"""What differs between two states of a site, in words, for people who read it once."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from dqmconsole.model.cause import FAMILIES
from dqmconsole.model.layout import page_key
from dqmconsole.model.release import OTHER, SiteChange
from dqmconsole.model.words import counted, listed
from dqmconsole.site.changed_checks import changed_checks
from dqmconsole.site.kinds import CORE
from dqmconsole.site.texts import INSTRUCTIONS
from dqmconsole.site.wording import (
    added_and_removed,
    fields,
    moved,
    named,
    shown,
    without_calls,
    wording,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from dqmconsole.model.cause import Family
    from dqmconsole.model.instruction import Instruction, Step
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.site import Site
    from dqmconsole.site.kinds import FileKind, SiteTables
    from dqmconsole.site.ledger import ReleasedFile

MAX_FIRST = 30  # names of one kind that a first release says
_ALARM = ("alarm", "consequence")
_PRODUCERS = ("quality_results", "quality_persist")
_YES = {False: "no", True: "yes"}
_UNSAID = ("text", "hash", "shows", "judge", "version")


def differences(
    before: Site | None,
    after: Site,
    before_files: Mapping[str, ReleasedFile] | None = None,
    after_files: Mapping[str, ReleasedFile] | None = None,
    tables: SiteTables = CORE,
) -> tuple[SiteChange, ...]:
    """What changed from one state of a site to another.

    Args:
        before: the earlier one; None when there was nothing.
        after: the later one.
        before_files: the earlier files, where they are known: for the content of
            reference files, and for files that no value shows.
        after_files: the later ones.
        tables: what features add to a site.

    Returns:
        The changes by kind, in the order in which they are read. Where the files
        are given it is empty only if no file differs.
    """
    if before is None:
        return _everything(after, tables.kinds)
    old, new = before_files or {}, after_files or {}
    found = [
        *_layouts(before, after),
        *_instructions(before, after),
        *_notes(before, after),
        *_parts(before, after, tables.kinds),
        *_references(before, after, old, new),
        *_known(before, after),
        *_contacts(before, after),
        *_settings(before, after),
    ]
    if before_files is not None and after_files is not None:
        found += _unseen(found, old, new, tables.kinds)
    return tuple(found)


def _everything(site: Site, kinds: Iterable[FileKind]) -> tuple[SiteChange, ...]:
    plots = sum(len(page.plots) for each in site.layouts for page in each.pages)
    folders = dict.fromkeys(each.id.split("/")[0] for each in site.instructions)
    layouts = f"{counted(len(site.layouts), 'layout')} with {counted(plots, 'plot')}"
    rules = dict.fromkeys(each.called for each in site.references)
    groups: list[tuple[str, str, str, Iterable[str]]] = [
        ("layout", "layouts", layouts, (each.layout for each in site.layouts)),
        ("instruction", "instructions",
         counted(len(site.instructions), "instruction"), folders),
        ("note", "short-term notes",
         counted(len(site.notes), "note"), (each.title for each in site.notes)),
        ("reference", "references", counted(len(site.references), "rule"), rules),
        ("known", "known problems",
         counted(len(site.known), "problem"),
         (each.subsystem or each.problem for each in site.known)),
        ("contacts", "contacts",
         counted(len(site.contacts.roles), "role"), site.contacts.roles),
        ("settings", "check-lists",
         counted(len(site.checklists), "list"), (each.id for each in site.checklists)),
        ("settings", "glossary",
         counted(len(site.glossary), "term"), (each.name for each in site.glossary)),
    ]  # fmt: skip
    found = [
        SiteChange(
            kind, name, f"published for the first time: {count}: {first_names(names)}"
        )
        for kind, name, count, names in groups
        if not count.startswith("0 ")
    ]
    for each in kinds:
        if each.name in site.parts:
            found += each.first(site.parts[each.name])
    said = [
        f"{key} {shown(getattr(site.settings, key))}"
        for key in ("experiment", "permissions", "database")
        if getattr(site.settings, key)
    ]
    words = f"published for the first time: {'; '.join(said)}"
    return (*found, SiteChange("settings", "site.yaml", words))


def first_names(names: Iterable[str]) -> str:
    """The first names of what is there, each once, and how many more there are."""
    return listed(list(dict.fromkeys(names)), MAX_FIRST)


# -- layouts ------------------------------------------------------------------


def _layouts(before: Site, after: Site) -> Iterator[SiteChange]:
    old = {each.layout: each for each in before.layouts}
    new = {each.layout: each for each in after.layouts}
    for name, change in added_and_removed(old, new):
        pages = (old if change == "removed" else new)[name].pages
        words = f"layout {change}, {counted(len(pages), 'page')}"
        yield SiteChange("layout", name, words)
    for name in new:
        if name in old:
            yield from _layout(old[name], new[name])
    if list(old) != list(new) and set(old) == set(new):
        yield SiteChange("layout", "layouts", "stand in another order")


def _layout(old: Layout, new: Layout) -> Iterator[SiteChange]:
    # What a layout gives its plots is seen in them; it is not said twice.
    for words in fields(old, new, ("layout", "pages", "defaults", "needs")):
        yield SiteChange("layout", new.layout, words)
    before = {page.page: page for page in old.pages}
    after = {page.page: page for page in new.pages}
    for name, change in added_and_removed(before, after):
        plots = (before if change == "removed" else after)[name].plots
        words = f"page {change}, {counted(len(plots), 'plot')}"
        yield SiteChange("layout", page_key(new.layout, name), words)
    for name in moved(before, after):
        words = f"page moved to place {list(after).index(name) + 1}"
        yield SiteChange("layout", page_key(new.layout, name), words)
    gone = {
        plot.path: page.page
        for page in old.pages
        for plot in page.plots
        if not any(plot.path == each.path for each in _plots(after.get(page.page)))
    }
    for name, page in after.items():
        if name in before:
            for words in _page(before[name], page, gone):
                yield SiteChange("layout", page_key(new.layout, name), words)


def _page(old: Page, new: Page, gone: Mapping[str, str]) -> Iterator[str]:
    # What a page gives its plots is seen in them, too.
    seen = ("page", "plots", "needs", "checks", *_PRODUCERS, *_ALARM)
    yield from fields(old, new, seen)
    before = {plot.path: plot for plot in old.plots}
    after = {plot.path: plot for plot in new.plots}
    added, removed = [], []
    came: dict[str, list[str]] = {}
    for path, change in added_and_removed(before, after):
        if change == "removed":
            removed.append(path)
        elif path in gone:
            came.setdefault(gone[path], []).append(path)
        else:
            added.append(path)
    if added:
        yield f"{counted(len(added), 'plot')} added: {listed(added)}"
    for page, paths in came.items():
        yield f"{counted(len(paths), 'plot')} moved here from {page}: {listed(paths)}"
    if removed:
        yield f"{counted(len(removed), 'plot')} removed: {listed(removed)}"
    shifted = list(moved(before, after))
    if shifted:
        yield f"{counted(len(shifted), 'plot')} moved: {listed(shifted)}"
    same: dict[str, list[str]] = {}
    for path in after:
        if path in before:
            one, other = before[path], after[path]
            skipped = ("path", "checks", "quality_results", "alarm", "feeds", "flag")
            for words in (*fields(one, other, skipped), *_changed_alarm(one, other)):
                same.setdefault(words, []).append(path)
            roles = [each.quality_results or "count" for each in (one, other)]
            if roles[0] != roles[1]:
                words = f"quality_results: {roles[0]} → {roles[1]}"
                same.setdefault(words, []).append(path)
            for words in changed_checks(one.checks, other.checks):
                same.setdefault(words, []).append(path)
    for words, paths in same.items():
        yield f"{listed(paths)}: {words}"


def _changed_alarm(old: Plot, new: Plot) -> Iterator[str]:
    """What changed of when a plot is heard, what it feeds, and flags by it."""
    heard = [each.alarm or "none" for each in (old, new)]
    if heard[0] != heard[1]:
        yield f"alarm: {heard[0]} → {heard[1]}"
    before, after = map(_fed, (old, new))
    for name, change in added_and_removed(before, after):
        how = (before if change == "removed" else after)[name]
        yield f"feeds: {name} {change} ({', '.join(how)})"
    for name, how in after.items():
        was = before.get(name, how)
        if was != how:
            yield f"feeds: {name}: {', '.join(was)} → {', '.join(how)}"
    if old.flag != new.flag:
        yield f"the flag is proposed by it: {_YES[old.flag]} → {_YES[new.flag]}"


def _fed(plot: Plot) -> dict[str, tuple[Family, ...]]:
    """What a plot feeds, and how that is wrong then."""
    found: dict[str, tuple[Family, ...]] = {}
    for each in plot.feeds:
        for name in each.to:
            how = (*found.get(name, ()), *each.families)
            found[name] = tuple(one for one in FAMILIES if one in how)
    return found


def _plots(page: Page | None) -> tuple[Plot, ...]:
    return () if page is None else page.plots


# -- instructions, notes --------------------------------------------------------


def _instructions(before: Site, after: Site) -> Iterator[SiteChange]:
    old = {each.id: each for each in before.instructions}
    new = {each.id: each for each in after.instructions}
    for name, change in added_and_removed(old, new):
        which = (old if change == "removed" else new)[name]
        words = f'"{which.title}", version {which.version}, {change}'
        yield SiteChange("instruction", name, words)
    for name in new:
        if name in old and old[name].hash != new[name].hash:
            words = _instruction(old[name], new[name])
            yield SiteChange("instruction", name, words)


def _instruction(old: Instruction, new: Instruction) -> str:
    if old.version == new.version:
        words = f"changed under the same version {new.version}"
    else:
        words = f"version {old.version} → {new.version}"
    said = [
        wording(without_calls(old.text), without_calls(new.text)),
        *_calls(old.steps, new.steps),
    ]
    said = list(filter(None, said)) or ["the same text"]
    skipped = (*_UNSAID, "examples", "steps", "turns")
    return "; ".join((words, *said, *fields(old, new, skipped)))


def _calls(old: tuple[Step, ...], new: tuple[Step, ...]) -> Iterator[str]:
    """Whom to call how soon, where that changed: never only counted."""
    before, after = [_call(each) for each in old], [_call(each) for each in new]
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        gone = list(filter(None, before[first:last]))
        come = list(filter(None, after[begin:end]))
        if gone == come:
            continue
        if len(gone) == len(come) == 1:
            yield f"{gone[0]} → {come[0]}"
            continue
        yield from (f"{each} removed" for each in gone)
        yield from (f"{each} added" for each in come)


def _call(step: Step) -> str:
    """The line of a step that says whom to call how soon; "" without one."""
    if not step.role:
        return ""
    rules = (
        f"{rule.urgency} in {', '.join(rule.modes)}" if rule.modes else rule.urgency
        for rule in step.urgencies
    )
    return f"“call {step.role}: {'; '.join(rules)}”"


def _notes(before: Site, after: Site) -> Iterator[SiteChange]:
    old = {each.id: each for each in before.notes}
    new = {each.id: each for each in after.notes}
    for name, change in added_and_removed(old, new):
        which = (old if change == "removed" else new)[name]
        when = "expires" if change == "added" else "it was to expire"
        words = f'"{which.title}" {change} ({when} on {which.expires})'
        yield SiteChange("note", name, words)
    for name in new:
        if name in old and old[name].hash != new[name].hash:
            text = wording(old[name].text, new[name].text)
            said = filter(None, (text, *fields(old[name], new[name], _UNSAID)))
            words = "; ".join(said) or "its file changed, not its text"
            yield SiteChange("note", name, words)


# -- what features bring, files that nothing reads -------------------------------------


def _parts(
    before: Site, after: Site, kinds: Iterable[FileKind]
) -> Iterator[SiteChange]:
    for kind in kinds:
        if kind.name in after.parts:
            yield from kind.changes(before.parts.get(kind.name), after.parts[kind.name])


# -- references, known problems, contacts, settings --------------------------------


def _references(
    before: Site,
    after: Site,
    old_files: Mapping[str, ReleasedFile],
    new_files: Mapping[str, ReleasedFile],
) -> Iterator[SiteChange]:
    def name(rule: Any) -> str:  # noqa: ANN401 - a rule of either site
        what = (rule.run_type or "all run types", rule.subsystem, *rule.histograms)
        return ", ".join(each for each in what if each)

    old = named(before.references, name)
    new = named(after.references, name)
    for key, change in added_and_removed(old, new):
        rule = (old if change == "removed" else new)[key]
        chosen = rule.called
        why = f"{rule.chosen_by}, {rule.chosen_on}: {rule.why}"
        yield SiteChange("reference", key, f"rule {change}: {chosen} ({why})")
    for key, rule in new.items():
        if key not in old:
            continue
        for words in fields(old[key], rule, ("run_type", "subsystem", "histograms")):
            yield SiteChange("reference", key, words)
        path = f"layouts/{rule.file}"
        known = old_files.get(path), new_files.get(path)
        if known[0] and known[1] and known[0].sha256 != known[1].sha256:
            words = f"{rule.file} has other content"
            yield SiteChange("reference", key, words)


def _known(before: Site, after: Site) -> Iterator[SiteChange]:
    def name(known: Any) -> str:  # noqa: ANN401 - of either site
        return ": ".join(filter(None, (known.subsystem, known.problem)))

    old, new = named(before.known, name), named(after.known, name)
    for key, change in added_and_removed(old, new):
        which = (old if change == "removed" else new)[key]
        words = f"known problem {change} (expires {which.expires}, {which.owner})"
        yield SiteChange("known", key, words)
    for key in new:
        if key in old:
            for words in fields(old[key], new[key], ("problem", "subsystem")):
                yield SiteChange("known", key, words)


def _contacts(before: Site, after: Site) -> Iterator[SiteChange]:
    for words in fields(before.contacts, after.contacts, ("roles",)):
        yield SiteChange("contacts", "contacts", words)
    old, new = before.contacts.roles, after.contacts.roles
    for key, change in added_and_removed(old, new):
        yield SiteChange("contacts", key, f"role {change}")
    for key in new:
        if key in old:
            for words in fields(old[key], new[key], ("role", "rota")):
                yield SiteChange("contacts", key, words)
            if old[key].rota != new[key].rota:
                yield SiteChange("contacts", key, "the rota changed")


def _settings(before: Site, after: Site) -> Iterator[SiteChange]:
    for words in fields(before.settings, after.settings):
        yield SiteChange("settings", "site.yaml", words)
    old = {each.id: each for each in before.checklists}
    new = {each.id: each for each in after.checklists}
    for key, change in added_and_removed(old, new):
        yield SiteChange("settings", f"check-list {key}", change)
    for key in new:
        if key not in old:
            continue
        name = f"check-list {key}"
        for words in fields(old[key], new[key], ("id", "items")):
            yield SiteChange("settings", name, words)
        before_items = {each.id: each for each in old[key].items}
        after_items = {each.id: each for each in new[key].items}
        for item, change in added_and_removed(before_items, after_items):
            yield SiteChange("settings", name, f"item {item} {change}")
        for item in after_items:
            if item in before_items:
                for words in fields(before_items[item], after_items[item], ("id",)):
                    yield SiteChange("settings", name, f"item {item}: {words}")
    yield from _glossary(before, after)


def _glossary(before: Site, after: Site) -> Iterator[SiteChange]:
    old = {each.name: each for each in before.glossary}
    new = {each.name: each for each in after.glossary}
    for key, change in added_and_removed(old, new):
        yield SiteChange("settings", "glossary", f"term {key} {change}")
    for key in new:
        if key in old:
            for words in fields(old[key], new[key], ("name",)):
                yield SiteChange("settings", "glossary", f"term {key}: {words}")


def _unseen(
    found: Iterable[SiteChange],
    old: Mapping[str, ReleasedFile],
    new: Mapping[str, ReleasedFile],
    kinds: Iterable[FileKind],
) -> Iterator[SiteChange]:
    """Files that differ and of which no value says so: comments, files for people.

    Of a kind that nothing reads each is said.
    """
    folders = {f"{INSTRUCTIONS}/{each.folder}/": each.name for each in kinds}
    said_kinds = {each.kind for each in found}
    said = {f"instructions/{each.name}.md" for each in found}
    for name, change in added_and_removed(old, new):
        kind = _kind_of(name, old.keys() | new.keys(), folders)
        if kind not in said_kinds and name not in said:
            yield SiteChange(kind, name, f"file {change}")
    for name in sorted(new):
        if name not in old or old[name].sha256 == new[name].sha256 or name in said:
            continue
        kind = _kind_of(name, new.keys(), folders)
        if kind not in said_kinds:
            words = "the file differs in nothing that the console shows"
            if kind == OTHER:
                words = "the file has other content, which nothing here reads"
            elif not name.endswith((".yaml", ".md", ".ics")):
                words = "the file has other content"
            yield SiteChange(kind, name, words)


def _kind_of(file: str, files: Collection[str], folders: Mapping[str, str]) -> str:
    """The kind of a file.

    Args:
        file: its name, relative to the site.
        files: the names of all files.
        folders: "instructions/NAME/" -> the kind of files that stands in it.
    """
    first, _, rest = file.partition("/")
    if first == "layouts":
        if rest == "site.yaml":
            return "settings"
        if rest == "known.yaml":
            return "known"
        if rest == "references.yaml" or "/" in rest:
            return "reference"
        return "layout"
    if rest.startswith("notes/"):
        return "note"
    for folder, kind in folders.items():
        if file.startswith(folder):
            return kind
    folder, _, name = file.rpartition("/")
    if rest != name and any(
        each.startswith(f"{folder}/") and each.endswith(".yaml") for each in files
    ):
        return OTHER
    if not rest.endswith(".md"):
        return "settings" if rest.startswith(("checklist", "glossary")) else "contacts"
    return "instruction"
