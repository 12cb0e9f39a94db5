"""The files of lessons and exam: read, checked, compared and written. No window."""
