"""The engine process: it reads sources, judges, and answers the console."""
