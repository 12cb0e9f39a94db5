"""Golden pictures: the same fonts and scale everywhere, and a switch to accept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from dqmconsole.ui.fonts import load_fonts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
PER_CHANNEL = 8
SHARE = 0.001


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept-pictures",
        action="store_true",
        help="keep what is drawn now as the expected pictures",
    )


@pytest.fixture
def picture(
    request: pytest.FixtureRequest, qapp: QApplication, tmp_path: Path
) -> Iterator[Callable[[QImage, str], None]]:
    """Compare a picture with the accepted one of the test's name.

    Drawn at scale 1, whatever a test before it left.
    """
    font = QApplication.font()
    load_fonts(qapp)
    name = request.node.name.removeprefix("test_")
    name = name.replace("[", "_").removesuffix("]")
    accept = request.config.getoption("--accept-pictures", default=False)

    def check(actual: QImage, look_for: str) -> None:
        expected_file = HERE / "expected" / f"{name}.png"
        actual = actual.convertToFormat(QImage.Format.Format_RGB32)
        if accept:
            expected_file.parent.mkdir(exist_ok=True)
            actual.save(str(expected_file))
            return
        assert expected_file.exists(), f"no picture {expected_file}: --accept-pictures"
        expected = QImage(str(expected_file)).convertToFormat(
            QImage.Format.Format_RGB32
        )
        share = 1.0
        if expected.size() == actual.size():
            apart = np.abs(channels(expected) - channels(actual)).max(axis=2)
            share = float((apart > PER_CHANNEL).mean())
            if share > SHARE:
                shown = np.where(apart > PER_CHANNEL, 0xFFC8371B, 0xFFFBFBFB)
                height, width = shown.shape
                pixels = np.ascontiguousarray(shown.astype(np.uint32))
                QImage(
                    pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32
                ).save(str(tmp_path / f"{name}.diff.png"))
        if share > SHARE:
            expected.save(str(tmp_path / f"{name}.expected.png"))
            actual.save(str(tmp_path / f"{name}.actual.png"))
            pytest.fail(
                f"{share:.2%} of the pixels differ. Look for: {look_for}. "
                f"Pictures: {tmp_path}"
            )

    yield check
    qapp.setFont(font)


def channels(image: QImage) -> np.ndarray:
    """Return the pixels as int16, shape (height, width, 3)."""
    raw = np.frombuffer(image.constBits(), dtype=np.uint8)
    return raw.reshape(image.height(), image.width(), 4)[:, :, :3].astype(np.int16)
