"""What a check with other limits would have said of the runs that are recorded."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.checks.declared import DeclarationError, declared
from dqmconsole.desk.good_runs import GoodRun, GoodRuns, record_of
from dqmconsole.desk.recorded import RecordedFolders
from dqmconsole.desk.recorded_good import known_runs
from dqmconsole.desk.reference import RefusedError, folders_of
from dqmconsole.desk.tune import episodes_of, grades_of
from dqmconsole.model.message import Receipt, WhatIfFound, WhatIfRun
from dqmconsole.model.verdict import JUDGED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.checks.declared import Declared
    from dqmconsole.desk.recorded_good import KnownRun
    from dqmconsole.engine.jobs import Job
    from dqmconsole.model.message import WhatIf
    from dqmconsole.model.site import Site

MOST = 40  # runs, the newest


class _Said(NamedTuple):
    """What a check says of a run: None where it does not judge it."""

    status: str | None = None
    alarms: int = 0
    sentence: str = ""


def what_if(request: WhatIf, site: Site, source: str, records: Path | None) -> Job:
    """Judge the recorded runs by a check as it is, and as it would be; run by run.

    Args:
        request: the plot and the checks.
        site: its references, and where conditions stand.
        source: of the engine; a folder of runs, or else.
        records: folder in which its runs are recorded, or None.
    """
    yield
    try:
        then = _judging(request.then)
        now = None if request.now is None else _judging(request.now)
        with contextlib.ExitStack() as stack:
            return (yield from _found(request, now, then, site, source, records, stack))
    except DeclarationError as error:
        words = ": ".join((*error.keys, str(error)))
        return Receipt(request.request, False, words)
    except RefusedError as error:
        return Receipt(request.request, False, str(error))


def _judging(item: Mapping[str, object]) -> Declared:
    """The check of an item.

    Raises:
        DeclarationError: it means none.
        RefusedError: recorded runs cannot be judged by it.
    """
    one = declared(item)
    if one.options.input is not None or one.options.against is not None:
        message = (
            f"{one.check.NAME} judges or compares with other elements: what it would "
            "have said of recorded runs is not known"
        )
        raise RefusedError(message)
    return one


def _found(
    request: WhatIf,
    now: Declared | None,
    then: Declared,
    site: Site,
    source: str,
    records: Path | None,
    stack: contextlib.ExitStack,
) -> Job:
    folder = Path(source)
    folders = folders_of(site, folder if folder.is_dir() else None)
    home = Path(site.folder) / "layouts"
    recorded = stack.enter_context(
        contextlib.closing(RecordedFolders(folders, site.settings, home))
    )
    yield
    known = () if records is None else known_runs(records, unsaid=True)
    wanted = request.plot.run_types
    known = tuple(
        each
        for each in known
        if not wanted or each.conditions.run_type in (None, *wanted)
    )[-MOST:]
    if not known:
        message = "no run of this source is recorded"
        raise RefusedError(message)
    runs: list[tuple[KnownRun, GoodRun]] = []
    for each in known:
        record = None if records is None else record_of(each.run, folders, records)
        if record is not None:
            stack.callback(record.close)
        runs.append((each, GoodRun(each.run, record)))
        yield
    good = [run for each, run in runs if each.subsystems and each.good]
    data = GoodRuns(site, good, recorded, None, known=True)
    made = []
    for each, run in reversed(runs):
        old = _Said() if now is None else _said(data, run, each, request, now)
        yield
        new = _said(data, run, each, request, then)
        yield
        made.append(
            WhatIfRun(
                run.run,
                each.good if each.subsystems else None,
                old.status,
                new.status,
                old.alarms,
                new.alarms,
                data.times(run, request.plot.path)[0],
                new.sentence,
            )
        )
    return WhatIfFound(request.request, tuple(made))


def _said(
    data: GoodRuns, run: GoodRun, known: KnownRun, request: WhatIf, one: Declared
) -> _Said:
    """What a check says of a run."""
    wanted = one.options.run_types
    if wanted and known.conditions.run_type not in (None, *wanted):
        return _Said()
    check = one.at(known.conditions)[0].check
    rows = data.rows(run, request.plot, check, one.options)
    if rows is None:
        return _Said()
    grades = grades_of(rows)
    results = [result for row in rows.results for result in row]
    worst = max(grades, default=0)
    if not any(each.status in JUDGED for each in results):
        return _Said(str(results[0].status), 0, results[0].sentence)
    status = JUDGED[worst]
    sentence = next((each.sentence for each in results if each.status is status), "")
    return _Said(str(status), episodes_of(rows.spans, grades), sentence)
