"""Printing a page: which printers there are, the dialog, the paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPageLayout
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QApplication, QDialog

from dqmconsole.ui.theme import PAPER

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from dqmconsole.ui.pictures import Picture
    from dqmconsole.ui.theme import Colours


def has_printer() -> bool:
    """Tell whether the machine has a printer."""
    return bool(QPrinterInfo.availablePrinterNames())


def ask_printer(parent: QWidget, name: str) -> QPrinter | None:
    """Ask on which printer, and how; None when nobody chose one.

    Args:
        parent: the window that asks.
        name: what the job is called.
    """
    printer = QPrinter(QPrinter.PrinterMode.ScreenResolution)
    printer.setResolution(round(QApplication.primaryScreen().logicalDotsPerInch()))
    printer.setPageOrientation(QPageLayout.Orientation.Landscape)
    printer.setDocName(name)
    dialog = QPrintDialog(printer, parent)
    chosen = dialog.exec() == QDialog.DialogCode.Accepted
    dialog.deleteLater()
    return printer if chosen else None


def print_picture(
    printer: QPrinter, picture: Callable[[], Picture], colours: Colours
) -> str:
    """Print what is seen, light and on white; say how that went.

    Args:
        printer: as `ask_printer` gives it.
        picture: gives what is seen, in the theme in force.
        colours: the theme in force; for the paper it is another for a moment.
    """
    with colours.lent(PAPER):
        taken = picture().print_on(printer)
    where = printer.outputFileName() or printer.printerName()
    if not taken:
        return f"Not printed: {where} takes nothing now."
    return f"Sent to {where}."
