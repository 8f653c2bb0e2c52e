"""Search for stations, and one station."""

import csv

import pytest

from api.reading.places import load_places
from api.schemas.cursor import Cursor
from forecasts import runs
from tests.api.conftest import FIRST, LOADED, SECOND, load
from tests.factories import a_night


def ids(response):
    """Return the ids of a page, in order."""
    return [item["id"] for item in response.json()["items"]]


def test_all_stations_in_order(client):
    """Without a filter, all stations are listed in the order in which the night planned them."""
    response = client.get("/v1/stations")

    assert ids(response) == ["JFK", "LGA", "ZRH", "NAN:1", "SILENT"]
    assert response.json()["next"] is None
    assert "link" not in response.headers
    assert response.headers["forecast-run"] == SECOND.id


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=kennedy", ["JFK"]),
        ("q=INTL+john", ["JFK"]),
        ("q=zurich", ["ZRH"]),
        ("q=nan:", ["NAN:1"]),
        ("q=nothing", []),
        ("q=", ["JFK", "LGA", "ZRH", "NAN:1", "SILENT"]),
        ("country=ch", ["ZRH"]),
        ("parameter=pm25", ["ZRH"]),
        ("parameter=temperature&country=US", ["JFK", "LGA"]),
        ("bbox=-74,40,-73,41", ["JFK", "LGA", "SILENT"]),
        ("bbox=170,-30,-70,50", ["JFK", "LGA", "NAN:1", "SILENT"]),
        ("bbox=8,-10,9,10", []),
        ("near=40.7,-73.8", ["SILENT", "JFK", "LGA", "ZRH", "NAN:1"]),
        ("near=40.7,-73.8&max_km=8", ["SILENT", "JFK"]),
        ("near=47,8&q=us", ["LGA", "JFK"]),
        ("near=47,8&q=New+York", ["LGA", "SILENT", "JFK"]),
        ("q=New+York", ["JFK", "LGA", "SILENT"]),
        ("q=New+York&parameter=temperature", ["JFK", "LGA"]),
        ("q=New+York&bbox=-73.85,40,-73,41", ["JFK", "SILENT"]),
        ("q=New+York&country=FJ", []),
        ("q=40.7,-73.8", ["SILENT", "JFK", "LGA", "ZRH", "NAN:1"]),
        ("q=40.7+N+73.8+W&country=US", ["JFK", "LGA"]),
        ("q=40.7,-73.8&near=47,8", ["ZRH", "LGA", "SILENT", "JFK", "NAN:1"]),
        ("q=switzerland", ["ZRH"]),
        ("q=%21%21", []),
    ],
)
def test_filters(client, query, expected):
    """Each filter selects the stations that match, and filters combine."""
    assert ids(client.get(f"/v1/stations?{query}")) == expected


def test_distance_only_near(client):
    """The distance is in the response if the request has a place."""
    near = client.get("/v1/stations?near=40.639751,-73.778925").json()["items"][0]

    assert near["distance_km"] == 0.0
    assert "distance_km" not in client.get("/v1/stations").json()["items"][0]


def test_only_a_search_reads_the_index_of_places(client):
    """A cold start, a lookup and a list of stations do without the index."""
    load_places.cache_clear()
    for path in ("/v1/stations/JFK/forecast", "/v1/stations?near=40,-73", "/v1/stations?q=40,-73"):
        client.get(path)
    before = load_places.cache_info().currsize
    client.get("/v1/stations?q=jfk")

    assert (before, load_places.cache_info().currsize) == (0, 1)


def test_a_town_leads_to_stations(client):
    """A station that was found through a town has its name and the distance from it."""
    zurich, *_ = client.get("/v1/stations?q=zuerich").json()["items"]
    kloten = client.get("/v1/stations?q=ZRH").json()["items"][0]

    assert (zurich["id"], zurich["place"]) == ("ZRH", "Zürich, Switzerland")
    assert zurich["distance_km"] == pytest.approx(9.5, abs=1)
    assert not {"place", "distance_km"} & set(kloten)


