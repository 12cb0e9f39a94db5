"""Whether the data are live: which subsystems went quiet, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dqmconsole.model.moment import clock_words, moment_words, shown
from dqmconsole.model.run import RunState
from dqmconsole.shift.feed import SAID_AFTER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmconsole.model.run import Client, RunInfo
    from dqmconsole.shift.feed import EngineState

STALE_STATES = ("silent", "frozen", "unreadable")
LIVE = "LIVE"
PLAYED = "PLAYED"
"""What data are called that come again as they once came."""
OVER = {RunState.ENDED: "ENDED", RunState.FINAL: "FINAL"}


class Liveness(NamedTuple):
    """What is said of all the data together.

    Attributes:
        words: "LIVE" (or "PLAYED"), "LIVE, 2 of 16 stale", "STALE since 03:12 UTC",
            "WAITING", or "RECORDED 2026-05-01 23:14 UTC", or the state of a run that is
            over, or why none have to come: "DAQ paused since 03:12 UTC".
        alarming: data that should come do not.
        recorded: nobody wrote them while they were open here.
    """

    words: str
    alarming: bool
    recorded: bool = False


def silence(engine: EngineState) -> float | None:
    """Seconds the engine has been silent, once that is to be said, else None."""
    if engine.state in ("starting", "live"):
        quiet = engine.silent_for
        return quiet if quiet is not None and quiet > SAID_AFTER else None
    return engine.silent_for or 0.0


def stale_since(client: Client) -> float | None:
    """Unix time, s, of the last data of a client; None where that is unknown."""
    if client.state == "frozen" or client.written is None:
        return client.produced
    return client.written


def since_words(when: float, now: float) -> str:
    """A unix time, s, as "03:12 UTC", with its day where that is not today's."""
    there, here = shown(when), shown(now)
    if there is not None and here is not None and there.date() == here.date():
        return clock_words(when)
    return moment_words(when)


def liveness(
    run: RunInfo, engine: EngineState, now: float, live: str = LIVE
) -> Liveness:
    """Judge whether what is shown is live.

    Args:
        run: the run header.
        engine: how the engine is; while it is silent nothing is live.
        now: unix time, s.
        live: what data that come are called.
    """
    quiet = silence(engine)
    if quiet is not None:
        return Liveness(f"STALE since {since_words(now - quiet, now)}", alarming=True)
    if run.recorded is not None:
        moment = moment_words(run.recorded)
        return Liveness(f"RECORDED {moment}", alarming=False, recorded=True)
    if run.state is not RunState.RUNNING:
        return Liveness(OVER.get(run.state, live), alarming=False)
    stale = [each for each in run.clients if each.state in STALE_STATES]
    coming = [each for each in run.clients if each.state == "live"]
    if not coming:
        return _without_live(stale, now, run.conditions.standstill)
    many = len(stale) + len(coming)
    words = f"{live}, {len(stale)} of {many} stale" if stale else live
    return Liveness(words, alarming=bool(stale))


def _without_live(stale: Sequence[Client], now: float, standstill: str) -> Liveness:
    if not stale:
        return Liveness("WAITING", alarming=False)
    times = [each for each in map(stale_since, stale) if each is not None]
    since = f" since {since_words(max(times), now)}" if times else ""
    if standstill:
        return Liveness(f"{standstill}{since}", alarming=False)
    return Liveness(f"STALE{since}", alarming=True)
