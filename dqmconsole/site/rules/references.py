"""Checks of the rules of references."""

from __future__ import annotations

import datetime
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.site.nearest import did_you_mean
from dqmconsole.site.references import rule_key
from dqmconsole.site.rules.context import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.site.rules.context import Context

REVIEW_AFTER = datetime.timedelta(days=365)

_LARGE = 1_000_000  # added to the version of a ROOT file with 64-bit addresses


def check_reference_files(context: Context) -> Iterator[Found]:
    """Find reference files that are not there, or not whole."""
    layouts = context.folder / "layouts"
    for index, rule in enumerate(context.site.references):
        if rule.file is not None and (words := _wrong_file(layouts, rule.file)):
            yield Found("reference-file", context.places.get(rule_key(index)), words)


def check_reference_dates(context: Context) -> Iterator[Found]:
    """Find references that were chosen long ago, or in the future."""
    for index, rule in enumerate(context.site.references):
        place = context.places.get(rule_key(index, "chosen_on"))
        chosen = datetime.date.fromisoformat(rule.chosen_on)
        if chosen > context.today:
            words = f"the reference was chosen on {chosen}, which is yet to come"
            yield Found("reference-to-come", place, words)
        elif context.today - chosen > REVIEW_AFTER:
            words = (
                f"the reference was chosen on {chosen}, more than a year ago: is it "
                f"still right? ({rule.chosen_by} chose it)"
            )
            yield Found("old-reference", place, words)


def check_reference_targets(context: Context) -> Iterator[Found]:
    """Find rules of references that hold for no plot."""
    for index, rule in enumerate(context.site.references):
        if rule.subsystem is not None and context.lacks(rule.subsystem):
            hint = did_you_mean(rule.subsystem, context.subsystems)
            words = f'no plot of the site is of the subsystem "{rule.subsystem}"{hint}'
            place = context.places.get(rule_key(index, "subsystem"))
            yield Found("reference-for-nothing", place, words)
            continue
        for item, glob in enumerate(rule.histograms):
            if not context.matches(glob):
                words = f'the rule is for "{glob}", which matches no plot of the site'
                place = context.places.get(rule_key(index, f"histograms[{item}]"))
                yield Found("reference-for-nothing", place, words)


def _wrong_file(layouts: Path, name: str) -> str:
    """Why a reference file cannot be used; "" when it seems to be whole."""
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
