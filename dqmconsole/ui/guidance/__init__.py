"""The selected plot's instruction, and what is done with it."""
