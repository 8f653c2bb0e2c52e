"""Training: the sets of hours that models learn from; see `docs/training.md`."""
