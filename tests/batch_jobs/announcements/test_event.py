"""The event: what it says about a move of readers."""

import json
from dataclasses import replace

import pytest

from batch_jobs.announce_run import announce_run
from batch_jobs.announcements.announcer import Announcer
from batch_jobs.announcements.event import event_of
from batch_jobs.errors import AnnouncementError
from forecasts.item import StationEntry, catalogue_item, pointer_item
from forecasts.runs import UnknownRunError, current_pointer, publish, put_run, rollback
from forecasts.stores.sqlite import SQLiteStore
from tests.factories import NOW, a_night, a_station

FIRST = a_night(0, report={"series": 5}, stations=2)
SECOND = a_night(
    1,
    report={"series": 7},
    stations=3,
    parameters=("temperature", "ozone"),
    model="v2",
    notice="Weather of 2013.",
)
STATIONS = {FIRST.id: ["JFK", "LGA"], SECOND.id: ["JFK", "EWR", "ZRH"]}


@pytest.fixture
def store(clock, tmp_path):
    """A store with two loaded nights of different stations, of which the first is published."""
    store = SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)
    clock.now = SECOND.planned_at
    for run in (FIRST, SECOND):
        put_run(store, run)
        entries = [StationEntry(a_station(id=each), ()) for each in STATIONS[run.id]]
        store.put_many([catalogue_item(run, 0, entries)])
    publish(store, FIRST.id, NOW)
    yield store
    store.close()


def told(store, before, public_url=""):
    """Return the event of the last move, and what its body says."""
    event = event_of(store, current_pointer(store), before, public_url)
    return event, json.loads(event.body)


def test_a_published_run(store, clock):
    """The event names run, time and counts, and what has changed since the run before."""
    publish(store, SECOND.id, clock.now)
    event, said = told(store, FIRST.id, "https://forecasts.example.org")

    assert said == {
        "specversion": "1.0",
        "id": event.id,
        "source": "https://forecasts.example.org",
        "type": "run.published",
        "time": "2013-12-31T01:00:00Z",
        "subject": "20131231T0000Z-1",
        "datacontenttype": "application/json",
        "data": {
            "run": {
                "id": "20131231T0000Z-1",
                "issued_at": "2013-12-31T00:00:00Z",
                "valid_until": "2014-01-01T00:00:00Z",
                "next_expected_at": "2014-01-01T00:30:00Z",
                "published_at": "2013-12-31T01:00:00Z",
                "model": "v2",
                "parameters": ["temperature", "ozone"],
                "notice": "Weather of 2013.",
            },
            "previous": "20131230T0000Z-1",
            "stations": 3,
            "series": 7,
            "changed": {
                "stations_added": 2,
                "stations_removed": 1,
                "parameters_added": ["ozone"],
                "parameters_removed": ["pressure"],
                "model": True,
            },
            "links": {
                "run": "https://forecasts.example.org/v1/runs/20131231T0000Z-1",
                "feed": "https://forecasts.example.org/v1/runs/feed",
            },
        },
    }
    assert event.type == said["type"]
    assert SECOND.identity not in event.body.decode()


def test_a_rollback(store, clock):
    """A move back to an earlier run is one, and has an id of its own; to publish again, too."""
    publish(store, SECOND.id, clock.now)
    rollback(store, clock.now)
    _, back = told(store, SECOND.id)
    publish(store, SECOND.id, clock.now)
    _, again = told(store, FIRST.id)

    assert (back["type"], back["subject"]) == ("run.rolled_back", FIRST.id)
    assert back["data"]["previous"] == SECOND.id
    assert back["data"]["changed"]["stations_added"] == 1
    assert again["type"] == "run.published"
    assert back["id"] != again["id"]
    assert told(store, FIRST.id)[1]["id"] == again["id"]


def test_an_earlier_attempt(store, clock):
    """A move from the second attempt at a night to the first is a rollback, too."""
    other = a_night(0, attempt=2)
    put_run(store, other)
    publish(store, other.id, clock.now)
    publish(store, FIRST.id, clock.now)

    assert told(store, other.id)[0].type == "run.rolled_back"


def test_the_first_run(store):
    """Before the first run there was none, and nothing has changed; links have no host."""
    _, said = told(store, None)

    assert said["source"] == "stationcast"
    assert (said["data"]["previous"], said["data"]["changed"]) == (None, None)
    assert said["data"]["links"]["run"] == f"/v1/runs/{FIRST.id}"
    assert "notice" not in said["data"]["run"]


def test_a_file_of_the_run(store, clock):
    """If the night wrote a file of the run, the event leads there."""
    put_run(store, replace(SECOND, report={"downloads": {"forecasts": {}}}))
    publish(store, SECOND.id, clock.now)

    links = told(store, FIRST.id)[1]["data"]["links"]
    assert links["download"] == f"/v1/runs/{SECOND.id}/download"


def test_the_run_before_has_expired(store):
    """If the run before is gone, what has changed is not known."""
    _, said = told(store, "20131001T0000Z-1")

    assert said["data"]["previous"] == "20131001T0000Z-1"
    assert said["data"]["changed"] is None


class Heard(list):
    """A channel that keeps what it was sent."""

    name = "memory"
    send = list.append


class Deaf:
    """A channel that accepts nothing."""

    name = "deaf"

    def send(self, event):
        """Refuse an event."""
        raise AnnouncementError(f"no {event.type}")


def test_all_channels_are_told(store):
    """A channel that fails does not keep the others from being told, and is named."""
    heard = Heard()

    assert announce_run(store, FIRST.id, Announcer((Deaf(), heard))) == ["deaf: no run.published"]
    assert [event.type for event in heard] == ["run.published"]


def test_readers_are_elsewhere(store, clock, tmp_path):
    """A run that readers are not on any more, or not yet, is not told of."""
    heard = Heard()
    publish(store, SECOND.id, clock.now)
    empty = SQLiteStore(str(tmp_path / "empty.db"), clock, create=True)

    assert announce_run(store, FIRST.id, Announcer((heard,))) == []
    assert announce_run(empty, FIRST.id, Announcer((heard,))) == []
    assert heard == []
    empty.close()


def test_without_channels_nothing_is_read(store):
    """If announcements are off, no run is read for them."""
    pointer = replace(current_pointer(store), current="20990101T0000Z-1")
    store.put(_pointer(pointer), expected=pointer.version)

    assert announce_run(store, pointer.current, Announcer()) == []
    with pytest.raises(UnknownRunError):
        announce_run(store, pointer.current, Announcer((Heard(),)))


def _pointer(pointer):
    return pointer_item(replace(pointer, version=pointer.version + 1))
