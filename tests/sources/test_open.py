from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from dqm_files import PATHS, file_name, write
from support.waiting import PATIENCE

from dqmconsole.model.histogram import Scalar
from dqmconsole.model.run import RunState
from dqmconsole.rootio.write import write_root
from dqmconsole.site.settings import read_settings
from dqmconsole.sources.folder import DqmFolder
from dqmconsole.sources.one_file import SingleFile
from dqmconsole.sources.open import (
    check_source,
    files_of,
    open_source,
    settings_of,
    settle,
    source_called,
)
from dqmconsole.sources.source import SourceError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("patient")


def test_file_folder_and_replay(tmp_path: Path) -> None:
    file = tmp_path / "x.root"
    file.touch()
    for text, kind, banner in (
        (str(file), SingleFile, ""),
        (str(tmp_path), DqmFolder, ""),
        (f"replay:{tmp_path}", DqmFolder, "REPLAY"),
    ):
        check_source(text)
        source = open_source(text)
        assert isinstance(source, kind)
        assert source.banner == banner
        assert source.name == text
        source.close()


def test_a_folder_that_is_yet_to_be_made_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "monitor").mkdir()
    new = tmp_path / "run7"
    with pytest.raises(SourceError, match="there is no such file or folder"):
        check_source(str(new))
    check_source(str(new), awaited=True)
    source = open_source(str(new), paths=PATHS, awaited=True)
    settle(source, PATIENCE)
    (said,) = source.problems()
    assert said.message.startswith("there is no such folder yet; no file is there that")
    assert said.message.endswith("in files: in sources: of layouts/site.yaml")
    new.mkdir()
    write(new, file_name("Hcal", 10, 4), run=10, ls=4, events=9, stamp=1.0, written=1.0)
    while source.current_run != 10:
        source.poll(time.time())
        time.sleep(0.01)
    assert source.problems() == ()
    source.close()
    for text in ("{0}/monitr", "{0}/x.root", "{0}/none/dqm", "other"):
        with pytest.raises(SourceError):
            check_source(text.format(tmp_path), awaited=True)
    check_source(f"{tmp_path}/monitr/", awaited=True)  # it is said to be a folder


@pytest.mark.parametrize("text", ["~no-such-user/a", "replay:~no-such-user/a"])
def test_a_folder_of_a_user_that_is_not_there_is_said(
    text: str, tmp_path: Path
) -> None:
    settings = read_settings(b"experiment: A", "").settings
    assert settings_of(text, settings, tmp_path) is None
    with pytest.raises(SourceError, match="knows no such user"):
        check_source(text)


@pytest.mark.parametrize("text", ["{0}", "replay:{0}", "{0}/{1}"])
def test_a_lumisection_is_called_as_the_site_calls_it(
    tmp_path: Path, text: str
) -> None:
    now, name = time.time(), file_name("Hcal", 10, 40)

    def put(ls: int, at: float) -> None:
        write(tmp_path, name, run=10, ls=ls, events=100 * ls, stamp=at, written=at)

    put(39, now - 10)
    source = open_source(
        text.format(tmp_path, name), paths=PATHS, recorded=True, unit="spill"
    )
    settle(source, PATIENCE)
    put(40, now)  # of a file alone: now it goes on
    while source.poll(time.time()):
        pass
    (client,) = source.clients(now + 1)
    assert client.sentence.startswith("Live at spill 40")
    source.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no source"),
        ("replay:", "names no source"),
        ("https://cmsweb.cern.ch/dqm", "cannot be opened"),
        ("{}/hcl.root", "did you mean .*/hcal.root"),
        ("{}/zzz", "no such file or folder$"),
        ("{}/no/such/x.root", "No such file or directory: .*/no/such"),
        ("labx:/data/7", "directory: labx:/data, and .* registers a source labx"),
        ("replay:{}/hcal.root", "is not a folder to replay"),
        ("/dev/null", "is not a ROOT file or a folder"),
    ],
)
def test_anything_else_says_what_is_wrong(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "hcal.root").touch()
    with pytest.raises(SourceError, match=words):
        check_source(text.format(tmp_path))


def test_a_mount_that_does_not_answer_opens_as_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen

    def hang(command: list[str], **options: object) -> object:
        return start(["sleep", "1000"] if command[0] == "stat" else command, **options)

    with monkeypatch.context() as patch:
        patch.setattr("dqmconsole.sources.open.subprocess.Popen", hang)
        patch.setattr("dqmconsole.sources.open._PATIENCE", 0.05)
        source = open_source(str(tmp_path / "dead"))
    assert isinstance(source, DqmFolder)
    source.close()


SITE = """\
experiment: Test
lumisection: spill
sources:
  - {folder: data, files: "run_{run}_{spill}.root", merge: sum, name: main}
  - other
"""


def test_a_source_of_the_site_s_by_folder_by_name_and_by_pattern(
    tmp_path: Path,
) -> None:
    settings, places, *_ = read_settings(SITE.encode(), "layouts/site.yaml")
    (tmp_path / "data").mkdir()
    folder, pattern = f"{tmp_path}/data", "run_{run}_{spill}.root"
    for name in ("", "main"):
        assert source_called(name, settings, tmp_path) == f"{folder}//{pattern}"
    assert source_called("mein", settings, tmp_path) == "mein"
    for text in (folder, f"{folder}//{pattern}", f"{tmp_path}/./data"):
        check_source(text)
        files = files_of(text, settings, tmp_path, places)
        assert files is not None
        assert (files.pattern.text, files.merge) == (pattern, "sum")
        assert files.where == "layouts/site.yaml:4"
    one = f"{folder}/run_7_1.root"
    files = files_of(one, settings, tmp_path, places)
    assert files is not None
    write_root(tmp_path / "data" / "run_7_1.root", {"": [Scalar("n", 1)]})
    source = open_source(one, files=files)
    settle(source, PATIENCE)
    assert (source.current_run, source.run_state(7)) == (7, RunState.FINAL)
    source.close()
    given = files_of(f"{folder}//{{time}}.root", settings, tmp_path, places)
    assert given is not None
    assert (given.pattern.text, given.merge) == ("{time}.root", "sum")
    assert files_of(f"{tmp_path}/other", settings, tmp_path, places) is None
    with pytest.raises(SourceError, match="is none of"):
        files_of(f"{folder}//{{rum}}.root", settings, tmp_path, places)
    with pytest.raises(SourceError, match="no such file or folder"):
        check_source(f"{tmp_path}/dada//{{run}}.root")


def test_two_slashes_in_a_path_are_no_pattern(tmp_path: Path) -> None:
    (tmp_path / "x.root").touch()
    text = f"{tmp_path}//x.root"
    check_source(text)
    source = open_source(text)
    assert isinstance(source, SingleFile)
    source.close()
