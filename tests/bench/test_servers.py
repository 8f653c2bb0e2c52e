"""The benchmark of servers: requests, equal answers, and figures."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.harness.client import ask
from bench.harness.errors import ServerError
from bench.harness.locations import table_at
from bench.harness.server import serving_api
from bench.harness.wrk import Asked
from bench.peers import feast
from bench.peers.environments import TOOLS
from bench.peers.powertools import forecasts_request, serving_powertools
from bench.servers import (
    FEAST,
    ONE,
    OURS,
    POWERTOOLS,
    SEVERAL,
    check_same,
    figures_of,
    groups_of,
    our_request,
)
from forecasts.item import StationEntry, catalogue_item, forecast_item
from forecasts.runs import publish, put_run
from forecasts.stores.dynamodb.boto import DynamoDBStore
from tests.factories import a_forecast, a_run, a_station

STATIONS = [a_station(id=name) for name in ("JFK", "LGA")]


@pytest.fixture
def run_id(dynamodb, table):
    """A night of two stations, published just now in the table."""
    now = datetime.now(UTC)  # noqa: TID251 -- the server goes by the real clock
    run = a_run(planned_at=now, stations=2)
    with closing(DynamoDBStore(table, lambda: run.planned_at, dynamodb)) as store:
        forecasts = [a_forecast(run, station) for station in STATIONS]
        store.put_many(forecast_item(f.station.id, run, f.to_body()) for f in forecasts)
        entries = [StationEntry(station, run.parameters) for station in STATIONS]
        store.put_many([catalogue_item(run, 0, entries)])
        put_run(store, run)
        publish(store, run.id, run.planned_at)
    return run.id


@pytest.fixture
def powertools(dynamodb_url, table, run_id):
    """Powertools' resolver over that night, from our own environment."""
    environment = table_at(dynamodb_url, table).environment
    with serving_powertools(Path(sys.prefix), environment, table, run_id) as server:
        yield server


def test_powertools_answers_the_same(dynamodb_url, table, powertools):
    """Both servers give the same answers, for one station and for several."""
    location = table_at(dynamodb_url, table)
    with serving_api(location.url, location.environment) as ours:
        check_same(ours, powertools, ["JFK", "LGA"])

    answers = ask(powertools.port, [forecasts_request(["JFK"]), forecasts_request(["JFK", "LGA"])])
    assert [answer.headers.get("content-encoding") for answer in answers] == ["gzip", None]


def test_other_answers(dynamodb_url, table, powertools):
    """Servers with different answers are not compared."""
    location = table_at(dynamodb_url, table)
    with (
        serving_api(location.url, location.environment) as ours,
        pytest.raises(ServerError, match="different things: 404 and 500"),
    ):
        check_same(ours, powertools, ["SFO"])


@pytest.mark.skipif(not (TOOLS / "feast").exists(), reason="bench.servers installs Feast")
def test_feast(dynamodb_url, tmp_path):
    """Feast serves the values that it has loaded."""
    values = {"JFK": {"pm25": 3.5, "o3": 20.0}, "LGA": {"pm25": 4.5, "o3": 21.0}}
    home, repository = feast.PEER.install(), tmp_path / "feast"
    loaded = feast.materialize(
        home, repository, dynamodb_url, values, datetime(2025, 11, 1, tzinfo=UTC)
    )

    assert loaded.cost.wall_seconds > 0
    with feast.serving_feast(home, repository) as server:
        feast.check(server.port, "LGA", values["LGA"])
        with pytest.raises(ServerError, match="Feast answers"):
            feast.check(server.port, "LGA", values["JFK"])


def test_groups():
    """Requests for several are full; the remainder is left out."""
    groups = groups_of([str(number) for number in range(250)])

    assert [(group[0], len(group)) for group in groups] == [("0", 100), ("100", 100)]
    assert our_request(groups[1][:2]).startswith(b"GET /v1/forecasts?stations=100,101 ")
    assert our_request(["100"]).startswith(b"GET /v1/stations/100/forecast ")


def rounds(*costs):
    """Return rounds that cost so much: microseconds, and requests a second."""
    return [Asked(rate, 0, 1.0, 0.001, 0.002, cpu / 1e6) for cpu, rate in costs]


def test_figures_are_medians_of_ratios():
    """One slow round of many changes nothing."""
    cases = {
        f"{OURS}, {ONE}": rounds((200, 1000), (200, 1000), (9000, 10)),
        f"{FEAST}, {ONE}": rounds((2000, 300), (2000, 300), (2000, 300)),
        f"{POWERTOOLS}, {ONE}": rounds((1000, 500), (1000, 500), (1000, 500)),
        f"{OURS}, {SEVERAL}": rounds((8000, 100)),
        f"{FEAST}, {SEVERAL}": rounds((20000, 20)),
        f"{POWERTOOLS}, {SEVERAL}": rounds((9000, 150)),
    }
    figures = {figure.name: figure for figure in figures_of(cases)}

    assert figures[f"CPU a request, {OURS} / {FEAST}, {ONE}"].value == pytest.approx(0.1)
    assert figures[f"CPU a request, {OURS} / {FEAST}, {ONE}"].met
    assert figures[f"CPU a request, {OURS} / {FEAST}, {SEVERAL}"].met is False
    assert figures[f"requests a second, {POWERTOOLS} / {OURS}, {ONE}"].value == pytest.approx(0.5)
    assert figures[f"requests a second, {POWERTOOLS} / {OURS}, {SEVERAL}"].met is False
    assert figures[f"{OURS}, {ONE}: CPU"].value == pytest.approx(200)
