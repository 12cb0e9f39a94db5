"""Lessons, practice and exam in the window."""
