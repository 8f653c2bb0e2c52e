"""Compares production variants by their answers."""
