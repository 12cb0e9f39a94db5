"""Programs of this machine that make the console heard: for sound, and for the desktop.

They are started without waiting, one at a time, and ended when they hang.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import wave
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dqmconsole.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PLAYERS: dict[str, tuple[str, ...]] = {
    "pw-play": (),
    "paplay": (),
    "aplay": ("-q",),
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "quiet"),
}
"""What plays a file, and what it is asked besides; the first one that can is taken."""
PATIENCE = 10.0  # s a program may take
RATE = 22050  # samples/s
PITCH = 880.0  # Hz
TONE, GAP = 0.18, 0.14  # s of a tone, and behind it
FADE = 0.008  # s at both ends of a tone, which would click
LOUDNESS = 0.7  # of the most there is
LONGEST = 500  # letters of a notification
NOTIFICATIONS = "org.freedesktop.Notifications"


def tones(count: int) -> bytes:
    """A WAV file of some tones."""
    at = np.arange(int(TONE * RATE)) / RATE
    fade = np.minimum(1.0, np.minimum(at, at[::-1]) / FADE)
    tone = LOUDNESS * fade * np.sin(2 * np.pi * PITCH * at)
    one = np.concatenate([tone, np.zeros(int(GAP * RATE))])
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes((np.tile(one, count) * 32767).astype("<i2").tobytes())
    return file.getvalue()


class Program:
    """One of several programs that do the same, running or not.

    Args:
        name: what all of them are: "player".
        clock: s, never running back.

    Attributes:
        trouble: why what was asked last was in vain, or "".
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._commands: list[list[str]] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._running = ""
        self._began = 0.0
        self._late = False
        self._why: list[str] = []
        self.trouble = ""

    @property
    def busy(self) -> bool:
        """It runs, as far as is known."""
        return self._process is not None

    def run(self, commands: Sequence[Sequence[str]]) -> bool:
        """Start the first command whose program is there; the others if it fails.

        While one runs nothing is started.

        Returns:
            Whether one runs.
        """
        if self.look():
            return True
        found = [list(each) for each in commands if shutil.which(each[0])]
        self._commands, self._why = found, []
        if not found:
            names = ", ".join(each[0] for each in commands)
            self._why = [f"this machine has no {self._name} ({names})"]
        return self._next()

    def look(self) -> bool:
        """See how the program does, without waiting; tell whether one runs."""
        process = self._process
        if process is None:
            return False
        code = process.poll()
        if code is None:
            if not self._late and self._clock() - self._began > PATIENCE:
                self._late = True
                _kill(process)
            return True
        self._process = None
        if code == 0 and not self._late:
            self.trouble = ""
            return False
        how = "did not end" if self._late else f"failed (exit status {code})"
        self._why.append(f"{self._running} {how}")
        return self._next()

    def stop(self) -> None:
        """End what runs, at once."""
        process, self._process = self._process, None
        self._commands = []
        if process is not None:
            _kill(process)
            try:
                process.wait(1.0)
            except subprocess.TimeoutExpired:  # the system holds on to it
                process.returncode = -signal.SIGKILL

    def _next(self) -> bool:
        while self._commands:
            command = self._commands.pop(0)
            self._running, self._late = command[0], False
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:  # what it is given is no text
                why = error.strerror if isinstance(error, OSError) else error
                self._why.append(f"{command[0]} cannot be started: {why}")
                continue
            self._began = self._clock()
            return True
        self.trouble = ", ".join(self._why)
        return False


def _printable(words: str) -> str:
    """Words without what no program can be given, or that would show otherwise."""
    return "".join(each if each.isprintable() else " " for each in words)


def _quoted(words: str) -> str:
    """Words as gdbus reads a string."""
    return json.dumps(words, ensure_ascii=False)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # it leads a group of its own


class Player:
    """Plays tones by whatever this machine has; else the bell of the desktop.

    Args:
        bell: rings it.
        clock: s, never running back.
    """

    def __init__(
        self, bell: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bell = bell
        self._program = Program("player", clock)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._asked = False
        self._unwritten = ""

    @property
    def trouble(self) -> str:
        """Why nothing but the bell was heard, or ""."""
        return self._unwritten or self._program.trouble

    @property
    def busy(self) -> bool:
        """It plays, as far as is known."""
        return self._program.busy

    def play(self, count: int) -> None:
        """Play some tones, and do not wait."""
        try:
            file = self._file(count)
        except OSError as error:
            self._unwritten = f"the tones cannot be written: {error.strerror}"
            self._bell()
            return
        self._unwritten = ""
        self._asked = True
        commands = [[name, *more, file] for name, more in PLAYERS.items()]
        if not self._program.run(commands):
            self._in_vain()

    def look(self) -> None:
        """See whether what was asked for was played; now and then."""
        if self._asked and not self._program.look():
            self._in_vain()

    def stop(self) -> None:
        """Be silent at once."""
        self._asked = False
        self._program.stop()

    def close(self) -> None:
        """End what runs, leave nothing behind."""
        self.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _in_vain(self) -> None:
        self._asked = False
        if self._program.trouble:
            self._bell()

    def _file(self, count: int) -> str:
        if self._folder is None or not Path(self._folder.name).is_dir():
            self._folder = tempfile.TemporaryDirectory(prefix="dqmconsole-sound-")
        file = Path(self._folder.name, f"{count}.wav")
        if not file.exists():
            with replacing(file) as part:  # half of it would be played
                part.write_bytes(tones(count))
        return str(file)


class Notifier:
    """Shows notifications of the desktop, where it has any.

    Args:
        clock: s, never running back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._program = Program("service for notifications", clock)

    @property
    def trouble(self) -> str:
        """Why the last one was not shown, or ""."""
        return self._program.trouble

    @property
    def busy(self) -> bool:
        """One is being shown, as far as is known."""
        return self._program.busy

    def show(self, title: str, words: str) -> None:
        """Show one, and do not wait."""
        title, words = _printable(title), _printable(words)[:LONGEST]
        words = escape(words, quote=False)  # desktops read it as mark-up
        called = ["--session", "--dest", NOTIFICATIONS, "--object-path",
                  "/org/freedesktop/Notifications", "--method",
                  f"{NOTIFICATIONS}.Notify"]  # fmt: skip
        texts = [_quoted(each) for each in ("dqmconsole", "", title, words)]
        given = [texts[0], "0", *texts[1:], "[]", "{'urgency': <byte 2>}", "0"]
        self._program.run(
            [
                [
                    "notify-send",
                    "-a",
                    "dqmconsole",
                    "-u",
                    "critical",
                    "--",
                    title,
                    words,
                ],
                ["gdbus", "call", *called, *given],
            ]
        )

    def look(self) -> None:
        """See whether it was shown; now and then."""
        self._program.look()

    def close(self) -> None:
        """End what runs."""
        self._program.stop()
