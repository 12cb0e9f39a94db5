"""A quality test on errors by source, as a share of what each source sent."""

from __future__ import annotations

import msgspec
import numpy as np

from dqmconsole.simulation.quality import Evidence, Judgement, graded, too_few


class ErrorRate(msgspec.Struct, frozen=True):
    """Errors per bin relative to the entries of another element's bins.

    Attributes:
        entries: path of the element with the entries.
        warn, bad: rate above which a bin is bad.
        ranges: names of ranges of bins: (name, first, past the last), from 0.
        enough: events needed.
        at_least: fewer errors than this are no errors.
    """

    path: str
    entries: str
    warn: float
    bad: float
    what: str
    ranges: tuple[tuple[str, int, int], ...] = ()
    enough: float = 50.0
    at_least: int = 3
    name: str = "ErrorRate"
    window: int = 3
    part: str = "Errors"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        reached = evidence.written[self.entries]
        errors = evidence.increase[1:-1]
        errors = np.where(errors < self.at_least, 0.0, errors)
        entries = np.asarray(reached.contents, np.float64)[1:-1]
        most = float(entries.max(initial=0.0))
        if most < self.enough:
            return too_few(f"{most:.0f} events, {self.enough:g} needed")
        # errors of the window over the events of as many lumisections of the run
        share = (evidence.last - evidence.first + 1) / max(evidence.last, 1)
        rate = errors / np.maximum(most * share, 1.0)
        worst = int(np.argmax(rate))
        wrong = int((rate > self.warn).sum())
        label = next((f" ({name})" for name, a, b in self.ranges if a <= worst < b), "")
        axis = evidence.now.axes[0]
        place = f"{axis.title} {axis.centers[worst]:g}{label}"
        words = f"no {self.what} above {self.warn:.1%}, in {evidence.span}"
        if wrong:
            words = (
                f"{wrong} with {self.what}, worst {place}: {min(rate[worst], 1):.1%} "
                f"of events in {evidence.span}"
            )
        return graded(
            float(rate[worst]), self.warn, self.bad, 1 - float(rate[worst]), words
        )
