"""Compares production variants by what they have answered."""
