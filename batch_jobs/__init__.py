"""The writer: the states of one night, from observations to the published run."""
