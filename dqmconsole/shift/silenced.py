"""What is silent, who is responsible, and until when: the silenced list.

Whatever keeps a plot from being judged, or an alarm from being heard, stands here.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from dqmconsole.model.layout import KEY_STEP
from dqmconsole.model.moment import clock_words, date_words, moment_words
from dqmconsole.model.record import Shelved
from dqmconsole.model.run import run_words
from dqmconsole.model.verdict import Status, onset_words
from dqmconsole.model.words import counted, listed
from dqmconsole.shift.alarm_words import plots_words
from dqmconsole.shift.alarms import alarm_name
from dqmconsole.shift.overrides import in_force
from dqmconsole.shift.pages import plots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dqmconsole.model.known_issue import KnownIssue
    from dqmconsole.model.layout import Plot
    from dqmconsole.model.problem import Problem
    from dqmconsole.model.site import Site
    from dqmconsole.model.verdict import Verdict
    from dqmconsole.shift.alarms import Standing
    from dqmconsole.shift.overrides import InForce
    from dqmconsole.shift.session import ShiftSession

Kind = Literal[
    "shelved", "check failed", "quarantined", "overridden", "known", "masked",
    "disabled", "unchecked", "never heard",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
QUARANTINED = "quarantined: "  # stands in the problem of a check that is


class Silenced(msgspec.Struct, frozen=True):
    """Something that is silent.

    Attributes:
        kind: how.
        what: what is silent: plots, an alarm, channels.
        why: the reason, or "".
        owner: who is responsible: a person, a role of the contacts, or "".
        since: since when, in words; "" where nobody noted that.
        until: when it ends or is to be reviewed, in words; "" where it never does.
        expired: that is over.
        keys: the plots.
    """

    kind: Kind
    what: str
    why: str = ""
    owner: str = ""
    since: str = ""
    until: str = ""
    expired: bool = False
    keys: tuple[str, ...] = ()


def silenced_now(session: ShiftSession) -> tuple[Silenced, ...]:
    """What is silent at this console now; nothing while no site is open."""
    site, mail, now = session.site, session.client.mailbox, session.now()
    if site is None:
        return ()
    return silenced(
        site,
        mail.run.run,
        now,
        mail.verdicts,
        session.alarms,
        mail.all_problems(),
        mail.by_hand.sentence,
        in_force(session.logbook, mail.run.run, now),
    )


def silenced(
    site: Site,
    run: int,
    now: float,
    verdicts: Mapping[str, Verdict],
    alarms: Iterable[Standing] = (),
    problems: Iterable[Problem] = (),
    by_hand: str = "",
    overridden: Iterable[InForce] = (),
) -> tuple[Silenced, ...]:
    """What is silent, what has expired first.

    Args:
        site: has known issues, and what its layouts leave unchecked or unheard.
        run: the run at hand; 0 for none.
        now: unix time, s.
        verdicts: by plot.
        alarms: as they stand.
        problems: of the program, among them checks in quarantine.
        by_hand: what all plots are compared with by hand, in words, or "".
        overridden: what is said of partitions of the detector control.
    """
    plots = list(plots_of(site, "shift"))
    owners = {each.layout: each.owner for each in site.layouts}
    released = "" if site.release is None else moment_words(site.release.at)
    found = [_shelved(one) for one in alarms if one.state == "shelved"]
    if by_hand:
        found.append(Silenced("overridden", "the reference of all plots", by_hand,
                              until="this session"))  # fmt: skip
    found += _overridden(overridden, plots)
    found += _once(_known(each, plots, run, now) for each in site.known)
    found += [_quarantined(each) for each in problems if QUARANTINED in each.message]
    found += _grouped("check failed", _by_status(plots, verdicts, Status.FAILED),
                      owners, verdicts, site.settings.unit)  # fmt: skip
    found += _grouped("disabled", _by_status(plots, verdicts, Status.DISABLED),
                      owners, verdicts, site.settings.unit)  # fmt: skip
    unchecked = [(key, plot) for key, _, plot in plots if plot.checks == ()]
    unheard = [(key, plot) for key, _, plot in plots if plot.alarm == "none"]
    found += [
        msgspec.structs.replace(each, why="checks: [] in the layout", since=released)
        for each in _grouped("unchecked", unchecked, owners)
    ]
    found += [
        msgspec.structs.replace(each, why="alarm: none in the layout", since=released)
        for each in _grouped("never heard", unheard, owners)
    ]
    found.sort(key=lambda each: (not each.expired, KINDS.index(each.kind)))
    return tuple(found)


def _shelved(one: Standing) -> Silenced:
    alarm, by = one.alarm, one.by
    reason = by.body.reason if by is not None and isinstance(by.body, Shelved) else ""
    return Silenced(
        "shelved",
        ", ".join(filter(None, (alarm_name(alarm), plots_words(alarm)))),
        reason,
        by.who if by is not None else "",
        clock_words(by.made_at) if by is not None else "",
        clock_words(one.until) if one.until is not None else "",
        keys=tuple(each.key for each in alarm.members if KEY_STEP in each.key),
    )


def _overridden(
    said: Iterable[InForce], plots: Sequence[tuple[str, object, Plot]]
) -> Iterator[Silenced]:
    """One row for each record that overrides the detector control."""
    for each in said:
        keys = [
            key
            for key, _, plot in plots
            if plot.needs is not None
            and not set(each.partitions).isdisjoint(plot.needs.dcs)
        ]
        record, body = each.record, each.body
        yield Silenced("overridden", f"the detector control: {each.words}", body.reason,
                       record.who, clock_words(record.made_at),
                       clock_words(body.until), keys=tuple(keys))  # fmt: skip


def _quarantined(problem: Problem) -> Silenced:
    what, _, why = problem.message.partition(QUARANTINED)
    return Silenced(
        "quarantined",
        what.strip().removesuffix(" is"),
        why,
        until="another site, program or check",
        keys=(problem.key,) if problem.key else (),
    )


def _known(
    issue: KnownIssue, plots: Sequence[tuple[str, object, Plot]], run: int, now: float
) -> Silenced:
    keys = tuple(key for key, _, plot in plots if issue.shows_in(plot.path, run))
    where = ": ".join(filter(None, (issue.subsystem, issue.problem)))
    if issue.channels:
        where += f" ({counted(issue.channels, 'channel')})"
    since = "" if issue.first_run is None else run_words(issue.first_run)
    return Silenced(
        "masked" if issue.channels or issue.regions else "known",
        where,
        owner=issue.owner,
        since=since,
        until=issue.expires,
        expired=_is_over(issue, run, now),
        keys=keys,
    )


def _once(rows: Iterable[Silenced]) -> list[Silenced]:
    """One row for all that is told alike: an issue may name its plots in several."""
    alike: dict[Silenced, dict[str, None]] = {}
    for row in rows:
        plain = msgspec.structs.replace(row, why="", keys=())
        alike.setdefault(plain, {}).update(dict.fromkeys(row.keys))
    return [
        msgspec.structs.replace(
            row, why=f"in {counted(len(keys), 'plot')} of the shift", keys=tuple(keys)
        )
        for row, keys in alike.items()
    ]


def _is_over(issue: KnownIssue, run: int, now: float) -> bool:
    """Tell whether somebody has to review it: its day, or its last run, is over."""
    if run and issue.last_run is not None and run > issue.last_run:
        return True
    try:
        last = datetime.date.fromisoformat(issue.expires).isoformat()
    except ValueError:
        return True  # a day that is none does not last for ever
    return last < date_words(now)


def _by_status(
    plots: Iterable[tuple[str, object, Plot]],
    verdicts: Mapping[str, Verdict],
    status: Status,
) -> list[tuple[str, Plot]]:
    return [
        (key, plot)
        for key, _, plot in plots
        if key in verdicts and verdicts[key].status is status
    ]


_NONE: Mapping[str, Verdict] = {}


def _grouped(
    kind: Kind,
    plots: Iterable[tuple[str, Plot]],
    owners: Mapping[str, str],
    verdicts: Mapping[str, Verdict] = _NONE,
    unit: str = "LS",
) -> list[Silenced]:
    """One row for the plots of a page that are silent alike, with the same reason."""
    rows: dict[tuple[str, str, str], list[tuple[str, Plot]]] = {}
    for key, plot in plots:
        layout, page, _ = key.split(KEY_STEP, 2)
        verdict = verdicts.get(key)
        why = verdict.sentence if verdict is not None else ""
        rows.setdefault((layout, page, why), []).append((key, plot))
    found = []
    for (layout, page, why), each in rows.items():
        names = [plot.title or plot.path.rsplit("/", 1)[-1] for _, plot in each]
        first = verdicts.get(each[0][0])
        since = "" if first is None else onset_words(first.since, first.began, unit)
        found.append(
            Silenced(
                kind,
                f"{layout} › {page}: {listed(names, 2)}",
                why,
                owners.get(layout, ""),
                since.removeprefix("since "),
                keys=tuple(key for key, _ in each),
            )
        )
    return found
