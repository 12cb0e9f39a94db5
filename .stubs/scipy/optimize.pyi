from collections.abc import Callable
from typing import Any

import numpy.typing as npt

class OptimizeResult:
    x: npt.NDArray[Any]
    jac: npt.NDArray[Any]
    cost: float
    status: int

def least_squares(
    fun: Callable[[npt.NDArray[Any]], npt.NDArray[Any]],
    x0: npt.ArrayLike,
    *,
    x_scale: str = ...,
    max_nfev: int | None = ...,
    ftol: float | None = ...,
    xtol: float | None = ...,
    gtol: float | None = ...,
) -> OptimizeResult: ...
