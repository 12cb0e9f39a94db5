"""Jobs are done one after the other, and what prepares one goes before all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.engine.jobs import Jobs, refused
from dqmconsole.model.message import Receipt

if TYPE_CHECKING:
    from collections.abc import Generator

    from dqmconsole.engine.jobs import Job


def a_job(number: int, steps: int, log: list[str]) -> Job:
    try:
        for _ in range(steps):
            log.append(f"job {number}")
            yield
        return Receipt(number, True, "")
    finally:
        log.append(f"end {number}")


def preparing(number: int, steps: int, log: list[str]) -> Generator[None, None, Job]:
    for _ in range(steps):
        log.append(f"prepare {number}")
        yield
    return a_job(number, 1, log)


def all_answers(jobs: Jobs) -> list[int]:
    found = []
    while jobs.pending:
        found += [answer.request for answer in jobs.work(0.0)]  # type: ignore[union-attr]
    return found


def test_one_after_the_other_by_one_piece_at_least() -> None:
    log: list[str] = []
    jobs = Jobs(lambda: 1.0)
    jobs.add(a_job(1, 2, log))
    jobs.add(refused(2, "no"))
    assert jobs.pending == 2
    assert jobs.work(0.0) == []
    assert log == ["job 1"]
    assert all_answers(jobs) == [1, 2]


def test_what_must_be_of_this_moment_begins_at_once_and_goes_first() -> None:
    log: list[str] = []
    jobs = Jobs(lambda: 1.0)
    jobs.add(a_job(1, 2, log))
    jobs.work(0.0)
    jobs.prepare(preparing(2, 2, log))
    jobs.prepare(preparing(3, 0, log))
    assert log == ["job 1", "prepare 2"]
    assert jobs.pending == 3
    assert all_answers(jobs) == [1, 2, 3]  # written in the order they were asked for
    assert log[:5] == ["job 1", "prepare 2", "prepare 2", "job 1", "end 1"]


def test_given_up_they_end_in_order() -> None:
    log: list[str] = []
    jobs = Jobs()
    jobs.add(a_job(1, 2, log))
    jobs.work(0.0)
    jobs.prepare(preparing(2, 2, log))
    jobs.close()
    assert jobs.pending == 0
    assert log == ["job 1", "prepare 2", "end 1"]
