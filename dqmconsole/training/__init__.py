"""Training: the tutor, progress, practice, the exam and its score; without Qt."""
