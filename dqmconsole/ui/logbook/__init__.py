"""The book of the shift as the window shows it."""
