"""Conditional requests: by date, and by tags that are guessed or old."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from api.app import make_app
from api.reading.published_runs import HOLD
from forecasts import runs
from forecasts.stores.sqlite import SQLiteStore
from tests.api.conftest import FIRST, MORNING, SECOND, load
from tests.client import Client
from tests.factories import identity_of

PATHS = [
    "/v1/stations/JFK/forecast",
    "/v1/stations/JFK/forecast?hours=3",
    "/v1/stations/JFK",
    "/v1/forecasts?stations=JFK,LGA",
    "/v1/map/stations",
]


@pytest.mark.parametrize("path", PATHS)
def test_the_date_that_was_sent(client, path):
    """The date of the last answer gets 304, with the validators of the answer."""
    known = client.get(path)
    response = client.get(path, if_modified_since=known.headers["last-modified"])

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == known.headers["etag"]


@pytest.mark.parametrize(
    ("date", "status"),
    [
        (format_datetime(MORNING, usegmt=True), 304),
        ("Wed, 01 Jan 2014 00:00:00 GMT", 304),
        ("Wednesday, 01-Jan-14 00:00:00 GMT", 304),
        ("Wed Jan  1 00:00:00 2014", 304),
        ("Mon, 30 Dec 2013 00:25:00 GMT", 200),
        ("yesterday", 200),
        ("Tue, 31 Feb 2013 00:00:00 GMT", 200),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 304),
        ("\xff", 200),
    ],
)
def test_dates(client, date, status):
    """Only a date at or after the run's own gets 304; what is no date is ignored."""
    response = client.get(PATHS[0], if_modified_since=date.encode("latin-1"))

    assert response.status_code == status


def test_the_tag_is_stronger(client):
    """A date does not count beside a tag, which says more."""
    date = client.get(PATHS[0]).headers["last-modified"]

    assert client.get(PATHS[0], if_modified_since=date, if_none_match='"x"').status_code == 200


def test_a_station_that_does_not_exist(client):
    """A date confirms nothing that is not there."""
    date = client.get(PATHS[0]).headers["last-modified"]

    assert client.get("/v1/stations/NOPE/forecast", if_modified_since=date).status_code == 404


def test_a_guessed_tag(client):
    """A tag that was made from another station's does not confirm one that does not exist."""
    guessed = client.get(PATHS[0]).headers["etag"].replace("JFK", "NOPE")

    assert client.get("/v1/stations/NOPE/forecast", if_none_match=guessed).status_code == 404


def made_anew(path, clock, since, **changes):
    """Return a client of another store in which the second night was published, too."""
    store = SQLiteStore(str(path), clock, create=True)
    load(store, replace(SECOND, **changes))
    runs.publish(store, SECOND.id, since)
    return closing(store), Client(make_app(store, clock))


@pytest.mark.parametrize("pin", ["", f"?run={SECOND.id}"])
def test_a_store_that_was_made_anew(client, clock, tmp_path, pin):
    """A run of the same id, published at the same moment in another store, is another run."""
    known = client.get(PATHS[0] + pin)
    opened, other = made_anew(tmp_path / "anew.db", clock, MORNING, identity=identity_of("another"))
    with opened:
        anew = other.get(PATHS[0] + pin, if_none_match=known.headers["etag"])

    assert anew.headers["forecast-run"] == known.headers["forecast-run"]
    assert anew.status_code == 200


@pytest.mark.parametrize(("later", "status"), [(0, 304), (1, 200)])
def test_runs_of_before_there_were_identities(clock, tmp_path, later, status):
    """The moment from which readers are on such a run counts as its identity."""
    opened, client = made_anew(tmp_path / "old.db", clock, MORNING, identity=None)
    with opened:
        known = client.get(PATHS[0]).headers["etag"]
        pinned = client.get(f"{PATHS[0]}?run={SECOND.id}")
    since = MORNING + timedelta(seconds=later)
    opened, client = made_anew(tmp_path / "anew.db", clock, since, identity=None)
    with opened:
        again = client.get(PATHS[0], if_none_match=known)

    assert (again.status_code, pinned.status_code) == (status, 200)


def test_a_rollback_and_back(client, store, clock):
    """An answer that the client has is right again if its run is published again."""
    known = client.get(PATHS[0])
    runs.rollback(store, MORNING)
    clock.now += HOLD
    between = client.get(PATHS[0], if_none_match=known.headers["etag"])
    runs.publish(store, SECOND.id, MORNING)
    clock.now += HOLD
    again = client.get(PATHS[0], if_none_match=known.headers["etag"])

    assert (between.status_code, between.headers["forecast-run"]) == (200, FIRST.id)
    assert again.status_code == 304
