"""What a laboratory adds to dqmconsole: a check, a source, a drawing, a fault."""
