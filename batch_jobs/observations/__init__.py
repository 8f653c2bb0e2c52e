"""Reads observations: one module for each format, and what turns their rows into hours."""
