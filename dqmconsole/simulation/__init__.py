"""The simulation: a state stepped by lumisection, and its histograms."""
