"""What a certificate says of its signature, of what was tested and what was not."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dqmconsole.model.layout import split_page
from dqmconsole.model.moment import date_words
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.documents import clock_of, document
from dqmconsole.training.lesson import short_name
from dqmconsole.training.mentors import signature_words as signed_words
from dqmconsole.training.score import rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.training.certificate import Standing
    from dqmconsole.training.observed_records import CertificateIssued

NO_RATES = (
    "One observed shift shows that somebody can; it does not measure how often, and "
    "there was no exam whose error rates could be computed."
)
NOT_RECORDED = (
    "On which pages and plots there were faults, and how often which cause was shown, "
    "is not recorded: an earlier version issued this certificate."
)
EXAM_TESTED = ("whether something is wrong", "in which plot", "its cause")
EXAM_UNTESTED = ("how soon to call", "whom to call", "flags", "the hand-over")
"""What an exam asks for and scores, and what of a shift it does not."""

_MOST, _FEW = 4, 2  # names that are said of a list, and of one that is longer
_IN_SHIFT = {
    ("fault", "checks"): "A fault of which the checks tell",
    ("fault", "eye"): "A fault that only an eye finds",
    ("false alarm", ""): "A false alarm",
    ("known issue", ""): "A known issue",
    ("handed on", ""): "A fault that the shift before handed on",
}


def signature_words(issued: CertificateIssued) -> str:
    """Who signed, as what, and how that was checked, in words."""
    words = signed_words(
        issued.mentor,
        issued.mentor_account,
        issued.mentor_role,
        issued.signature,
        listed=issued.mentor_listed,
    )
    return f"{words[:1].upper()}{words[1:]}"


def shadow_words(standing: Standing) -> str:
    """How many shadow shifts are on record, and how they were signed, in words."""
    many, asked = len(standing.shadows), standing.issued.shadow_shifts
    words = f"{many} of {counted(asked, 'shadow shift')} on record: they stay mandatory"
    if not asked:
        words = f"The site asks for none; {many} on record"
    if before := standing.shadows_before:
        since = date_words(standing.shadows_since)
        words += (
            f". Counted are those since {since}, when the first was begun of what this "
            f"certificate rests on; {before} of before "
            f"{'was' if before == 1 else 'were'} made under an earlier one"
        )
    # who has no role signed at a site that knows no accounts
    how = {e.signature or ("" if e.role else "typed") for e in standing.shadows}
    if "typed" in how:
        words += ". Who led them: names as typed, and nobody checked by whom"
    elif "" in how:
        words += ". How those who led them signed is not recorded"
    return words


def shadow_lines(standing: Standing) -> list[str]:
    """The shadow shifts that count for a certificate, one a line."""
    return [
        f"{each.day}, with {each.mentor}: {', '.join(each.items) or 'none'}"
        for each in standing.shadows
    ]


def material_words(issued: CertificateIssued) -> str:
    """Whether it was of simulated or recorded runs, as a sentence."""
    return issued.shown or "All of it was simulated."


def sitting_rows(issued: CertificateIssued) -> list[tuple[str, ...]]:
    """The sittings of the exam, below their heads, and those of an exam together."""
    heads = ("sitting", "pages", "faults found", "causes named", "false calls")
    rows: list[tuple[str, ...]] = [heads]
    for title, group in itertools.groupby(issued.sittings, lambda each: each.exam):
        every = list(group)
        name = f"{title[:1].upper()}{title[1:]}"
        rows += [
            (
                f"{name} {number}, {date_words(each.began)}",
                str(each.faults + each.goods),
                f"{each.found} of {each.faults}",
                f"{each.named} of {each.found}",
                f"{each.called} of {each.goods}",
            )
            for number, each in enumerate(every, 1)
        ]
        if len(every) > 1:
            found, faults, named, called, goods = (
                sum(getattr(each, what) for each in every)
                for what in ("found", "faults", "named", "called", "goods")
            )
            both = (rate(found, faults), rate(named, found), rate(called, goods))
            pages = str(faults + goods)
            rows.append((f"{name}, together", pages, *(each.words for each in both)))
    return rows


def cause_rows(issued: CertificateIssued) -> list[tuple[str, ...]]:
    """The faults that the exam showed, beside what was harmless, below their heads."""
    faults = [
        (short_name(each.cause), *map(str, (each.shown, each.found, each.named)))
        for each in issued.causes
        if not each.harmless
    ]
    harmless = [
        (short_name(each.cause), str(each.shown), str(each.found))
        for each in issued.causes
        if each.harmless
    ]
    rows: list[tuple[str, ...]] = [("fault", "shown", "found", "named"), *faults]
    if not harmless:
        return rows
    beside = [("harmless event", "shown", "left alone"), *harmless]
    pairs = itertools.zip_longest(rows, beside)
    return [(*(one or ("",) * 4), *(other or ("",) * 3)) for one, other in pairs]


def layout_rows(issued: CertificateIssued) -> list[tuple[str, ...]]:
    """Where the exam had faults, and good pages: a row a layout, below their heads."""
    rows: list[tuple[str, ...]] = [
        (
            "layout", "pages with a fault, of those for shifts",
            "plots with a fault, of those shown", "faults found",
            "good pages left alone", "runs",
        )
    ]  # fmt: skip
    by_layout = itertools.groupby(issued.pages, lambda each: split_page(each.page)[0])
    for name, group in by_layout:
        every = list(group)
        struck = [each for each in every if each.faults]
        titles = [split_page(each.page)[1] for each in struck]
        plots = [plot for each in struck for plot in each.plots]
        faults = sum(each.faults for each in struck)
        found = sum(each.found for each in struck)
        goods = sum(each.goods for each in every)
        alone = goods - sum(each.called for each in every)
        runs = sorted({run for each in every for run in each.runs})
        pages = max(issued.pages_of.get(name, 0), len(titles))
        where = [_some_of(plots, sum(each.of for each in every))] if plots else []
        if unknown := sum(each.unknown for each in every):
            where.append(f"not recorded of {counted(unknown, 'fault')}")
        rows.append(
            (
                name,
                _some_of(titles, pages),
                "; ".join(where) or "none",
                f"{found} of {faults}" if faults else "none",
                f"{alone} of {goods}" if goods else "none",
                listed([str(run) if run else "simulated" for run in runs], _MOST),
            )
        )
    if all(each.runs == (0,) for each in issued.pages):
        return [row[:-1] for row in rows]
    return rows


def shift_lines(issued: CertificateIssued) -> list[str]:
    """What there was in the observed shift, line by line."""
    lines = []
    if issued.observed_words:
        begun = f"{date_words(issued.shift_began)}: " if issued.shift_began else ""
        lines.append(f"{begun}{issued.observed_words}")
    for each in issued.in_shift:
        where = _few(each.plots)
        what = f"{short_name(each.cause)}, in {where}" if each.cause else where
        note = f" ({each.note})" if each.note else ""
        lines.append(f"{_IN_SHIFT[each.what, each.found_by]}: {what}{note}")
    return [*lines, *issued.of_shifts]


def untested_lines(issued: CertificateIssued) -> list[str]:
    """What there was not, and what else is to be known of it, as sentences."""
    none, there, lines = issued.untested, issued.tested, []
    if issued.exam:
        asked = ", ".join(EXAM_UNTESTED)
        lines.append(f"Not asked, or not scored, in the exam: {asked}.")
    if issued.pages:
        struck = sum(each.faults > 0 for each in issued.pages)
        every = max(sum(issued.pages_of.values()), struck)
        words = f"Pages for shifts of which the exam showed no fault: {every - struck}"
        lines.append(f"{words} of {every}.")
        if issued.unshown:
            many = f"{len(issued.unshown)} of {every}"
            named = listed(issued.unshown, _MOST)
            lines.append(
                f"Pages for shifts that it did not show at all: {many} ({named})."
            )
    types = "Types of run that were not shown"
    recorded = any(run for each in issued.pages for run in each.runs)
    if recorded and not issued.types_known:
        types = "Types of run that are not known to have been shown"
    without = "without a fault" if is_detailed(issued) else "that were not shown"
    for what, names, others in (
        (f"Layouts {without}", none.layouts, there.layouts),
        (
            "Faults that were not shown",
            tuple(map(short_name, none.causes)),
            there.causes,
        ),
        (types, none.run_types, there.run_types),
    ):
        many = f"{len(names)} of {len(names) + len(others)}"
        named = f"{many} ({', '.join(names)})" if names else "none"
        lines.append(f"{what}: {named}.")
    return [*lines, *(issued.limits if is_detailed(issued) else (NOT_RECORDED,))]


def changed_words(standing: Standing) -> str:
    """What of its pages and instructions was changed since, and what was sat since."""
    words = "Changed since: nothing of its pages and their instructions."
    if standing.changed:
        words = f"Changed since: {', '.join(standing.changed)}."
    if standing.unsealed:
        words += f" Of {listed(standing.unsealed)} it is not recorded."
    if standing.later:
        words += f" Begun since: {'; '.join(standing.later)}."
    return words


def is_detailed(issued: CertificateIssued) -> bool:
    """Whether it is recorded where there were faults; earlier versions did not."""
    return bool(issued.sittings or issued.in_shift or issued.limits)


def shown_lines(issued: CertificateIssued) -> list[str]:
    """What a certificate of an earlier version says that was shown."""
    shown = issued.tested
    return [
        f"{what}: {', '.join(names) or 'none'}."
        for what, names in (
            ("Layouts shown, with a fault or without", shown.layouts),
            ("Causes shown", tuple(map(short_name, shown.causes))),
            ("Types of run", shown.run_types),
        )
    ]


def certificate_page(standing: Standing, timezone: str, now: float) -> str:
    """A certificate to be printed, as HTML that needs nothing else.

    Args:
        standing: of the certificate.
        timezone: of the site.
        now: unix time, s, at which it is printed.
    """
    issued, versions = standing.issued, standing.record.versions
    release = f"release {versions.release}" if versions.release else "no release"
    done = {
        item: f"{each.day}, {each.mentor}"
        for each in reversed(standing.shadows)
        for item in each.items
    }
    values = {
        "title": f"Certificate: {standing.who}",
        "standing": standing,
        "issued": issued,
        "release": f"{release} (site {versions.site[:8] or 'unknown'}, "
        f"dqmconsole {versions.program})",
        "clock": clock_of(timezone),
        "now": now,
        "since": date_words(standing.since),
        "signed": signature_words(issued),
        "asked": ", ".join(EXAM_TESTED),
        "sittings": sitting_rows(issued),
        "causes": cause_rows(issued),
        "layouts": layout_rows(issued),
        "shift": shift_lines(issued),
        "changed": changed_words(standing),
        "untested": untested_lines(issued),
        "detailed": is_detailed(issued),
        "earlier": shown_lines(issued),
        "rates": issued.rates or (NO_RATES,),
        "shown": material_words(issued),
        "shadows": shadow_words(standing),
        "shadow_lines": shadow_lines(standing),
        "items": tuple((each, done.get(each, "")) for each in issued.shadow_items),
    }
    return document("certificate.html", values, "dqmconsole.training")


# -- inside --------------------------------------------------------------------------


def _some_of(names: Sequence[str], of: int) -> str:
    """Some names, and how many of how many they are: "A, B (2 of 6)"."""
    return f"{_few(names)} ({len(names)} of {of})" if names else "none"


def _few(names: Sequence[str]) -> str:
    """All names where they are few, else the first of them."""
    each = list(dict.fromkeys(names))
    return listed(each, _MOST if len(each) <= _MOST else _FEW)
