"""What differs between two states of a site, in words, for people who read it once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmconsole.files.changed import (
    added_and_removed,
    fields,
    listed,
    many,
    moved,
    named,
    words_changed,
)
from dqmconsole.model.layout import page_key
from dqmconsole.model.release import ChangeKind, SiteChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dqmconsole.files.ledger import ReleasedFile
    from dqmconsole.model.instruction import Instruction
    from dqmconsole.model.layout import Layout, Page, Plot
    from dqmconsole.model.site import Site

_UNSAID = ("text", "hash", "shows", "judge", "version")


def differences(
    before: Site | None,
    after: Site,
    before_files: Mapping[str, ReleasedFile] | None = None,
    after_files: Mapping[str, ReleasedFile] | None = None,
) -> tuple[SiteChange, ...]:
    """What changed from one state of a site to another.

    Args:
        before: the earlier one; None when there was nothing.
        after: the later one.
        before_files: the earlier files, where they are known: for the content of
            reference files, and for files that no value shows.
        after_files: the later ones.

    Returns:
        The changes by kind, in the order in which they are read. Where the files
        are given it is empty only if no file differs.
    """
    if before is None:
        return _everything(after)
    old, new = before_files or {}, after_files or {}
    found = [
        *_layouts(before, after),
        *_instructions(before, after),
        *_notes(before, after),
        *_references(before, after, old, new),
        *_known(before, after),
        *_contacts(before, after),
        *_settings(before, after),
    ]
    if before_files is not None and after_files is not None:
        found += _unseen(found, old, new)
    return tuple(found)


def _everything(site: Site) -> tuple[SiteChange, ...]:
    plots = sum(len(page.plots) for each in site.layouts for page in each.pages)
    counts: list[tuple[ChangeKind, str, str]] = [
        ("layout", "layouts", f"{len(site.layouts)} with {plots} plots"),
        ("instruction", "instructions", f"{len(site.instructions)}"),
        ("note", "short-term notes", f"{len(site.notes)}"),
        ("reference", "reference rules", f"{len(site.references)}"),
        ("known", "known problems", f"{len(site.known)}"),
        ("contacts", "contacts", f"{len(site.contacts.roles)} roles"),
    ]
    return tuple(
        SiteChange(kind, name, f"published for the first time: {number}")
        for kind, name, number in counts
        if not number.startswith("0")
    )


# -- layouts ------------------------------------------------------------------


def _layouts(before: Site, after: Site) -> Iterator[SiteChange]:
    old = {each.layout: each for each in before.layouts}
    new = {each.layout: each for each in after.layouts}
    for name, change in added_and_removed(old, new):
        pages = (old if change == "removed" else new)[name].pages
        words = f"layout {change}, {many(len(pages), 'page')}"
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
        words = f"page {change}, {many(len(plots), 'plot')}"
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
    yield from fields(old, new, ("page", "plots", "needs"))
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
        yield f"{many(len(added), 'plot')} added: {listed(added)}"
    for page, paths in came.items():
        yield f"{many(len(paths), 'plot')} moved here from {page}: {listed(paths)}"
    if removed:
        yield f"{many(len(removed), 'plot')} removed: {listed(removed)}"
    shifted = list(moved(before, after))
    if shifted:
        yield f"{many(len(shifted), 'plot')} moved: {listed(shifted)}"
    same: dict[str, list[str]] = {}
    for path in after:
        if path in before:
            for words in fields(before[path], after[path], ("path",)):
                same.setdefault(words, []).append(path)
    for words, paths in same.items():
        yield f"{listed(paths)}: {words}"


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
    plus, minus = words_changed(old.text, new.text)
    if plus or minus:
        words += f", {plus} words added, {minus} removed"
    else:
        words += ", the same text"
    skipped = (*_UNSAID, "examples", "steps", "turns")
    return "; ".join((words, *fields(old, new, skipped)))


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
            plus, minus = words_changed(old[name].text, new[name].text)
            said = list(fields(old[name], new[name], _UNSAID))
            if plus or minus:
                said.insert(0, f"{plus} words added, {minus} removed")
            words = "; ".join(said) or "its file changed, not its text"
            yield SiteChange("note", name, words)


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
        chosen = rule.file or f"run {rule.run}"
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
        return f"{known.subsystem}: {known.problem}"

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


def _unseen(
    found: Iterable[SiteChange],
    old: Mapping[str, ReleasedFile],
    new: Mapping[str, ReleasedFile],
) -> Iterator[SiteChange]:
    """Files that differ and of which no value says so: comments, files for people."""
    kinds = {each.kind for each in found}
    said = {f"instructions/{each.name}.md" for each in found}
    for name, change in added_and_removed(old, new):
        if _kind_of(name) not in kinds and name not in said:
            yield SiteChange(_kind_of(name), name, f"file {change}")
    for name in sorted(new):
        if name not in old or old[name].sha256 == new[name].sha256 or name in said:
            continue
        kind = _kind_of(name)
        if kind not in kinds:
            words = "the file differs in nothing that the console shows"
            if kind == "reference" and not name.endswith(".yaml"):
                words = "the file has other content"
            yield SiteChange(kind, name, words)


def _kind_of(file: str) -> ChangeKind:
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
    if not rest.endswith(".md"):
        return "settings" if rest.startswith("checklist") else "contacts"
    return "instruction"
