"""Checks of what a fit finds: of a peak or a slope, and of a turn-on curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

import msgspec
import numpy as np

from dqmconsole.checks.batch import flat, inner, quiet
from dqmconsole.checks.check import (
    Check,
    Example,
    Result,
    grade,
    limits_above,
)
from dqmconsole.checks.fitting import FitTask, covariance_of, fitted
from dqmconsole.checks.limits import Within, few, worse
from dqmconsole.checks.sentences import number
from dqmconsole.model.fit import PARAMETERS
from dqmconsole.model.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmconsole.checks.batch import Batch
    from dqmconsole.model.histogram import Array

_STEPS = 1000  # evaluations of a curve, at most


class Bins(NamedTuple):
    """What is fitted: the bins of one row within the window.

    Attributes:
        x: centres.
        y: contents or means.
        errors: standard deviations.
        trials: effective entries behind a mean; of contents 0.
        edges: of the window's first and last bin.
        counts: the contents are counts of unweighted fills.
        shares: they are means between 0 and 1.
    """

    x: Array
    y: Array
    errors: Array
    trials: Array
    edges: tuple[float, float]
    counts: bool
    shares: bool


class Found(NamedTuple):
    """What a fit found: each parameter with its error, chi2 and degrees of freedom."""

    parameters: dict[str, tuple[float, float]]
    chi2: float
    ndf: int


class _Fitted(Check, frozen=True):
    """Limits on what a fit finds; which one, the classes below say."""

    DIMENSIONS: ClassVar[tuple[int, ...]] = (1,)

    low: float | None = None
    high: float | None = None
    parameters: dict[str, Within] = msgspec.field(default_factory=dict)
    warn_above: float | None = None
    bad_above: float | None = None
    sigma: float = 2.0
    entries: float = 100.0

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of the function."""
        raise NotImplementedError

    def find(self, bins: Bins) -> Found | str:
        """Fit, or say why it cannot be."""
        raise NotImplementedError

    @quiet
    def judge(self, batch: Batch) -> list[Result]:
        """One result a row."""
        data = batch.data
        centers = data.centers(0)
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        within = batch.judged & (centers >= low) & (centers <= high)
        windowed = msgspec.structs.replace(batch, known=~within)
        held = flat(np.where(within, np.abs(data.weights()), 0.0)).sum(axis=1)
        skipped = few(windowed, held, self.entries)
        found = []
        for row, axes in enumerate(data.axes):
            if axes[0].traits.discrete:
                words = "its bins have names, not numbers: it cannot be fitted"
                found.append(Result(Status.NOT_CHECKED, words))
            elif row in skipped:
                found.append(skipped[row])
            else:
                fit = self._of_row(batch, row, within[row])
                found.append(self._judged(fit))
        return found

    def _of_row(self, batch: Batch, row: int, chosen: Array) -> Found | str:
        data = batch.data
        edges = data.edges(0)[row]
        values = data.values()[row][chosen]
        errors = np.sqrt(data.variances()[row][chosen])
        if not np.isfinite(values).all():
            return "not all of its bins hold numbers"
        trials = np.zeros(len(values))
        if data.bin_entries is not None:
            trials = np.abs(inner(data.bin_entries)[row][chosen])
            if data.bin_sumw2 is not None:
                squares = inner(data.bin_sumw2)[row][chosen]
                trials = np.where(squares > 0, trials**2 / squares, 0.0)
        counts = data.bin_entries is None and bool(
            np.array_equal(errors**2, values) or data.sumw2 is None
        )
        counts = counts and bool(((values >= 0) & (values == np.round(values))).all())
        used = np.flatnonzero(chosen)
        bins = Bins(
            data.centers(0)[row][chosen],
            values,
            errors,
            trials,
            (float(edges[used[0]]), float(edges[used[-1] + 1])),
            counts,
            data.bin_entries is not None
            and bool(((values >= 0) & (values <= 1)).all()),
        )
        try:
            return self.find(bins)
        except (ArithmeticError, ValueError) as error:  # LinAlgError is a ValueError
            return f"cannot be fitted: {error}"

    def _judged(self, found: Found | str) -> Result:
        if isinstance(found, str):
            return Result(Status.FAILED, found)
        per_degree = found.chi2 / found.ndf if found.ndf > 0 else 0.0
        (status,) = grade(np.array([per_degree]), self.warn_above, self.bad_above)
        decided = (per_degree, limits_above(self.warn_above, self.bad_above))
        parts, unsure = [], ""
        for name, (value, error) in found.parameters.items():
            words = f"{name} {_with_error(value, error)}"
            limit = self.parameters.get(name)
            if limit is not None:
                own, fits = _status_of(limit, value, error, self.sigma)
                words += limit.expected()
                unsure = unsure or ("" if fits else name)
                if worse(own, status) is not status or not decided[1]:
                    decided = (value, limit.limits)
                status = worse(own, status)
            parts.append(words)
        said = "; ".join(parts)
        said += f"; chi2 {number(found.chi2, 3)} of {found.ndf} degrees of freedom"
        if self.warn_above is not None or self.bad_above is not None:
            given = (self.warn_above, self.bad_above)
            most = min(each for each in given if each is not None)
            said += f", at most {most:g} each expected"
        if status is Status.GOOD and unsure:
            words = f"the error of {unsure} is greater than what is allowed: {said}"
            return Result(Status.LOW_STATISTICS, words)
        return Result(status, said, *decided)

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Limits that cannot be meant."""
        yield from super().wrong()
        if self.low is not None and self.low == self.high:
            yield "high", "it is not above low"
        for name, limit in self.parameters.items():
            if name not in self.names:
                words = f"there is no parameter {name}; there are "
                yield "parameters", words + ", ".join(self.names)
            for key, words in limit.wrong():
                of = f"{name}, {key}" if key else name
                yield "parameters", f"{of}: {words}"


def _status_of(
    limit: Within, value: float, error: float, sigma: float
) -> tuple[Status, bool]:
    """The status of a parameter, and whether its error leaves room to tell."""
    slack = sigma * error
    low, high = limit.allowed
    # beyond a limit is what surely is
    below = limit.statuses(np.array([min(value + slack, np.inf)]))[0]
    above = limit.statuses(np.array([value - slack]))[0]
    raw = limit.statuses(np.array([value]))[0]
    middle = -np.inf if low is None else low
    if value < middle:
        return below, below is not Status.GOOD or _has_room(low, high, slack)
    if raw is not Status.GOOD:
        return above, above is not Status.GOOD or _has_room(low, high, slack)
    return raw, _has_room(low, high, slack)


def _has_room(low: float | None, high: float | None, slack: float) -> bool:
    return low is None or high is None or 2 * slack <= high - low


def _with_error(value: float, error: float) -> str:
    """A value to the second digit of its error."""
    if error > 0 and math.isfinite(error) and math.isfinite(value):
        places = min(max(1 - math.floor(math.log10(error)), 0), 12)
        return f"{number(round(value, places), 8)} ± {number(error, 2)}"
    return number(value)


class Fit(_Fitted, frozen=True):
    """A function fitted in a window has the parameters it should have.

    Like ATLAS's Simple_{gaus, landau, pol1, …}_Fit, ALICE's MIPCheck and PulsePosition.
    It is fitted as ROOT's ``TH1::Fit`` does, where half of the filled bins hold fewer
    than ten by Poisson's likelihood.

    Attributes:
        function: "gaus" (Constant, Mean, Sigma), "landau" (Constant, MPV, Sigma),
            "pol0" (p0), "pol1" (p0, p1), "expo" (Constant, Slope).
        low, high: the window, in the unit of x; None: to the end of the axis.
        parameters: limits of some of them, such as Mean: {bad_below: 90}, in the unit
            of x, Constant in entries.
        warn_above, bad_above: chi2 per degree of freedom.
        sigma: errors of a parameter by which it must be beyond a limit.
        entries: that must lie in the window.
    """

    NAME: ClassVar[str] = "fit"

    function: Literal["gaus", "landau", "pol0", "pol1", "expo"] = "gaus"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of the function."""
        return PARAMETERS[self.function]

    def find(self, bins: Bins) -> Found | str:
        """Fit, or say why it cannot be."""
        answer = fitted(
            FitTask(self.function, bins.x, bins.y, bins.errors, bins.edges, bins.counts)
        )
        if answer.result is None:
            return answer.refusal
        parameters = {
            each.name: (each.value, each.error) for each in answer.result.parameters
        }
        return Found(parameters, answer.result.chi2, answer.result.ndf)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases."""
        peak = (1, 5, 25, 80, 160, 200, 160, 80, 25, 5, 1)
        at = {"Mean": Within(bad_below=5.0, bad_above=6.0)}
        near = {"Mean": Within(warn_below=5.9, warn_above=6.5, bad_above=8.0)}
        return (
            Example("peak in its place", cls(parameters=at), peak, Status.GOOD),
            Example("peak moved", cls(parameters=at), (*peak[2:], 0, 0), Status.BAD),
            Example("peak a little off", cls(parameters=near), peak, Status.WARNING),
            Example(
                "no peak",
                cls(bad_above=5.0, function="pol0"),
                peak,
                Status.BAD,
            ),
            Example(
                "too few",
                cls(parameters=at),
                (0, 1, 4, 9, 4, 1, 0),
                Status.LOW_STATISTICS,
            ),
            Example(
                "names instead of numbers",
                cls(parameters=at),
                (50, 60, 70),
                Status.NOT_CHECKED,
                labels=("a", "b", "c"),
            ),
        )


TURN_ON = ("Plateau", "Threshold", "Width")


class TurnOn(_Fitted, frozen=True):
    """An efficiency turns on where it should, as sharply, and to its plateau.

    Like ATLAS's Simple_{erf, fermi}_Fit_Graph: Plateau / 2 (1 + erf((x - Threshold) /
    (sqrt 2 Width))), or Plateau / (1 + exp((Threshold - x) / Width)). Efficiencies are
    fitted by their binomial likelihood, so that few and full bins count as they
    should; other values by chi2.

    Attributes:
        function: "erf" or "fermi".
        low, high: the window, in the unit of x; None: to the end of the axis.
        parameters: limits of Plateau (unit of the values), Threshold, Width (of x).
        warn_above, bad_above: chi2 per degree of freedom.
        sigma: errors of a parameter by which it must be beyond a limit.
        entries: that must lie in the window.
    """

    NAME: ClassVar[str] = "turn_on"

    function: Literal["erf", "fermi"] = "erf"

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters of the function."""
        return TURN_ON

    @quiet
    def find(self, bins: Bins) -> Found | str:
        """Fit, or say why it cannot be."""
        from scipy.optimize import least_squares

        used = bins.trials > 0 if bins.shares else bins.errors > 0
        x, y = bins.x[used], bins.y[used]
        errors, trials = bins.errors[used], bins.trials[used]
        if len(x) < len(TURN_ON) + 1:
            return f"cannot be fitted: {len(x)} bins with content in the window"
        center = 0.5 * (bins.edges[0] + bins.edges[1])
        half = 0.5 * (bins.edges[1] - bins.edges[0]) or 1.0
        u = (x - center) / half

        def residuals(p: Array) -> Array:
            expected = _curve(self.function, u, p)
            if bins.shares:
                found = _binomial(y * trials, trials, expected)
            else:
                found = (expected - y) / errors
            return np.nan_to_num(found, nan=1e10, posinf=1e10, neginf=-1e10)

        best = None
        for start in _starts(u, y):
            one = least_squares(residuals, start, x_scale="jac", max_nfev=_STEPS)
            if np.isfinite(one.cost) and (best is None or one.cost < best.cost):
                best = one
        if best is None or best.status == 0:
            return "cannot be fitted: the fit did not converge"
        values = np.array([best.x[0], best.x[1], abs(best.x[2])])
        found = covariance_of(residuals, values, best.jac)
        if found is None:
            return "cannot be fitted: its bins do not fix all of its parameters"
        of_each = np.sqrt(np.abs(np.diag(found[0])))
        values = np.array([values[0], values[1] * half + center, values[2] * half])
        of_each = of_each * np.array([1.0, half, half])
        pairs = zip(values.tolist(), of_each.tolist(), strict=True)
        return Found(
            dict(zip(TURN_ON, pairs, strict=True)),
            2.0 * best.cost,
            len(x) - len(TURN_ON),
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Cases: means of 0 and 1, 400 trials a bin."""
        curve = (0.0, 0.01, 0.08, 0.31, 0.66, 0.89, 0.965, 0.97, 0.97, 0.97)
        trials = (400,) * 10
        at = {
            "Threshold": Within(bad_below=3.5, bad_above=4.5),
            "Plateau": Within(warn_below=0.95, bad_below=0.9),
        }

        def case(words: str, values: tuple[float, ...], status: Status) -> Example:
            return Example(words, cls(parameters=at), values, status, entries=trials)

        return (
            case("as it should be", curve, Status.GOOD),
            case("two bins later", (0.0, 0.0, *curve[:-2]), Status.BAD),
            case(
                "a low plateau",
                tuple(round(0.953 * each, 4) for each in curve),
                Status.WARNING,
            ),
            Example(
                "too few",
                cls(parameters=at),
                curve,
                Status.LOW_STATISTICS,
                entries=(2,) * 10,
            ),
        )


def _curve(function: str, x: Array, p: Array) -> Array:
    from scipy.special import erf, expit

    width = max(abs(float(p[2])), 1e-9)
    if function == "erf":
        found: Array = 0.5 * p[0] * (1 + erf((x - p[1]) / (math.sqrt(2) * width)))
        return found
    rising: Array = p[0] * expit((x - p[1]) / width)
    return rising


def _binomial(hits: Array, trials: Array, share: Array) -> Array:
    """Roots of the binomial deviance of each bin, with the sign of the deviation."""
    p = np.clip(share, 1e-9, 1 - 1e-9)
    missed = trials - hits
    one = np.where(hits > 0, hits * np.log(hits / (trials * p)), 0.0)
    two = np.where(missed > 0, missed * np.log(missed / (trials * (1 - p))), 0.0)
    found: Array = np.sign(trials * p - hits) * np.sqrt(2 * np.maximum(one + two, 0.0))
    found += (share - p) * 1e3  # beyond 0 and 1, the farther the worse
    return found


def _starts(u: Array, y: Array) -> Iterator[list[float]]:
    plateau = float(np.sort(y)[-max(len(y) // 4, 1) :].mean()) or 1.0
    above = np.flatnonzero(y >= 0.5 * plateau)
    threshold = float(u[above[0]]) if above.size else 0.0
    for width in (0.02, 0.1, 0.4):
        yield [plateau, threshold, width]
