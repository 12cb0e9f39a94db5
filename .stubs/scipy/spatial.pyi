from typing import Any

import numpy as np

_Array = np.ndarray[Any, Any]

class KDTree:
    def __init__(self, data: _Array, *, boxsize: list[int] | None = None) -> None: ...
    def query(self, x: _Array) -> tuple[_Array, _Array]: ...
