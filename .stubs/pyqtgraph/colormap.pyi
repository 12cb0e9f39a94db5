from typing import Any

import numpy.typing as npt

class ColorMap:
    def getLookupTable(
        self, start: float = ..., stop: float = ..., nPts: int = ...
    ) -> npt.NDArray[Any]: ...

def get(name: str) -> ColorMap: ...