def test_near_is_the_place_of_the_distance(client):
    """With `near`, distances are from there, and not from a town."""
    item = client.get("/v1/stations?q=New+York&near=40.7,-73.8").json()["items"][0]

    assert item["distance_km"] == 0
    assert "place" not in item


@pytest.mark.parametrize("form", ["json", "geojson"])
def test_did_you_mean(client, form):
    """If nothing matches the text, the answer says what to search for instead."""
    assert client.get(f"/v1/stations?q=LGB&format={form}").json()["suggestions"] == ["LGA"]
    assert "suggestions" not in client.get(f"/v1/stations?q=LGA&format={form}").json()
    assert "suggestions" not in client.get(f"/v1/stations?q=LGA&country=FJ&format={form}").json()


def test_pages_of_a_search_repeat_nothing(client):
    """The pages of a search have each station once, in the order of the whole list."""
    found, address = [], "/v1/stations?q=New+York&limit=1"
    while address:
        response = client.get(address)
        found += ids(response)
        more = response.json()["next"]
        address = more and f"/v1/stations?q=New+York&limit=1&cursor={more}"

    assert found == ["JFK", "LGA", "SILENT"]


def test_a_place_in_csv(client):
    """CSV has the town and the distance from it in the last columns."""
    table = csv.DictReader(client.get("/v1/stations?q=zuerich&format=csv").text.splitlines())
    (row,) = table

    assert (table.fieldnames or [])[-2:] == ["distance_km", "place"]
    assert row["place"] == "Zürich, Switzerland"


def test_the_default_distance_is_allowed(client):
    """Generated clients send every default, even one that has no effect."""
    assert client.get("/v1/stations?max_km=20038").status_code == 200


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("near=1,2&bbox=1,2,3,4", "bbox", "not available with near; give one of them"),
        ("max_km=5", "max_km", "only available with near"),
        ("bbox=1,5,3,4", "bbox", "minLat is greater than maxLat"),
        ("bbox=1,2,3", "bbox", "Field required"),
        ("near=1", "near", "Field required"),
        ("near=95,0", "near", "less than or equal to 90"),
        ("near=a,b", "near", "valid number"),
        ("near=a,b&max_km=5", "near", "valid number"),
        ("country=USA", "country", "pattern"),
        ("parameter=pm2", "parameter", "no parameter 'pm2'; did you mean 'pm25'?"),
        ("limit=1001", "limit", "less than or equal to 1000"),
        ("limit=0", "limit", "greater than or equal to 1"),
        ("q=" + "a" * 101, "q", "at most 100 characters"),
        ("q=91,0", "q", "91 is not a latitude, which is -90 to 90 degrees"),
        ("cursor=abc", "cursor", "not a cursor"),
        ("cursor=%C3%A9", "cursor", "not a cursor"),
        ("cursor=", "cursor", "not a cursor"),
        ("format=kml", "format", "'json', 'geojson' or 'csv'"),
    ],
)
def test_refused(client, query, name, reason):
    """Each value that is not acceptable is refused by name, with the reason."""
    response = client.get(f"/v1/stations?{query}")
    (error,) = {each["name"]: each for each in response.json()["errors"]}.values()

    assert response.status_code == 422
    assert error["name"] == name
    assert reason in error["reason"]


@pytest.mark.parametrize("query", ["", "&near=0,0", "&q=a"])
def test_pages_hold_every_station_once(client, query):
    """Going from page to page finds every station once, in order."""
    path = f"/v1/stations?limit=2{query}"
    pages = [client.get(path)]
    while cursor := pages[-1].json()["next"]:
        pages.append(client.get(f"{path}&cursor={cursor}"))

    assert [one for page in pages for one in ids(page)] == ids(
        client.get(f"/v1/stations?limit=1000{query}")
    )
    assert all(len(ids(page)) == 2 for page in pages[:-1])


