"""Every problem of a site names its rule, and ``--explain`` says what that is."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from support.instruction_texts import make_whole_site

from dqmconsole.app.commands.validate import validate_command
from dqmconsole.app.tables import rules, site_tables
from dqmconsole.desk.check import validate
from dqmconsole.site.rules.table import RULES

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.date(2026, 11, 25)

# the code, the file, a text in it, what stands there instead
BROKEN = [
    ("unknown-key", "Hcal", "owner: hcal-dqm", "ownr: hcal-dqm"),
    ("duplicate-key", "Hcal", "owner: hcal-dqm", "owner: a\nowner: b"),
    ("syntax-error", "Hcal", "layout: Hcal", "layout: [Hcal"),
    ("conflict-marker", "Hcal", "layout: Hcal", "<<<<<<< HEAD\nlayout: Hcal"),
    ("unknown-word", "Hcal", "audience: shift", "audience: shif"),
    ("out-of-range", "Hcal", "{events: 100}", "{events: -1}"),
    ("unknown-beam-mode", "Hcal", "{events: 100}", "{beam: [x]}"),
    ("unknown-role", "Hcal", "owner: hcal-dqm", "owner: nobody"),
    ("missing-key", "site", "experiment: Test\n", ""),
    ("program-version", "site", "experiment: Test", 'experiment: T\nprogram: ">=99"'),
    ("password-in-site", "site", "experiment: Test",
     "experiment: T\ndatabase: postgresql://me:secret@host/book"),
    ("recorded-folder", "site", "experiment: Test", "experiment: T\nrecorded: [/no]"),
    ("unknown-layout", "site", "experiment: Test",
     "experiment: T\ncomponents: {hcal: [Hcl]}"),
    ("fed-twice", "site", "experiment: Test",
     "experiment: T\nsources:\n"
     "- {folder: a, layouts: [Hcal]}\n- {folder: b, layouts: [Hcal]}"),
    ("no-progress", "site", '  events: "{subsystem}/EventInfo/processedEvents"\n', ""),
    ("no-exposure", "Hcal", "normalize: area", "normalize: pileup"),
    ("references-without-run-type", "site", "  run_type: Info", "  fill: Info"),
    ("unread-need", "site", "  magnet: Info/ProvInfo/magnet\n", ""),
    ("unknown-drawing", "Hcal", "stats: yes", "drawing: hodoscop"),
    ("known-expired", "known", "2026-12", "2020-12"),
    ("wrong-date", "known", "2026-12", "2026/12"),
    ("wrong-phone", "contacts", '"70043"', "ask Anna"),
    ("overlapping-turns", "contacts",
     "from: 2026-11-27 08:00", "from: 2026-11-26 08:00"),
    ("nobody-on-call", "contacts", "from: 2026-11-27 08:00", "from: 2026-11-30 08:00"),
    ("front-matter", "occupancy", "---\nid", "id"),
    ("html", "occupancy", "A < B", "<b>A</b>"),
    ("missing-section", "occupancy", "## How to judge", "### How to judge it"),
    ("call-form", "occupancy", "call now in stable", "call nwo in stable"),
    ("unknown-instruction", "occupancy",
     "<instruction:hcal/timing#", "<instruction:hcl/t#"),
    ("review-due", "occupancy", "review_due: 2027-05-20", "review_due: 2026-11-21"),
    ("date-to-come", "occupancy", "written: 2026-11-20", "written: 2026-12-20"),
    ("wrong-example", "occupancy", "bad hv-trip:Hcal", "bad hv-tripp:Hcal"),
    ("note-expired", "boxes", "expires: 2026-12-20", "expires: 2026-11-21"),
    ("supersedes-nothing", "boxes",
     "supersedes: hcal/occupancy", "supersedes: hcal/occ"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "file", "old", "new"), BROKEN)
def test_what_is_broken_names_its_rule(
    tmp_path: Path, code: str, file: str, old: str, new: str
) -> None:
    site = make_whole_site(tmp_path, **{file: (old, new)})
    found = validate(site, (), TODAY, tables=site_tables())
    assert code in {each.code for each in found}, list(map(str, found))
    for each in found:
        assert each.severity == rules()[each.code].severity
        assert str(each).endswith(f"[{each.code}]")


def test_rules_of_references_for_all_runs_need_no_type_of_the_run(
    tmp_path: Path,
) -> None:
    change = ("  run_type: Info", "  magnet: Info")
    site = make_whole_site(tmp_path, site=change)
    rules_file = site / "layouts/references.yaml"
    typed = rules_file.read_text()
    rules_file.write_text(typed.replace("run_type: collisions\n ", ""))
    found = validate(site, (), TODAY, tables=site_tables())
    assert "references-without-run-type" not in {each.code for each in found}


def test_a_producer_may_name_the_types_of_runs_as_references_do(
    tmp_path: Path,
) -> None:
    types = "{pp_run: collisions, cosmic_run: cosmics, hi_run: heavy-ions}"
    change = (f"run_types: {types}\n", "")
    site = make_whole_site(tmp_path, site=change)
    found = validate(site, (), TODAY, tables=site_tables())
    codes = [each.code for each in found]
    assert "references-without-run-type" not in codes
    assert codes.count("no-run-types") == 1  # they are named, and listed nowhere


def test_a_source_is_told_by_its_rules(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path / "site")
    source = tmp_path / "run.root"
    source.write_text("none")
    (problem,) = validate(site, (source,), TODAY)
    assert (problem.code, problem.kind) == ("unreadable-source", "source")


def test_each_rule_is_explained_with_an_example() -> None:
    codes = [each.code for each in RULES]
    assert len(codes) == len(set(codes))
    assert len(rules()) == len(RULES) + 10  # of drawings, simulation and training
    for rule in rules().values():
        found = CliRunner().invoke(validate_command, ["--explain", rule.code])
        assert found.exit_code == 0
        assert found.stdout.startswith(f"{rule.code} ({rule.severity}): ")
        assert found.stdout.rstrip().endswith((".", ":", ")", '"', ",", "]", "…"))


def test_a_code_that_is_none_says_the_nearest() -> None:
    found = CliRunner().invoke(validate_command, ["--explain", "[unknown-kye]"])
    assert found.exit_code == 2
    assert (
        'no rule and no check is called unknown-kye; did you mean "unknown-key"?'
        in (found.stderr)
    )


def test_json_has_the_code(tmp_path: Path) -> None:
    site = make_whole_site(tmp_path, Hcal=("owner: hcal-dqm", "ownr: hcal-dqm"))
    found = CliRunner().invoke(validate_command, ["--site", str(site), "--json"])
    assert found.exit_code == 1
    problem = next(map(json.loads, found.stdout.splitlines()))
    assert problem["code"] == "unknown-key"
    assert (problem["line"], problem["column"]) == (2, 1)
