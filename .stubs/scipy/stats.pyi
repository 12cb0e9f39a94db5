from typing import Any

import numpy.typing as npt

class _Distribution:
    def pdf(self, x: npt.NDArray[Any]) -> npt.NDArray[Any]: ...

landau: _Distribution
