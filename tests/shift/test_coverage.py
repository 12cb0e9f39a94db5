"""How much of what the shift looks at is judged."""

from __future__ import annotations

from support.fake_session import FakeSession

from dqmconsole.model.layout import Layout, Page, Plot, plot_key
from dqmconsole.model.problem import Problem
from dqmconsole.model.site import Site, SiteSettings
from dqmconsole.model.verdict import Status, Verdict
from dqmconsole.shift.coverage import Coverage, NotJudged, coverage, coverage_now
from dqmconsole.shift.feed import EngineState

PLOTS = tuple(Plot(f"Hcal/{name}") for name in "abcd")
KEYS = [plot_key("Hcal", "Digis", plot.path) for plot in PLOTS]
PAGES = (Page("Digis", PLOTS), Page("Raw", (Plot("Hcal/x"),), audience="expert"))
SITE = Site("/s", "a", SiteSettings("CMS"), (Layout("Hcal", PAGES),))
VERDICTS = {
    KEYS[0]: Verdict(Status.GOOD, ""),
    KEYS[1]: Verdict(Status.BAD, "dead"),
    KEYS[2]: Verdict(Status.NOT_APPLICABLE, "no beam"),
}


def test_judged_of_what_means_something_now() -> None:
    found = coverage(SITE, VERDICTS)
    rest = NotJudged("Hcal", Status.WAITING, "no verdict yet", (KEYS[3],))
    assert found == Coverage(2, 3, (rest,))
    assert found.words == "2 of 3"
    assert coverage(None, {}).words == "–"


def test_what_asks_most_of_a_person_stands_first() -> None:
    others = {
        KEYS[0]: Verdict(Status.LOW_STATISTICS, "41 of 500"),
        KEYS[3]: Verdict(Status.STALE, "stands still"),
    }
    found = coverage(SITE, VERDICTS | others)
    assert [each.status for each in found.rest] == [
        *(Status.STALE, Status.LOW_STATISTICS),
    ]


def test_nothing_is_judged_while_the_engine_says_nothing() -> None:
    client = FakeSession(SITE)
    client.mailbox.verdicts.update(VERDICTS)
    assert coverage_now(client).judged == 2  # type: ignore[arg-type]
    client.engine = EngineState("restarting", "engine killed; starts again in 2 s", 5.0)
    found = coverage_now(client)  # type: ignore[arg-type]
    assert found.judged == 0
    assert found.down == ("nothing is judged: engine killed; starts again in 2 s",)


def test_a_recorder_that_is_down_is_said() -> None:
    client = FakeSession(SITE)
    words = "the run is not recorded: disk full"
    client.mailbox.problems["source"] = (Problem(words, kind="engine"),)
    found = coverage_now(client)  # type: ignore[arg-type]
    assert found.words == "0 of 4 · fault"
    assert found.sentence.endswith(f"; {words}")
