"""A data-quality console for particle-physics control rooms."""

__version__ = "0.1.0"
