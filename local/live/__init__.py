"""Real weather of one place: fetched, forecast from the last full hour, and kept fresh."""
