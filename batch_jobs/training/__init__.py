"""Training: sets of hours to learn from (docs/training.md), judging and releasing models."""
