"""What can go wrong with a benchmark itself; the command says it in one line and exits with 1.

BenchError
├── InputError
├── NightError
└── ServerError
"""

from __future__ import annotations

import click


class BenchError(click.ClickException):
    """The base of every error of this package: there are no figures."""


class InputError(BenchError):
    """A model that cannot be measured with."""


class NightError(BenchError):
    """A nightly run that was measured did not publish."""


class ServerError(BenchError):
    """A server that was measured did not start, or did not answer as it should."""
