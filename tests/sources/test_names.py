from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmconsole.sources.names import (
    SnapshotName,
    is_candidate,
    is_repository_folder,
    parse_name,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("DQM_V0001_Hcal_R000398214.root", SnapshotName(398214, "Hcal")),
        ("DQM_V0002_Hcal_R000398214.root", SnapshotName(398214, "Hcal", version=2)),
        ("DQM_V0001_R000398214.root", SnapshotName(398214)),
        (
            "Playback_V0001_L1T_R000398214.root",
            SnapshotName(398214, "L1T", producer="Playback"),
        ),
        (
            "DQM_V0001_Hcal_R000398214.root.ls00000417_hostdqm-c2f11_pid00012345",
            SnapshotName(398214, "Hcal", 417, "dqm-c2f11", 12345, final=False),
        ),
        (
            "DQM_V0001_Hcal_R000398214.root.ls00000417_hosta_pid_b_pid00000009",
            SnapshotName(398214, "Hcal", 417, "a_pid_b", 9, final=False),
        ),
        (
            "DQM_V0001_Hcal_R000398214_L000000012.root",
            SnapshotName(398214, "Hcal", 12, final=False),
        ),
        (
            "DQM_V0001_R000398214__ZeroBias__Run2025C-PromptReco-v1__DQMIO.root",
            SnapshotName(398214),
        ),
    ],
)
def test_names_as_cms_writes_them(name: str, expected: SnapshotName) -> None:
    assert parse_name(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "DQM_V0001_Hcal_R000398214.root.tmp",
        "DQM_V0001_Hcal_R000398214.root.origin",
        "DQM_V0001_Hcal_R000398214.root.ls00000417_hosta_pid00000012.tmp",
        "DQM_V0001_Hcal_R398214.root",
        "DQM_V0001_Hcal_R000398214.root.bak",
        "DQM_V0001_Hc al_R000398214.root",
        "histograms.root",
        "",
        "DQM_V0001_Hcal_R\u0660\u0660\u0660398214.root",
    ],
)
def test_other_names_are_none(name: str) -> None:
    assert parse_name(name) is None


def test_candidates_and_repository_folders() -> None:
    assert is_candidate("x.root")
    assert is_candidate("x.root.ls00000001_hosta_pid00000001")
    assert not is_candidate("x.root.tmp")
    assert not is_candidate("x.txt")
    assert is_repository_folder("00039xxxx")
    assert is_repository_folder("0003982xx")
    assert not is_repository_folder("xxxx")
    assert not is_repository_folder("00039")


@given(
    st.integers(1, 999_999_999),
    st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True),
    st.integers(0, 99_999_999),
    st.from_regex(r"[a-z][a-z0-9.-]{0,20}", fullmatch=True),
    st.integers(1, 99_999_999),
)
def test_what_is_written_is_read(
    run: int, subsystem: str, ls: int, host: str, pid: int
) -> None:
    name = f"DQM_V0001_{subsystem}_R{run:09d}.root.ls{ls:08d}_host{host}_pid{pid:08d}"
    assert parse_name(name) == SnapshotName(run, subsystem, ls, host, pid, final=False)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    parse_name(text)
