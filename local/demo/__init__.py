"""The demo: real weather of New York, made-up weather of the world, and a night of either."""
