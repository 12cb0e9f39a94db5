"""What is fitted to a plot, and what came of it."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from dqmconsole.model.histogram import Array

FitFunction = Literal["gaus", "pol0", "pol1", "pol2", "expo", "landau"]
FitMethod = Literal["chi2", "likelihood"]
FUNCTIONS: tuple[FitFunction, ...] = get_args(FitFunction)
PARAMETERS: dict[FitFunction, tuple[str, ...]] = {
    "gaus": ("Constant", "Mean", "Sigma"),
    "pol0": ("p0",),
    "pol1": ("p0", "p1"),
    "pol2": ("p0", "p1", "p2"),
    "expo": ("Constant", "Slope"),
    "landau": ("Constant", "MPV", "Sigma"),
}
"""The parameters as ROOT names and defines them (``TFormula``'s predefined functions).

gaus: Constant exp(-0.5 ((x - Mean) / Sigma)^2); expo: exp(Constant + Slope x);
polN: p0 + p1 x + p2 x^2; landau: Constant Landau((x - MPV) / Sigma), where Landau is
CERNLIB's density, whose peak lies at -0.22278: MPV is not quite the peak.
"""


class FitParameter(msgspec.Struct, frozen=True, gc=False):
    """One parameter: its value and one standard deviation (68 %)."""

    name: str
    value: float
    error: float


class FitResult(msgspec.Struct, frozen=True, gc=False):
    """A function fitted to the bins of a plot.

    Attributes:
        function: what was fitted.
        method: by the least chi2 (bins without error left out, as ROOT does), or the
            greatest Poisson likelihood (empty bins count).
        parameters: as in PARAMETERS.
        chi2: at its least; of the likelihood Baker and Cousins' chi2
            (https://doi.org/10.1016/0167-5087(84)90016-4), as ROOT gives it.
        ndf: bins used less parameters.
        probability: to find a greater chi2 by chance; None where ndf is 0.
        bins: how many were used.
        low, high: edges of the first and the last bin used.
        x, y: the curve, at most 500 points, float64.
        sentence: method, what it rests on, what is to be doubted.
    """

    function: FitFunction
    method: FitMethod
    parameters: tuple[FitParameter, ...]
    chi2: float
    ndf: int
    probability: float | None
    bins: int
    low: float
    high: float
    x: Array
    y: Array
    sentence: str
