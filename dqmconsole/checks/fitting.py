"""Functions fitted to bins, as ROOT fits them; scipy is imported when one is.

Which bins count and what chi2 is follows ROOT's ``TH1::Fit``: the function at the bin
centre, bins whose centre lies within the range, bins without error left out of chi2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dqmconsole.model.fit import (
    PARAMETERS,
    FitFunction,
    FitMethod,
    FitParameter,
    FitResult,
)
from dqmconsole.model.histogram import Array, read_only

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = Callable[[Array, Array], Array]

_POINTS = 400  # of the curve
_STEPS = 2000  # evaluations of the function, at most
_FEW = 10  # counts: where half of the filled bins have fewer, chi2 misleads
_LANDAU_PEAK = -0.22278298
_TINY = 1e-300


class FitTask(msgspec.Struct, frozen=True, gc=False):
    """What is to be fitted.

    Attributes:
        function: the function.
        x: bin centres, float64.
        y, errors: contents and their standard deviations, likewise.
        edges: lower edge of the first and upper edge of the last of these bins.
        counts: the contents are counts of unweighted fills.
        method: None chooses by the contents.
    """

    function: FitFunction
    x: Array
    y: Array
    errors: Array
    edges: tuple[float, float]
    counts: bool
    method: FitMethod | None = None


class FitAnswer(msgspec.Struct, frozen=True, gc=False):
    """The result, or in words why there is none."""

    result: FitResult | None = None
    refusal: str = ""


def fitted(task: FitTask) -> FitAnswer:
    """Fit; whatever the bins hold, it is answered."""
    x, y, errors = (np.asarray(a, np.float64) for a in (task.x, task.y, task.errors))
    sound = np.isfinite(x) & np.isfinite(y) & np.isfinite(errors)
    lost = int(x.size - np.count_nonzero(sound))
    x, y, errors = x[sound], y[sound], errors[sound]
    method, why = _method(task, y)
    if method == "likelihood" and not task.counts:
        words = "cannot be fitted by likelihood: its contents are no counts"
        return FitAnswer(refusal=words)
    if method == "chi2":
        filled = errors > 0
        x, y, errors = x[filled], y[filled], errors[filled]
    names = PARAMETERS[task.function]
    if x.size < len(names) or np.count_nonzero(y) < min(len(names), 2):
        words = f"{x.size} bins with content in the range"
        needed = f"{task.function} has {len(names)} parameters"
        return FitAnswer(refusal=f"cannot be fitted: {words}; {needed}")
    with np.errstate(all="ignore"):
        found = _minimum(task.function, x, y, errors, method, task.edges)
    if isinstance(found, str):
        return FitAnswer(refusal=f"cannot be fitted: {found}")
    values, covariance, chi2, doubt = found
    deviations = np.sqrt(np.diag(covariance))
    ndf = int(x.size - len(names))
    curve = np.linspace(*task.edges, _POINTS)
    with np.errstate(all="ignore"):
        drawn = _FUNCTIONS[task.function](curve, values)
    notes = [why, f"{x.size:,} bins from {task.edges[0]:g} to {task.edges[1]:g}"]
    notes += [f"{lost} bins without a number left out"] if lost else []
    notes += [doubt] if doubt else []
    if task.function == "landau":
        notes.append(f"its peak lies at {values[1] + _LANDAU_PEAK * values[2]:.6g}")
    result = FitResult(
        function=task.function,
        method=method,
        parameters=tuple(
            FitParameter(name, float(value), float(error))
            for name, value, error in zip(names, values, deviations, strict=True)
        ),
        chi2=float(chi2),
        ndf=ndf,
        probability=_probability(float(chi2), ndf),
        bins=int(x.size),
        low=task.edges[0],
        high=task.edges[1],
        x=read_only(curve),
        y=read_only(np.asarray(drawn, np.float64)),
        sentence="; ".join(notes),
    )
    return FitAnswer(result)


def _method(task: FitTask, y: Array) -> tuple[FitMethod, str]:
    """How to fit, and that in words."""
    if task.method == "chi2":
        return "chi2", "least chi2, empty bins left out"
    if task.method == "likelihood":
        return "likelihood", "greatest Poisson likelihood"
    filled = y[y > 0]
    if task.counts and filled.size and float(np.median(filled)) < _FEW:
        words = f"half of the filled bins hold fewer than {_FEW}"
        return "likelihood", f"greatest Poisson likelihood, for {words}"
    return "chi2", "least chi2, empty bins left out"


def _minimum(
    function: FitFunction,
    x: Array,
    y: Array,
    errors: Array,
    method: FitMethod,
    edges: tuple[float, float],
) -> tuple[Array, Array, float, str] | str:
    """Parameters, their covariance, chi2 there and what is to be doubted.

    Everything is done in x from about -1 to 1 and y up to about 1: a time axis of
    1.7e9 s would leave no digits. The parameters change linearly between both.
    """
    from scipy.optimize import least_squares

    center = 0.5 * (edges[0] + edges[1])
    width = 0.5 * (edges[1] - edges[0]) or 1.0
    height = float(np.abs(y).max()) or 1.0
    u, v, e = (x - center) / width, y / height, errors / height
    model = _FUNCTIONS[function]

    def residuals(parameters: Array) -> Array:
        expected = model(u, parameters)
        if method == "chi2":
            found = (expected - v) / e
        else:
            found = _deviance(v * height, expected * height)
        return np.nan_to_num(found, nan=1e10, posinf=1e10, neginf=-1e10)

    best = None
    for start in _starts(function, u, v):
        try:
            one = least_squares(
                residuals, start, x_scale="jac", max_nfev=_STEPS,
                ftol=1e-14, xtol=1e-12, gtol=1e-12,
            )  # fmt: skip
        except (ValueError, np.linalg.LinAlgError):
            continue
        if np.isfinite(one.cost) and (best is None or one.cost < best.cost):
            best = one
    if best is None:
        return f"{function} has no value there"
    if best.status == 0:
        return "the fit did not converge"
    values = np.asarray(best.x, np.float64)
    if function in ("gaus", "landau"):
        values[2] = abs(values[2])
    found = covariance_of(residuals, values, best.jac)
    if found is None:
        return "the bins do not fix all of its parameters"
    covariance, doubt = found
    matrix, offset = _to_units(function, center, width, height)
    values = matrix @ values + offset
    covariance = matrix @ covariance @ matrix.T
    if not (np.all(np.isfinite(values)) and np.all(np.isfinite(covariance))):
        return "its parameters are no numbers"
    return values, covariance, 2.0 * best.cost, doubt


def _deviance(counts: Array, expected: Array) -> Array:
    """Roots of Baker and Cousins' chi2 of each bin, with the sign of the deviation."""
    mu = np.maximum(expected, 1e-12)
    ratio = np.where(counts > 0, counts / mu, 1.0)
    # mu - n + n log(n / mu), by log1p where n is next to mu
    near = ratio - 1.0
    logs = np.where(np.abs(near) < 0.5, np.log1p(near), np.log(ratio))
    terms = 2.0 * (mu - counts + counts * logs)
    found: Array = np.sign(mu - counts) * np.sqrt(np.maximum(terms, 0.0))
    # where nothing can be expected, the more negative the worse
    return found + np.where(expected < 1e-12, expected * 1e3, 0.0)


