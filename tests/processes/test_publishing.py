"""Publishing beside a running console: announced, taken up, rolled back, killed."""

from __future__ import annotations

import itertools
import os
import pwd
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from live_folder import pump
from support.waiting import PATIENCE

from dqmconsole.site.ledger import current_number, ledger_folder, whole_release

if TYPE_CHECKING:
    from pathlib import Path

    from dqmconsole.shift.client import EngineClient

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


def reading(client: EngineClient) -> int | None:
    if client.site is None:
        return None
    return client.site.release.number if client.site.release else 0


def waiting(client: EngineClient) -> int:
    return (
        client.mailbox.release_waiting.number if client.mailbox.release_waiting else 0
    )


def titled(site: Path, title: str) -> None:
    path = site / "layouts" / "Hcal.yaml"
    head, line, _ = path.read_text().partition("      - path: Hcal/Digi/occupancy\n")
    path.write_text(
        f"{head}{line}        title: {title}\n      - path: Hcal/Digi/charge\n"
    )


def title(client: EngineClient) -> str:
    assert client.site is not None
    return client.site.layouts[0].pages[0].plots[0].title


def test_published_announced_taken_up_and_rolled_back(
    client: EngineClient, site: Path
) -> None:
    pump(client, lambda: reading(client) == 0, "site")
    titled(site, "First")
    published(site)
    pump(client, lambda: waiting(client) == 1, "announcement of release 1")
    client.take_up(1)
    pump(client, lambda: reading(client) == 1, "release 1")
    assert title(client) == "First"
    assert client.site is not None
    assert client.site.release is not None
    assert client.site.release.account == pwd.getpwuid(os.getuid()).pw_name
    pump(client, lambda: not waiting(client), "end of waiting")

    titled(site, "Second")
    published(site)
    pump(client, lambda: waiting(client) == 2, "announcement of release 2")
    assert client.mailbox.release_waiting is not None
    assert [each.sentence for each in client.mailbox.release_waiting.changes] == [
        'Hcal/Digi/occupancy: title: "First" → "Second"'
    ]
    assert title(client) == "First"

    # The engine dies; the next one reads what the shifter had, not what is new.
    os.kill(client._feed.pid, signal.SIGKILL)
    pump(client, lambda: client.engine.state == "restarting", "restart")
    pump(client, lambda: client.engine.state == "live", "engine")
    pump(client, lambda: waiting(client) == 2, "announcement again")
    assert reading(client) == 1
    assert title(client) == "First"

    client.take_up(2)
    pump(client, lambda: reading(client) == 2, "release 2")
    assert title(client) == "Second"
    published(site, "--rollback", "1")
    pump(client, lambda: waiting(client) == 3, "announcement of the rollback")
    client.take_up(3)
    pump(client, lambda: reading(client) == 3, "rollback")
    assert title(client) == "First"
    pump(client, lambda: client.mailbox.verdicts, "verdicts")


def test_publishers_killed_at_random_leave_the_old_release_whole(
    client: EngineClient, site: Path
) -> None:
    pump(client, lambda: reading(client) == 0, "site")
    published(site)
    pump(client, lambda: waiting(client) == 1, "announcement")
    client.take_up(1)
    pump(client, lambda: reading(client) == 1, "release 1")
    ledger = ledger_folder(site)
    chance = random.Random(3)
    begun = time.monotonic()
    titled(site, "Measured")
    published(site)
    whole_time = time.monotonic() - begun
    killed = 0
    for number in itertools.count():  # until enough were killed, on a slow machine too
        if number >= KILLS and killed >= KILLS // 4:
            break
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
        client.take()
        assert reading(client) == 1
        assert client.engine.state in {"live", "silent"}
    titled(site, "Last")
    published(site)
    last = current_number(site)
    pump(client, lambda: waiting(client) == last, "announcement of the last")
    client.take_up(last)
    pump(client, lambda: reading(client) == last, "the last")
    assert title(client) == "Last"
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
