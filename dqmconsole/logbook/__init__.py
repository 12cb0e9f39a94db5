"""The book of the shift: one database, append-only; the one home of SQLAlchemy."""
