"""The hours before a forecast."""

import pytest

from forecasts.item import Item, history_key
from tests.api.conftest import SECOND

JFK = "/v1/stations/JFK/forecast"


def test_hours_before_the_forecast(client):
    """The last hour of the history is the issue time; a gap stays a gap."""
    answer = client.get(f"{JFK}?observed=4").json()

    assert answer["observed"] == {
        "time": [f"2013-12-30T{hour}:00:00Z" for hour in (21, 22, 23)] + ["2013-12-31T00:00:00Z"],
        "units": {"temperature": "°C"},
        "values": {"temperature": [16.4, None, 16.6, 16.7]},
    }
    assert answer["time"][0] == "2013-12-31T01:00:00Z"


def test_only_if_requested(client):
    """Without the parameter, a lookup returns the stored body."""
    assert "observed" not in client.get(f"{JFK}?observed=0").json()
    assert "observed" not in client.get(f"{JFK}?hours=1").json()


def test_whole_history(client):
    """A client can get all 168 hours, and no more."""
    assert len(client.get(f"{JFK}?observed=168").json()["observed"]["time"]) == 168
    assert client.get(f"{JFK}?observed=169").status_code == 422


def test_parameters_and_time_zone(client):
    """Parameters and zone are those of the forecast."""
    observed = client.get(f"{JFK}?observed=1&parameters=pressure&tz=station").json()["observed"]

    assert observed == {"time": ["2013-12-30T19:00:00-05:00"], "units": {}, "values": {}}


@pytest.mark.parametrize("station_id", ["LGA", "JFK"])
def test_without_a_history(client, store, station_id):
    """If the history is missing or damaged, the forecast is returned without it."""
    store.put_many([Item(history_key("JFK", SECOND.id), b"damaged")])
    answer = client.get(f"/v1/stations/{station_id}/forecast?observed=2").json()

    assert answer["observed"]["values"] == {}
    assert len(answer["observed"]["time"]) == 2
    assert len(answer["values"]["temperature"]["p50"]) == 24


def test_not_as_csv(client):
    """CSV holds the forecast only, so a request for both is refused."""
    response = client.get(f"{JFK}?observed=2&format=csv")

    assert response.status_code == 422
    assert "format=csv" in response.json()["errors"][0]["reason"]
