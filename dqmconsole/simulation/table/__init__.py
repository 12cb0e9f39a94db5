"""THE TABLE: faults and harmless events of the simulated detector, and how they act."""
