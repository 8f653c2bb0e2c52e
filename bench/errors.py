"""What can go wrong with a benchmark itself.

BenchError
├── NightError
└── ServerError
"""

from __future__ import annotations


class BenchError(Exception):
    """The base of every error of this package: there are no figures."""


class NightError(BenchError):
    """A nightly run that was measured did not publish."""


class ServerError(BenchError):
    """A server that was measured did not start, or did not answer as it should."""
