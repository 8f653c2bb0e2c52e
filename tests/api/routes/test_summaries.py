"""A station's day in numbers, and the same beside its forecast."""

import pytest

from forecasts.item import forecast_item
from tests.api.conftest import FIRST, LAGUARDIA, SECOND
from tests.api.routes.test_forecasts import JFK, reasons
from tests.factories import a_forecast

SUMMARY = "/v1/stations/JFK/summary"
ZURICH = "/v1/stations/ZRH/summary"


def test_summary(client):
    """The summary of a station has its run, units and days, and no hours."""
    response = client.get(SUMMARY)
    answer = response.json()

    assert list(answer) == ["station", "run", "source", "units", "missing", "daily"]
    assert answer["run"]["id"] == response.headers["forecast-run"] == SECOND.id
    assert response.headers["forecast-source"] == answer["source"] == "precomputed"
    assert answer["daily"]["all"]["parameters"]["temperature"]["mean"]["p50"] == 3.1
    assert answer["missing"] == {"pressure": "too_few_observations"}


def test_a_forecast_has_the_same(client):
    """With `daily`, a forecast has the same, and all the rest."""
    plain, asked = client.get(JFK).json(), client.get(f"{JFK}?daily=true").json()

    assert asked.pop("daily") == client.get(SUMMARY).json()["daily"]
    assert asked == plain


def test_days_do_not_depend_on_the_part_that_is_asked_for(client):
    """Hours and quantiles cut the forecast, not what is said about days."""
    part = client.get(f"{JFK}?daily=1&hours=1&quantiles=p90").json()

    assert part["daily"] == client.get(SUMMARY).json()["daily"]
    assert part["values"] == {"temperature": {"p90": [4.1]}}


def test_several_stations_with_their_days(client):
    """Each of several stations has its own days, and so has the nearest."""
    several = client.get("/v1/forecasts?stations=JFK,NOPE,ZRH&daily=true").json()["items"]
    nearest = client.get("/v1/forecasts/nearest?latitude=40.6&longitude=-73.8&daily=true").json()

    assert several[0]["daily"] == client.get(SUMMARY).json()["daily"]
    assert "error" in several[1]
    assert several[2]["daily"]["all"]["air_quality"]["index"] == 56
    assert nearest["items"][0]["daily"] == several[0]["daily"]


def test_what_a_reference_forecast_is_marked(client):
    """The summary says it of the parameters that are asked for."""
    assert client.get(ZURICH).json()["models"] == {"pm25": "reference"}
    assert "models" not in client.get(f"{ZURICH}?parameters=temperature").json()


def test_wanted_parameters(client):
    """One that is not forecast is missing."""
    answer = client.get(f"{SUMMARY}?parameters=o3,temperature&units=us").json()

    assert answer["units"] == {"temperature": "°F"}
    assert answer["missing"] == {"o3": "not_forecast_here"}
    assert list(answer["daily"]["all"]["parameters"]) == ["temperature"]


def test_not_modified(client):
    """A client that has the summary gets 304."""
    etag = client.get(SUMMARY).headers["etag"]

    assert client.get(SUMMARY, if_none_match=etag).status_code == 304
    assert client.get(f"{SUMMARY}?tz=station").headers["etag"] != etag
    assert client.get(f"{SUMMARY}?tz=UTC&units=metric").headers["etag"] == etag


def test_head(client):
    """HEAD has the headers of GET."""
    response = client.request("HEAD", SUMMARY)

    assert response.content == b""
    assert response.headers["etag"] == client.get(SUMMARY).headers["etag"]


def test_a_pinned_run(client):
    """A run that is requested by id is used."""
    assert client.get(f"{SUMMARY}?run={FIRST.id}").json()["run"]["id"] == FIRST.id


@pytest.mark.parametrize("station_id", ["JKF", "a%20b"])
def test_unknown_station(client, station_id):
    """An unknown or malformed id is not found."""
    assert client.get(f"/v1/stations/{station_id}/summary").status_code == 404


def test_other_case(client):
    """An id in another case is redirected, with its query."""
    response = client.get("/v1/stations/jfk/summary?units=us")

    assert response.status_code == 308
    assert response.headers["location"] == "/v1/stations/JFK/summary?units=us"


@pytest.mark.parametrize("path", [JFK, "/v1/forecasts?stations=JFK"])
def test_daily_is_yes_or_no(client, path):
    """Anything else is refused by name."""
    mark = "&" if "?" in path else "?"

    assert list(reasons(client.get(f"{path}{mark}daily=maybe"))) == ["daily"]


@pytest.mark.parametrize("path", [f"{JFK}?", "/v1/forecasts?stations=JFK&"])
@pytest.mark.parametrize("kind", ["csv", "excel"])
def test_no_days_in_tables(client, path, kind):
    """A table of hours has no place for them."""
    refused = reasons(client.get(f"{path}format={kind}&daily=true"))

    assert refused == {"daily": f"not available with format={kind}, which has the forecast only"}


def test_a_summary_has_no_hours(client):
    """What only a forecast has is unknown here."""
    response = client.get(f"{SUMMARY}?hours=3")

    assert response.status_code == 400
    assert "parameters, units, timeformat, tz, run" in response.json()["detail"]


def test_a_station_where_everything_is_missing(client, store):
    """It has days without anything in them, and says why; in a table it has a row that does."""
    missing = {"temperature": "no_observations"}
    body = a_forecast(run=SECOND, station=LAGUARDIA, values={}, missing=missing).to_body()
    store.put_many([forecast_item("LGA", SECOND, body)])
    answer = client.get("/v1/stations/LGA/summary").json()
    rows = client.get("/v1/forecasts?stations=LGA&format=csv").text.splitlines()

    assert answer["missing"] == missing
    assert answer["units"] == answer["daily"]["all"]["parameters"] == {}
    assert [day["hours"] for day in answer["daily"]["days"]] == [5, 19]
    assert rows[1:] == ["LGA,,temperature,,,,,,,no_observations"]
