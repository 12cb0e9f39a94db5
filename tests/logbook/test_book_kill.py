"""``kill -9`` of a writer at random moments: what was confirmed is there."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.books import Place

ROUNDS = 20
AT_ONCE = 2

WRITER = """
import itertools, sys
from dqmconsole.logbook.book import Book
from dqmconsole.logbook.errors import BookLocked
from support.books import record, stored
from support.postgres import PASSWORD
book = Book.open(sys.argv[1], user="leo_leader", password=PASSWORD)
for number in itertools.count():
    each = record(uid=f"{sys.argv[2]}-{number}")
    while True:
        try:
            (kept,) = book.write([each], [stored(each.uid.encode() * 500)])
        except BookLocked:
            continue
        break
    print(kept.uid, kept.number, flush=True)
"""


def round_of(url: str, name: str, seed: int) -> list[str]:
    """Let a writer run, kill it somewhere within a few writes; what it confirmed."""
    tests = Path(__file__).parent.parent
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url, name],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": f"{tests}:{tests.parent}"},
        text=True,
    )
    assert process.stdout is not None
    chance = random.Random(seed)
    lines = [process.stdout.readline() for _ in range(chance.randint(1, 30))]
    killer = threading.Timer(chance.random() * 0.02, process.kill)
    killer.start()
    lines += process.stdout.readlines()
    killer.join()
    process.wait()
    process.stdout.close()
    return [line for line in lines if line.endswith("\n")]


def test_what_was_confirmed_survives_kill_9(place: Place) -> None:
    place.make()
    confirmed: list[str] = []

    def work(which: int) -> None:
        for number in range(which, ROUNDS, AT_ONCE):
            confirmed.extend(round_of(place.url, f"w{number}", number))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book = place.open()
    leaf = book.read(limit=10**6)
    there = {f"{each.uid} {each.number}\n" for each in leaf.records}
    assert len(confirmed) >= ROUNDS
    assert set(confirmed) <= there
    # of each writer at most the one record it was killed over is there unconfirmed
    assert len(there) <= len(confirmed) + ROUNDS
    assert leaf.skipped == 0
    book.close()
