"""Checks that a laboratory has of its own."""
