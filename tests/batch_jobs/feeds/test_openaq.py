"""Source `openaq`, against a stand-in of it over HTTP."""

import json
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.errors import SourceError
from batch_jobs.feeds import openaq_api
from batch_jobs.feeds.fetch import fetch
from batch_jobs.feeds.openaq import LIMITS, open_openaq
from batch_jobs.feeds.source import SCHEMA, Tally
from batch_jobs.feeds.wanted import Box, Country, Everywhere, Near, Stations
from batch_jobs.observations.read import read_observations
from tests.feeds.loopback import SILENCE, Answer, cut, serving
from tests.feeds.openaq import KEY, LICENCE, StandIn, both
from tests.feeds.timer import PassingTime

NOON = datetime(2026, 11, 28, 12, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABEL = NOON.replace(minute=0)


@pytest.fixture
def passing():
    """Time that passes when somebody waits."""
    return PassingTime()


@pytest.fixture
def openaq(passing):
    """A stand-in of OpenAQ without locations."""
    with serving(StandIn(lambda: passing.seconds)) as service:
        yield service


@pytest.fixture
def fetch_openaq(openaq, tmp_path, passing):
    """A function that fetches from the stand-in into `tmp_path`, by default all at noon."""

    def fetch_now(wanted=None, now=NOON, since=None, key=KEY):
        tally = Tally()
        with closing(open_openaq(openaq.url, key, tally, passing.timer)) as source:
            return fetch(source, str(tmp_path), wanted or Everywhere(), now, since)

    return fetch_now


def paths(service):
    """Return what was asked for, and forget it."""
    asked = [path for path, _ in service.requests]
    service.requests.clear()
    return asked


def test_last_hours_of_the_world(openaq, fetch_openaq, tmp_path):
    """A night reads what is fetched, under the right hours and in our units."""
    openaq.place(2178, {1: 2, 2: 10, 3: 19, 4: 128}, 35.1353, -106.584702)
    openaq.measure(1, LABEL, 9.0)
    openaq.measure(2, LABEL, 0.040)
    openaq.measure(3, LABEL, 180)
    openaq.measure(4, LABEL - HOUR, 50.0)
    summary = fetch_openaq()
    read = read_observations(str(tmp_path), end=LABEL, hours=2)
    values = dict(zip(read.parameters, read.values[0].tolist(), strict=True))
    station = read.stations[0]

    assert values["pm25"][1] == pytest.approx(9.0)
    assert values["o3"][1] == pytest.approx(78.5, abs=0.1)
    assert values["temperature"][0] == pytest.approx(10.0)
    assert (station.id, station.name, station.country) == ("2178", "Place 2178", "US")
    assert (station.timezone, station.licence) == ("America/New_York", "US Public Domain")
    assert station.attribution == "Unknown Governmental Organization, OpenAQ"
    assert (summary.new, list(summary.failures), read.report.faults) == (3, [], {})


def test_a_wrong_key(fetch_openaq):
    """The error says where to get one, and does not show it."""
    summary = fetch_openaq(key="s3cr3t")

    assert summary.is_dead
    assert summary.requests == 1
    assert "401" in summary.failures[0]
    assert "https://explore.openaq.org/register" in summary.failures[0]
    assert "s3cr3t" not in str(summary)


@pytest.mark.parametrize("key", ["", "  ", "schlüssel", "two words"])
def test_no_key(openaq, fetch_openaq, key):
    """Nothing is asked without a key that can be one."""
    with pytest.raises(SourceError, match="set OPENAQ_API_KEY to a key of yours") as error:
        fetch_openaq(key=key)

    assert not openaq.requests
    assert not key.strip() or key not in str(error.value)


def test_twenty_thousand_sensors(openaq, fetch_openaq, passing):
    """An hour needs at most 100 requests, and none is one too many for the service."""
    kinds = [*[2] * 6, *[1] * 5, 10, 7, 9, 8, 3, 5, 98, 100, 11]
    for place in range(1000):
        openaq.place(place + 1, {place * 20 + n + 1: kind for n, kind in enumerate(kinds)})
    used = []
    for hour in range(2):
        for sensor in range(1, 20_001):
            openaq.measure(sensor, LABEL + hour * HOUR, 5.0 + hour)
        summary = fetch_openaq(now=NOON + hour * HOUR)
        used.append(summary.requests)
        passing.seconds += 3600

    assert summary.new == 20_000
    assert max(used) <= 100
    assert openaq.refused == 0
    assert not summary.failures


def stored(path):
    """Return what is stored: (sensor, hours before noon, value), in order."""
    files = sorted(path.rglob("*.parquet"))
    rows = pl.concat([SCHEMA.to_frame(), *map(pl.read_parquet, files)])
    times = ((LABEL - time) / HOUR for time in rows["time"])
    return sorted(zip(map(int, rows["sensor_id"]), times, rows["value"], strict=True))


def hourly(openaq, *sensors, until=LABEL, hours=6):
    """Let sensors measure every hour: as many µg/m³ as the hour of the day."""
    for sensor in sensors:
        for before in range(hours):
            time = until - before * HOUR
            openaq.measure(sensor, time, float(time.hour))


def test_a_new_sensor_gets_the_hours_before(openaq, fetch_openaq, tmp_path):
    """Its last values are asked for, and the hours of eight days; a repeat writes nothing."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=300)
    first = fetch_openaq()
    files = sorted(tmp_path.rglob("*"))
    again = fetch_openaq()

    assert first.new == len(stored(tmp_path)) == 193 - 1  # from eight days before on, exclusive
    assert (again.new, again.known) == (0, 1)
    assert sorted(tmp_path.rglob("*")) == files


def test_hours_that_were_missed(openaq, fetch_openaq, tmp_path):
    """After a pause only the hours of the gap are asked for."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, until=LABEL - 5 * HOUR)
    fetch_openaq(now=NOON - 5 * HOUR)
    hourly(openaq, 11)
    openaq.requests.clear()
    fetch_openaq()
    _, asked = next(r for r in openaq.requests if r[0] == "/v3/sensors/11/hours")

    assert asked["datetime_from"] == "2026-11-28T07:00:00Z"
    assert asked["datetime_to"] == "2026-11-28T12:00:00Z"
    assert [before for _, before, _ in stored(tmp_path)] == list(range(11))


def test_requests_of_an_hour(openaq, fetch_openaq):
    """Without a gap each used parameter is one request, and the list is not asked for again."""
    openaq.place(1, {11: 2})
    openaq.measure(11, LABEL - HOUR, 1)
    fetch_openaq(now=NOON - HOUR)
    openaq.measure(11, LABEL, 1)
    paths(openaq)
    summary = fetch_openaq()
    asked = paths(openaq)

    assert asked[0] == "/v3/parameters"
    assert all(path.endswith("/latest") for path in asked[1:])
    assert "/v3/parameters/19/latest" not in asked  # PM1 is not used
    assert summary.new == 1


def test_hours_beyond_the_budget(openaq, fetch_openaq, tmp_path):
    """A fetch sends 100 requests; the next ones ask for the rest, and a note says so."""
    openaq.place(1, dict.fromkeys(range(1, 121), 2))
    hourly(openaq, *range(1, 121), hours=3)
    first, second, third = (fetch_openaq() for _ in range(3))

    assert [first.requests, second.requests] == [100, 67]
    assert any("of 44 sensors are still to be fetched" in note for note in first.notes)
    assert (third.new, len(stored(tmp_path))) == (0, 360)


@pytest.mark.parametrize(
    ("wanted", "asked"),
    [
        (Near(40.7, -74, 20), {"coordinates": "40.7000,-74.0000", "radius": "20020"}),
        (Near(40.7, -74, 30), {"bbox": "-74.3580,40.4297,-73.6420,40.9703"}),
        (Box(-75, 40, -73, 41), {"bbox": "-75.0000,40.0000,-73.0000,41.0000"}),
        (Country("US"), {"iso": "US"}),
        # What the API cannot express is chosen from the list of all.
        (Box(170, 40, -73, 41), {}),
        (Near(40.7, -74, 9000), {}),
        (Near(40.7, -179.9, 9000), {}),
        (Stations(frozenset({"1", *map(str, range(100, 150))})), {}),
    ],
)
def test_an_area(openaq, fetch_openaq, tmp_path, wanted, asked):
    """The API's own choice of locations is used; each is then asked for by itself."""
    openaq.place(1, {11: 2, 12: 19}, 40.70, -74.0)
    openaq.place(2, {21: 2}, 52.5, 13.4, country={"id": 50, "code": "DE", "name": "Germany"})
    hourly(openaq, 11, 12, 21, hours=1)
    fetch_openaq(wanted, now=NOON)
    query = next(query for path, query in openaq.requests if path == "/v3/locations")
    paths(openaq)
    hourly(openaq, 11, 12, 21, until=LABEL + HOUR, hours=1)
    fetch_openaq(wanted, now=NOON + HOUR)

    if not isinstance(wanted, Near) or wanted.km < 100:
        assert paths(openaq) == ["/v3/locations/1/latest"]
        assert [row[:2] for row in stored(tmp_path)] == [(11, -1), (11, 0)]
    assert {name: text for name, text in query.items() if name not in {"limit", "page"}} == asked


def test_a_place_near_the_pole(openaq, fetch_openaq, tmp_path):
    """Its circle is no box."""
    openaq.place(1, {11: 2}, 89.9, 100.0)
    hourly(openaq, 11, hours=1)
    fetch_openaq(Near(89.9, -80.0, 50))

    assert len(stored(tmp_path)) == 1


def test_ids(openaq, fetch_openaq, tmp_path):
    """A few locations are described and asked for one by one; one that is not there is noted."""
    openaq.place(1, {11: 2})
    openaq.place(2, {21: 2})
    hourly(openaq, 11, 21, hours=1)
    summary = fetch_openaq(Stations(frozenset({"2", " 404"})))

    assert [row[0] for row in stored(tmp_path)] == [21]
    assert "nothing came of stations 404" in summary.notes


def test_an_id_of_another_kind(openaq, fetch_openaq):
    """It is refused before anything is asked for."""
    summary = fetch_openaq(Stations(frozenset({"JFK"})))

    assert "'JFK' is no id of a location" in summary.failures[0]
    assert not openaq.requests


def test_a_choice_of_many_locations(openaq, fetch_openaq, tmp_path):
    """More than forty are cheaper by parameter; the others are left where they are."""
    for place in range(1, 51):
        country = {"id": 1, "code": "US" if place < 50 else "DE", "name": "?"}
        openaq.place(place, {place * 10: 2}, country=country)
        hourly(openaq, place * 10, hours=1)
    summary = fetch_openaq(Country("US"))

    assert len(stored(tmp_path)) == 49
    assert "/v3/parameters/2/latest" in paths(openaq)
    assert not summary.left_out


def test_locations_that_are_new(openaq, fetch_openaq, tmp_path):
    """They are asked for one by one, ten in an hour; one that is not listed, once a day."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)
    fetch_openaq()
    for place in range(2, 14):
        openaq.place(place, {place * 10: 2})
        hourly(openaq, place * 10, hours=1)
    hidden = openaq.places.pop(3)
    openaq.places[3] = hidden
    real = openaq.answer
    openaq.answer = lambda path, query: (
        Answer(404, b"{}") if path == "/v3/locations/3" else real(path, query)
    )
    first = fetch_openaq()
    asked = paths(openaq)
    fetch_openaq()

    assert sum(path.startswith("/v3/locations/") for path in asked) == 10
    assert first.left_out == {"no_station": 2}
    assert len(stored(tmp_path)) == 12  # all but the one that is not listed
    assert "/v3/locations/3" not in paths(openaq)


def test_a_new_sensor_of_a_known_location(openaq, fetch_openaq, tmp_path):
    """Its location is asked for again; a sensor of no use is not asked about any more."""
    wanted = Stations(frozenset({"1"}))
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)
    fetch_openaq(wanted)
    openaq.place(1, {11: 2, 12: 1, 13: 19})
    hourly(openaq, 12, 13, hours=1)
    fetch_openaq(wanted)
    paths(openaq)
    fetch_openaq(wanted)

    assert [row[0] for row in stored(tmp_path)] == [11, 12]
    assert paths(openaq) == ["/v3/locations/1/latest"]


def test_locations_that_cannot_be_used(openaq, fetch_openaq, tmp_path):
    """Mobile ones and those without a place are left out."""
    openaq.place(1, {11: 2}, isMobile=True)
    openaq.place(2, {21: 2}, coordinates={"latitude": None, "longitude": None})
    openaq.place(3, {31: 2}, licenses=None, name=None, timezone=None)
    hourly(openaq, 11, 21, 31, hours=1)
    fetch_openaq()

    assert [row[0] for row in stored(tmp_path)] == [31]
    text = (tmp_path / "source=openaq/stations.csv").read_text()
    assert text.splitlines()[1] == "3,,US,40.7,-74.0,,,OpenAQ,"


def test_a_location_that_moves(openaq, fetch_openaq, tmp_path):
    """Its new place comes with the list of the next day, and so does a licence's end."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)
    fetch_openaq()
    old = LICENCE | {"name": "Old", "dateTo": "2026-11-28"}
    openaq.place(1, {11: 2}, 40.8, -74.1, licenses=[old, LICENCE])
    hourly(openaq, 11, until=LABEL + HOUR, hours=1)
    fetch_openaq(now=NOON + HOUR)
    same_day = (tmp_path / "source=openaq/stations.csv").read_text()
    hourly(openaq, 11, until=LABEL + 24 * HOUR, hours=1)
    fetch_openaq(now=NOON + 24 * HOUR)

    assert ",40.7,-74.0," in same_day
    assert ",40.8,-74.1," in (tmp_path / "source=openaq/stations.csv").read_text()
    assert "Old" not in (tmp_path / "source=openaq/stations.csv").read_text()


def test_a_unit_that_changes(openaq, fetch_openaq, tmp_path):
    """Each value keeps the unit in which it came."""
    openaq.place(1, {11: 10})
    openaq.measure(11, LABEL - HOUR, 0.04)
    fetch_openaq(now=NOON - HOUR)
    openaq.parameters[10] = ("o3", "ppb")
    openaq.measure(11, LABEL, 40)
    fetch_openaq()
    read = read_observations(str(tmp_path), end=LABEL, hours=2)

    assert read.values[0, 0].tolist() == pytest.approx([78.5, 78.5], abs=0.1)


@pytest.mark.parametrize("counts", [False, True])
def test_rows_that_slip_from_page_to_page(openaq, fetch_openaq, counts):
    """Rows that come twice, as others do not come, are asked for once more."""
    openaq.counts = counts
    openaq.slips = 7
    for place in range(1, 1502):
        openaq.place(place, {place: 2})
        openaq.measure(place, LABEL, 5.0)
    summary = fetch_openaq()

    assert summary.new == 1501
    assert not [note for note in summary.notes if "rows did not come" in note]


def test_rows_that_never_come(openaq, fetch_openaq):
    """What is missing is noted, and the fetch ends."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)

    def told_of_more(answer):
        content = json.loads(answer.body)
        content["meta"]["found"] = 3
        return replace(answer, body=json.dumps(content).encode())

    openaq.faults = [told_of_more, told_of_more]
    summary = fetch_openaq(Stations(frozenset({"1"})))

    assert "/v3/locations/1: some 2 rows did not come; the next fetch asks again" in summary.notes
    assert summary.new == 1


def test_a_service_that_knows_no_pages(openaq, fetch_openaq):
    """If every page is the first one, it is not asked for ever."""
    openaq.place(1, dict.fromkeys(range(1, 1001), 2))
    hourly(openaq, *range(1, 1001), hours=1)
    real = openaq.answer
    openaq.answer = lambda path, query: real(path, query | {"page": "1"})
    summary = fetch_openaq()

    assert summary.new == 1000


TOO_MANY = Answer(429, b'{"detail": "Too many requests"}', {"x-ratelimit-reset": "31"})


@pytest.mark.parametrize(
    "fault",
    [
        TOO_MANY,
        Answer(503),
        Answer(504, b"<html>gateway</html>"),
        Answer(200, b""),
        Answer(200, b"<html>maintenance</html>", {"content-type": "text/html"}),
        Answer(200, b'{"meta": {}}'),
        Answer(200, b"[]"),
        cut,
        SILENCE,
    ],
    ids=["429", "503", "504", "empty", "html", "no-results", "list", "cut", "silence"],
)
def test_a_bad_moment(openaq, fetch_openaq, monkeypatch, fault):
    """It is asked again, and nothing is missing."""
    monkeypatch.setattr("batch_jobs.feeds.openaq.LIMITS", replace(LIMITS, timeout=0.2))
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)
    openaq.faults = [None, None, fault]
    summary = fetch_openaq()

    assert (summary.new, summary.failures) == (1, ())


def test_the_service_dies_on_the_way(openaq, fetch_openaq, tmp_path):
    """What came is stored; the next fetch brings the rest, with the hours between."""
    openaq.place(1, {11: 1, 12: 2})
    hourly(openaq, 11, 12)
    openaq.faults = [None, None, None, *[Answer(503)] * 20]
    first = fetch_openaq()
    rows = stored(tmp_path)
    openaq.faults = []
    fetch_openaq()

    assert "503" in first.failures[0]
    assert not first.is_dead
    assert [row[:2] for row in rows] == [(11, 0)]
    assert [row[0] for row in stored(tmp_path)] == [11] * 6 + [12] * 6


def test_the_service_dies_at_a_new_location(openaq, fetch_openaq, tmp_path):
    """The values of the others are stored."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)
    fetch_openaq()
    openaq.place(2, {21: 2})
    hourly(openaq, 11, 21, until=LABEL + HOUR, hours=1)
    real = openaq.answer
    openaq.answer = lambda path, query: (
        Answer(503) if path == "/v3/locations/2" else real(path, query)
    )
    summary = fetch_openaq(now=NOON + HOUR)

    assert "503" in summary.failures[0]
    assert [row[:2] for row in stored(tmp_path)] == [(11, -1), (11, 0)]


def test_a_dead_service(openaq, fetch_openaq, tmp_path):
    """It is named, and nothing is written."""
    openaq.faults = [Answer(503)] * 100
    summary = fetch_openaq()

    assert summary.is_dead
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("path", ["/v3/parameters/2/latest", "/v3/sensors/12/hours"])
def test_a_part_that_is_refused(openaq, fetch_openaq, tmp_path, path):
    """A parameter or a sensor that the service does not know costs itself."""
    openaq.place(1, {11: 1, 12: 2})
    hourly(openaq, 11, 12, hours=2)
    real = openaq.answer
    openaq.answer = lambda asked, query: (
        Answer(404, b'{"detail": "gone"}') if asked == path else real(asked, query)
    )
    summary = fetch_openaq()

    assert 'it says: {"detail": "gone"}' in summary.failures[0]
    assert len(stored(tmp_path)) == (2 if "parameters" in path else 3)


def test_a_sensor_whose_hours_fail(openaq, fetch_openaq, tmp_path):
    """The last values are stored, and the hours are asked for by the next fetch."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=2)
    real = openaq.answer
    openaq.answer = lambda path, query: (
        Answer(503) if path == "/v3/sensors/11/hours" else real(path, query)
    )
    first = fetch_openaq()
    rows = stored(tmp_path)
    openaq.answer = real
    fetch_openaq()

    assert "503" in first.failures[0]
    assert [row[:2] for row in rows] == [(11, 0)]
    assert [row[:2] for row in stored(tmp_path)] == [(11, 0), (11, 1)]


@pytest.mark.parametrize("field", ["value", "sensorsId", "datetime"])
def test_a_field_that_is_renamed(openaq, fetch_openaq, field):
    """The failure names it, and shows a row."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11, hours=1)
    real = openaq.answer

    def renamed(path, query):
        answer = real(path, query)
        new = answer.body.replace(f'"{field}"'.encode(), b'"renamed"')
        return replace(answer, body=new if path.endswith("latest") else answer.body)

    openaq.answer = renamed
    summary = fetch_openaq()

    assert summary.is_dead
    assert (
        f"/v3/parameters/2/latest: its rows have another form (KeyError('{field}')): {{"
        in (summary.failures[0])
    )


def test_a_row_of_another_form(openaq, fetch_openaq):
    """It costs itself, and is counted."""
    openaq.place(1, {11: 2, 12: 2})
    openaq.measure(11, LABEL, "much")
    openaq.measure(12, LABEL, 5.0)
    summary = fetch_openaq(Stations(frozenset({"1"})))

    assert (summary.new, summary.left_out) == (1, {"bad_line": 1})


@pytest.mark.parametrize("value", [True, None, [], "1"])
def test_values_that_are_no_numbers(openaq, fetch_openaq, value):
    """They are not taken for numbers."""
    openaq.place(1, {11: 2})
    openaq.measure(11, LABEL, value)
    summary = fetch_openaq(Stations(frozenset({"1"})))

    assert "is not a number" in summary.failures[0]


def test_a_reading_of_the_future(openaq, fetch_openaq, tmp_path):
    """It is left out, and is no gap when the clock is right again."""
    openaq.place(1, {11: 2})
    openaq.measure(11, LABEL + 30 * HOUR, 5.0)
    summary = fetch_openaq()
    openaq.values[11].clear()
    openaq.measure(11, LABEL, 5.0)
    fetch_openaq()

    assert summary.left_out == {"of_the_future": 1}
    assert [row[:2] for row in stored(tmp_path)] == [(11, 0)]


def test_a_list_of_a_clock_that_was_ahead(openaq, fetch_openaq):
    """It does not hold for days: locations are listed again as soon as the clock is right."""
    openaq.place(1, {11: 2})
    openaq.measure(11, LABEL, 5.0)
    fetch_openaq(now=NOON + 72 * HOUR)
    paths(openaq)
    fetch_openaq()

    assert "/v3/locations" in paths(openaq)


def test_nothing_at_all(openaq, fetch_openaq):
    """A world without values is no failure; old ones are not taken for new ones."""
    openaq.place(1, {11: 2})
    openaq.measure(11, LABEL - 12 * HOUR, 5.0)
    summary = fetch_openaq()

    assert (summary.new, summary.failures, summary.is_dead) == (0, (), False)


def test_means_of_a_day(openaq, fetch_openaq, tmp_path):
    """A sensor whose values are means of more than an hour is found out by its hours."""
    openaq.place(1, {11: 2})
    openaq.place(2, {21: 2})
    openaq.averaging |= {11: 24, 21: None}  # for one it is not known
    openaq.measure(21, LABEL - 2 * HOUR, 1)
    hourly(openaq, 11)
    first = fetch_openaq()
    openaq.measure(11, LABEL + 3 * HOUR, 1)
    second = fetch_openaq(now=NOON + 3 * HOUR)

    assert first.left_out == {"long_mean": 6}
    assert second.left_out == {"long_mean": 1}
    assert [row[:2] for row in stored(tmp_path)] == [(11, 0), (21, 2)]


def test_hours_that_cannot_be_used(openaq, fetch_openaq, tmp_path):
    """Flagged hours, those without a value and those of an unknown unit are counted."""
    openaq.place(1, {11: 2, 12: 1})
    hourly(openaq, 11, 12, hours=3)
    openaq.values[11][LABEL - HOUR] = None
    openaq.flagged.add((11, LABEL - 2 * HOUR))
    real = openaq.answer

    def in_bananas(path, query):
        answer = real(path, query)
        new = answer.body.replace(b'"units": "\\u00b5g/m\\u00b3"', b'"units": "bananas"')
        return replace(answer, body=new if path == "/v3/sensors/12/hours" else answer.body)

    openaq.answer = in_bananas
    summary = fetch_openaq()

    assert summary.left_out == {"flagged": 1, "no_value": 1, "of_no_use": 3}
    assert [row[:2] for row in stored(tmp_path)] == [(11, 0), (12, 0)]


@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"sensors": 1}', '{"lists": {"a": 1}}'])
def test_a_memory_that_is_damaged(openaq, fetch_openaq, tmp_path, text):
    """What is lost is asked for once more."""
    openaq.place(1, {11: 2})
    hourly(openaq, 11)
    fetch_openaq()
    (tmp_path / "source=openaq/.memory.json").write_text(text)
    paths(openaq)
    summary = fetch_openaq()

    assert (summary.new, summary.known) == (0, 7)
    assert "/v3/locations" in paths(openaq)


