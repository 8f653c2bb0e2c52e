"""Reading observations from files of any format."""

from datetime import UTC, datetime, timedelta
from math import isfinite

import boto3
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from moto import mock_aws

from batch_jobs.errors import LocationError, NoObservationsError, WindowError
from batch_jobs.observations.report import ReadReport
from forecasts.errors import UnknownParameterError
from forecasts.station import Station
from tests.batch_jobs.observations.parquet_folder import (
    HEADER,
    JFK,
    LGA,
    at,
    read,
    reading,
    series,
    write,
)
from tests.factories import ISSUE_TIME


@pytest.fixture
def location(tmp_path):
    """A folder with a station file of JFK and LGA, and a function that adds Parquet files."""
    (tmp_path / "stations.csv").write_text(HEADER + JFK + LGA)
    return tmp_path


def test_observations(location):
    """Stations are ordered by id, parameters as in the catalogue, hours from the oldest."""
    write(
        location,
        reading(20, station="LGA", code="pressure", minutes=-60) | {"value": 1013.2},
        reading(1.5, minutes=-120),
        reading(2.5),
        reading(7, station="LGA", code="pm25"),
    )

    observations = read(location)

    assert observations.stations == (
        Station("JFK", "John F Kennedy Intl", "US", 40.64, -73.78, 4.0, "America/New_York"),
        Station("LGA", "La Guardia", "US", 40.78, -73.87),
    )
    assert observations.parameters == ("pm25", "temperature", "pressure")
    assert observations.end == ISSUE_TIME
    assert observations.values.dtype == np.float32
    assert observations.values.shape == (2, 3, 3)
    assert series(observations) == [1.5, None, 2.5]
    assert series(observations, "LGA", "pressure") == [None, 1013.2, None]
    assert observations.report == ReadReport(
        files=2,
        rows=4,
        used=4,
        groups={
            "country US": [4, 0],
            "parameter pm25": [1, 0],
            "parameter pressure": [1, 0],
            "parameter temperature": [2, 0],
            "source parquet": [4, 0],
        },
        freshness=[
            {
                "source": "parquet",
                "country": "US",
                "fresh": 3,
                "stale": 0,
                "silent": 0,
                "newest": "2013-12-30T00:00:00Z",
            }
        ],
    )


def test_hour_is_mean_up_to_its_label(location):
    """Hour t is the mean of the readings after t - 1 h, up to and including t."""
    minutes_and_values = [(-121, 9), (-120, 1), (-119, 2), (-90, 4), (-60, 6), (-59, 8), (0, 10)]
    write(location, *(reading(value, minutes=minutes) for minutes, value in minutes_and_values))

    observations = read(location)

    assert series(observations) == [5, 4, 9]


def test_nothing_later_than_the_end(location):
    """A reading after the end, however shortly, is not part of the last hour."""
    late = reading(50) | {"time": ISSUE_TIME + timedelta(microseconds=1)}
    write(location, reading(1), late)

    observations = read(location)

    assert series(observations)[-1] == 1
    assert observations.report.dropped == {"outside_window": 1}


def test_outside_window_is_no_fault(location):
    """Readings outside the window are counted, and are not faults, whatever their value."""
    write(location, reading(1), reading(-999, minutes=-180), reading(3, minutes=1))

    report = read(location).report

    assert (report.rows, report.used, report.faulty) == (3, 1, 0)
    assert report.dropped == {"outside_window": 2}


def test_all_there_is(location):
    """Without an end or a number of hours, the window is that of the readings."""
    write(location, reading(1, minutes=-90), reading(2, minutes=-20))

    observations = read(location, end=None, hours=None)

    assert (observations.end, series(observations)) == (at(0), [1, 2])


@pytest.mark.parametrize(
    ("selection", "end", "expected"),
    [
        ({"end": None, "hours": 2}, at(120), [2, 3]),
        ({"end": at(60), "hours": None}, at(60), [1, None, 2]),
        ({"end": at(30), "hours": 2}, at(30), [1, 2]),
    ],
)
def test_window_left_open(location, selection, end, expected):
    """If an end of the window is not given, the readings set it; it need not be a full hour."""
    times = {-60: 1, 30: 2, 120: 3}
    write(location, *(reading(value, minutes=minutes) for minutes, value in times.items()))

    observations = read(location, **selection)

    assert (observations.end, series(observations)) == (end, expected)


def test_duplicates(location):
    """Among readings of the same instant, the last one by file name and row is used."""
    write(location, reading(9), reading(4, minutes=-30), name="b.parquet")
    write(location, reading(1), reading(2), reading(6, minutes=-30), name="a.parquet")

    observations = read(location)

    assert series(observations)[-1] == 6.5
    assert observations.report.dropped == {"duplicate": 3}
    assert observations.report.used == 2


def test_not_rounded(location):
    """Values keep the decimals that forecasts do not have: an interval is judged by them."""
    write(location, reading(12.34), reading(44.6, code="o3"))

    observations = read(location)

    assert series(observations)[-1] == 12.34
    assert series(observations, code="o3")[-1] == 44.6


