"""The plots' own drawing: scales, axes, curves, maps."""
