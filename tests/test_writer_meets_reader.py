"""A night that the job publishes is read through the API, with one table between them."""

import json

import pytest

from api.app import make_app
from batch_jobs.build_input import build_input
from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.read import read_observations
from batch_jobs.plan_run import cut
from batch_jobs.transform import transform
from forecasts.run import HISTORY_HOURS
from tests.client import Client
from tests.factories import ISSUE_TIME


@pytest.fixture
def client(store, model, observations, clock):
    """A client of the API over a night that was just published."""
    run_night(Night(store, model, str(observations), ISSUE_TIME, clock))
    return Client(make_app(store, clock))


@pytest.fixture
def predicted(model, observations):
    """Return the artifact's own forecast for each station."""
    read = read_observations(
        str(observations), end=ISSUE_TIME, hours=HISTORY_HOURS, parameters=model.parameters
    )
    lines = build_input(read, cut(read.stations)[0])
    answers = (json.loads(line) for line in transform(model, lines).splitlines())
    return {answer["station_id"]: answer for answer in answers}


def test_a_lookup_returns_what_the_transform_predicted(client, predicted):
    """Every station, parameter and hour is equal, number for number."""
    for station_id, prediction in predicted.items():
        answer = client.get(f"/v1/stations/{station_id}/forecast").json()

        assert answer["values"] == prediction["values"]
        assert answer["missing"] == prediction["missing"]
        assert answer["run"]["issued_at"] == prediction["issue_time"]
        assert answer["run"]["model"] == prediction["model"] == "small"


def test_stations_are_those_that_were_observed(client, predicted):
    """Search, list and catalogue have the same stations, with the parameters that are forecast."""
    items = client.get("/v1/stations").json()["items"]

    assert {item["id"] for item in items} == set(predicted)
    assert {tuple(item["parameters"]) for item in items} == {("temperature", "pressure")}


def test_the_quality_report_is_public(client):
    """The report shows the gate's checks, and how the observations were used."""
    run = client.get("/v1/runs/current").json()

    assert run["state"] == "published"
    assert run["report"]["accepted"] is True
    assert run["report"]["observations"]["files"] == 2
