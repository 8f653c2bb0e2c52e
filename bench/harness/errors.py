"""Errors of the benchmarks themselves; the command prints one line and exits with 1.

BenchError
├── InputError
├── NightError
└── ServerError
"""

import click


class BenchError(click.ClickException):
    """The base of every error of this package."""


class InputError(BenchError):
    """A model, or another input, that cannot be used."""


class NightError(BenchError):
    """A night that was measured did not publish."""


class ServerError(BenchError):
    """A server that was measured did not start, or gave a wrong answer."""
