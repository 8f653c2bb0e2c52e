"""Forecasts of one station, of several, and of the nearest."""

import asyncio
import csv
import gzip
import json

import pytest

from api.app import make_app
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key, run_item
from forecasts.run import RunState
from forecasts.runs import rollback
from tests.api.conftest import FIRST, LOADED, SECOND, STATIONS, ZURICH, forecast_of
from tests.client import Client
from tests.factories import A_STATION, a_night

JFK = "/v1/stations/JFK/forecast"


def reasons(response):
    """Return the names and reasons of a 422."""
    return {error["name"]: error["reason"] for error in response.json()["errors"]}


def test_plain_lookup_is_the_stored_body(client):
    """A lookup without a query returns exactly what the night wrote."""
    response = client.get(JFK)

    assert response.content == forecast_of(SECOND, A_STATION).to_body()
    assert response.headers["content-type"] == "application/json"


def test_gzip_is_sent_as_stored(app, store):
    """A client that takes gzip gets the stored bytes themselves."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": JFK,
        "query_string": b"",
        "headers": [(b"accept-encoding", b"br;q=1.0, gzip;q=0.8")],
    }
    asyncio.run(app(scope, None, send))
    stored = store.get(forecast_key("JFK", SECOND.id)).body

    assert sent[1]["body"] == stored
    assert (b"content-encoding", b"gzip") in sent[0]["headers"]
    assert (b"content-length", b"%d" % len(stored)) in sent[0]["headers"]


@pytest.mark.parametrize("accepted", ["gzip;q=0", "identity", "br", "", "*;q=0, gzip;q=zero"])
def test_identity_where_gzip_is_not_taken(client, accepted):
    """A client that does not accept gzip gets JSON, and Vary tells caches."""
    response = client.get(JFK, accept_encoding=accepted)

    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.json()["station"]["id"] == "JFK"


def test_headers_of_a_lookup(client):
    """A lookup names its run, when the run was published and how long the response may be kept."""
    headers = client.get(JFK).headers

    assert headers["forecast-run"] == SECOND.id
    assert headers["forecast-source"] == "precomputed"
    assert headers["last-modified"] == "Tue, 31 Dec 2013 01:00:00 GMT"
    assert headers["etag"].startswith('W/"')
    assert (
        headers["cache-control"]
        == "public, max-age=300, stale-while-revalidate=600, stale-if-error=86400"
    )


@pytest.mark.parametrize("query", ["?hours=24", "?tz=UTC&format=json", "?quantiles=0.9,p50,p10"])
def test_a_query_that_asks_for_all_is_the_plain_lookup(client, query):
    """Another way to ask for the same data has the same body and ETag."""
    plain, asked = client.get(JFK), client.get(JFK + query)

    assert asked.content == plain.content
    assert asked.headers["etag"] == plain.headers["etag"]


def test_filters_cut_the_answer(client):
    """Parameters, hours, quantiles and time zone each select part of the forecast."""
    query = "?parameters=o3,temperature,pressure&hours=2&quantiles=0.5&tz=station"
    answer = client.get(JFK + query).json()

    assert answer["time"] == ["2013-12-30T20:00:00-05:00", "2013-12-30T21:00:00-05:00"]
    assert answer["values"] == {"temperature": {"p50": [3.1, 3.1]}}
    assert answer["units"] == {"temperature": "°C"}
    assert answer["missing"] == {"o3": "not_forecast_here", "pressure": "too_few_observations"}


def test_a_parameter_that_is_not_asked_for_is_not_missing(client):
    """Only requested parameters are reported as missing."""
    assert client.get(f"{JFK}?parameters=temperature").json()["missing"] == {}


def test_plus_sign_of_a_time_zone(client):
    """A plus sign that was not escaped is understood."""
    assert client.get(f"{JFK}?tz=Etc/GMT+5&hours=1").json()["time"] == ["2013-12-30T20:00:00-05:00"]


def test_csv(client):
    """CSV is a plain header and a row for each parameter and hour."""
    response = client.get("/v1/stations/NAN:1/forecast?format=csv")
    table = list(csv.reader(response.text.splitlines()))

    columns = ["station_id", "time", "parameter", "unit", "p10", "p50", "p90", "chance", "model"]
    assert table[0] == columns
    hour = ["NAN:1", "2013-12-31T01:00:00Z", "temperature", "°C", "2.1", "3.1", "4.1", "", ""]
    assert table[1] == hour
    assert len(table) == 25
    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert (
        response.headers["content-disposition"]
        == 'inline; filename="forecast-NAN_1-20131231T0000Z-1.csv"'
    )


def test_csv_of_one_quantile(client):
    """CSV has the columns of the quantiles asked for."""
    response = client.get(f"{JFK}?format=csv&quantiles=p90&hours=1")

    assert response.text.splitlines()[0] == "station_id,time,parameter,unit,p90,chance,model"


def test_what_a_reference_forecast_is_marked(client):
    """The answer says of which parameters, if it has any of them."""
    zurich = "/v1/stations/ZRH/forecast"

    assert client.get(zurich).json()["models"] == {"pm25": "reference"}
    assert client.get(f"{zurich}?parameters=pm25").json()["models"] == {"pm25": "reference"}
    assert "models" not in client.get(f"{zurich}?parameters=temperature").json()
    assert "models" not in client.get(JFK).json()


def test_what_a_reference_forecast_is_marked_in_csv(client):
    """The last column says it for the parameter, and is empty for those that the model forecast."""
    text = client.get("/v1/stations/ZRH/forecast?format=csv&hours=1").text

    assert {row["parameter"]: row["model"] for row in csv.DictReader(text.splitlines())} == {
        "temperature": "",
        "pm25": "reference",
        "precipitation": "",
    }


def test_chances_of_rain(client):
    """They stand beside the quantiles, whichever these are; and that of 24 hours beside values."""
    zurich = "/v1/stations/ZRH/forecast"
    whole = client.get(zurich).json()
    part = client.get(f"{zurich}?parameters=precipitation&quantiles=p50&hours=2").json()
    table = client.get(f"{zurich}?format=csv&parameters=precipitation&hours=1").text.splitlines()

    assert whole["values"]["precipitation"]["chance"] == [0.65] * 24
    assert whole["chance_24h"] == part["chance_24h"] == {"precipitation": 0.9}
    assert part["values"] == {"precipitation": {"p50": [1, 1], "chance": [0.65, 0.65]}}
    assert "chance_24h" not in client.get(f"{zurich}?parameters=temperature").json()
    assert table[1].split(",")[4:] == ["0.0", "1.0", "2.0", "0.65", ""]


def test_known_etag_is_not_modified(client):
    """A client that has the response gets 304 with the fields that refresh it, and no body."""
    known = client.get(JFK).headers
    response = client.get(JFK, if_none_match=f'"other", {known["etag"]}')

    assert response.status_code == 304
    assert response.content == b""
    for name in ("etag", "cache-control", "last-modified", "vary", "forecast-run"):
        assert response.headers[name] == known[name]


def test_not_modified_does_not_read_the_station(client, store, clock):
    """If the ETag matches, the station is not read."""
    etag = Client(make_app(store, clock)).get(JFK).headers["etag"]
    item = store.get(forecast_key("JFK", SECOND.id))
    store.put_many([type(item)(item.key, b"not even gzip", expires_at=item.expires_at)])

    assert client.get(JFK, if_none_match=etag).status_code == 304
    assert client.get(f"{JFK}?hours=1").status_code == 500


@pytest.mark.parametrize("query", ["", "?hours=3", "?format=csv"])
def test_etag_compares_weakly(client, query):
    """The strong form of the tag matches too."""
    etag = client.get(JFK + query).headers["etag"]

    assert client.get(JFK + query, if_none_match=etag.removeprefix("W/")).status_code == 304


def test_any_etag_needs_the_station(client):
    """`*` is not modified if there is a forecast, and not found if there is none."""
    assert client.get(JFK, if_none_match="*").status_code == 304
    assert client.get("/v1/stations/X/forecast", if_none_match="*").status_code == 404


def test_each_selection_has_its_own_etag(client):
    """Two different responses of one run never share a tag."""
    paths = [JFK, f"{JFK}?hours=1", f"{JFK}?hours=1&format=csv", "/v1/stations/JFK"]
    paths += ["/v1/stations/LGA/forecast", "/v1/forecasts?stations=JFK", "/v1/stations"]
    etags = [client.get(path).headers["etag"] for path in paths]

    assert len(set(etags)) == len(paths)


def test_pinned_run_is_kept_longer(client):
    """A run that is requested by id is used; the response may be kept for an hour."""
    response = client.get(f"{JFK}?run={FIRST.id}")

    assert response.content == forecast_of(FIRST, A_STATION).to_body()
    assert response.headers["cache-control"] == "public, max-age=3600, stale-if-error=86400"
    assert response.headers["last-modified"] == "Mon, 30 Dec 2013 01:00:00 GMT"


@pytest.mark.parametrize("run_id", [LOADED.id, "20200101T0000Z-1"])
def test_only_published_runs_are_read(client, run_id):
    """A run that was never published is not found, loaded or not."""
    response = client.get(f"{JFK}?run={run_id}")

    assert response.status_code == 404
    assert response.json()["type"] == "/problems/run-not-found"


def test_current_run_is_read_before_it_is_marked(client, store):
    """If publishing stopped right after the pointer moved, readers already get the whole run."""
    store.put(run_item(a_night(1, parts=2, state=RunState.LOADED), 3), expected=2)

    assert client.get(f"{JFK}?run={SECOND.id}").headers["forecast-run"] == SECOND.id


def test_rollback_is_seen_after_the_pointer_was_held(client, store, clock):
    """Readers follow a rollback within 15 s, and Last-Modified moves forward."""
    before = client.get(JFK)
    rollback(store, clock.now.replace(minute=30))
    clock.now = clock.now.replace(second=14)
    held = client.get(JFK)
    clock.now = clock.now.replace(second=15)
    after = client.get(JFK, if_none_match=before.headers["etag"])

    assert held.content == before.content
    assert after.status_code == 200
    assert after.content == forecast_of(FIRST, A_STATION).to_body()
    assert after.headers["last-modified"] == "Tue, 31 Dec 2013 01:30:00 GMT"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("JKF", "JFK"), ("JF", "JFK"), ("ZRHH", "ZRH"), ("zur", "ZRH"), ("L", "LGA")],
)
def test_unknown_station_is_answered_with_suggestions(client, written, meant):
    """For an unknown station, the ids that were probably meant are suggested."""
    response = client.get(f"/v1/stations/{written}/forecast")

    assert response.status_code == 404
    assert response.json()["type"] == "/problems/station-not-found"
    assert meant in response.json()["suggestions"]


@pytest.mark.parametrize(
    "station_id",
    [
        "A" * 10_000,
        "..%2f..%2fetc",
        "';DROP TABLE item;--",
        "%00",
        "JFK%00",
        "%FF",
        "%20",
        "é" * 99,
    ],
)
@pytest.mark.parametrize("path", ["/v1/stations/{}/forecast", "/v1/stations/{}"])
def test_malformed_station_is_not_found(client, station_id, path):
    """Whatever is sent as an id, the worst response is not found."""
    assert client.get(path.format(station_id), if_none_match="*").status_code == 404


def test_reasons_name_what_was_meant(client):
    """Every value that is refused is named, with the nearest acceptable one."""
    query = "?parameters=pm2.5&hours=0&quantiles=p5&tz=Europe/Zuric&run=x&format=xml"
    response = client.get(JFK + query)

    assert response.status_code == 422
    assert reasons(response) == {
        "parameters": "no parameter 'pm2.5'; did you mean 'pm25'?",
        "hours": "Input should be greater than or equal to 1",
        "quantiles": "no quantile 'p5'; did you mean 'p50'?",
        "tz": "'Europe/Zuric' is neither UTC, station nor an IANA time zone; "
        "did you mean 'Europe/Zurich'?",
        "run": "String should match pattern '^[0-9]{8}T[0-9]{4}Z-[0-9]{1,4}$'",
        "format": "Input should be 'json', 'csv' or 'excel'",
    }


@pytest.mark.parametrize("query", ["parameters=", "hours=", "tz=~", "quantiles=p10,", "run="])
def test_empty_and_strange_values_are_refused(client, query):
    """An empty value is not the same as one that is left out."""
    response = client.get(f"{JFK}?{query}")

    assert list(reasons(response)) == [query.partition("=")[0]]


def test_several_keep_order_and_bad_ids(client):
    """Several stations come in order, once each; an unknown one has its problem."""
    answer = client.get("/v1/forecasts?stations=ZRH,NOPE,JFK,ZRH,a/b").json()
    zurich, nope, jfk, malformed = answer["items"]

    assert zurich == json.loads(forecast_of(SECOND, ZURICH).to_body())
    assert jfk["station"]["id"] == "JFK"
    assert nope["station"] == {"id": "NOPE"}
    assert nope["error"]["type"] == "/problems/station-not-found"
    assert malformed["error"]["status"] == 404
    assert answer["next"] is None


def test_several_from_another_gzip(client, store):
    """A list is the same if another gzip compressed an item."""
    path = "/v1/forecasts?stations=ZRH,NOPE,LGA,JFK,a/b"
    before = client.get(path).content
    key = forecast_key("LGA", SECOND.id)
    older = gzip.compress(decompress(store.get(key).body), 1)
    store.put_many([store.get(key)._replace(body=older)])

    assert client.get(path).content == before


def test_several_are_filtered(client):
    """Filters apply to each of several stations."""
    answer = client.get("/v1/forecasts?stations=ZRH,JFK&parameters=pm25&hours=1&tz=station").json()
    zurich, jfk = answer["items"]

    assert zurich["values"]["pm25"]["p50"] == [12.0]
    assert zurich["time"] == ["2013-12-31T02:00:00+01:00"]
    assert jfk["missing"] == {"pm25": "not_forecast_here"}


def test_several_of_a_pinned_run(client):
    """If a run is requested, all stations are read from it."""
    response = client.get(f"/v1/forecasts?stations=JFK,LGA&run={FIRST.id}")

    assert {item["run"]["id"] for item in response.json()["items"]} == {FIRST.id}
    assert "max-age=3600" in response.headers["cache-control"]


@pytest.mark.parametrize("count", [0, 101])
def test_several_are_1_to_100(client, count):
    """No station, or more than 100, is refused."""
    query = f"?stations={','.join(['JFK'] * count)}" if count else ""
    response = client.get(f"/v1/forecasts{query}")

    assert response.status_code == 422
    assert list(reasons(response)) == ["stations"]


def test_nearest_first(client):
    """The nearest stations come in order of distance, those without any forecast left out."""
    answer = client.get("/v1/forecasts/nearest?latitude=40.7&longitude=-73.8&n=50").json()

    assert [item["station"]["id"] for item in answer["items"]] == ["JFK", "LGA", "ZRH", "NAN:1"]
    assert [item["distance_km"] for item in answer["items"][:2]] == [6.931, 10.541]
    assert len(answer["items"]) == len(STATIONS)


def test_nearest_with_a_parameter(client):
    """With a parameter, the nearest station that forecasts it is returned."""
    answer = client.get("/v1/forecasts/nearest?latitude=40&longitude=-73&parameters=pm25").json()

    assert [item["station"]["id"] for item in answer["items"]] == ["ZRH"]


def test_nearest_is_never_empty(client):
    """If no station forecasts a parameter, the nearest station says so."""
    answer = client.get("/v1/forecasts/nearest?latitude=40.7&longitude=-73.8&parameters=co").json()

    assert answer["items"][0]["station"] == {"id": "SILENT"}
    assert answer["items"][0]["distance_km"] == 0.0
    assert answer["items"][0]["error"]["status"] == 404


def test_nearest_within_a_distance(client):
    """With a maximum distance, the list may be empty."""
    place = "/v1/forecasts/nearest?latitude=0&longitude=0"

    assert client.get(f"{place}&max_km=50").json()["items"] == []
    assert len(client.get(place).json()["items"]) == 1


@pytest.mark.parametrize(
    "query", ["latitude=91", "longitude=181", "n=0", "n=51", "max_km=0", "latitude=nan", "n=1.5"]
)
def test_nearest_refuses_what_is_off_the_globe(client, query):
    """An impossible place, number or distance is refused by name."""
    name = query.partition("=")[0]
    place = {"latitude": "1", "longitude": "1"}
    place.pop(name, None)
    rest = "".join(f"&{key}={value}" for key, value in place.items())

    assert list(reasons(client.get(f"/v1/forecasts/nearest?{query}{rest}"))) == [name]


def test_units_of_the_us(client):
    """Values, and the observations before them, are converted; `units` names the units."""
    answer = client.get(f"{JFK}?units=us&hours=1&observed=2").json()

    assert answer["units"] == answer["observed"]["units"] == {"temperature": "°F"}
    assert answer["values"] == {"temperature": {"p10": [36], "p50": [38], "p90": [39]}}
    assert answer["observed"]["values"] == {"temperature": [62, 62]}


def test_chances_have_no_unit(client):
    """Rain is in inches, its chance is what it was, and pollutants stay."""
    answer = client.get("/v1/stations/ZRH/forecast?units=us&hours=1").json()

    assert answer["units"] == {"temperature": "°F", "pm25": "µg/m³", "precipitation": "in"}
    assert answer["values"]["precipitation"] == {
        "p10": [0.0],
        "p50": [0.04],
        "p90": [0.08],
        "chance": [0.65],
    }
    assert answer["values"]["pm25"]["p50"] == [12.0]


def test_units_in_csv(client):
    """The column names them."""
    row = client.get(f"{JFK}?units=us&format=csv&hours=1").text.splitlines()[1]

    assert row == "JFK,2013-12-31T01:00:00Z,temperature,°F,36,38,39,,"


def test_times_in_seconds(client):
    """Times are whole numbers, whatever the time zone is; those of the run stay text."""
    answer = client.get(f"{JFK}?timeformat=unix&tz=station&hours=2&observed=1").json()

    assert answer["time"] == [1388451600, 1388455200]
    assert answer["observed"]["time"] == [1388448000]
    assert answer["run"]["issued_at"] == "2013-12-31T00:00:00Z"


def test_units_and_times_of_lists(client):
    """They apply to each of several stations, and to the nearest."""
    asked = "units=us&timeformat=unix&hours=1"
    several = client.get(f"/v1/forecasts?stations=JFK,LGA&{asked}").json()["items"]
    place = "latitude=40.6&longitude=-73.8"
    nearest = client.get(f"/v1/forecasts/nearest?{place}&{asked}").json()["items"]

    for item in (*several, *nearest):
        assert item["time"] == [1388451600]
        assert item["values"]["temperature"]["p50"] == [38]


@pytest.mark.parametrize("query", ["units=imperial", "units=US", "timeformat=epoch"])
def test_units_and_times_that_are_not_there(client, query):
    """They are refused with those that are."""
    name = query.partition("=")[0]
    known = {"units": "'metric' or 'us'", "timeformat": "'iso' or 'unix'"}

    assert reasons(client.get(f"{JFK}?{query}")) == {name: f"Input should be {known[name]}"}
