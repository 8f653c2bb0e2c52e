"""OGC API EDR: the stations that are nearest to a point, around it, or in an area."""

import csv
import gzip
import io

import pytest
from covjson_pydantic.coverage import Coverage, CoverageCollection

from api.app import make_app
from forecasts import runs
from forecasts.item import Item, StationEntry, catalogue_item, forecast_key
from tests import ogc
from tests.api.conftest import FIRST, SECOND
from tests.api.routes.test_edr_locations import FORECASTS, OBSERVATIONS, features_of, refusal_of
from tests.client import Client
from tests.factories import NOW, a_run, a_station

NEW_YORK = "POLYGON((-75 40,-73 40,-73 41,-75 41,-75 40))"
WORLD = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"


def collection_of(answer):
    """Return the coverages of a collection, which is valid."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.cov+json"
    ogc.check("coveragejson", answer.json())
    CoverageCollection.model_validate_json(answer.content)
    return answer.json()["coverages"]


@pytest.mark.parametrize("base", [FORECASTS, f"{FORECASTS}/instances/{FIRST.id}"])
def test_position(client, base):
    """The nearest station answers for a point, and says how far away it is."""
    answer = client.get(f"{base}/position?coords=POINT(-73.9 40.78)")
    found = answer.json()

    ogc.check("coveragejson", found)
    Coverage.model_validate_json(answer.content)
    assert found["id"] == "LGA"
    assert found["stationcast:station"]["distance_km"] == pytest.approx(2.3, abs=0.1)
    assert (
        client.get(
            f"{base}/position?coords=POINT(-73.9 40.78)", if_none_match=answer.headers["etag"]
        ).status_code
        == 304
    )


def test_position_of_a_parameter(client):
    """Only stations that have what is asked for count."""
    path = f"{FORECASTS}/position?coords=POINT(-73.9 40.78)&parameter-name=pm25_p50"

    assert client.get(path).json()["id"] == "ZRH"
    assert (
        client.get(f"{FORECASTS}/position?coords=POINT(0 0)&parameter-name=co_p50").status_code
        == 204
    )


def test_position_of_observations(client):
    """Observations have positions, too; a station without any has nothing to say."""
    path = f"{OBSERVATIONS}/position?coords="
    found = client.get(f"{path}POINT(-73.78 40.64)").json()

    assert (found["id"], list(found["ranges"])) == ("JFK", ["temperature"])
    assert client.get(f"{path}POINT(8.5 47.4)").status_code == 204


def test_several_positions(client):
    """Each of several points has its nearest station; none is there twice."""
    answer = client.get(f"{FORECASTS}/position?coords=MULTIPOINT((8 47),(8.1 47),(178 -17))")

    assert [each["id"] for each in collection_of(answer)] == ["ZRH", "NAN:1"]


@pytest.mark.parametrize("base", [FORECASTS, f"{FORECASTS}/instances/{FIRST.id}"])
def test_formats(client, base):
    """GeoJSON and CSV have the distance of each station."""
    path = f"{base}/radius?coords=POINT(-73.8 40.6)&within=50&within-units=km"
    features = features_of(client.get(f"{path}&f=GeoJSON"))
    rows = list(csv.DictReader(io.StringIO(client.get(f"{path}&f=CSV").text)))

    assert len(features) == len(rows) == 48
    assert {row["station_id"] for row in rows} == {"JFK", "LGA"}
    assert float(rows[0]["distance_km"]) == features[0]["properties"]["distance_km"] < 10


@pytest.mark.parametrize(
    ("within", "unit", "ids"),
    [
        (50, "km", ["LGA", "JFK"]),
        (5000, "m", ["LGA"]),
        (13, "mi", ["LGA", "JFK"]),
        (1, "km", []),
    ],
)
def test_radius(client, within, unit, ids):
    """The stations up to a distance are listed, the nearest first."""
    point = "coords=POINT(-73.87 40.8)"
    answer = client.get(f"{FORECASTS}/radius?{point}&within={within}&within-units={unit}")

    assert [each["id"] for each in collection_of(answer)] if ids else answer.status_code == 204
    assert not ids or [each["id"] for each in collection_of(answer)] == ids


@pytest.mark.parametrize("base", [FORECASTS, f"{FORECASTS}/instances/{FIRST.id}"])
def test_area(client, base):
    """The stations in an area are listed, at most as many as the limit says."""
    everywhere = collection_of(client.get(f"{base}/area?coords={WORLD}"))
    limited = collection_of(client.get(f"{base}/area?coords={WORLD}&limit=1"))

    assert [each["id"] for each in everywhere] == ["JFK", "LGA", "ZRH", "NAN:1"]
    assert [each["id"] for each in limited] == ["JFK"]
    assert [each["id"] for each in collection_of(client.get(f"{base}/area?coords={NEW_YORK}"))] == [
        "JFK",
        "LGA",
    ]


def test_stations_without_values_are_left_out(client):
    """A table has a column for what any of its stations has."""
    answer = client.get(f"{OBSERVATIONS}/area?coords={WORLD}&f=CSV")
    mixed = client.get(f"{FORECASTS}/area?coords={WORLD}&f=CSV&datetime=2013-12-31T06:00:00Z")
    rows = {row["station_id"]: row for row in csv.DictReader(io.StringIO(mixed.text))}

    assert {row[:3] for row in answer.text.split("\r\n")[1:]} == {"JFK", ""}
    assert (rows["JFK"]["pm25_p50"], rows["ZRH"]["pm25_p50"]) == ("", "12.0")
    assert "distance_km" not in rows["JFK"]


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("position", "coords", "Field required"),
        ("position?coords=40.7,-73.9", "coords", "not Well Known Text"),
        (f"position?coords={NEW_YORK}", "coords", "a POLYGON, but a POINT is expected"),
        ("position?coords=POINT(40.7 -173.9)", "coords", "longitude"),
        ("radius?coords=POINT(0 0)&within=1", "within-units", "Field required"),
        ("radius?coords=POINT(0 0)&within-units=km", "within", "Field required"),
        ("radius?coords=POINT(0 0)&within=1&within-units=ly", "within-units", "'km', 'm' or 'mi'"),
        ("radius?coords=POINT(0 0)&within=700&within-units=mi", "within", "at most 1000 km"),
        ("radius?coords=MULTIPOINT(0 0,1 1)&within=7&within-units=m", "coords", "one point"),
        ("area?coords=POINT(0 0)", "coords", "a POINT, but a POLYGON is expected"),
        ("area?coords=POLYGON((0 0,1 1))", "coords", "ends with its first one"),
        (f"area?coords={NEW_YORK}&limit=0", "limit", "greater than or equal to 1"),
        (f"area?coords={NEW_YORK}&parameter-name=x", "parameter-name", "no parameter 'x'"),
    ],
)
def test_bad_queries(client, query, name, reason):
    """What is no place is answered with 400, its field and the reason."""
    field, found = refusal_of(client.get(f"{FORECASTS}/{query}"))

    assert field == name
    assert reason in found


def test_the_whole_world(empty_store, clock):
    """An area of more stations than an answer has is refused, unless few of them are wanted."""
    run = a_run()
    entries = [StationEntry(a_station(id=f"S{n}"), ("temperature",)) for n in range(101)]
    empty_store.put_many([catalogue_item(run, 0, entries)])
    runs.put_run(empty_store, run)
    runs.publish(empty_store, run.id, NOW)
    client = Client(make_app(empty_store, clock))
    answer = client.get(f"{FORECASTS}/area?coords={WORLD}")

    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/too-much-asked"
    assert answer.json()["errors"][0]["name"] == "coords"
    assert answer.json()["errors"][0]["reason"].startswith(
        "101 stations, and an answer has at most"
    )
    # None of the stations has a forecast in the store.
    assert client.get(f"{FORECASTS}/area?coords={WORLD}&limit=100").status_code == 204


def test_damaged_forecast(client, store):
    """An area with a damaged forecast fails as a whole, until the forecast is there again."""
    key = forecast_key("JFK", SECOND.id)
    good = store.get(key)
    store.put_many([Item(key, gzip.compress(b'{"values":', 9))])
    failed = client.get(f"{FORECASTS}/area?coords={NEW_YORK}")
    store.put_many([good])

    assert failed.json()["type"] == "/problems/forecast-damaged"
    assert len(collection_of(client.get(f"{FORECASTS}/area?coords={NEW_YORK}"))) == 2