def test_silent_sensors_are_forgotten(openaq, fetch_openaq, tmp_path):
    """The file of what is kept in mind does not grow for ever."""
    openaq.place(1, {11: 2, 12: 2})
    hourly(openaq, 11, 12, hours=1)
    fetch_openaq()
    later = 40 * 24 * HOUR
    openaq.measure(12, LABEL + later, 5.0)
    fetch_openaq(now=NOON + later)
    memory = json.loads((tmp_path / "source=openaq/.memory.json").read_text())

    assert list(memory["sensors"]) == ["12"]
    assert len(memory["lists"]) == 1


def test_a_backfill(openaq, fetch_openaq, tmp_path):
    """All hours come, a thousand in a request; a later one asks only for the newest again."""
    openaq.place(1, {11: 2, 12: 19})
    openaq.place(2, {21: 2}, datetimeLast=both(LABEL - 4000 * HOUR))  # silent for long
    hourly(openaq, 11, hours=2500)
    since = NOON - 2400 * HOUR
    first = fetch_openaq(since=since)
    paths(openaq)
    again = fetch_openaq(since=since)
    asked = paths(openaq)

    assert (first.new, len(stored(tmp_path))) == (2400, 2400)
    assert (again.new, again.failures) == (0, ())
    assert asked == ["/v3/locations", "/v3/sensors/11/hours"]


