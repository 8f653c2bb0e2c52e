"""Observations from OpenAQ's realtime files: one JSON object a line."""

import gzip
import json
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch_jobs.observations.names import plain_name
from batch_jobs.observations.openaq_realtime import BATCH_ROWS, station_id_of
from batch_jobs.observations.read import read_observations
from forecasts.station import STATION_ID, Station

END = datetime(2018, 6, 7, tzinfo=UTC)
DHAKA = "BD-us-diplomatic-post-dhaka-623b46e5"


def record(**changes):
    """Return a record as OpenAQ writes it, with *changes*; a field that is None is left out."""
    whole = {
        "date": {"utc": "2018-06-06T23:00:00.000Z", "local": "2018-06-07T05:00:00+06:00"},
        "parameter": "pm25",
        "location": "US Diplomatic Post: Dhaka",
        "value": 27,
        "unit": "µg/m³",
        "city": "Dhaka",
        "averagingPeriod": {"value": 1, "unit": "hours"},
        "coordinates": {"latitude": 23.796373, "longitude": 90.424614},
        "country": "BD",
        "sourceName": "StateAir_Dhaka",
        "mobile": False,
    } | changes
    return {field: value for field, value in whole.items() if value is not None}


def write(location, *records, name="a.ndjson"):
    """Write records, or lines unchanged, to a file."""
    lines = [line if isinstance(line, str) else json.dumps(line) for line in records]
    content = "".join(line + "\n" for line in lines).encode()
    (location / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def read(location):
    """Read two hours, 23:00 and 00:00 UTC."""
    return read_observations(str(location), end=END, hours=2)


def values(observations):
    """Return the values of the only series; None for NaN."""
    (series,) = observations.values.reshape(-1, 2).tolist()
    return [None if np.isnan(value) else round(value, 3) for value in series]


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.jsonl", "a.jsonl.gz"])
def test_realtime(tmp_path, name):
    """A record gives a station with a readable id, and its hour in UTC."""
    write(tmp_path, record(), name=name)

    observations = read(tmp_path)

    assert observations.stations == (
        Station(DHAKA, "US Diplomatic Post: Dhaka", "BD", 23.796373, 90.424614),
    )
    assert observations.parameters == ("pm25",)
    assert values(observations) == [27, None]


def test_parts_of_hours_are_averaged(tmp_path):
    """Four quarters of an hour are averaged; a fraction of a second belongs to the next hour."""
    times = ["23:15:00.000Z", "23:30:00.000Z", "23:45:00.000Z", "23:00:00.001Z"]
    records = [
        record(date={"utc": f"2018-06-06T{time}"}, value=value)
        for value, time in enumerate(times, start=1)
    ]
    write(tmp_path, record(value=9), *records)

    observations = read(tmp_path)

    assert values(observations) == [9, 2.5]


def test_coordinates_may_be_missing(tmp_path):
    """A station takes coordinates from any record; one without any is dropped and counted."""
    bare = record(coordinates=None, date={"utc": "2018-06-07T00:00:00Z"}, value=5)
    elsewhere = record(coordinates=None, location="Elsewhere")
    half = record(coordinates={"latitude": 1.0}, location="Half")
    write(tmp_path, bare, elsewhere, half, record())

    observations = read(tmp_path)

    assert [station.id for station in observations.stations] == [DHAKA]
    assert values(observations) == [27, 5]
    assert observations.report.dropped == {"no_coordinates": 2}


def test_equator(tmp_path):
    """Zero degrees are a valid coordinate, but not both at once: that is an unknown place."""
    write(
        tmp_path,
        record(coordinates={"latitude": 0, "longitude": 32.5}),
        record(coordinates={"latitude": 0, "longitude": 0.0}, location="Null Island"),
    )

    observations = read(tmp_path)

    (station,) = observations.stations
    assert (station.latitude, station.longitude) == (0, 32.5)
    assert observations.report.dropped == {"no_coordinates": 1}
    assert observations.report.examples[0].endswith("coordinates 0, 0 stand for unknown ones")


@pytest.mark.parametrize("bad", [(111.04, 111.04), (0, 0), ("north", 1), (-999, -999)])
def test_later_coordinates(tmp_path, bad):
    """If the first coordinates of a station are bad, later ones count."""
    other = {"date": {"utc": "2018-06-07T00:00:00Z"}, "value": 28}
    write(
        tmp_path,
        record(coordinates=dict(zip(("latitude", "longitude"), bad, strict=True))),
        record(**other),
        record(coordinates={"latitude": 1, "longitude": 1}),
    )

    observations = read(tmp_path)

    assert values(observations) == [27, 28]
    assert observations.stations[0].latitude == 23.796373


@pytest.mark.parametrize("field", ["country", "city", "coordinates", "averagingPeriod"])
def test_null_is_absent(tmp_path, field):
    """A field that is null is the same as one that is not there."""
    absent = record(**{field: None}, value=1)
    null = record(date={"utc": "2018-06-07T00:00:00Z"}) | {field: None}
    located = record(**{field: None}, date={"utc": "2018-06-05T00:00:00Z"}) | {
        "coordinates": {"latitude": 1, "longitude": 1}
    }
    write(tmp_path, absent, null, located)

    observations = read(tmp_path)

    assert values(observations) == [1, 27]


@pytest.mark.parametrize(
    "other",
    [
        {"country": "bd"},
        {"city": "DHAKA"},
        {"city": " Dhaka "},
        {"location": "US  Diplomatic Post: Dhaka"},
        {"location": "Us Diplomatic Post: dhaka"},
    ],
)
def test_same_place(tmp_path, other):
    """Case and spaces do not make another station; its country is in capitals."""
    later = {"date": {"utc": "2018-06-07T00:00:00Z"}, "value": 28}
    write(tmp_path, record(**other), record(**later))

    observations = read(tmp_path)

    assert [(s.id, s.country) for s in observations.stations] == [(DHAKA, "BD")]
    assert values(observations) == [27, 28]


def test_same_accent():
    """An accent may be part of its letter or follow it."""
    ids = {station_id_of("SK", "Košice", name) for name in ("\u0160tef", "S\u030ctef")}

    assert len(ids) == 1


@pytest.mark.parametrize(
    ("period", "used"),
    [
        ({"value": 24, "unit": "hours"}, False),
        ({"value": 1, "unit": "day"}, False),
        ({"value": 90, "unit": "minutes"}, False),
        ({"value": 60, "unit": "Minutes"}, True),
        ({"value": 0.25, "unit": "hours"}, True),
        ({"value": None, "unit": None}, True),
        ({"value": 3, "unit": "fortnights"}, True),
        (24, True),
    ],
)
def test_long_means(tmp_path, period, used):
    """The mean of more than an hour is no hour; that is counted, and not as a fault."""
    write(tmp_path, record(value=1), record(location="B", averagingPeriod=period))

    report = read(tmp_path).report

    assert (report.used, report.faulty) == (1 + used, 0)
    assert report.dropped == ({} if used else {"long_mean": 1})


def test_relative_humidity(tmp_path):
    """OpenAQ's name of relative humidity is read, in any case."""
    write(tmp_path, record(parameter="RelativeHumidity", unit="%", value=50))

    observations = read(tmp_path)

    assert observations.parameters == ("relative_humidity",)


@pytest.mark.parametrize(
    ("bad", "reason", "what"),
    [
        ('{"date":', "bad_line", "the line is not JSON"),
        ("[]", "bad_line", "the line is not a JSON object"),
        (record(date=None), "bad_line", "field utc is not text"),
        (record(date="2018-06-06"), "bad_line", "field utc is not text"),
        (record(location=None), "bad_line", "field location is not text"),
        (record(parameter=25), "bad_line", "field parameter is not text"),
        (record(unit=None), "bad_line", "field unit is not text"),
        (record(country=17), "bad_line", "field country is not text"),
        (record(value="27"), "bad_line", "value '27' is not a number"),
        (record(value=True), "bad_line", "value True is not a number"),
        (record(value=None), "not_finite", "pm25 has no finite value (nan)"),
        (record(value=-999), "sentinel", "pm25 -999 stands for a missing value"),
        (record(value=-9999, parameter="o3", unit="ppm"), "sentinel", "o3 -9999 stands for"),
        (record(value=1e30), "implausible", "pm25 1e+30 µg/m³ is not plausible"),
        (record(unit="ppm"), "unknown_unit", "unknown unit 'ppm' for pm25"),
        (record(date={"utc": "2018-06-06T23:00:00"}), "no_time_zone", "has no time zone"),
        (record(date={"utc": "now"}), "bad_time", "'now' is not a time"),
    ],
)
def test_bad_record(tmp_path, bad, reason, what):
    """An unusable line is counted and named by file and line; the others are used."""
    write(tmp_path, record(value=1), bad, record(value=3, date={"utc": "2018-06-07T00:00:00Z"}))

    observations = read(tmp_path)

    assert values(observations) == [1, 3]
    assert observations.report.dropped == {reason: 1}
    assert len(observations.report.examples) == 1
    assert observations.report.examples[0].startswith("a.ndjson:2: ")
    assert what in observations.report.examples[0]


def test_blank_lines(tmp_path):
    """Blank lines and a byte order mark are nothing; lines after them keep their numbers."""
    write(tmp_path, "\ufeff", record(value=1), " \r", "", record(value=-999), "", "\r\r")

    observations = read(tmp_path)

    assert values(observations) == [1, None]
    assert (observations.report.rows, observations.report.faults) == (2, {})
    assert observations.report.examples == ["a.ndjson:5: pm25 -999 stands for a missing value"]


def test_more_than_one_batch(tmp_path):
    """In a file that is read in pieces, lines are counted and the last reading wins."""
    write(
        tmp_path, *[json.dumps(record(value=1))] * BATCH_ROWS, record(value=2), record(value=-999)
    )

    observations = read(tmp_path)

    assert values(observations) == [2, None]
    assert observations.report.rows == BATCH_ROWS + 2
    assert observations.report.examples[0].startswith(f"a.ndjson:{BATCH_ROWS + 2}: ")


def test_cut_off_gzip(tmp_path):
    """If a gzip file is cut off, its whole lines are used, and the file is named."""
    write(tmp_path, *(record(value=n % 9, city=str(n)) for n in range(200)), name="a.ndjson.gz")
    content = (tmp_path / "a.ndjson.gz").read_bytes()
    (tmp_path / "a.ndjson.gz").write_bytes(content[:-100])

    report = read(tmp_path).report

    assert 0 < report.used < 200
    assert report.used == report.rows
    assert report.faults == {"broken_gzip": 1}


def test_station_id_of_another_script():
    """A name without a Latin letter gets its own id."""
    ids = {station_id_of("IL", "חיפה", name) for name in ("נשר", "אחוזה")}

    assert len(ids) == 2
    assert all(STATION_ID.fullmatch(station_id) for station_id in ids)


@given(st.text(), st.text(), st.text())
@example("A country with a long name of its own", "City", "Location " * 20)
def test_station_id(country, city, location):
    """Any name of a place gives a valid id."""
    station_id = station_id_of(country, city, location)

    assert STATION_ID.fullmatch(station_id)


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), unique=True, max_size=50))
def test_station_ids_differ(places):
    """Different places have different ids, unless only case and spaces differ."""
    ids = {station_id_of(*place) for place in places}

    assert len(ids) == len({tuple(plain_name(name).casefold() for name in p) for p in places})
