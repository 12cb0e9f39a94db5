"""The start of the shift, and releases."""
