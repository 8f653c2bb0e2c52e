"""Conditional requests: by date, and by tags that are guessed or old."""

from contextlib import closing
from datetime import timedelta
from email.utils import format_datetime

import pytest

from api.app import make_app
from forecasts import runs
from forecasts.stores.sqlite import SQLiteStore
from tests.api.conftest import MORNING, SECOND, load
from tests.client import Client

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


def test_a_store_that_was_made_anew(client, clock, tmp_path):
    """A run of the same id in another store, with other numbers, is not what the client has."""
    known = client.get(PATHS[0])
    with closing(SQLiteStore(str(tmp_path / "anew.db"), clock, create=True)) as store:
        load(store, SECOND)
        runs.publish(store, SECOND.id, MORNING + timedelta(seconds=1))
        anew = Client(make_app(store, clock)).get(PATHS[0], if_none_match=known.headers["etag"])

    assert anew.headers["forecast-run"] == known.headers["forecast-run"]
    assert anew.status_code == 200
