"""Where monitor elements come from: a file, the folder of a running DQM, a replay."""
