"""The messages between engine and console as bytes on a socket pair."""