def test_link_names_the_next_page(client):
    """The Link header has the next page, for formats without a field for a cursor."""
    first = client.get("/v1/stations?limit=4&format=csv")
    link, _, relation = first.headers["link"].partition("; ")
    second = client.get(f"/v1/stations{link.strip('<>')}")

    assert relation == 'rel="next"'
    assert [row[0] for row in csv.reader(second.text.splitlines())] == ["station_id", "SILENT"]


def test_pages_stay_on_their_run(client, store, clock):
    """A night that is published between two pages does not affect them."""
    cursor = client.get("/v1/stations?limit=2").json()["next"]
    runs.rollback(store, clock.now)
    clock.now = clock.now.replace(minute=59)
    response = client.get(f"/v1/stations?limit=2&cursor={cursor}")

    assert response.headers["forecast-run"] == SECOND.id
    assert client.get("/v1/stations").headers["forecast-run"] == FIRST.id


def test_cursor_of_another_search_is_refused(client):
    """A cursor only works for the search that made it, with any page size."""
    cursor = client.get("/v1/stations?limit=2").json()["next"]

    assert client.get(f"/v1/stations?limit=3&cursor={cursor}").status_code == 200
    assert client.get(f"/v1/stations?q=a&cursor={cursor}").status_code == 422


def test_forged_cursor_shows_no_unpublished_run(client):
    """A cursor cannot select a run that was never published."""
    cursor = Cursor.read(client.get("/v1/stations?limit=1").json()["next"])
    forged = cursor._replace(run_id=LOADED.id).to_text()

    assert client.get(f"/v1/stations?cursor={forged}").status_code == 404


def test_geojson(client):
    """GeoJSON is a collection of points, longitude first."""
    response = client.get("/v1/stations?format=geojson&limit=1")
    answer = response.json()
    (feature,) = answer["features"]

    assert response.headers["content-type"] == "application/geo+json"
    assert answer["type"] == "FeatureCollection"
    assert answer["next"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-73.778925, 40.639751]}
    assert feature["properties"]["parameters"] == ["temperature"]


def test_csv_runs_nothing_in_a_spreadsheet(client):
    """A name that looks like a formula is written as text."""
    table = list(csv.DictReader(client.get("/v1/stations?format=csv").text.splitlines()))

    assert [row["name"] for row in table if row["station_id"] == "NAN:1"] == ["'=1+1"]
    assert table[2]["parameters"] == "temperature pm25 precipitation"
    assert table[2]["elevation"] == ""
    assert table[0]["longitude"] == "-73.778925"
    assert (table[0]["attribution"], table[2]["attribution"]) == ("", "MeteoSchweiz")


def test_one_station(client):
    """A station lists the parameters that are forecast there."""
    response = client.get("/v1/stations/ZRH")

    assert response.json() == {
        "id": "ZRH",
        "name": "Zürich-Flughafen",
        "country": "CH",
        "latitude": 47.458,
        "longitude": 8.548,
        "elevation": None,
        "timezone": "Europe/Zurich",
        "attribution": "MeteoSchweiz",
        "licence": "https://opendata.swiss/terms-of-use",
        "parameters": ["temperature", "pm25", "precipitation"],
    }


def test_unknown_station_has_suggestions(client):
    """For an unknown station, the ids that were probably meant are suggested."""
    assert client.get("/v1/stations/LGB").json()["suggestions"] == ["LGA"]


def test_catalogues_are_kept_for_few_runs(client, store, clock):
    """Pages of more runs than fit into the cache all work."""
    cursors = []
    for day in range(3, 8):
        run = a_night(day, parts=2)
        load(store, run)
        runs.publish(store, run.id, clock.now)
        clock.now = clock.now.replace(minute=day)
        cursors.append(client.get("/v1/stations?limit=4").json()["next"])

    for cursor in cursors:
        assert ids(client.get(f"/v1/stations?limit=4&cursor={cursor}")) == ["SILENT"]