def covariance_of(
    residuals: Callable[[Array], Array], values: Array, jacobian: Array
) -> tuple[Array, str] | None:
    """From the second derivatives of chi2 at its least, as MINUIT's HESSE.

    Args:
        residuals: of parameters; the sum of their squares is chi2.
        values: the parameters where it is least.
        jacobian: of the residuals there.

    Returns:
        The covariance, and what is to be doubted; None where it is not fixed.
    """
    try:
        first = np.linalg.inv(jacobian.T @ jacobian)
    except np.linalg.LinAlgError:
        return None
    steps = np.sqrt(np.diag(first))
    if not np.all(np.isfinite(steps)) or np.any(steps <= 0):
        return None

    def chi2(parameters: Array) -> float:
        return float(np.sum(residuals(parameters) ** 2))

    size = values.size
    steps = np.minimum(steps * 0.02, np.maximum(np.abs(values) * 0.1, 1e-6))
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            total = 0.0
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = values.copy()
                moved[i] += a * steps[i]
                moved[j] += b * steps[j]
                total += a * b * chi2(moved)
            hessian[i, j] = hessian[j, i] = total / (4 * steps[i] * steps[j])
    try:
        np.linalg.cholesky(hessian)
        return 2.0 * np.linalg.inv(hessian), ""
    except np.linalg.LinAlgError:
        return first, "its errors are rough: chi2 is no parabola there"


