"""Quality tests: pure functions of histograms, references and limits."""
