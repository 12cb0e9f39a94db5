"""The state of the simulated detector, by lumisection; imports only the model."""
