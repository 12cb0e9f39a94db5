"""Which plots show the causes of a run: ``python -m dqmconsole.app.cause_plots SITE``.

The run comes as JSON on the standard input, where no trainee sees it; the answer goes
to the standard output: text of the cause -> paths of plots.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmconsole.model.site import Site
    from dqmconsole.training.lesson import LessonRun

ONSET, MOMENTS = 4, (9, 24)  # lumisections: of a cause that is played, and looked at
PlotsShown = dict[str, frozenset[str]]


def plots_of_causes(run: LessonRun, site: Site) -> PlotsShown:
    """The plots of a site on which each cause of a run shows.

    Each is played alone, early in a run: a practice is long, and how much of what has
    accumulated is wrong depends on when one looks.

    Raises:
        CauseError: one cannot happen on this site.
    """
    from dqmconsole.app.lesson_plays import BESIDE, aimed_at, scaled_in
    from dqmconsole.simulation.shown import PlayedRun

    scaled = scaled_in(site, run.run_type)
    found = {}
    for text, cause in zip(run.causes, aimed_at(run, scaled), strict=True):
        early = cause.beginning(MOMENTS[-1] + 1 if cause.before else ONSET)
        only = {cause.target, *BESIDE} if cause.target else None
        played = PlayedRun(run.run_type, run.seed, [early], MOMENTS, scaled, only)
        found[text.partition("*")[0]] = played.showing(early)
    return found


class CausePlots:
    """Finds out in a process of its own on which plots the causes of a run show.

    Args:
        run: the run.
        site: folder of the site.
    """

    def __init__(self, run: LessonRun, site: Path) -> None:
        self.run = run
        self._answer: PlotsShown | None = None
        self._out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - see close
        self._child = subprocess.Popen(
            [sys.executable, "-m", "dqmconsole.app.cause_plots", str(site)],
            stdin=subprocess.PIPE,
            stdout=self._out,
            start_new_session=True,
        )
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it died at once: no answer comes
            self._child.stdin.write(msgspec.json.encode(run))
            self._child.stdin.close()

    def found(self) -> Mapping[str, frozenset[str]] | None:
        """The answer; None until it is there, and where there is none."""
        if self._answer is None and self._child.poll() == 0 and not self._out.closed:
            self._out.seek(0)
            self._answer = msgspec.json.decode(self._out.read(), type=PlotsShown)
        return self._answer

    def close(self) -> None:
        """End it."""
        self._child.kill()
        self._child.wait()
        self._out.close()


def main(site: Path) -> None:
    """Answer on the standard output what is asked on the standard input."""
    from dqmconsole.app.tables import site_tables
    from dqmconsole.desk.publish import in_force
    from dqmconsole.training.lesson import LessonRun

    run = msgspec.json.decode(sys.stdin.buffer.read(), type=LessonRun)
    found = plots_of_causes(run, in_force(site, site_tables()))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
