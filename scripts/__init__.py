"""Commands for the project itself, which none of its packages imports."""
