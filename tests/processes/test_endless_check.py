"""A check of an installed package that never ends, in a real engine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from live_folder import pump
from support.checks_package import installed

from dqmconsole.model.layout import plot_key
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.client import EngineClient

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OCCUPANCY, CHARGE = (
    plot_key("Hcal", "Occupancy", f"Hcal/Digi/{name}")
    for name in ("occupancy", "charge")
)
LAYOUT = """\
layout: Hcal
pages:
  - page: Occupancy
    plots:
      - path: Hcal/Digi/occupancy
        checks: [{endless: {}}]
      - path: Hcal/Digi/charge
        checks: [{not_empty: {}}, {alternate_strips: {bad_above: 0.9, entries: 1}}]
"""


def test_a_check_that_hangs_is_quarantined_and_the_rest_is_judged(
    folder: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = installed(tmp_path / "package")
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(home), before))))
    (site / "layouts" / "Hcal.yaml").write_text(LAYOUT)
    client = EngineClient(memory=str(tmp_path / "state"))
    client.open(str(folder), site=str(site))

    def verdict(key: str) -> Verdict:
        waiting = Verdict(Status.WAITING, "nothing came")
        return client.mailbox.verdicts.get(key, waiting)

    try:
        pump(
            client,
            lambda: verdict(OCCUPANCY).status is Status.FAILED,
            "the check that hangs is in quarantine",
        )
        said = verdict(OCCUPANCY).sentence
        assert said.startswith("quarantined: it did not end (engine restarted ")
        pump(
            client,
            lambda: verdict(CHARGE).status in (Status.GOOD, Status.WARNING),
            "the rest is judged",
        )
        names = [each.check for each in verdict(CHARGE).checks]
        assert "alternate_strips" in names
        pump(
            client,
            lambda: any(
                "the check endless of Hcal/Digi/occupancy is quarantined"
                in each.message
                for each in client.mailbox.problems.get("source", ())
            ),
            "it stands among the problems",
        )
        assert client.engine.state == "live"
    finally:
        client.close()
    assert not list((tmp_path / "state").glob("running-*"))
