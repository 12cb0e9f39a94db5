from __future__ import annotations

from dqm_files import T0, snapshot
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.model.run import RunState
from dqmconsole.sources.snapshots import Snapshot, SnapshotTable


def take_all(table: SnapshotTable) -> None:
    """Use whatever is better, as one who can read everything."""
    for key in table.improvable():
        best = table.better(key)
        assert best is not None
        table.use(best)
    assert table.improvable() == []


def state(table: SnapshotTable) -> object:
    return (
        table.current_run,
        table.runs(),
        {
            (run, client): (table.in_use((run, client)), table.run_state(run))
            for run in table.runs()
            for client in table.clients(run)
        },
    )


# two clients over runs N and N+1; N by Hcal has both pids of a restart
STORY = [
    *(snapshot(10, ls, written=T0 + ls) for ls in (1, 2, 3)),
    *(snapshot(10, ls, pid=13, written=T0 + ls) for ls in (3, 4)),
    snapshot(10, written=T0 + 5),
    snapshot(10, version=2, written=T0 + 50),
    *(snapshot(10, ls, subsystem="L1T", written=T0 + ls) for ls in (1, 4)),
    snapshot(11, 1, written=T0 + 7),
    snapshot(11, 2, written=T0 + 8),
    snapshot(11, 1, subsystem="L1T", written=T0 + 9),
]


@given(st.permutations(STORY), st.sets(st.integers(0, len(STORY))))
def test_any_order_of_arrival_gives_the_same_end(
    order: list[Snapshot], looks: set[int]
) -> None:
    table = SnapshotTable()
    for index, found in enumerate(order):
        table.offer(found)
        if index in looks:
            take_all(table)
        for run in (10, 11):
            for client in ("Hcal", "L1T"):
                used = table.in_use((run, client))
                assert used is None or used.key == (run, client)
    take_all(table)
    expected = SnapshotTable()
    for found in STORY:
        expected.offer(found)
    take_all(expected)
    assert state(table) == state(expected)
    assert table.current_run == 11
    assert table.run_state(10) is RunState.ENDED  # L1T has no final file
    assert table.run_state(11) is RunState.RUNNING
    best = table.in_use((10, "Hcal"))
    assert best is not None
    assert (best.name.final, best.name.version) == (True, 2)


@given(st.permutations(STORY))
def test_the_picture_never_goes_back(order: list[Snapshot]) -> None:
    table = SnapshotTable()
    for found in order:
        before = table.in_use(found.key)
        table.offer(found)
        take_all(table)
        after = table.in_use(found.key)
        assert after is not None
        assert before is None or after.rank >= before.rank


@given(st.permutations(STORY), st.data())
def test_what_followers_delete_is_not_missed(
    order: list[Snapshot], data: st.DataObject
) -> None:
    """The producer deletes what it has followed up: the picture stays the best."""
    table = SnapshotTable()
    seen: list[Snapshot] = []
    for found in order:
        table.offer(found)
        seen.append(found)
        take_all(table)
        gone = data.draw(st.sampled_from(seen))
        table.withdraw(gone.file)
        take_all(table)
    for key in {found.key for found in STORY}:
        best = max((s for s in STORY if s.key == key), key=lambda s: s.rank)
        assert table.in_use(key) == best


def test_final_when_every_client_is() -> None:
    table = SnapshotTable()
    table.offer(snapshot(10, 1))
    table.offer(snapshot(10, 1, subsystem="L1T"))
    take_all(table)
    assert table.run_state(10) is RunState.RUNNING
    table.offer(snapshot(10))
    assert table.run_state(10) is RunState.ENDED
    table.offer(snapshot(10, subsystem="L1T"))
    assert table.run_state(10) is RunState.FINAL
    take_all(table)
    assert table.run_state(10) is RunState.FINAL


def test_a_newer_run_ends_the_older() -> None:
    table = SnapshotTable()
    table.offer(snapshot(10, 1))
    take_all(table)
    table.offer(snapshot(11, 1))
    take_all(table)
    assert table.run_state(10) is RunState.ENDED
    table.offer(snapshot(9, 1))  # late, of the past
    take_all(table)
    assert table.current_run == 11


def test_a_rejected_file_gives_way_to_the_last_good_one_until_it_changes() -> None:
    table = SnapshotTable()
    good, bad = snapshot(10, 1), snapshot(10, 2, written=T0 + 2)
    table.offer(good)
    take_all(table)
    table.offer(bad)
    assert table.better((10, "Hcal")) == bad
    table.reject(bad, "cut short")
    assert table.better((10, "Hcal")) is None
    assert table.in_use((10, "Hcal")) == good
    assert [reason for _, reason in table.rejected()] == ["cut short"]
    mended = snapshot(10, 2, written=T0 + 3)
    table.offer(mended)
    assert list(table.rejected()) == []
    take_all(table)
    assert table.in_use((10, "Hcal")) == mended


def test_a_corrupt_final_file_ends_the_run_but_is_not_final() -> None:
    table = SnapshotTable()
    table.offer(snapshot(10, 1))
    take_all(table)
    final = snapshot(10, written=T0 + 2)
    table.offer(final)
    table.reject(final, "not ROOT")
    assert table.run_state(10) is RunState.ENDED


def test_the_first_look_prefers_what_can_be_read() -> None:
    table = SnapshotTable()
    for ls in (1, 2, 3):
        table.offer(snapshot(10, ls, written=T0 + ls))
    table.reject(snapshot(10, 3, written=T0 + 3), "empty")
    best = table.better((10, "Hcal"))
    assert best is not None
    assert best.name.lumisection == 2


def test_old_runs_without_files_are_forgotten() -> None:
    table = SnapshotTable()
    old = snapshot(9, 1)
    table.offer(old)
    table.offer(snapshot(10, 1))
    take_all(table)
    table.withdraw(old.file)
    assert table.runs() == (9, 10)
    table.forget_before(10)
    assert table.runs() == (10,)
