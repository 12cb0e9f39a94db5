"""What can be wrong with a ROOT file, said with the file, the place and the reason."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_COMPARED = 200


class RootFileError(ValueError):
    """A file, or an object in it, cannot be read as ROOT.

    Attributes:
        path: the file, as the caller named it.
        what: the reason, in words.
        where: path of the directory or object in the file; "" for the file itself.
    """

    def __init__(self, path: str, what: str, where: str = "") -> None:
        self.path = path
        self.what = what
        self.where = where
        place = f"{path}: {where}" if where else path
        super().__init__(f"{place}: {what}")


class UnreadableClassError(RootFileError):
    """An object is of a class that neither this package nor uproot can read.

    Attributes:
        root_class: the ROOT class, such as "TH2Poly".
    """

    def __init__(
        self, path: str, root_class: str, where: str = "", reason: str = ""
    ) -> None:
        self.root_class = root_class
        because = f" ({reason})" if reason else ""
        super().__init__(
            path, f"objects of class {root_class} cannot be read{because}", where
        )


class BeingReadError(UnreadableClassError):
    """An object of a rare class is being read by another process: ask again."""

    def __init__(self, path: str, root_class: str, where: str = "") -> None:
        super().__init__(path, root_class, where, "it is being read")
        self.what = f"an object of class {root_class} is being read"


class NotInFileError(KeyError):
    """No element of that path is in the file.

    Attributes:
        path: the file, as the caller named it.
        element: path of the element that was asked for.
    """

    def __init__(self, path: str, element: str, known: Iterable[str] = ()) -> None:
        self.path = path
        self.element = element
        self._known = known
        self._nearest: tuple[str, ...] | None = None
        super().__init__(element)

    @property
    def nearest(self) -> tuple[str, ...]:
        """Up to three paths that look most like the one asked for, the best first.

        Found when asked for only: most elements missing from a file are not
        news, and comparing strings is slow.
        """
        if self._nearest is None:
            self._nearest = tuple(nearest(self.element, self._known, 3))
        return self._nearest

    def __str__(self) -> str:
        nearest = self.nearest
        hint = f"; did you mean {', '.join(nearest)}?" if nearest else ""
        return f"{self.path}: no {self.element!r} in this file{hint}"


def nearest(asked: str, known: Iterable[str], most: int) -> list[str]:
    """Return up to `most` of `known` that look most like `asked`, the best first."""
    names = list(known)
    if len(names) > _MOST_COMPARED:
        names.sort(key=lambda name: _shared_beginning(name, asked), reverse=True)
        del names[_MOST_COMPARED:]
    return difflib.get_close_matches(asked, names, n=most)


def _shared_beginning(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


class DamagedError(ValueError):
    """Bytes that do not say what they should; the caller adds file and place."""


class TooLargeError(DamagedError):
    """More than is read of any file.

    Args:
        what: what there is too much of, with its number ("4 keys").
        most: the limit, in the same unit.
    """

    def __init__(self, what: str, most: int) -> None:
        super().__init__(f"{what}; at most {most:,} are read")


class UnknownLayoutError(Exception):
    """A class version whose layout is not known here: uproot's turn."""
