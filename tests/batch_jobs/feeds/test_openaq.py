"""Source `openaq`, against a stand-in of it over HTTP."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.errors import SourceError
from batch_jobs.feeds.fetch import fetch
from batch_jobs.feeds.openaq import open_openaq
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.wanted import Everywhere
from batch_jobs.observations.read import read_observations
from tests.feeds.loopback import serving
from tests.feeds.openaq import KEY, StandIn
from tests.feeds.timer import PassingTime

NOON = datetime(2026, 11, 28, 12, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABEL = NOON.replace(minute=0)


@pytest.fixture
def passing():
    """Time that passes when somebody waits."""
    return PassingTime()


@pytest.fixture
def openaq(passing):
    """A stand-in of OpenAQ without locations."""
    with serving(StandIn(lambda: passing.seconds)) as service:
        yield service


@pytest.fixture
def fetch_openaq(openaq, tmp_path, passing):
    """A function that fetches from the stand-in into `tmp_path`, by default all at noon."""

    def fetch_now(wanted=None, now=NOON, since=None, key=KEY):
        tally = Tally()
        with closing(open_openaq(openaq.url, key, tally, passing.timer)) as source:
            return fetch(source, str(tmp_path), wanted or Everywhere(), now, since)

    return fetch_now


def paths(service):
    """Return what was asked for, and forget it."""
    asked = [path for path, _ in service.requests]
    service.requests.clear()
    return asked


def test_last_hours_of_the_world(openaq, fetch_openaq, tmp_path):
    """A night reads what is fetched, under the right hours and in our units."""
    openaq.place(2178, {1: 2, 2: 10, 3: 22, 4: 128}, 35.1353, -106.584702)
    openaq.measure(1, LABEL, 9.0)
    openaq.measure(2, LABEL, 0.040)
    openaq.measure(3, LABEL, 180)
    openaq.measure(4, LABEL - HOUR, 50.0)
    summary = fetch_openaq()
    read = read_observations(str(tmp_path), end=LABEL, hours=2)
    values = dict(zip(read.parameters, read.values[0].tolist(), strict=True))
    station = read.stations[0]

    assert values["pm25"][1] == pytest.approx(9.0)
    assert values["o3"][1] == 79
    assert values["temperature"][0] == pytest.approx(10.0)
    assert (station.id, station.name, station.country) == ("2178", "Place 2178", "US")
    assert (station.timezone, station.licence) == ("America/New_York", "US Public Domain")
    assert station.attribution == "Unknown Governmental Organization, OpenAQ"
    assert (summary.new, list(summary.failures), read.report.faults) == (3, [], {})


def test_a_wrong_key(fetch_openaq):
    """The error says where to get one, and does not show it."""
    summary = fetch_openaq(key="s3cr3t")

    assert summary.is_dead
    assert summary.requests == 1
    assert "401" in summary.failures[0]
    assert "https://explore.openaq.org/register" in summary.failures[0]
    assert "s3cr3t" not in str(summary)


@pytest.mark.parametrize("key", ["", "  ", "schlüssel", "two words"])
def test_no_key(openaq, fetch_openaq, key):
    """Nothing is asked without a key that can be one."""
    with pytest.raises(SourceError, match="set OPENAQ_API_KEY to a key of yours") as error:
        fetch_openaq(key=key)

    assert not openaq.requests
    assert not key.strip() or key not in str(error.value)


def test_twenty_thousand_sensors(openaq, fetch_openaq, passing):
    """An hour needs at most 100 requests, and none is one too many for the service."""
    kinds = [*[2] * 6, *[1] * 5, 10, 7, 9, 8, 3, 5, 98, 100, 11]
    for place in range(1000):
        openaq.place(place + 1, {place * 20 + n + 1: kind for n, kind in enumerate(kinds)})
    used = []
    for hour in range(2):
        for sensor in range(1, 20_001):
            openaq.measure(sensor, LABEL + hour * HOUR, 5.0 + hour)
        summary = fetch_openaq(now=NOON + hour * HOUR)
        used.append(summary.requests)
        passing.seconds += 3600

    assert summary.new == 20_000
    assert max(used) <= 100
    assert openaq.refused == 0
    assert not summary.failures
