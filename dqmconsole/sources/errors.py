"""What can go wrong when a source is named or asked."""

from __future__ import annotations


class SourceError(ValueError):
    """A text that names no source; says what it could have meant."""
