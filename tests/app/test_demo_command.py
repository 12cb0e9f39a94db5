"""The demo's own words: what its detector is begun with."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from dqmconsole.app.commands import demo


def seed_begun(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """The seed that the detector of a demo is begun with."""
    given: list[object] = []

    def begin(
        _run_type: str, _speed: float, _causes: object, _keep: object,
        seed: int, **_more: object,
    ) -> None:  # fmt: skip
        given.append(seed)
        message = "no more than this is wanted"
        raise OSError(message)

    monkeypatch.setattr(demo, "SimulatedDetector", begin)
    ended = CliRunner().invoke(demo.demo_command, words)
    assert "no more than this is wanted" in ended.output
    return given[0]


def test_the_seed_is_that_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seed_begun(monkeypatch) == 1
    assert seed_begun(monkeypatch, "--seed", "407") == 407


@pytest.mark.parametrize("seed", ["-1", "2147483648", "seven"])
def test_what_is_no_seed_is_refused(seed: str) -> None:
    ended = CliRunner().invoke(demo.demo_command, ["--seed", seed])
    assert ended.exit_code == 2
    assert "--seed" in ended.output