def test_selection(location):
    """Only the requested parameters and stations are read."""
    write(
        location,
        reading(1),
        reading(2, station="LGA"),
        reading(3, code="dew_point"),
        reading(4, code="dew_point", station="LGA"),
    )

    observations = read(location, parameters=["dew_point"], station_ids={"LGA"})

    assert series(observations, "LGA", "dew_point")[-1] == 4
    assert observations.values.size == 3
    assert observations.report.dropped == {"not_requested": 3}
    assert observations.report.faulty == 0


def test_unknown_parameter_asked_for(location):
    """If a requested parameter is not in the catalogue, the error names it."""
    write(location, reading(1))

    with pytest.raises(UnknownParameterError, match="'temprature'"):
        read(location, parameters=["temprature"])


def test_ignored_files(location):
    """Other files are named, and never stop the reading."""
    write(location, reading(1))
    (location / "notes.txt").write_text("hello")

    report = read(location).report

    assert report.faults == {"ignored_file": 1}
    assert report.examples == ["notes.txt: not an observation file"]


def test_missing_folder(tmp_path):
    """If a folder does not exist, the error names it."""
    with pytest.raises(LocationError, match="nowhere"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize("files", [[], ["notes.txt"]])
def test_no_files(tmp_path, files):
    """If a folder has no file of observations, the error says which files are read."""
    for name in files:
        (tmp_path / name).write_text("hello")

    with pytest.raises(NoObservationsError) as caught:
        read(tmp_path)

    assert f"none of its {len(files)} files ends in .csv, .csv.gz, .ndjson" in str(caught.value)


def test_nothing_usable(location):
    """If no reading is usable, the error says how many were read and why they were dropped."""
    write(location, reading(-999), reading(1, minutes=-9999))

    with pytest.raises(NoObservationsError) as caught:
        read(location)

    assert str(caught.value).endswith(
        "2 rows in 2 files, none of them usable; requested up to 2013-12-30T00:00:00Z; "
        "1 outside_window; 1 sentinel; a.parquet:1: temperature -999 stands for a missing value"
    )


def test_old_data(location):
    """If all data are old, the error says which time they cover and which issue time would help."""
    write(location, reading(1, minutes=-9999), name="a.parquet")
    write(location, reading(1, minutes=-8990), name="b.parquet")

    with pytest.raises(NoObservationsError) as caught:
        read(location)

    assert (
        "the data cover 2013-12-23T01:21:00Z to 2013-12-23T18:10:00Z; "
        "--issue-time 2013-12-23T19:00:00Z would forecast from the end of them"
    ) in str(caught.value)


def test_old_and_bad_data(location):
    """If data are bad as well, another issue time would not help, and none is named."""
    write(location, reading(1, minutes=-9999), name="a.parquet")
    write(location, reading(-999), name="b.parquet")

    with pytest.raises(NoObservationsError) as caught:
        read(location)

    assert "the data cover 2013-12-23T01:21:00Z to" in str(caught.value)
    assert "--issue-time" not in str(caught.value)


def test_old_days_of_the_archive(location):
    """Files that are not opened still say by their names which days they cover."""
    for day in ("20220501", "20220503", "20229999"):
        (location / f"location-2178-{day}.csv.gz").write_bytes(b"")

    with pytest.raises(NoObservationsError) as caught:
        read(location, station_ids=["1"])

    assert "the data cover 2022-05-01T00:00:00Z to 2022-05-04T00:00:00Z" in str(caught.value)


def test_nothing_usable_at_any_time(location):
    """If no hours were requested, the error does not mention any."""
    write(location, reading(1, station="EWR"))

    with pytest.raises(NoObservationsError) as caught:
        read(location, end=None, hours=None)

    assert str(caught.value).endswith(
        "none of them usable; 1 no_coordinates; station EWR: it has no coordinates"
    )


@pytest.mark.parametrize(
    ("selection", "what"),
    [
        ({"end": datetime(2013, 12, 30)}, "end 2013-12-30T00:00:00 has no time zone"),  # noqa: DTZ001 -- the case
        ({"hours": 0}, "hours must be at least 1, not 0"),
    ],
)
def test_bad_window(location, selection, what):
    """An impossible window is refused before any file is read."""
    with pytest.raises(WindowError, match=what):
        read(location, **selection)


def test_window_too_large(location):
    """A wrong time in a file does not exhaust memory: the error says how long the window is."""
    ids = [f"S{number:05}" for number in range(11_000)]
    lines = [f"{station_id},,,1,1,,\n" for station_id in ids]
    (location / "stations.csv").write_text(HEADER + "".join(lines))
    strange = reading(1, station=ids[0]) | {"time": datetime(1970, 1, 2, tzinfo=UTC)}
    write(location, strange, *(reading(1, station=station_id) for station_id in ids))

    with pytest.raises(WindowError, match="11000 stations x 1 parameters x 385633 hours"):
        read(location, end=None, hours=None)


def test_s3(location, monkeypatch):
    """An S3 prefix gives the same observations as a folder."""
    write(location, reading(1), reading(2, station="LGA", minutes=-60))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="observations")
        for path in location.iterdir():
            client.upload_file(str(path), "observations", f"raw/{path.name}")
        from_s3 = read("s3://observations/raw")

    from_folder = read(location)
    assert from_s3.values.tobytes() == from_folder.values.tobytes()
    assert from_s3.stations == from_folder.stations
    assert from_s3.report == from_folder.report


