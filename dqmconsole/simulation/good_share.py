"""A quality test of a map of shares: good modules by part and layer."""

from __future__ import annotations

import msgspec
import numpy as np

from dqmconsole.simulation.quality import Evidence, Judgement, graded, too_few


class GoodShare(msgspec.Struct, frozen=True):
    """The share of good modules of every layer, in the latest content.

    Attributes:
        usual: share that is known to be good, by flat bin of the map.
        warn, bad: a layer this much below is a warning, an error.
    """

    path: str
    usual: tuple[float, ...]
    warn: float = 0.02
    bad: float = 0.05
    name: str = "GoodShare"
    window: int = 1
    part: str = "Modules"

    def judge(self, evidence: Evidence) -> Judgement:
        """Judge the evidence."""
        shares = evidence.now.values().ravel()
        usual = np.array(self.usual)
        judged = shares > 0
        if not judged.any():
            return too_few("no layer has enough clusters")
        lacking = np.where(judged, usual - shares, 0.0)
        worst = int(np.argmax(lacking))
        x, y = divmod(worst, evidence.now.axes[1].bins)
        place = f"{evidence.now.axes[0].labels[x]} {evidence.now.axes[1].labels[y]}"
        words = (
            f"worst {place}: {shares[worst]:.1%} of the modules good, "
            f"{usual[worst]:.1%} expected, in LS {evidence.last}"
        )
        lack = float(lacking[worst])
        return graded(lack, self.warn, self.bad, 1 - lack, words)
