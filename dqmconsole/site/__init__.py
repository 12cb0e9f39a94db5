"""YAML and Markdown to and from the model; the one home of YAML."""
