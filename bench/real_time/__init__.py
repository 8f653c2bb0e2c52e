"""Benchmarks of real time, run together by `python -m bench.real_time`."""