def test_a_backfill_that_breaks_off(openaq, fetch_openaq):
    """What came is stored, and the next one goes on."""
    openaq.place(1, dict.fromkeys(range(1, 61), 2))
    hourly(openaq, *range(1, 61), until=LABEL - 1200 * HOUR, hours=2)
    since = NOON - 1900 * HOUR
    openaq.faults = [*[None] * 55, *[Answer(503)] * 20]
    first = fetch_openaq(since=since)
    openaq.faults = []
    paths(openaq)
    second = fetch_openaq(since=since)

    assert (first.new, second.new) == (100, 20)
    assert "503" in first.failures[0]
    assert "/v3/sensors/1/hours" in paths(openaq)[10:]  # of the newest hours only


def test_a_sensor_without_hours(openaq, fetch_openaq):
    """It costs only itself in a backfill."""
    openaq.place(1, {11: 1, 12: 2})
    hourly(openaq, 11, 12)
    real = openaq.answer
    openaq.answer = lambda path, query: (
        Answer(404, b"gone") if path == "/v3/sensors/11/hours" else real(path, query)
    )
    summary = fetch_openaq(since=NOON - 24 * HOUR)

    assert summary.new == 6
    assert "it says: gone" in summary.failures[0]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *("id", "name", "units", "parameter", "sensors", "coordinates", "latitude"),
                        *("longitude", "licenses", "attribution", "datetimeLast", "utc", "value"),
                        *("datetime", "sensorsId", "locationsId", "period", "datetimeTo"),
                        *("coverage", "flagInfo", "percentCoverage", "observedCount", "country"),
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_any_row(row):
    """A row is read, or is a bad one; it is nothing else."""
    for parse in (openaq_api.place_of, openaq_api.latest_of, openaq_api.hour_of):
        with suppress(*openaq_api.BAD):
            parse(row)
