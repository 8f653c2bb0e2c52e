"""Compares what the ways of hosting cost in a month."""
