from typing import Any

import numpy.typing as npt

_Array = npt.NDArray[Any]

def generate_binary_structure(rank: int, connectivity: int) -> _Array: ...
def label(input: _Array, structure: _Array) -> tuple[_Array, int]: ...
