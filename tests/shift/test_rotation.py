"""What a wall shows, and in which order."""

from __future__ import annotations

from support.fake_session import HCAL, site

from dqmconsole.model.verdict import Rollup, Status
from dqmconsole.shift.pages import PageName
from dqmconsole.shift.wall import rotation


def rollup(status: Status) -> Rollup:
    return Rollup(status, good=1, judged=2, total=2, counts={status: 1})


def test_pages_of_the_shift_go_round_in_the_order_of_the_site() -> None:
    known = site()
    shift = [
        PageName(layout.layout, page.page)
        for layout in known.layouts
        for page in layout.pages
        if page.audience == "shift"
    ]
    assert list(rotation(known, {})) == shift
    assert any(
        page.audience == "expert" for each in known.layouts for page in each.pages
    )
    assert rotation(None, {}) == ()


def test_what_is_not_good_comes_first_and_the_rest_stays_in_order() -> None:
    known = site()
    first, second, third, fourth, *rest = rotation(known, {})
    rollups = {
        first.key: rollup(Status.GOOD),
        second.key: rollup(Status.WARNING),
        third.key: rollup(Status.STALE),
        fourth.key: rollup(Status.BAD),
    }
    found = rotation(known, rollups)
    assert found == (fourth, third, second, first, *rest)
    plain = rotation(known, rollups, abnormal_first=False)
    assert plain == (first, second, third, fourth, *rest)


def test_layouts_are_left_out_but_never_all() -> None:
    known = site()
    names = {layout.layout for layout in known.layouts}
    only = rotation(known, {}, names - {HCAL})
    assert {name.layout for name in only} == {HCAL}
    assert rotation(known, {}, names) == rotation(known, {})
    assert rotation(known, {}, {"of another site"}) == rotation(known, {})
