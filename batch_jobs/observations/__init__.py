"""Reads observations: a module for each format, and the modules that turn rows into hours."""
