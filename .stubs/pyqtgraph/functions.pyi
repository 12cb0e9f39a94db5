from typing import Any

import numpy.typing as npt
from PySide6.QtGui import QPainterPath, QPolygonF

def create_qpolygonf(size: int) -> QPolygonF: ...
def ndarray_from_qpolygonf(polyline: QPolygonF) -> npt.NDArray[Any]: ...
def arrayToQPath(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    connect: str | npt.NDArray[Any] = ...,
    finiteCheck: bool = ...,
) -> QPainterPath: ...
