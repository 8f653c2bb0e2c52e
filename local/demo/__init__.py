"""The demo: real weather of New York or made-up weather of the world, and a night of it."""
