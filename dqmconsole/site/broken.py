"""What layout files that could not be read, or not wholly, may have held."""

from __future__ import annotations

import re


class BrokenLayouts:
    """The layout files with errors: what they may hold cannot be said to be missing."""

    def __init__(self) -> None:
        self._stems: set[str] = set()
        self._texts: list[str] = []
        self._nameless = False

    def add(self, file: str, data: bytes) -> None:
        """Take one in.

        Args:
            file: its name.
            data: its bytes, as far as they are known.
        """
        self._stems.add(re.sub(r"^\d+-|\.ya?ml$", "", file).casefold())
        text = data.decode("utf-8", "replace")
        self._texts.append(text)
        if not re.search(r"layout:\s*\S", text):
            self._nameless = True

    def __bool__(self) -> bool:
        return bool(self._texts)

    def may_hold(self, name: str) -> bool:
        """Tell whether a layout, or a subsystem's elements, may be in one of them."""
        if self._nameless or name.casefold() in self._stems:
            return True
        named = re.compile(rf"layout:\s*[\"']?{re.escape(name)}\b")
        return any(f"{name}/" in text or named.search(text) for text in self._texts)
