"""Whether a hand-over of a training says something, and names what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmconsole.site.nearest import did_you_mean
from dqmconsole.training.files.scene import wrong_known, wrong_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.training.files.scene import LessonScene
    from dqmconsole.training.lesson import HandedOver

    Said = Iterator[tuple[str, str]]  # the part of it, and the words

LONGEST = 240  # characters of one thing that is handed over


def wrong_hand_over(
    handed: HandedOver | None, run_type: str | None, scene: LessonScene
) -> Said:
    """What is wrong with a hand-over.

    Args:
        handed: as it is written; of none nothing is.
        run_type: type of its run; None where that is not known.
        scene: what the site has.

    Yields:
        The part ("open[0].called") and why; "" for what a broken layout may explain.
    """
    if handed is None:
        return
    if not handed.who.strip():
        yield "who", "who: nobody gave it"
    if not (handed.open or handed.known or handed.references or handed.requests):
        yield (
            "",
            (
                "it hands nothing over: open, known, references or requests say what "
                "the next shift has to know"
            ),
        )
    for part, text in _lines(handed):
        if not text.strip() or "\n" in text.strip() or len(text) > LONGEST:
            key = part.rpartition(".")[2].partition("[")[0]
            yield part, f"{key}: one line of at most {LONGEST} characters"
    for at, problem in enumerate(handed.open):
        # without contacts, which have their problem, no role is known
        if scene.roles and problem.called not in scene.roles:
            words = f'called: contacts.yaml has no role "{problem.called}"'
            words += did_you_mean(problem.called, scene.roles)
            yield f"open[{at}].called", words
        if problem.plot:
            yield from wrong_plot(f"open[{at}].plot", problem.plot, run_type, scene)
    for at, path in enumerate(handed.known):
        yield from wrong_known(f"known[{at}]", path, run_type, scene)


def _lines(handed: HandedOver) -> Iterator[tuple[str, str]]:
    for at, problem in enumerate(handed.open):
        yield f"open[{at}].what", problem.what
        yield f"open[{at}].awaits", problem.awaits
    for at, text in enumerate(handed.references):
        yield f"references[{at}]", text
    for at, text in enumerate(handed.requests):
        yield f"requests[{at}]", text
