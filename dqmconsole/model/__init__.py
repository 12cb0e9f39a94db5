"""Values: frozen, without I/O, on numpy and msgspec alone."""
