"""Players and notifications: there or not, failing, hanging; nothing waits for them."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.programs import FakePath
from support.waiting import wait_until

from dqmconsole.ui.player import GAP, PATIENCE, RATE, TONE, Notifier, Player, tones

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePath:
    folder = tmp_path / "bin"
    folder.mkdir()
    return FakePath(folder, monkeypatch)


class Bell:
    """Counts how often it rang."""

    rung = 0

    def ring(self) -> None:
        self.rung += 1


@pytest.fixture
def bell() -> Bell:
    return Bell()


class Hand:
    """A clock moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def player(bell: Bell, clock: Hand) -> Iterator[Player]:
    player = Player(bell.ring, clock)
    yield player
    player.close()


def _ended(player: Player | Notifier) -> bool:
    player.look()
    return not player.busy


def test_tones_are_a_sound_that_is_heard() -> None:
    with wave.open(io.BytesIO(tones(3))) as file:
        assert file.getframerate() == RATE
        seconds = file.getnframes() / RATE
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert seconds == pytest.approx(3 * (TONE + GAP), abs=0.01)
    assert heard.max() > 20000
    assert abs(heard[0]) < 100  # no click


def test_the_first_player_that_is_there_plays(
    path: FakePath, player: Player, bell: Bell
) -> None:
    path.put("aplay")
    path.put("ffplay")
    player.play(1)
    wait_until(lambda: _ended(player), "the end of the player")
    quiet, file = path.called("aplay")
    assert quiet == "-q"
    assert Path(file).read_bytes() == tones(1)
    assert path.called("ffplay") == []
    assert (player.trouble, bell.rung) == ("", 0)


def test_without_a_player_the_bell_rings(
    path: FakePath, player: Player, bell: Bell
) -> None:
    del path
    player.play(3)
    assert bell.rung == 1
    assert player.trouble == (
        "this machine has no player (pw-play, paplay, aplay, ffplay)"
    )


def test_a_player_that_fails_leaves_it_to_the_next(
    path: FakePath, player: Player, bell: Bell
) -> None:
    path.put("pw-play", then="exit 3")
    path.put("aplay")
    player.play(1)
    wait_until(lambda: _ended(player), "the end of the players")
    assert path.called("aplay")
    assert (player.trouble, bell.rung) == ("", 0)


def test_where_all_fail_the_bell_rings_and_it_is_well_again_later(
    path: FakePath, player: Player, bell: Bell
) -> None:
    path.put("pw-play", then="exit 3")
    path.put("aplay", then="exit 1")
    player.play(1)
    wait_until(lambda: _ended(player), "the end of the players")
    assert bell.rung == 1
    assert player.trouble == (
        "pw-play failed (exit status 3), aplay failed (exit status 1)"
    )
    path.put("aplay")
    player.play(1)
    wait_until(lambda: _ended(player), "the end of the players")
    assert (player.trouble, bell.rung) == ("", 1)


def test_a_player_that_hangs_is_ended(
    path: FakePath, player: Player, bell: Bell, clock: Hand
) -> None:
    path.put("paplay", then="while :; do :; done")
    player.play(1)
    wait_until(lambda: path.called("paplay"), "the player")
    player.play(1)  # at most one lives
    player.look()
    assert (player.busy, bell.rung) == (True, 0)
    clock.now += PATIENCE + 1
    wait_until(lambda: _ended(player), "the end of the player")
    assert player.trouble == "paplay did not end"
    assert bell.rung == 1
    assert len(path.called("paplay")) == 1


def test_what_plays_ends_with_the_window(path: FakePath, player: Player) -> None:
    path.put("paplay", then="while :; do :; done")
    player.play(1)
    player.close()  # the test fails if a process is left
    assert not player.busy


def test_a_player_that_cannot_be_started_is_said(
    path: FakePath, player: Player, bell: Bell, tmp_path: Path
) -> None:
    path.put("aplay")
    (tmp_path / "bin" / "aplay").write_text("#!/there/is/no/such\n")
    player.play(1)
    assert "aplay cannot be started" in player.trouble
    assert bell.rung == 1


def test_where_nothing_can_be_written_the_bell_rings(
    path: FakePath,
    player: Player,
    bell: Bell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path.put("aplay")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    player.play(1)
    assert player.trouble.startswith("the tones cannot be written")
    assert bell.rung == 1


def test_half_a_file_is_never_played(
    path: FakePath, player: Player, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.put("aplay")
    whole = Path.write_bytes

    def full(file: Path, data: bytes) -> int:
        whole(file, data[:100])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        player.play(1)
    assert (bell.rung, path.called("aplay")) == (1, [])
    player.play(1)
    wait_until(lambda: _ended(player), "the end of the program")
    assert Path(path.called("aplay")[-1]).read_bytes() == tones(1)


@pytest.mark.parametrize(
    "odd",
    ["\0", "\n\x1b[31m", "\u202e", "\udcff", "x" * 10**6],
    ids=["nul", "control", "direction", "no-text", "long"],
)
def test_a_notification_may_have_any_text(path: FakePath, odd: str) -> None:
    path.put("notify-send")
    notifier = Notifier()
    notifier.show("Alarm", f"12 % dead {odd}")
    wait_until(lambda: _ended(notifier), "the end of the program")
    assert path.called("notify-send")[-1].startswith("12 % dead ")
    assert notifier.trouble == ""
    notifier.close()


def test_a_notification_is_shown(path: FakePath) -> None:
    path.put("notify-send")
    notifier = Notifier()
    notifier.show("Alarm", "-1 <b>plots</b>")
    wait_until(lambda: _ended(notifier), "the end of the program")
    assert path.called("notify-send")[-3:] == [
        *("--", "Alarm", "-1 &lt;b&gt;plots&lt;/b&gt;")
    ]
    assert notifier.trouble == ""
    notifier.close()


def test_without_its_program_the_bus_is_asked(path: FakePath) -> None:
    path.put("gdbus")
    notifier = Notifier()
    notifier.show("Alarm", 'Hcal "dead"')
    wait_until(lambda: _ended(notifier), "the end of the program")
    called = path.called("gdbus")
    assert called[0] == "call"
    assert '"Hcal \\"dead\\""' in called
    notifier.close()


def test_where_no_notification_can_be_shown_it_is_said(path: FakePath) -> None:
    notifier = Notifier()
    notifier.show("Alarm", "")
    assert notifier.trouble == (
        "this machine has no service for notifications (notify-send, gdbus)"
    )
    path.put("gdbus", then="exit 1")
    notifier.show("Alarm", "")
    wait_until(lambda: _ended(notifier), "the end of the program")
    assert notifier.trouble == "gdbus failed (exit status 1)"
    notifier.close()