def test_track(location):
    """Progress is shown file by file."""
    write(location, reading(1), name="a.parquet")
    write(location, reading(1), name="b.parquet")
    shown = []

    def track(iterable, description, total):
        for item in iterable:
            shown.append((description, total))
            yield item

    read(location, track=track)

    assert shown == [("Reading Parquet", 2)] * 2


times = st.integers(-300, 100)
values = st.none() | st.floats(width=32) | st.sampled_from([-999.0, 1.25, 20.0])
rows_of_a_file = st.lists(
    st.builds(
        lambda station, code, minutes, value: reading(
            value, minutes=minutes, station=station, code=code
        ),
        st.sampled_from(["JFK", "LGA", "EWR", "J K"]),
        st.sampled_from(["temperature", "pm25", "um003"]),
        times,
        values,
    ),
    min_size=1,
    max_size=40,
)


@example([reading(v) for v in (70.0, 80.0, 90.0, 5.0)])
@example([reading(v, station="EWR") for v in (70.0, 80.0, 90.0)])
@given(rows_of_a_file)
def test_every_row_is_accounted_for(tmp_path_factory, rows):
    """Each row is either used or dropped for one reason, and values are means of the used rows."""
    location = tmp_path_factory.mktemp("any")
    (location / "stations.csv").write_text(HEADER + JFK + LGA)
    write(location, *rows, reading(3.0, station="JFK"))

    expected = expected_means([*rows, reading(3.0, station="JFK")])
    if not expected:
        with pytest.raises(NoObservationsError):
            read(location)
        return
    observations = read(location)

    report = observations.report
    assert report.rows == len(rows) + 1
    assert report.used + sum(report.dropped.values()) == report.rows
    assert np.count_nonzero(~np.isnan(observations.values)) <= report.used
    for (station, code), hours in expected.items():
        assert series(observations, station, code) == pytest.approx(hours, abs=0.051)


LIMITS = {"temperature": (-95, 60), "pm25": (0, 2000)}


def expected_means(rows):
    """Average by hour, as slowly and plainly as possible."""
    seen = {}
    for row in rows:
        hours_back = (ISSUE_TIME - row["time"]) // timedelta(hours=1)
        if plausible(row) and row["station_id"] in {"JFK", "LGA"} and 0 <= hours_back < 3:
            instants = seen.setdefault((row["station_id"], row["parameter"]), [{}, {}, {}])
            instants[2 - hours_back][row["time"]] = row["value"]
    return {
        (station, code): [sum(hour.values()) / len(hour) if hour else None for hour in hours]
        for (station, code), hours in seen.items()
        if is_trusted([row for row in rows if row["parameter"] == code])
    }


def plausible(row):
    """Tell whether the value of a row is within the limits."""
    low, high = LIMITS.get(row["parameter"], (1, 0))
    return row["value"] is not None and low <= row["value"] <= high


def is_trusted(rows):
    """Tell whether the rows of a parameter are trusted: those of the source and of the country."""
    within = [r for r in rows if timedelta(0) <= ISSUE_TIME - r["time"] < timedelta(hours=3)]
    inside = {(r["station_id"], r["time"], str(r["value"])): r for r in within}.values()
    for stations in ({"JFK", "LGA", "EWR"}, {"JFK", "LGA"}):
        values = [row for row in inside if row["station_id"] in stations]
        good = sum(map(plausible, values))
        missing = sum(row["value"] in {None, -999} or not isfinite(row["value"]) for row in values)
        if good < len(values) - missing - good:
            return False
    return True


def test_rows_are_counted_by_group(location):
    """Rows are counted by parameter, by the `source=` folder or the format, and by country."""
    (location / "source=iem" / "date=2013-12-29").mkdir(parents=True)
    (location / "source=iem" / "b.ndjson").write_text("no JSON\n")
    write(location, reading(1), reading(-999), name="source=iem/date=2013-12-29/a.parquet")
    write(location, reading(-1000, code="pm25"), reading(1, code="um003"), reading(1, minutes=99))
    header = "location_id,location,datetime,lat,lon,parameter,units,value\n"
    line = "1,A,2013-12-30T00:00:00Z,1,1,pm25,ug/m3,"
    for folder, value in (("source=x", 5), ("source=y", -1000)):
        (location / folder).mkdir()
        (location / folder / "a.csv").write_text(f"{header}{line}{value}\n")

    assert read(location).report.groups == {
        "parameter temperature": [1, 1],
        "parameter pm25": [1, 2],
        "country US": [1, 2],
        "source iem": [1, 2],
        "source parquet": [0, 1],
        "source x": [1, 0],
        "source y": [0, 1],
    }


def test_report_survives_json(location):
    """A report is the same after it was stored with the run."""
    write(location, reading(1), reading(-999), reading(-999), reading(1, code="um003"))
    report = read(location).report

    again = ReadReport(**report.to_json())

    assert again == report
