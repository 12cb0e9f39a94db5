"""The features of the console's window, besides what every window has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.ui.training.commands import ItemMaker, TutorialStarter

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmconsole.model.lesson import Judgement
    from dqmconsole.training.trainer import Trainer
    from dqmconsole.ui.feature import MakeFeature


def features(
    trainer: Trainer | None,
    start_tutorial: Callable[[], None] | None,
    make_item: Callable[[str, Judgement], None] | None,
) -> tuple[MakeFeature, ...]:
    """The table of them, in the order of their menus.

    Args:
        trainer: of a window in which somebody is taught.
        start_tutorial: opens the tutorial in a window of its own, or None.
        make_item: makes an item of the exam of an evidence bundle, or None.
    """
    found: list[MakeFeature] = []
    if trainer is not None:
        # not even loaded where nobody is taught
        from dqmconsole.ui.training.parts import TrainingParts

        found.append(lambda context, theme: TrainingParts(context, trainer, theme))
    elif start_tutorial is not None:
        found.append(lambda _context, _theme: TutorialStarter(start_tutorial))
    if make_item is not None:
        found.append(lambda _context, _theme: ItemMaker(make_item))
    return tuple(found)
