"""THE TABLE: faults and harmless events of the simulated detector, as causes."""
