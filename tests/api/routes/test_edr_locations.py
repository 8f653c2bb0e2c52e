"""OGC API EDR: the stations, and the values of one of them."""

import csv
import gzip
import io

import pytest
from covjson_pydantic.coverage import Coverage

from api.app import make_app
from forecasts import runs
from forecasts.item import Item, forecast_key, history_key
from tests import ogc
from tests.api.conftest import FIRST, MORNING, SECOND, STATIONS, ZURICH
from tests.client import Client

FORECASTS = "/edr/collections/forecasts"
OBSERVATIONS = "/edr/collections/observations"
FIRST_RUN = f"{FORECASTS}/instances/{FIRST.id}"


def coverage_of(answer):
    """Return a coverage, which is valid."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/vnd.cov+json"
    ogc.check("coveragejson", answer.json())
    Coverage.model_validate_json(answer.content)
    return answer.json()


def features_of(answer):
    """Return the features of a collection, which is valid."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    ogc.check("edrFeatureCollectionGeoJSON", answer.json())
    return answer.json()["features"]


def rows_of(answer):
    """Return the rows of a table as mappings."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def refusal_of(answer):
    """Return the field that is refused, and the reason."""
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problems/invalid-edr-query"
    (refusal,) = answer.json()["errors"]
    return refusal["name"], refusal["reason"]


@pytest.mark.parametrize("base", [FORECASTS, f"{FORECASTS}/instances/{SECOND.id}"])
def test_forecast(client, base):
    """The forecast of a station is a series with its quantiles, the same as the lookup's."""
    found = coverage_of(client.get(f"{base}/locations/ZRH"))
    looked_up = client.get("/v1/stations/ZRH/forecast").json()

    assert found["domain"]["axes"] == {
        "x": {"values": [ZURICH.longitude]},
        "y": {"values": [ZURICH.latitude]},
        "t": {"values": looked_up["time"]},
    }
    for code, levels in looked_up["values"].items():
        for level, values in levels.items():
            assert found["ranges"][f"{code}_{level}"]["values"] == values
    assert found["ranges"].keys() == found["parameters"].keys()
    assert "precipitation_chance" in found["ranges"]
    assert found["stationcast:station"] == looked_up["station"]
    assert found["stationcast:run"] == looked_up["run"]


def test_instance(client):
    """An instance has the values of its run, also after a rollback."""
    found = coverage_of(client.get(f"{FIRST_RUN}/locations/JFK"))
    looked_up = client.get(f"/v1/stations/JFK/forecast?run={FIRST.id}").json()

    assert found["ranges"]["temperature_p50"]["values"] == looked_up["values"]["temperature"]["p50"]
    assert found["stationcast:run"]["id"] == FIRST.id


def test_rolled_back_instance(client, store):
    """A run that was rolled back can be read as an instance, as with `?run=`."""
    runs.rollback(store, MORNING)
    answer = client.get(f"{FORECASTS}/instances/{SECOND.id}/locations/JFK")

    assert coverage_of(answer)["stationcast:run"]["id"] == SECOND.id
    assert client.get(f"{FORECASTS}/locations/JFK").headers["forecast-run"] == FIRST.id


def test_observations(client):
    """The observations of a station are the 168 hours before; null for an hour without any."""
    found = coverage_of(client.get(f"{OBSERVATIONS}/locations/JFK"))
    values = found["ranges"]["temperature"]["values"]

    assert found["domain"]["axes"]["t"]["values"][-1] == "2013-12-31T00:00:00Z"
    assert len(values) == 168
    assert values[-3:] == [None, 16.6, 16.7]
    assert "stationcast:run" not in found


