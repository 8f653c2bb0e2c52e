"""Commands that move readers tell the receiver that the environment names."""

import json
from base64 import b64encode
from contextlib import closing
from dataclasses import replace

import pytest

from forecasts.item import POINTER_KEY, Item, StationEntry, catalogue_item, catalogue_key
from forecasts.runs import current_pointer, publish, put_run
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from tests.command_line import run, said
from tests.factories import A_STATION, a_night
from tests.receiver import receiving, status

SECRET = f"whsec_{b64encode(b'hidden' * 4).decode()}"
FIRST, SECOND = (replace(a_night(days), planned_at=utc_now()) for days in range(2))


@pytest.fixture
def told(monkeypatch):
    """A function that points the environment at a receiver."""

    def point(receiver):
        url = f"http://127.0.0.1:{receiver.port}/hidden"
        monkeypatch.setenv("STATIONCAST_WEBHOOK_URL", url)
        monkeypatch.setenv("STATIONCAST_WEBHOOK_SECRET", SECRET)
        monkeypatch.setenv("STATIONCAST_PUBLIC_URL", "https://forecasts.example.org")

    return point


@pytest.fixture
def two_runs(store_url):
    """The URL of a store with a published run and a loaded one."""
    with closing(open_store(store_url, utc_now, create=True)) as store:
        for each in (FIRST, SECOND):
            put_run(store, each)
            store.put_many([catalogue_item(each, 0, [StationEntry(A_STATION, ())])])
        publish(store, FIRST.id, utc_now())
    return store_url


def events(receiver):
    """Return type, run and run before of each event that came."""
    bodies = [json.loads(body) for _, body in receiver.requests]
    return [(each["type"], each["subject"], each["data"]["previous"]) for each in bodies]


def test_moves_are_told(told, two_runs):
    """A published run and a rollback are told once each; a move that changes nothing is not."""
    with receiving() as receiver:
        told(receiver)
        first = run("runs", "publish", SECOND.id, "--store", two_runs)
        again = run("runs", "publish", SECOND.id, "--store", two_runs)
        back = run("runs", "rollback", "--store", two_runs)

    assert [each.exit_code for each in (first, again, back)] == [0, 0, 0]
    assert "not told" not in first.output + again.output + back.output
    assert events(receiver) == [
        ("run.published", SECOND.id, FIRST.id),
        ("run.rolled_back", FIRST.id, SECOND.id),
    ]
    assert b'"https://forecasts.example.org/v1/runs/' in receiver.requests[0][1]


def test_a_damaged_pointer(told, two_runs):
    """A pointer that cannot be read is replaced; which run was before is not known."""
    with closing(open_store(two_runs, utc_now)) as store:
        store.put_many([Item(POINTER_KEY, b"\xff", 1)])
    with receiving() as receiver:
        told(receiver)
        result = run("runs", "publish", SECOND.id, "--store", two_runs)

    assert result.exit_code == 0
    assert events(receiver) == [("run.published", SECOND.id, None)]


def test_a_receiver_that_refuses(told, two_runs):
    """The move stands, the failure is shown, and nothing secret with it."""
    with receiving(status(401)) as receiver:
        told(receiver)
        result = run("runs", "publish", SECOND.id, "--store", two_runs)

    assert result.exit_code == 0
    assert "not told: webhook at 127.0.0.1: it answers 401 (tries: 1)" in said(result)
    assert "hidden" not in result.output
    with closing(open_store(two_runs, utc_now)) as store:
        assert current_pointer(store).current == SECOND.id


def test_an_event_that_cannot_be_made(told, two_runs):
    """The move stands if what has changed cannot be read."""
    with closing(open_store(two_runs, utc_now)) as store:
        store.put_many([Item(catalogue_key(FIRST.id, 0), b"\xff", None)])
    with receiving() as receiver:
        told(receiver)
        result = run("runs", "publish", SECOND.id, "--store", two_runs)

    assert result.exit_code == 0
    assert "not told: item CATALOGUE#" in said(result)
    assert receiver.requests == []


@pytest.mark.parametrize("command", [("publish", SECOND.id), ("rollback",)])
def test_malformed_settings(monkeypatch, two_runs, command):
    """A malformed setting is said before readers are moved."""
    monkeypatch.setenv("STATIONCAST_WEBHOOK_URL", "http://example.org/hidden")
    result = run("runs", *command, "--store", two_runs)

    assert result.exit_code == 1
    assert "STATIONCAST_WEBHOOK_URL: is not an address that begins with https://" in said(result)
    assert "hidden" not in result.output
    with closing(open_store(two_runs, utc_now)) as store:
        assert current_pointer(store).current == FIRST.id


def test_a_night_is_told(told, nightly):
    """A night tells of its run once: not if it is found done, and its failure fails no night."""
    redirect = status(302, location="http://169.254.169.254/hidden")
    with receiving(status(204), redirect) as receiver:
        told(receiver)
        first, done, other = run(*nightly), run(*nightly), run(*nightly, "--new-attempt")

    assert [each.exit_code for each in (first, done, other)] == [0, 0, 0], other.output
    assert events(receiver) == [
        ("run.published", "20131230T0000Z-1", None),
        ("run.published", "20131230T0000Z-2", "20131230T0000Z-1"),
    ]
    assert "AnnounceRun" in first.output
    assert "not told" not in first.output
    assert "not told: webhook at 127.0.0.1: it answers 302: redirects are not" in said(other)
    assert "hidden" not in other.output
    changed = json.loads(receiver.requests[1][1])["data"]["changed"]
    assert (changed["stations_added"], changed["stations_removed"]) == (0, 0)


def test_a_night_with_malformed_settings(monkeypatch, nightly):
    """A malformed setting is said before the night begins."""
    monkeypatch.setenv("STATIONCAST_WEBHOOK_URL", "https://example.org/")
    result = run(*nightly)

    assert result.exit_code == 1
    assert "STATIONCAST_WEBHOOK_SECRET: is not set" in said(result)
    assert "ReadObservations" not in result.output


def test_a_night_whose_event_cannot_be_made(told, nightly, store_url):
    """A night succeeds if what has changed since the run before cannot be read."""
    run(*nightly)
    with closing(open_store(store_url, utc_now)) as store:
        store.put_many([Item(catalogue_key("20131230T0000Z-1", 0), b"\xff", None)])
    with receiving() as receiver:
        told(receiver)
        result = run(*nightly, "--new-attempt")

    assert result.exit_code == 0, result.output
    assert "not told: item CATALOGUE#" in said(result)
    assert receiver.requests == []
