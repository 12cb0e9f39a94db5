"""The simulated detector: a state stepped by lumisection, and its histograms."""