@pytest.mark.parametrize(
    ("query", "names", "hours"),
    [
        ("parameter-name=temperature_p50", ["temperature_p50"], 24),
        ("parameter-name=temperature_p90, pm25_p10", ["pm25_p10", "temperature_p90"], 24),
        ("parameter-name=pm25_p50,co_p50", ["pm25_p50"], 24),
        ("parameter-name=pm25_p50&datetime=2013-12-31T06:00:00Z", ["pm25_p50"], 1),
        ("parameter-name=pm25_p50&datetime=../2013-12-31T06:00:00Z", ["pm25_p50"], 6),
        ("parameter-name=pm25_p50&datetime=2013-12-31T23:00:00Z/..", ["pm25_p50"], 2),
    ],
)
def test_parts(client, query, names, hours):
    """A part of the parameters or of the hours is asked for in every format alike."""
    path = f"{FORECASTS}/locations/ZRH?{query}"
    found = coverage_of(client.get(path))
    features = features_of(client.get(f"{path}&f=GeoJSON"))
    rows = rows_of(client.get(f"{path}&f=CSV"))
    times = found["domain"]["axes"]["t"]["values"]

    assert list(found["ranges"]) == names
    assert len(times) == len(features) == len(rows) == hours
    for name in names:
        values = found["ranges"][name]["values"]
        assert [feature["properties"][name] for feature in features] == values
        assert [float(row[name]) for row in rows] == values
    assert [feature["properties"]["datetime"] for feature in features] == times
    assert [row["time"] for row in rows] == times
    assert features[0]["properties"]["edrqueryendpoint"] == f"{FORECASTS}/locations/ZRH"
    assert features[0]["properties"]["attribution"] == ZURICH.attribution


def test_observations_in_other_formats(client):
    """Observations are features and rows, too; an hour without any is null, or empty."""
    path = f"{OBSERVATIONS}/locations/JFK?datetime=2013-12-30T22:00:00Z/.."
    features = features_of(client.get(f"{path}&f=GeoJSON"))

    assert [each["properties"]["temperature"] for each in features] == [None, 16.6, 16.7]
    assert "run" not in client.get(f"{path}&f=GeoJSON").json()
    assert [row["temperature"] for row in rows_of(client.get(f"{path}&f=CSV"))] == [
        *("", "16.6", "16.7"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        f"{FORECASTS}/locations/JFK?parameter-name=pm25_p50",
        f"{FORECASTS}/locations/JFK?datetime=../2013-12-31T00:59:59Z",
        f"{OBSERVATIONS}/locations/JFK?parameter-name=pm25",
        f"{OBSERVATIONS}/locations/LGA",
    ],
)
def test_no_data(client, path):
    """Where there is nothing, the answer is 204, which can be confirmed."""
    answer = client.get(path)

    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers
    assert client.get(path, if_none_match=answer.headers["etag"]).status_code == 304


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("datetime=../..", "datetime", "both ends are open; leave datetime out for all times"),
        ("datetime=2013-12-31", "datetime", "time zone"),
        ("parameter-name=temprature_p50", "parameter-name", "did you mean 'temperature_p50'?"),
        ("parameter-name=temperature", "parameter-name", "did you mean 'temperature_p50'?"),
        ("parameter-name=", "parameter-name", "no parameter ''"),
        ("f=NetCDF", "f", "'CoverageJSON', 'GeoJSON' or 'CSV'"),
        ("crs=EPSG:4326", "crs", "'OGC:CRS84'"),
        ("f=CSV&f=CSV", "f", "given 2 times"),
        ("parameter-name=a&parameter-name=b", "parameter-name", "given 2 times"),
    ],
)
def test_bad_queries(client, query, name, reason):
    """A value that is not acceptable is answered with 400, its field and the reason."""
    field, found = refusal_of(client.get(f"{FORECASTS}/locations/JFK?{query}"))

    assert field == name
    assert reason in found


def test_names_belong_to_collections(client):
    """Observations have no quantiles."""
    answer = client.get(f"{OBSERVATIONS}/locations/JFK?parameter-name=temperature_p50")

    assert "did you mean 'temperature'" in refusal_of(answer)[1]


@pytest.mark.parametrize("base", [FORECASTS, OBSERVATIONS, FIRST_RUN])
def test_other_stations(client, base):
    """An unknown station is not found, and an id in another case leads to its station."""
    missing = client.get(f"{base}/locations/JKF?f=CSV")
    moved = client.get(f"{base}/locations/zrh?f=CSV")
    odd = client.get(f"{base}/locations/!")

    assert (missing.status_code, missing.json()["suggestions"]) == (404, ["JFK"])
    assert (moved.status_code, moved.headers["location"]) == (308, f"{base}/locations/ZRH?f=CSV")
    assert odd.status_code == 404


