"""The record of runs: what the laid-out plots gained with each update."""
