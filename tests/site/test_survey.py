"""Which files of a working copy go into a release, and which stay where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.site_texts import REFERENCES, make_site

from dqmconsole.site.staging import left_out, survey

if TYPE_CHECKING:
    from pathlib import Path

CONTACTS = """\
roles:
  hcal-dqm: {title: Hcal DQM, calendar: rota/hcal.ics}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    rules = REFERENCES.replace("references/collisions.root", "files/smooth.dat")
    make_site(tmp_path, references=rules)
    for name in (
        "layouts/Hcal.yaml~",
        "layouts/my-password.txt",
        "layouts/files/smooth.dat",
        "layouts/files/other.dat",
        "layouts/references/old/cosmics.root",
        "layouts/references/cosmics.root.bak",
        "layouts/drafts/Hcal.yaml",
        "layouts/.Hcal.yaml.swp",
        "instructions/README.md",
        "instructions/hcal/timing.md",
        "instructions/hcal/timing.md~",
        "instructions/checklists.yaml",
        "instructions/rota/hcal.ics",
        "instructions/rota/mine.ics",
        "instructions/lessons/first.yaml",
        "notes.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "instructions" / "contacts.yaml").write_text(CONTACTS)
    return tmp_path


def test_a_release_holds_what_the_program_reads_and_no_more(home: Path) -> None:
    assert sorted(survey(home)) == [
        "instructions/README.md",
        "instructions/checklists.yaml",
        "instructions/contacts.yaml",
        "instructions/hcal/timing.md",
        "instructions/lessons/first.yaml",
        "instructions/rota/hcal.ics",
        "layouts/Hcal.yaml",
        "layouts/files/smooth.dat",
        "layouts/known.yaml",
        "layouts/references.yaml",
        "layouts/references/old/cosmics.root",
        "layouts/site.yaml",
    ]
    assert left_out(home) == (
        "layouts/Hcal.yaml~",
        "layouts/my-password.txt",
        "layouts/drafts/Hcal.yaml",
        "layouts/files/other.dat",
        "layouts/references/cosmics.root.bak",
        "instructions/hcal/timing.md~",
        "instructions/rota/mine.ics",
    )


def test_broken_lists_of_files_stop_nothing(home: Path) -> None:
    (home / "layouts" / "references.yaml").write_text("- [")
    (home / "instructions" / "contacts.yaml").write_bytes(b"\xff")
    assert "layouts/files/smooth.dat" in left_out(home)
    assert "instructions/rota/hcal.ics" in left_out(home)