@pytest.mark.parametrize(
    "path",
    [f"{FORECASTS}/locations/JFK", f"{OBSERVATIONS}/locations/JFK", f"{FORECASTS}/locations"],
)
def test_etags(client, path):
    """An answer is confirmed by its ETag; a HEAD is like a GET without the body."""
    answer = client.get(path)
    again = client.get(path, if_none_match=answer.headers["etag"])
    head = client.request("HEAD", path)

    assert (again.status_code, again.content) == (304, b"")
    assert (head.status_code, head.content) == (200, b"")
    assert answer.headers["forecast-run"] == SECOND.id
    assert answer.headers["cache-control"].startswith("public, max-age=300")


@pytest.mark.parametrize("query", ["", "?datetime=2013-12-31T06:00:00Z"])
def test_damaged_forecast(client, store, query):
    """A forecast that is damaged in the table is a failure, and never half sent."""
    key = forecast_key("JFK", SECOND.id)
    store.put_many([Item(key, gzip.compress(b'{"values":', 9))])
    answer = client.get(f"{FORECASTS}/locations/JFK{query}")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_damaged_history(client, store):
    """So is a history."""
    store.put_many([Item(history_key("JFK", SECOND.id), b"?")])
    answer = client.get(f"{OBSERVATIONS}/locations/JFK")

    assert answer.json()["type"] == "/problems/item-damaged"


@pytest.mark.parametrize("base", [FORECASTS, OBSERVATIONS, FIRST_RUN])
def test_all_stations(client, base):
    """The list has each station with the parameters that it has, and where its values are."""
    answer = client.get(f"{base}/locations")
    features = features_of(answer)

    assert [feature["id"] for feature in features] == [station.id for station in STATIONS]
    assert (answer.json()["numberMatched"], answer.json()["numberReturned"]) == (4, 4)
    for feature in features:
        address = feature["properties"]["edrqueryendpoint"]
        assert client.get(address).status_code in (200, 204)
    temperature = "temperature" if base == OBSERVATIONS else "temperature_p50"
    assert temperature in features[0]["properties"]["parameter-name"]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("parameter-name=pm25_p50", ["ZRH"]),
        ("parameter-name=co_p50", []),
        ("bbox=-75,40,-73,41", ["JFK", "LGA"]),
        ("bbox=170,-20,-170,0", ["NAN:1"]),
        ("datetime=2013-12-31T06:00:00Z", ["JFK", "LGA", "ZRH", "NAN:1"]),
        ("datetime=2013-12-30T06:00:00Z", []),
    ],
)
def test_filters(client, query, ids):
    """Stations are chosen by place, and by what there is."""
    assert [each["id"] for each in features_of(client.get(f"{FORECASTS}/locations?{query}"))] == ids


def test_pages(client, store, clock):
    """Pages follow each other under one run, even if it is rolled back in between."""
    first = client.get(f"{FORECASTS}/locations?limit=3")
    following = {link["rel"]: link["href"] for link in first.json()["links"]}["next"]
    runs.rollback(store, MORNING)
    # Another process, which has not seen the run before.
    last = Client(make_app(store, clock)).get(following)

    assert [each["id"] for each in features_of(first)] == ["JFK", "LGA", "ZRH"]
    assert [each["id"] for each in features_of(last)] == ["NAN:1"]
    assert last.headers["forecast-run"] == SECOND.id
    assert [link["rel"] for link in last.json()["links"]] == ["self"]
    assert 'rel="next"' in first.headers["link"]


def test_a_cursor_belongs_to_its_search(client):
    """A cursor of another list is refused."""
    following = client.get(f"{FORECASTS}/locations?limit=1").json()["links"][1]["href"]
    cursor = following.partition("cursor=")[2]
    answers = [
        client.get(f"{FORECASTS}/locations?limit=1&bbox=0,0,9,9&cursor={cursor}"),
        client.get(f"{FIRST_RUN}/locations?limit=1&cursor={cursor}"),
    ]

    assert [refusal_of(answer)[0] for answer in answers] == ["cursor", "cursor"]


def test_a_large_limit(client):
    """A limit that is larger than any list is no mistake; none at all is one."""
    assert len(features_of(client.get(f"{FORECASTS}/locations?limit=99999"))) == 4
    assert refusal_of(client.get(f"{FORECASTS}/locations?limit=0"))[0] == "limit"


def test_compressed_list(app):
    """The list is sent with gzip to clients that take it."""
    client = Client(app)
    plain = client.get(f"{FORECASTS}/locations", accept_encoding="identity")
    packed = client.get(f"{FORECASTS}/locations", accept_encoding="gzip")

    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
