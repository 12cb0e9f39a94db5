"""Exam and practice in the window: items, scenario, feedback and results."""
