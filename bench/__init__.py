"""Benchmarks: each a command, `python -m bench.<name>`, each beside what it is compared with."""
