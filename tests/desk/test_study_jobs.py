from __future__ import annotations

import os
import sys

import pytest

from dqmconsole.desk.study_found import GoodPart
from dqmconsole.desk.study_jobs import jobs, work
from dqmconsole.desk.study_pieces import Piece, Pieces, StudyError


class _Counting(Pieces):
    """Gives parts as long as their names, without judging anything."""

    def __init__(self) -> None:
        pass

    def _good(self, running: object) -> GoodPart:
        return GoodPart(str(running), float(len(str(running))))

    class _Ground:
        def good_running(self, part: str) -> str:
            if part == "ends":
                os._exit(3)
            return part

    _ground = _Ground()  # type: ignore[assignment]


def make(first: bytes) -> Pieces:
    if first:
        raise StudyError(first.decode())
    return _Counting()


_COMMAND = (sys.executable, __file__)


@pytest.mark.slow
def test_what_several_processes_do_comes_back_whole() -> None:
    pieces = [Piece(f"part {number}") for number in range(7)]
    with jobs(_COMMAND, 2) as several:
        done = list(several.do(pieces))

    assert {each.piece.part for each in done} == {each.part for each in pieces}
    assert all(each.part == GoodPart(each.piece.part, 6.0) for each in done)


@pytest.mark.slow
def test_a_process_that_ends_or_cannot_begin_is_said() -> None:
    with (
        jobs(_COMMAND, 1) as several,
        pytest.raises(StudyError, match="ended by itself"),
    ):
        list(several.do([Piece("ends"), Piece("more")]))
    with jobs(_COMMAND, 1, b"the site was changed") as several:
        (done,) = several.do([Piece("part")])
    assert done.refused == "the site was changed"


@pytest.mark.slow
def test_a_process_that_cannot_be_started_is_said() -> None:
    with (
        pytest.raises(StudyError, match="process 1 of 2 cannot be started: No such"),
        jobs(("/nowhere/python",), 2),
    ):
        pass
    with (  # more than a pipe holds, to a process that reads nothing
        pytest.raises(StudyError, match="ended by itself"),
        jobs((sys.executable, "-c", ""), 1, bytes(1 << 22)),
    ):
        pass


if __name__ == "__main__":
    work(int(sys.argv[1]), make)
