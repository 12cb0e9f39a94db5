"""The subsystems of the simulated detector, one file each; see registry.py."""
