"""Everything on one machine: the command line, demo observations, plots.

The composition root: it may import every other package, reads the clock and the environment, and
no other package imports it.
"""
