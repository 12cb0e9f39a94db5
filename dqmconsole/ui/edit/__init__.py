"""The window of the layout editor."""
