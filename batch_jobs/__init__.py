"""The writer: what one night does, from observations to the published run."""
