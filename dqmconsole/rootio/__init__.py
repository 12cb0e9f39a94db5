"""ROOT bytes to and from the model, fast, for the classes DQM uses."""