def _to_units(
    function: FitFunction, center: float, width: float, height: float
) -> tuple[Array, Array]:
    """What takes the parameters back to the units of x and y: matrix and offset."""
    match function:
        case "gaus" | "landau":
            return np.diag([height, width, width]), np.array([0.0, center, 0.0])
        case "expo":
            matrix = np.array([[1.0, -center / width], [0.0, 1.0 / width]])
            return matrix, np.array([math.log(height), 0.0])
    size = len(PARAMETERS[function])
    matrix = np.zeros((size, size))
    for power in range(size):  # of (x - center) / width
        for k in range(power + 1):
            matrix[k, power] = (
                height * math.comb(power, k) * (-center) ** (power - k) / width**power
            )
    return matrix, np.zeros(size)


def _starts(function: FitFunction, u: Array, v: Array) -> list[list[float]]:
    """Where to begin, from the moments of the contents."""
    weights = np.maximum(v, 0.0)
    total = float(weights.sum()) or 1.0
    mean = float((weights * u).sum() / total)
    spread = math.sqrt(max(float((weights * (u - mean) ** 2).sum() / total), 1e-6))
    peak, top = float(u[int(np.argmax(v))]), float(v.max())
    match function:
        case "gaus":
            narrow = _width_at_half(u, v)
            return [[top, mean, spread], [top, peak, narrow]]
        case "landau":
            narrow = _width_at_half(u, v)
            # the density is 0.18 at its peak
            return [[top / 0.18, peak, narrow / 1.5], [top / 0.18, peak, spread / 4]]
        case "expo":
            filled = v > 0
            if np.count_nonzero(filled) < 2:
                return [[0.0, 0.0]]
            logs = np.log(v[filled])
            slope, constant = np.polyfit(u[filled], logs, 1, w=np.sqrt(v[filled]))
            return [[float(constant), float(slope)], [float(logs.max()), 0.0]]
    size = len(PARAMETERS[function])
    flat = [float(np.mean(v)), *([0.0] * (size - 1))]
    return [flat]


def _width_at_half(u: Array, v: Array) -> float:
    """A standard deviation, from the bins around the peak that have half of it."""
    at = int(np.argmax(v))
    low = high = at
    while low > 0 and v[low - 1] > v[at] / 2:
        low -= 1
    while high < u.size - 1 and v[high + 1] > v[at] / 2:
        high += 1
    step = abs(float(u[-1] - u[0])) / max(u.size - 1, 1)
    return max((float(u[high] - u[low]) + step) / 2.355, step / 4, 1e-6)


def _probability(chi2: float, ndf: int) -> float | None:
    if ndf < 1:
        return None
    from scipy.special import gammaincc

    return float(gammaincc(0.5 * ndf, 0.5 * chi2))


def _gaus(x: Array, p: Array) -> Array:
    found: Array = p[0] * np.exp(-0.5 * ((x - p[1]) / (p[2] or _TINY)) ** 2)
    return found


def _landau(x: Array, p: Array) -> Array:
    from scipy.stats import landau

    # scipy's is the stable law of scale 1, CERNLIB's and ROOT's that of scale pi / 2
    t = (x - p[1]) / (abs(p[2]) or _TINY)
    density = landau.pdf((t - math.log(math.pi / 2)) * 2 / math.pi)
    found: Array = p[0] * density * 2 / math.pi
    return found


def _expo(x: Array, p: Array) -> Array:
    found: Array = np.exp(np.clip(p[0] + p[1] * x, -700.0, 700.0))
    return found


def _polynomial(x: Array, p: Array) -> Array:
    found: Array = np.polynomial.polynomial.polyval(x, p)
    return found


_FUNCTIONS: dict[FitFunction, Function] = {
    "gaus": _gaus,
    "pol0": _polynomial,
    "pol1": _polynomial,
    "pol2": _polynomial,
    "expo": _expo,
    "landau": _landau,
}
