"""Observations from Parquet files: bad rows, bad files, station files."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasts.station import Station
from tests.batch_jobs.observations.parquet_folder import (
    HEADER,
    JFK,
    LGA,
    SCHEMA,
    read,
    reading,
    series,
    write,
    write_in_zone,
)
from tests.factories import ISSUE_TIME


@pytest.fixture
def location(tmp_path):
    """A folder with a station file of JFK and LGA, and a function that adds Parquet files."""
    (tmp_path / "stations.csv").write_text(HEADER + JFK + LGA)
    return tmp_path


@pytest.mark.parametrize(
    ("row", "reason", "what"),
    [
        (reading(-999), "sentinel", "temperature -999 stands for a missing value"),
        (reading(-9999.0), "sentinel", "temperature -9999 stands for a missing value"),
        (reading(None), "not_finite", "temperature has no finite value (nan)"),
        (reading(float("nan")), "not_finite", "temperature has no finite value (nan)"),
        (reading(float("-inf")), "not_finite", "temperature has no finite value (-inf)"),
        (reading(1e30), "implausible", "temperature 1e+30 °C is not plausible"),
        (reading(60.1), "implausible", "temperature 60.1 °C is not plausible"),
        (reading(1, code="um003"), "unknown_parameter", "unknown parameter 'um003'"),
        (reading(1, code=None), "unknown_parameter", "unknown parameter ''"),
        (reading(1, station="J K"), "bad_station_id", "'J K' is not a station id"),
        (reading(1, station=None), "bad_station_id", "'' is not a station id"),
        (reading(1) | {"time": None}, "bad_time", "null is not a time"),
    ],
)
def test_dropped(location, row, reason, what):
    """An unusable row is counted and named, and the others are used."""
    write(location, reading(1), row, reading(2, minutes=-60))

    observations = read(location)

    assert series(observations) == [None, 2, 1]
    assert observations.report.dropped == {reason: 1}
    assert observations.report.examples == [f"a.parquet:2: {what}"]


#: The kinds of time zones that programs write into Parquet files.
ZONES = (
    *("UTC", "Z", "z", "utc", "Zulu", "GMT", "GMT+2", "UTC+1", "UTC+05:30", "UTC-03", "Etc/GMT+2"),
    *(
        "+05:30",
        "-03:30",
        "+0530",
        "+05",
        "+1",
        "+00:00",
        "-00:00",
        "\N{MINUS SIGN}03:00",
        "+14:00",
    ),
    *("EST", "EST5EDT", "CET-1CEST", "Asia/Kolkata", "asia/kolkata", "Asia/Calcutta", "Local"),
    *("India Standard Time", "Mars/Olympus", "+99:99", " ", "", "\N{SNOWMAN}"),
)


@pytest.mark.parametrize("column", ["time", "seen"])
@pytest.mark.parametrize("zone", ZONES)
def test_every_kind_of_time_zone(location, capfd, zone, column):
    """An instant is an instant, whatever its zone is called, and whichever column has the zone."""
    write_in_zone(location, zone, column)
    write(location, reading(1))

    observations = read(location)

    assert series(observations) == [None, 7, 1]
    assert observations.report.faults == {}
    assert capfd.readouterr().err == ""


@given(zone=st.text(max_size=8), column=st.sampled_from(["time", "seen"]))
def test_any_time_zone(tmp_path_factory, zone, column):
    """Any text may be the name of a zone."""
    location = tmp_path_factory.mktemp("zone")
    (location / "stations.csv").write_text(HEADER + JFK)
    write_in_zone(location, zone, column)

    observations = read(location)

    assert series(observations) == [None, 7, None]
    assert observations.report.faults == {}


def test_unit_column(location):
    """The unit of each row is used; a row with an unknown unit is dropped."""
    schema = SCHEMA | {"unit": pl.String}
    rows = [reading(50) | {"unit": "F"}, reading(3, minutes=-60) | {"unit": "°C"}]
    strange = reading(3, minutes=-120) | {"unit": "ppm"}
    write(location, *rows, strange, schema=schema)

    observations = read(location)

    assert series(observations) == [None, 3, 10]
    assert observations.report.dropped == {"unknown_unit": 1}
    assert observations.report.examples == ["a.parquet:3: unknown unit 'ppm' for temperature"]


def test_naive_times_are_utc(location):
    """Parquet timestamps without a zone are taken as UTC."""
    write(
        location,
        reading(5) | {"time": ISSUE_TIME.replace(tzinfo=None)},
        schema=SCHEMA | {"time": pl.Datetime("ns")},
    )

    observations = read(location)

    assert series(observations)[-1] == 5


def test_unlocated_station(location):
    """A station without coordinates is dropped, and its readings are counted as dropped."""
    (location / "stations.csv").write_text(HEADER + JFK + "LGA,La Guardia,US,,-73.87,,\n")
    write(location, reading(1), *(reading(2, station=name) for name in ("LGA", "LGA", "EWR")))

    observations = read(location)

    assert [station.id for station in observations.stations] == ["JFK"]
    assert observations.report.dropped == {"no_coordinates": 3}
    assert observations.report.faults == {"bad_station_line": 1}
    assert observations.report.examples == [
        "stations.csv:3: it has no latitude",
        "station EWR: it has no coordinates",
        "station LGA: it has no latitude",
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("LGA,La Guardia,US,north,-73.87,,\n", "latitude 'north' is not a number"),
        ("LGA,La Guardia,US,95,-73.87,,\n", "latitude 95.0 is not within -90..90"),
        ("LGA,La Guardia,US,inf,-73.87,,\n", "latitude inf is not within -90..90"),
        ("LGA,La Guardia,US,NA,-73.87,,\n", "it has no latitude"),
        ("LGA,La Guardia,US,0,0.0,,\n", "coordinates 0, 0 stand for unknown ones"),
        ("LGA,La Guardia\n", "the line is malformed"),
        ('LGA,"La Guardia,US,40,-73.87,,\n', "the line is malformed"),
        (f"LGA,{'a' * 140_000},US,40,-73.87,,\n", "the line is malformed"),
    ],
)
def test_bad_station_line(location, line, fault):
    """A bad line of the station file is named, and does not affect other stations."""
    (location / "stations.csv").write_text(HEADER + line + JFK)
    write(location, reading(1))

    observations = read(location)

    assert [station.id for station in observations.stations] == ["JFK"]
    assert observations.report.examples == [f"stations.csv:2: {fault}"]


def test_station_file_without_a_column(location):
    """If a station file lacks a column, it is named, and other data of stations are used."""
    (location / "bad").mkdir()
    (location / "bad" / "stations.csv").write_text("station_id,lat,longitude\nEWR,1,1\n")
    write(location, reading(1))

    report = read(location).report

    assert (report.used, report.faults) == (1, {"missing_column": 1})
    assert report.examples == [
        "bad/stations.csv: no column latitude; found station_id, lat, longitude"
    ]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ("US,40,-73,high,Europe/Paris", "elevation 'high' is not a number"),
        ("US,40,-73,inf,Europe/Paris", "elevation 'inf' is not within -500 to 9000 m"),
        ("US,40,-73,20000,Europe/Paris", "elevation '20000' is not within -500 to 9000 m"),
        ("US,40,-73,4,Mars", "timezone 'Mars' is not an IANA time zone"),
        (
            "Utopia,40,-73,4,Europe/Paris",
            "country 'Utopia' is not an ISO code of two or three letters",
        ),
    ],
)
def test_bad_station_field(location, fields, fault):
    """An optional field that is bad costs itself, not the station, and is named."""
    (location / "stations.csv").write_text(HEADER + f"LGA,La Guardia,{fields}\n")
    write(location, reading(1, station="LGA"))

    observations = read(location)

    expected = Station("LGA", "La Guardia", "US", 40, -73, 4, "Europe/Paris")
    bad = fault.partition(" ")[0]
    unknown = {"elevation": None, "timezone": "UTC", "country": ""}[bad]
    assert observations.stations == (replace(expected, **{bad: unknown}),)
    assert observations.report.faults == {"bad_station_field": 1}
    assert observations.report.examples == [f"stations.csv:2: {fault}"]


@pytest.mark.parametrize("unknown", ["", "NA", "null", "nan", "-", "Unknown"])
def test_unknown_name(location, unknown):
    """A station without a name, whatever a file writes for that, has its id for a name."""
    (location / "stations.csv").write_text(HEADER + f"LGA,{unknown},US,40,-73,4,\n")
    write(location, reading(1, station="LGA"))

    assert read(location).stations[0].name == "LGA"


@pytest.mark.parametrize(
    "unknown", ["", "NaN", "NA", "null", "-999", "-9999.0", "9999", " -0999.0"]
)
def test_unknown_elevation(location, unknown):
    """What files write for an unknown height is no height, and no fault."""
    (location / "stations.csv").write_text(HEADER + f"JFK,Kennedy, us ,40,-73,{unknown},NA\n")
    write(location, reading(1))

    observations = read(location)

    assert observations.stations == (Station("JFK", "Kennedy", "US", 40, -73),)
    assert observations.report.faults == {}


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_ids_that_became_floats(location, missing):
    """A table with a missing id has made floats of the others: 7.0 is station 7."""
    (location / "stations.csv").write_text("station_id,latitude,longitude\n7,40,-3\n8.0,40,-3\n")
    rows = [reading(2, station=station) for station in (7.0, missing, 8.0)]
    write(location, *rows, schema=SCHEMA | {"station_id": pl.Float64})

    observations = read(location, station_ids=None)

    assert [station.id for station in observations.stations] == ["7", "8"]
    assert observations.report.dropped == {"bad_station_id": 1}


def test_requested_ids_that_became_floats(location):
    """A requested station is found under the id that became a float."""
    (location / "stations.csv").write_text("station_id,latitude,longitude\n7,40,-3\n8,40,-3\n")
    rows = [reading(2, station=station) for station in (7.0, 8.0)]
    write(location, *rows, schema=SCHEMA | {"station_id": pl.Float64})

    observations = read(location, station_ids=["7"])

    assert [station.id for station in observations.stations] == ["7"]


@pytest.mark.parametrize("name", ["relativehumidity", "Relative_Humidity", " relative_humidity"])
def test_names_of_parameters(location, name):
    """All formats know the same names of parameters, in any case."""
    write(location, reading(50, code=name))

    observations = read(location)

    assert observations.parameters == ("relative_humidity",)


def test_two_sensors(location):
    """Parquet files may name the sensor, too; a file without sensors counts as one sensor."""
    schema = SCHEMA | {"sensor_id": pl.Int64}
    rows = [
        reading(value, minutes=m) | {"sensor_id": s} for value, m, s in ((1, 0, 4), (2, -60, 4))
    ]
    write(location, *rows, reading(9) | {"sensor_id": 5}, schema=schema)
    write(location, reading(7), name="b.parquet")

    observations = read(location)

    assert series(observations) == [None, 2, 1]
    assert observations.report.dropped == {"other_sensor": 2}


def test_sentinel_that_would_be_plausible(location):
    """-99.9 °F is a temperature of the Antarctic, but stands for a missing value."""
    write(
        location,
        reading(1, minutes=-60) | {"unit": "C"},
        reading(-99.9) | {"unit": "F"},
        schema=SCHEMA | {"unit": pl.String},
    )

    observations = read(location)

    assert observations.report.dropped == {"sentinel": 1}


def test_blank_lines_of_a_station_file(location):
    """A byte order mark and blank lines of a station file are nothing."""
    (location / "stations.csv").write_text(f"\ufeff\n{HEADER}\n,,,,,,\n{JFK}\n\r\r\n")
    write(location, reading(1))

    observations = read(location)

    assert [station.name for station in observations.stations] == ["John F Kennedy Intl"]
    assert observations.report.faults == {}


def test_few_station_columns(location):
    """A station file needs only ids and coordinates, in any order."""
    (location / "stations.csv").write_text("longitude,station_id,latitude\n-73.78,JFK,40.64\n")
    write(location, reading(1))

    observations = read(location)

    assert observations.stations == (Station("JFK", "JFK", "", 40.64, -73.78),)


def test_station_file_beside_the_parquet(location):
    """A station file is found at any depth."""
    (location / "deep").mkdir()
    (location / "stations.csv").rename(location / "deep" / "stations.csv")
    write(location, reading(1), name="deep/a.parquet")

    observations = read(location)

    assert [station.id for station in observations.stations] == ["JFK"]


@pytest.mark.parametrize(
    ("code", "content", "what"),
    [
        ("unreadable_file", b"PAR1 this is none PAR1", "not readable as Parquet"),
        ("unreadable_file", b"", "not readable as Parquet"),
    ],
)
def test_unreadable_parquet(location, code, content, what):
    """A file that is not Parquet is counted and named, and the others are read."""
    write(location, reading(1))
    (location / "broken.parquet").write_bytes(content)

    observations = read(location)

    assert series(observations)[-1] == 1
    assert observations.report.faults == {code: 1}
    assert observations.report.examples[0].startswith(f"broken.parquet: {what}: ")


def test_damaged_parquet(location):
    """A Parquet file that is damaged inside is counted and named, and the others are read."""
    write(location, reading(1))
    rows = [reading(n % 50, minutes=-n / 10) for n in range(1000)]
    write(location, *rows, name="broken.parquet")
    content = bytearray((location / "broken.parquet").read_bytes())
    content[4:400] = b"\xff" * 396
    (location / "broken.parquet").write_bytes(content)

    observations = read(location)

    assert series(observations)[-1] == 1
    assert observations.report.faults == {"unreadable_file": 1}


@pytest.mark.parametrize(
    ("schema", "code", "what"),
    [
        (
            {"station_id": pl.String, "time": pl.Datetime("us"), "hourly": pl.Float64},
            "missing_column",
            "no column parameter, value; found station_id, time, hourly",
        ),
        (
            SCHEMA | {"time": pl.String},
            "bad_column",
            "column time is String, not a timestamp",
        ),
        (
            SCHEMA | {"value": pl.String},
            "bad_column",
            "column value is String, not a number",
        ),
    ],
)
def test_wrong_columns(location, schema, code, what):
    """A Parquet file without the right columns is skipped; the report names the column."""
    write(location, reading(1))
    write(location, name="wrong.parquet", schema=schema)

    report = read(location).report

    assert (report.used, report.faults) == (1, {code: 1})
    assert report.examples == [f"wrong.parquet: {what}"]


def test_examples_are_few(location):
    """The report has few examples, but every reason, however many rows are wrong."""
    write(location, reading(1), *[reading(-999)] * 500, *[reading(1, code="no")] * 500)

    report = read(location).report

    assert report.dropped == {"sentinel": 500, "unknown_parameter": 500}
    assert [example.partition(":")[2][:3] for example in report.examples] == [
        "502",
        "503",
        "504",
        "2: ",
        "3: ",
        "4: ",
    ]
