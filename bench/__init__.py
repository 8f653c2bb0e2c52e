"""Benchmarks, each a command, `python -m bench.<name>`."""
