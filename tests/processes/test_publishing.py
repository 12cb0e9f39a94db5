"""Publishing beside a running console: announced, taken up, rolled back, killed."""

from __future__ import annotations

import os
import pwd
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from dqmconsole.files.ledger import current_number, ledger_folder, whole_release

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmconsole.shift.session import Session

PATIENCE = 30.0  # s
KILLS = 20


def publish(site: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dqmconsole", "publish", "--site", str(site),
         "--yes", "--by", "A. Expert", "--why", "a test", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def published(site: Path, *words: str) -> None:
    process = publish(site, *words)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said


def until(session: Session, there: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        session.take()
        assert time.monotonic() < end, f"no {what} within {PATIENCE} s"
        time.sleep(0.02)


def reading(session: Session) -> int | None:
    if session.site is None:
        return None
    return session.site.release.number if session.site.release else 0


def waiting(session: Session) -> int:
    return session.release_waiting.number if session.release_waiting else 0


def titled(site: Path, title: str) -> None:
    path = site / "layouts" / "Hcal.yaml"
    head, line, _ = path.read_text().partition("      - path: Hcal/Digi/occupancy\n")
    path.write_text(
        f"{head}{line}        title: {title}\n      - path: Hcal/Digi/charge\n"
    )


def title(session: Session) -> str:
    assert session.site is not None
    return session.site.layouts[0].pages[0].plots[0].title


def test_published_announced_taken_up_and_rolled_back(
    session: Session, site: Path
) -> None:
    until(session, lambda: reading(session) == 0, "site")
    titled(site, "First")
    published(site)
    until(session, lambda: waiting(session) == 1, "announcement of release 1")
    session.take_up(1)
    until(session, lambda: reading(session) == 1, "release 1")
    assert title(session) == "First"
    assert session.site is not None
    assert session.site.release is not None
    assert session.site.release.account == pwd.getpwuid(os.getuid()).pw_name
    until(session, lambda: not waiting(session), "end of waiting")

    titled(site, "Second")
    published(site)
    until(session, lambda: waiting(session) == 2, "announcement of release 2")
    assert session.release_waiting is not None
    assert [each.sentence for each in session.release_waiting.changes] == [
        'Hcal/Digi/occupancy: title: "First" → "Second"'
    ]
    assert title(session) == "First"

    # The engine dies; the next one reads what the shifter had, not what is new.
    os.kill(session._feed.pid, signal.SIGKILL)
    until(session, lambda: session.engine.state == "restarting", "restart")
    until(session, lambda: session.engine.state == "live", "engine")
    until(session, lambda: waiting(session) == 2, "announcement again")
    assert reading(session) == 1
    assert title(session) == "First"

    session.take_up(2)
    until(session, lambda: reading(session) == 2, "release 2")
    assert title(session) == "Second"
    published(site, "--rollback", "1")
    until(session, lambda: waiting(session) == 3, "announcement of the rollback")
    session.take_up(3)
    until(session, lambda: reading(session) == 3, "rollback")
    assert title(session) == "First"
    until(session, lambda: session.verdicts, "verdicts")


def test_publishers_killed_at_random_leave_the_old_release_whole(
    session: Session, site: Path
) -> None:
    until(session, lambda: reading(session) == 0, "site")
    published(site)
    until(session, lambda: waiting(session) == 1, "announcement")
    session.take_up(1)
    until(session, lambda: reading(session) == 1, "release 1")
    ledger = ledger_folder(site)
    chance = random.Random(3)
    begun = time.monotonic()
    titled(site, "Measured")
    published(site)
    whole_time = time.monotonic() - begun
    killed = 0
    for number in range(KILLS):
        titled(site, f"Title {number}")
        before = current_number(site)
        process = publish(site)
        if number % 2:
            time.sleep(whole_time * chance.uniform(0.0, 0.9))
        else:  # when it writes, which takes but a few milliseconds
            while process.poll() is None and not list(ledger.glob(".*.partial-*")):
                time.sleep(0.0005)
            time.sleep(chance.uniform(0.0, 0.02))
        process.kill()
        process.communicate(timeout=PATIENCE)
        killed += process.returncode == -signal.SIGKILL
        after = current_number(site)
        assert after >= before
        whole_release(site, after, thorough=True)
        session.take()
        assert reading(session) == 1
        assert session.engine.state in {"live", "silent"}
    assert killed >= KILLS // 4
    titled(site, "Last")
    published(site)
    last = current_number(site)
    until(session, lambda: waiting(session) == last, "announcement of the last")
    session.take_up(last)
    until(session, lambda: reading(session) == last, "the last")
    assert title(session) == "Last"
    assert not list(ledger.glob(".*.partial-*"))


def test_two_publishers_at_once(site: Path) -> None:
    for number in range(3):
        titled(site, f"Title {number}")
        both = [publish(site), publish(site)]
        said = [each.communicate(timeout=PATIENCE)[0] for each in both]
        codes = sorted(each.returncode for each in both)
        assert codes[0] == 0, said
        # One is told; or it began when the other was done, and nothing had changed.
        assert codes[1] == 1, said
        assert current_number(site) == number + 1
        whole_release(site, number + 1, thorough=True)
