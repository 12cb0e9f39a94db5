# The little of pyqtgraph that the console uses.

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsObject,
    QGraphicsScene,
    QGraphicsView,
    QGraphicsWidget,
    QWidget,
)

class GraphicsScene(QGraphicsScene):
    def __init__(self, parent: QWidget | None = ...) -> None: ...

class GraphicsView(QGraphicsView):
    sceneObj: QGraphicsScene | None
    closed: bool
    def __init__(
        self,
        parent: QWidget | None = ...,
        useOpenGL: bool | None = ...,
        background: QColor | str | None = ...,
    ) -> None: ...
    def setCentralItem(self, item: QGraphicsWidget | None) -> None: ...
    def setBackground(self, background: QColor | str | None) -> None: ...

class GraphicsObject(QGraphicsObject):
    def viewRangeChanged(self) -> None: ...
    def viewTransformChanged(self) -> None: ...

class GraphicsWidget(QGraphicsWidget):
    def width(self) -> float: ...
    def height(self) -> float: ...

class ViewBox(GraphicsWidget):
    sigRangeChanged: Signal
    sigXRangeChanged: Signal
    sigYRangeChanged: Signal
    borderRect: QGraphicsItem
    background: QGraphicsItem
    def __init__(
        self,
        parent: QGraphicsItem | None = ...,
        enableMouse: bool = ...,
        enableMenu: bool = ...,
        defaultPadding: float = ...,
    ) -> None: ...
    def addItem(self, item: QGraphicsItem, ignoreBounds: bool = ...) -> None: ...
    def removeItem(self, item: QGraphicsItem) -> None: ...
    def setRange(
        self,
        xRange: tuple[float, float] | None = ...,
        yRange: tuple[float, float] | None = ...,
        padding: float | None = ...,
        update: bool = ...,
        disableAutoRange: bool = ...,
    ) -> None: ...
    def disableAutoRange(self, axis: int | None = ...) -> None: ...
    def viewRange(self) -> list[list[float]]: ...
    def mapToView(self, obj: QPointF) -> QPointF: ...
    def close(self) -> bool: ...

class ImageItem(GraphicsObject):
    def __init__(self) -> None: ...
    def width(self) -> int | None: ...
    def height(self) -> int | None: ...

class AxisItem(GraphicsWidget):
    def __init__(
        self,
        orientation: str,
        parent: QGraphicsItem | None = ...,
        showValues: bool = ...,
    ) -> None: ...
