"""A stand-in of IEM, and a fetch from it."""

from contextlib import closing

import pytest

from batch_jobs.feeds.fetch import fetch
from batch_jobs.feeds.iem import open_iem
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.wanted import Everywhere
from tests.feeds.iem import NOON, StandIn
from tests.feeds.loopback import serving
from tests.feeds.timer import PassingTime


@pytest.fixture
def iem():
    """A stand-in of IEM without reports."""
    with serving(StandIn()) as service:
        yield service


@pytest.fixture
def passing():
    """Time that passes when somebody waits."""
    return PassingTime()


@pytest.fixture
def fetch_iem(iem, tmp_path, passing):
    """A function that fetches from the stand-in into `tmp_path`, by default all at noon."""

    def fetch_now(wanted=None, now=NOON, since=None, into=tmp_path):
        with closing(open_iem(iem.url, Tally(), passing.timer)) as source:
            return fetch(source, str(into), wanted or Everywhere(), now, since)

    return fetch_now
