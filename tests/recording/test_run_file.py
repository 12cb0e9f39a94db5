"""Which folder of records belongs to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dqmconsole.recording.run_file import folder_of_file, run_path, source_folder

if TYPE_CHECKING:
    import pytest


def test_of_a_file_the_record_with_most_runs_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, data = tmp_path / "root", tmp_path / "data"
    file = str(data / "0000" / "run_7.root")
    own, above = source_folder(root, file), source_folder(root, str(data))
    assert folder_of_file(root, file) == own
    for place, runs in ((own, (7,)), (above, (6, 7))):
        place.mkdir(parents=True)
        for run in runs:
            run_path(place, run).touch()
    assert folder_of_file(root, file) == above
    run_path(own, 8).touch()
    assert folder_of_file(root, file) == own

    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert folder_of_file(root, file) == own
