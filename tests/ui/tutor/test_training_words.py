"""Words of the training: where the data come from."""

from __future__ import annotations

from support.fake_session import run_info

from dqmconsole.model.run import RunInfo
from dqmconsole.ui.training.parts import data_words


def test_only_what_is_simulated_is_called_so() -> None:
    run = run_info()
    simulated, kept = data_words(run), data_words(run, kept=True)
    assert simulated == f"simulated run {run.run}, nothing here is real"
    assert kept == f"kept evidence of run {run.run}, nothing here is live"
    assert data_words(RunInfo(), kept=True) == "kept evidence, nothing here is live"
