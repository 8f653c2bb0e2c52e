"""All stations of a run at once, as a map shows them."""

import gzip

import pytest

from forecasts.item import Item, Key, map_key
from forecasts.skill_map import RATIO_FIRST, Columns, Places, map_items
from tests.api.conftest import FIRST, SECOND, SILENT, STATIONS, median_of

PLACES = "/v1/map/stations"
TEMPERATURE = "/v1/map/forecasts?parameter=temperature"
SKILL = "/v1/verification/map?parameter=temperature"


def put_skill(store, order=FIRST.id):
    """Put a map of skill: good at JFK, as bad as the reference in Fiji, too few hours at ZRH."""
    hours, coverage, errors = bytes([120, 90, 16, 40, 0]), bytes([78, 82, 80, 100, 0]), bytes(5)
    ratios = bytes([RATIO_FIRST - 32, 255, 0, RATIO_FIRST, 255])
    columns = Columns("week", {"mae": 1.0}, [hours, coverage, errors, ratios])
    places = Places(order, [], "2013-12-31T00:00:00Z")
    store.put_many(map_items(SECOND, places, {"temperature": columns}))


def test_stations_stand_in_columns(client):
    """All stations of the published run are listed in its order, those without a forecast too."""
    answer = client.get(PLACES).json()
    columns = answer["stations"]

    assert answer["run"]["id"] == SECOND.id
    assert answer["parameters"] == ["temperature", "pressure"]
    assert columns["id"] == [station.id for station in (*STATIONS, SILENT)]
    assert columns["name"][2] == "Zürich-Flughafen"
    assert columns["country"] == ["US", "US", "CH", "FJ", ""]
    assert (columns["latitude"][0], columns["longitude"][0]) == (40.6398, -73.7789)


def test_medians_are_in_the_order_of_the_stations(client):
    """Each station has a row of 24 medians, or null if it has no forecast."""
    answer = client.get(TEMPERATURE).json()

    assert answer["p50"] == [*(median_of(SECOND, station) for station in STATIONS), None]
    assert (answer["parameter"], answer["unit"]) == ("temperature", "°C")
    assert answer["time"][0] == "2013-12-31T01:00:00Z"
    assert answer["run"]["valid_until"] == "2014-01-01T00:00:00Z"


def test_skill_is_in_the_order_of_the_stations(client, store):
    """Each station has hours, coverage and skill; null with fewer than 100 hours."""
    put_skill(store)
    answer = client.get(SKILL).json()

    assert answer.pop("run")["id"] == SECOND.id
    assert answer == {
        "parameter": "temperature",
        "days": 30,
        "as_of": "2013-12-31T00:00:00Z",
        "reference": "week",
        "hours": [720, 540, 96, 240, 0],
        "coverage": [0.78, 0.82, None, 1.0, None],
        "skill": [0.33, None, None, 0.0, None],
    }


def test_skill_as_csv(client, store):
    """The same as a table, with the ids of the stations, and a tag of its own."""
    put_skill(store)
    response = client.get(f"{SKILL}&format=csv")

    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert "verification-map-temperature.csv" in response.headers["content-disposition"]
    assert response.text.splitlines()[:4] == [
        "station_id,hours,coverage,skill",
        "JFK,720,0.78,0.33",
        "LGA,540,0.82,",
        "ZRH,96,,",
    ]
    assert response.headers["etag"] != client.get(SKILL).headers["etag"]


def test_nothing_is_known_of_skill_yet(client):
    """Before any run is verified, all stations have no hours, and that is no failure."""
    answer = client.get(SKILL).json()

    assert (answer["as_of"], answer["reference"]) == (None, None)
    assert answer["hours"] == [0] * 5
    assert answer["coverage"] == answer["skill"] == [None] * 5


@pytest.mark.parametrize("order", ["20131201T0000Z-1", "20131229T0000Z-1"])
def test_skill_whose_stations_are_gone(client, store, order):
    """If the run that has the stations in order has expired, nothing is known."""
    put_skill(store, order)
    assert client.get(SKILL).json()["hours"] == [0] * 5


def test_damaged_skill(client, store):
    """A damaged map is an error that names its item."""
    put_skill(store)
    store.put_many([Item(Key(f"VERIFICATION#{SECOND.id}", "temperature#00000"), b"damaged")])
    response = client.get(SKILL)

    assert (response.status_code, response.json()["type"]) == (500, "/problems/item-damaged")


def test_skill_of_a_parameter_that_is_not_forecast(client):
    """The error lists the parameters that the run forecasts."""
    response = client.get("/v1/verification/map?parameter=o3")

    assert (response.status_code, response.json()["suggestions"]) == (
        404,
        ["temperature", "pressure"],
    )


@pytest.mark.parametrize("path", [PLACES, TEMPERATURE, SKILL])
def test_a_pinned_run(client, path):
    """An earlier run is requested by its id, and the response may be kept for an hour."""
    sign = "&" if "?" in path else "?"
    response = client.get(f"{path}{sign}run={FIRST.id}")

    assert response.json()["run"]["id"] == FIRST.id
    assert response.headers["cache-control"].startswith("public, max-age=3600")


@pytest.mark.parametrize("path", [PLACES, TEMPERATURE, SKILL])
def test_gzip_is_negotiated(client, path):
    """The response is compressed if the client accepts gzip, and Vary tells caches."""
    plain = client.get(path, accept_encoding="identity")
    packed = client.get(path, accept_encoding="gzip")

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", [PLACES, TEMPERATURE, SKILL])
def test_known_etag_is_not_modified(client, path):
    """A client that has the response gets 304, with the run in its header."""
    known = client.get(path).headers
    response = client.get(path, if_none_match=known["etag"])

    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["forecast-run"] == SECOND.id


def test_parameter_that_the_run_does_not_forecast(client):
    """The error lists the parameters that the run forecasts."""
    response = client.get("/v1/map/forecasts?parameter=o3")

    assert response.status_code == 404
    assert response.json()["type"] == "/problems/map-not-found"
    assert response.json()["suggestions"] == ["temperature", "pressure"]
    assert "does not forecast" in response.json()["detail"]


def test_run_from_before_maps(client):
    """A run without map items has another error than a parameter that is not forecast."""
    response = client.get("/v1/map/forecasts?parameter=pressure")

    assert response.status_code == 404
    assert "before there were maps" in response.json()["detail"]


def test_damaged_map(client, store):
    """A part that cannot be read is a server error, not a map with a hole."""
    store.put_many([Item(map_key(SECOND.id, "temperature", 1), gzip.compress(b"{}"))])

    assert client.get(TEMPERATURE).status_code == 500


def test_parameter_is_required(client):
    """A map needs a parameter, which has no default."""
    response = client.get("/v1/map/forecasts")

    assert response.status_code == 422
    assert response.json()["errors"][0]["name"] == "parameter"
