"""The bubble is in the window, and never over what it explains where there is room."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QRect, QSize

from dqmconsole.ui.training.bubble import EDGE, GAP, Obstacle, place_bubble

SIZES = (QSize(440, 180), QSize(320, 240), QSize(260, 150))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[QRect, QRect, QRect]:
    """A window, a target in it (perhaps empty), and a sheet over it."""
    wide, high = draw(st.integers(400, 2600)), draw(st.integers(300, 1500))
    window = QRect(0, 0, wide, high)

    def within() -> QRect:
        if draw(st.booleans()):
            return QRect()
        left, top = draw(st.integers(0, wide - 1)), draw(st.integers(0, high - 1))
        size = QSize(
            draw(st.integers(1, wide - left)), draw(st.integers(1, high - top))
        )
        return QRect(QRect(left, top, 0, 0).topLeft(), size)

    return window, within(), within()


def has_room(window: QRect, target: QRect, size: QSize) -> bool:
    """Tell whether a bubble of a size fits beside the target on some side."""
    room = window.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    wide, high = size.width() + GAP, size.height() + GAP
    across = max(target.left() - room.left(), room.right() - target.right())
    up = max(target.top() - room.top(), room.bottom() - target.bottom())
    return across >= wide or up >= high


@given(scenes())
@example((QRect(0, 0, 1920, 1080), QRect(700, 300, 60, 80), QRect()))
@example((QRect(0, 0, 1366, 768), QRect(0, 0, 1366, 768), QRect()))
def test_it_never_leaves_the_window_nor_covers_what_it_explains(
    scene: tuple[QRect, QRect, QRect],
) -> None:
    window, target, sheet = scene
    spot = place_bubble(window, target, SIZES, (sheet,))
    assert window.contains(spot.rect)
    if any(has_room(window, target, size) for size in SIZES):
        assert not spot.rect.intersects(target)
    if spot.side:
        # the tail lies between both, and points at the target's border
        assert not spot.rect.intersects(target.adjusted(1 - GAP, 0, GAP - 1, 0)) or (
            spot.side in ("above", "below")
        )


@given(scenes())
def test_it_avoids_a_sheet_where_it_can(scene: tuple[QRect, QRect, QRect]) -> None:
    window, _, sheet = scene
    spot = place_bubble(window, QRect(), SIZES, (sheet,))
    room = window.adjusted(EDGE, EDGE, -EDGE, -EDGE)
    corner = QRect(room.topLeft(), SIZES[-1])
    if room.contains(corner) and not corner.intersects(sheet):
        assert not spot.rect.intersects(sheet)


def test_it_takes_the_side_with_most_room() -> None:
    window = QRect(0, 0, 1920, 1080)
    sides = {
        "right": QRect(300, 500, 50, 50),
        "left": QRect(1600, 500, 50, 50),
        "below": QRect(0, 60, 1920, 60),
        "above": QRect(0, 900, 1920, 60),
    }
    for side, target in sides.items():
        assert place_bubble(window, target, SIZES).side == side


def test_it_shrinks_before_it_goes_away() -> None:
    window = QRect(0, 0, 1366, 768)
    page = QRect(276, 30, 740, 700)  # room for 326 px at the right alone
    spot = place_bubble(window, page, SIZES)
    assert spot.side == "right"
    assert spot.rect.size() == QSize(260, 150) or spot.rect.width() <= 326


def test_it_goes_to_the_corner_farthest_away_when_nothing_is_free() -> None:
    window = QRect(0, 0, 1366, 768)
    spot = place_bubble(window, QRect(0, 0, 1366, 600), (QSize(440, 180),))
    assert spot.side == ""
    assert spot.rect.bottom() == 767 - EDGE


def test_it_leaves_the_plot_free_whose_region_it_explains() -> None:
    window = QRect(0, 0, 1600, 960)
    tile, region = QRect(280, 160, 480, 380), QRect(320, 280, 20, 20)
    assert place_bubble(window, region, SIZES).rect.intersects(tile)
    spot = place_bubble(window, region, SIZES, around=tile)
    assert not spot.rect.intersects(tile)
    assert spot.side == "right"


def test_it_covers_the_plot_rather_than_its_region() -> None:
    window = QRect(0, 0, 1600, 960)
    region = QRect(320, 280, 20, 20)
    spot = place_bubble(window, region, SIZES, around=window)
    assert not spot.rect.intersects(region)


def test_it_leaves_alarms_and_the_plots_it_speaks_of_free() -> None:
    """It goes over the navigator rather, and is not squeezed for a corner of it."""
    window = QRect(0, 0, 1600, 960)
    target = QRect(300, 700, 100, 60)
    tile = QRect(290, 650, 960, 250)
    sizes = (QSize(440, 180), QSize(280, 240), QSize(260, 150))
    alarm = Obstacle(QRect(0, 60, 1600, 30), 5.0)
    named = Obstacle(QRect(290, 300, 960, 340), 5.0)
    navigator = Obstacle(QRect(0, 120, 280, 780), 1.0)
    others = [alarm, named, navigator, Obstacle(QRect(1260, 120, 330, 780), 2.0)]
    spot = place_bubble(window, target, sizes, (), tile, others, scrolling_sizes=1)
    for each in (alarm.rect, named.rect, tile):
        assert not spot.rect.intersects(each)
    assert spot.rect.height() > 150  # its words do not scroll
    assert place_bubble(window, target, sizes, (), tile).rect.intersects(named.rect)


def test_it_scrolls_rather_than_cover_what_it_speaks_of() -> None:
    window = QRect(0, 0, 800, 400)
    target = QRect(20, 40, 300, 60)
    named = Obstacle(QRect(340, 0, 460, 400), 10.0)
    sizes = (QSize(440, 300), QSize(300, 180))
    assert place_bubble(window, target, sizes).rect.size() == sizes[0]
    spot = place_bubble(window, target, sizes, avoid=[named], scrolling_sizes=1)
    assert spot.rect.size() == sizes[1]
