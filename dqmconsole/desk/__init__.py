"""The expert's work without a window, each a function that a command calls."""
