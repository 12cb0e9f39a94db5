"""Qt: renders the shift, calls commands; knows no file and no statistics."""
