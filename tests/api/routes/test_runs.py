"""Runs, and the age of the published one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecasts import runs
from forecasts.run import RunState
from tests.api.conftest import FIRST, LOADED, MORNING, SECOND
from tests.factories import a_night


def test_all_runs(client):
    """All runs are listed, newest first, and the current one is marked."""
    answer = client.get("/v1/runs").json()

    assert [(run["id"], run["state"], run["current"]) for run in answer["items"]] == [
        (LOADED.id, "loaded", False),
        (SECOND.id, "published", True),
        (FIRST.id, "published", False),
    ]
    assert answer["next"] is None
    assert "report" not in answer["items"][0]


def test_runs_of_a_day(client, store):
    """The runs of one day are listed; a day without runs has none."""
    again = replace(FIRST, id=FIRST.id[:-1] + "2", state=RunState.PLANNED, published_at=None)
    runs.put_run(store, again)
    day = f"{FIRST.issue_time:%Y-%m-%d}"
    items = client.get(f"/v1/runs?issued_on={day}").json()["items"]

    assert {run["id"] for run in items} == {FIRST.id, again.id}
    assert client.get("/v1/runs?issued_on=2013-01-01").json()["items"] == []


@pytest.mark.parametrize("day", ["2013-02-30", "20131230", "yesterday", ""])
def test_runs_of_no_day(client, day):
    """What is not a day is refused, and the parameter is named."""
    answer = client.get(f"/v1/runs?issued_on={day}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["name"] == "issued_on"


def test_no_runs(empty_client):
    """Before the first night the list is empty."""
    assert empty_client.get("/v1/runs").json() == {"items": [], "next": None}


def test_one_run_with_its_report(client, store):
    """A run shows its state, times, counts, reason and report."""
    rejected = a_night(3, state=RunState.REJECTED, reason="coverage 0.5", report={"coverage": 0.5})
    runs.put_run(store, rejected)

    assert client.get(f"/v1/runs/{rejected.id}").json() == {
        "id": "20140102T0000Z-1",
        "issued_at": "2014-01-02T00:00:00Z",
        "valid_until": "2014-01-03T00:00:00Z",
        "next_expected_at": "2014-01-03T00:30:00Z",
        "model": "demo",
        "current": False,
        "state": "rejected",
        "parameters": ["temperature", "pressure"],
        "stations": 1,
        "planned_at": "2014-01-02T01:00:00Z",
        "published_at": None,
        "reason": "coverage 0.5",
        "report": {"coverage": 0.5},
        "verification": None,
    }


def test_a_run_with_a_notice(client, store):
    """What readers must know about the weather stands in every answer that has the run."""
    notice = "Weather of 2013, moved to today."
    runs.put_run(store, replace(runs.get_run(store, SECOND.id), notice=notice))

    listed = {run["id"]: run for run in client.get("/v1/runs").json()["items"]}

    assert listed[SECOND.id]["notice"] == notice
    assert client.get("/v1/runs/current").json()["notice"] == notice
    assert client.get("/v1/status").json()["run"]["notice"] == notice
    assert client.get("/v1/map/stations").json()["run"]["notice"] == notice
    assert "notice" not in listed[FIRST.id]


def test_a_map_of_a_run_without_a_notice(client):
    """The field is not there, rather than null."""
    assert "notice" not in client.get("/v1/map/stations").json()["run"]


def test_current_run(client):
    """The current run is the published one."""
    answer = client.get("/v1/runs/current").json()

    assert answer["id"] == SECOND.id
    assert answer["current"] is True
    assert answer["published_at"] == "2013-12-31T01:00:00Z"


def test_run_before_the_first_is_published(empty_client, empty_store):
    """A run in progress can be read although no run is published."""
    runs.put_run(empty_store, replace(FIRST, state=RunState.PLANNED))

    assert empty_client.get(f"/v1/runs/{FIRST.id}").json()["current"] is False


@pytest.mark.parametrize("path", ["/v1/runs", "/v1/runs/current"])
def test_runs_change_their_etag(client, store, path):
    """Clients poll runs with the ETag, which changes when the runs do."""
    first = client.get(path)
    unchanged = client.get(path, if_none_match=first.headers["etag"])
    run = runs.get_run(store, SECOND.id)
    runs.put_run(store, replace(run, model="other"))
    changed = client.get(path, if_none_match=first.headers["etag"])

    assert first.headers["cache-control"] == "public, max-age=60"
    assert unchanged.status_code == 304
    assert changed.status_code == 200


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (timedelta(hours=1), "ok"),
        (timedelta(hours=24, minutes=30), "ok"),
        (timedelta(hours=24, minutes=30, seconds=1), "late"),
    ],
)
def test_status(client, clock, age, state):
    """The status is late if the next run is overdue."""
    clock.now = SECOND.issue_time + age
    response = client.get("/v1/status")

    assert response.json()["state"] == state
    assert response.json()["age_seconds"] == age.total_seconds()
    assert response.json()["run"]["id"] == SECOND.id
    assert response.headers["cache-control"] == "no-store"


def test_status_before_the_first_night(empty_client):
    """Before the first night, the status says that no run is published."""
    assert empty_client.get("/v1/status").json() == {
        "state": "none",
        "run": None,
        "age_seconds": None,
        "sources": [],
        "realtime": None,
    }


def test_status_of_the_sources(client, store):
    """The status says how fresh the readings of each source were, from the run's report."""
    iem = {"source": "iem", "country": "US", "fresh": 7, "stale": 2, "silent": 1}
    freshness = [iem | {"newest": "2013-12-30T23:51:00Z"}]
    runs.put_run(store, replace(SECOND, report={"observations": {"freshness": freshness}}))

    assert client.get("/v1/status").json()["sources"] == freshness


def test_status_follows_the_pointer(client, store, clock):
    """A newly published run shows in the status once the cached pointer expires."""
    runs.publish(store, LOADED.id, MORNING)
    clock.now = MORNING + timedelta(seconds=16)

    assert client.get("/v1/status").json()["run"]["id"] == LOADED.id
