"""Observations from CSV files of OpenAQ's archive."""

import csv
import gzip
import io
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.errors import NoObservationsError
from batch_jobs.observations.openaq_archive import BATCH_BYTES, COLUMNS, number_of
from batch_jobs.observations.read import read_observations
from batch_jobs.observations.report import EXPECTED
from forecasts.station import Station

HEADER = (
    '"location_id","sensors_id","location","datetime","lat","lon","parameter","units","value"\n'
)
END = datetime(2022, 5, 3, 8, tzinfo=UTC)
DEL_NORTE = Station("2178", "Del Norte-2178", "", 35.1353, -106.584702)
FOLDER = "records/csv.gz/locationid=2178/year=2022/month=05"


def line(
    value="9.0", *, time="2022-05-03T01:00:00-06:00", code="pm10", units="µg/m³", station=2178
):
    """Return a line as the archive writes it; the default time is 07:00 UTC."""
    return (
        f'{station},3919,"Del Norte-{station}","{time}","35.1353","-106.584702",'
        f'"{code}","{units}","{value}"\n'
    )


def write(location, *lines, name="a.csv", header=HEADER):
    """Write a file."""
    path = location / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = (header + "".join(lines)).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def read(location, **selection):
    """Read two hours, 07:00 and 08:00 UTC."""
    return read_observations(str(location), **({"end": END, "hours": 2} | selection))


def values(observations):
    """Return the values of the only series; None for NaN."""
    (series,) = observations.values.reshape(-1, 2).tolist()
    return [None if np.isnan(value) else round(value, 3) for value in series]


def test_archive_file(tmp_path):
    """A published file in the archive's folders gives a station and its hours in UTC."""
    name = f"{FOLDER}/location-2178-20220503.csv.gz"
    write(tmp_path, line("9.0"), line("11", time="2022-05-03T02:00:00-06:00"), name=name)

    observations = read(tmp_path)

    assert observations.stations == (DEL_NORTE,)
    assert observations.parameters == ("pm10",)
    assert values(observations) == [9, 11]


def test_any_columns(tmp_path):
    """Columns may be in any order, among others, with a BOM and with DOS line ends."""
    header = "\ufeffvalue,units,new,parameter,lon,lat,datetime,location,location_id,more\r\n"
    text = "9,µg/m³,x,pm10,-106.584702,35.1353,2022-05-03T07:00:00Z,Del Norte-2178,2178,y\r\n"
    write(tmp_path, text, header=header)

    observations = read(tmp_path)

    assert observations.stations == (DEL_NORTE,)
    assert values(observations) == [9, None]


def test_columns_may_differ(tmp_path):
    """Files of one location need not have the same columns."""
    other = "value,units,parameter,lon,lat,datetime,location,location_id\n"
    write(tmp_path, line("9"), name="a.csv")
    write(tmp_path, "3,µg/m³,pm10,1,1,2022-05-03T08:00:00Z,x,2178\n", name="b.csv", header=other)
    write(tmp_path, line("7", time="2022-05-03T06:30:00Z"), name="c.csv")

    observations = read(tmp_path)

    assert values(observations) == [8, 3]


def test_station_file_wins(tmp_path):
    """A station file takes precedence over the archive's data of a station."""
    (tmp_path / "stations.csv").write_text(
        "station_id,name,country,latitude,longitude,timezone\n"
        "2178,Del Norte,US,35,-106,America/Denver\n"
    )
    write(tmp_path, line())

    observations = read(tmp_path)

    assert observations.stations == (
        Station("2178", "Del Norte", "US", 35, -106, None, "America/Denver"),
    )


def test_units_are_converted(tmp_path):
    """Values are converted to the catalogue's unit."""
    write(tmp_path, line("0.05", code="o3", units="ppm"))

    observations = read(tmp_path)

    assert values(observations) == [98.155, None]


def test_names_of_openaq(tmp_path):
    """OpenAQ's names of parameters are translated to ours."""
    write(tmp_path, line("45", code="relativehumidity", units="%"))

    observations = read(tmp_path)

    assert observations.parameters == ("relative_humidity",)


@pytest.mark.parametrize(
    ("bad", "reason", "what"),
    [
        (line("-999"), "sentinel", "pm10 -999 stands for a missing value"),
        (line("-9999.0", code="o3", units="ppm"), "sentinel", "o3 -9999 stands for a missing"),
        (line("nan"), "not_finite", "pm10 has no finite value (nan)"),
        (line(""), "not_finite", "pm10 has no finite value (nan)"),
        (line("1e30"), "implausible", "pm10 1e+30 µg/m³ is not plausible"),
        (line(units="grains"), "unknown_unit", "unknown unit 'grains' for pm10"),
        (line(units=""), "unknown_unit", "unknown unit '' for pm10"),
        (line(code="um003"), "unknown_parameter", "unknown parameter 'um003'"),
        (
            line(time="2022-05-03T01:00:00"),
            "no_time_zone",
            "'2022-05-03T01:00:00' has no time zone",
        ),
        (line(time="yesterday"), "bad_time", "'yesterday' is not a time"),
        (line(time=""), "bad_time", "'' is not a time"),
        (line(time="1969-05-03T01:00:00Z"), "bad_time", "'1969-05-03T01:00:00Z' is not a time"),
        (line(station="a b"), "bad_station_id", "'a b' is not a station id"),
        (line("many"), "bad_line", "value 'many' is not a number"),
        (line("1_0"), "bad_line", "value '1_0' is not a number"),
        (line().replace("\n", ",x\n"), "bad_line", "expected 9 fields, got 10"),
        ("2178,3919\n", "bad_line", "expected 9 fields, got 2"),
        (line().replace('"pm10"', '"pm10'), "bad_line", "the line is malformed"),
        (line().replace('"Del Norte-2178"', "Del\rNorte"), "bad_line", "the line is malformed"),
    ],
)
def test_bad_line(tmp_path, bad, reason, what):
    """An unusable line is counted and named by file and line; all others are used."""
    good = [line("1"), line("3", time="2022-05-03T06:30:00Z")]
    write(tmp_path, good[0], name="before.csv")
    write(tmp_path, good[0], bad, good[1], name="middle.csv.gz")
    write(tmp_path, good[0], good[1], name="then.csv.gz")

    observations = read(tmp_path)

    report = observations.report
    assert values(observations) == [2, None]
    assert report.dropped == {reason: 1, "duplicate": 3}
    assert (report.rows, report.faulty) == (6, int(reason not in EXPECTED))
    assert len(report.examples) == 1
    assert report.examples[0].startswith("middle.csv.gz:3: ")
    assert what in report.examples[0]


@pytest.mark.parametrize("blank", ["\n", "  \t\n", ",,,,,,,,\n", "\r\r\n", "\n\n\n"])
@pytest.mark.parametrize("place", range(4))
def test_blank_lines(tmp_path, blank, place):
    """Blank lines are nothing, wherever they are; lines after them keep their numbers."""
    lines = [HEADER, line("1"), line("-999")]
    lines.insert(place, blank if place or "," not in blank else "\n")
    write(tmp_path, *lines, header="\ufeff")

    report = read(tmp_path).report

    assert (report.rows, report.used, report.faults) == (2, 1, {})
    number = 3 + blank.count("\n") * (place < 3)
    assert report.examples == [f"a.csv:{number}: pm10 -999 stands for a missing value"]


@pytest.mark.parametrize("ends", ["\r\n", "\r\r\n", "\n\n", "\r\n\r\n"])
def test_line_ends(tmp_path, ends):
    """DOS line ends, even if they were converted twice, cost nothing."""
    lines = [line("1"), line("3", time="2022-05-03T08:00:00Z")]
    write(tmp_path, *(text.replace("\n", ends) for text in lines), header=HEADER)

    observations = read(tmp_path)

    assert values(observations) == [1, 3]
    assert observations.report.dropped == {}


@pytest.mark.parametrize("header", [f"{'x' * 200_000}\n", "a\rb\n"])
def test_header_that_is_none(tmp_path, header):
    """A file whose first line cannot be read as CSV is named, and the others are read."""
    write(tmp_path, line())
    write(tmp_path, line(), name="b.csv", header=header)

    report = read(tmp_path).report

    assert (report.used, report.faults) == (1, {"missing_column": 1})
    assert "; found nothing; a CSV file needs the columns location_id, " in report.examples[0]


def test_two_sensors(tmp_path):
    """Of two sensors, that with most hours is used throughout, in any order of the lines."""
    other = line("500").replace("3919", "7")
    later = line("3", time="2022-05-03T08:00:00Z")
    write(tmp_path, line("1"), other, later, "\n", name="a.csv")

    observations = read(tmp_path)

    assert values(observations) == [1, 3]
    assert observations.report.dropped == {"other_sensor": 1}
    assert observations.report.faulty == 0
    assert observations.report.examples == [
        "station 2178: pm10 of sensor 3919 is used, that of sensor 7 is not"
    ]


def test_two_sensors_with_as_many_hours(tmp_path):
    """Of two sensors with as many hours, the first is used."""
    write(tmp_path, line("1"), line("500").replace("3919", "7"))

    assert values(read(tmp_path)) == [1, None]


def test_a_sensor_that_was_replaced(tmp_path):
    """Sensors that follow each other are both used."""
    write(tmp_path, line("1"), line("3", time="2022-05-03T08:00:00Z").replace("3919", "7"))

    observations = read(tmp_path)

    assert values(observations) == [1, 3]
    assert observations.report.dropped == {}


def test_line_break_in_quotes(tmp_path):
    """A quoted field that spans two lines makes two bad lines, and the others are used."""
    write(tmp_path, line("1"), line("2").replace("Norte", "\n"), line("-999"), name="a.csv")

    report = read(tmp_path).report

    assert report.dropped == {"bad_line": 2, "sentinel": 1}
    assert [example.partition(": ")[0] for example in report.examples] == [
        "a.csv:3",
        "a.csv:4",
        "a.csv:5",
    ]


def test_bad_bytes(tmp_path):
    """A line that is not UTF-8 is named, and the others are used."""
    content = (HEADER + line("1") + line("2") + line("3", time="2022-05-03T08:00:00Z")).encode()
    at = content.index(b"Norte", content.index(b"Norte") + 1)
    (tmp_path / "a.csv").write_bytes(content[:at] + b"\xff\xfe" + content[at + 2 :])

    observations = read(tmp_path)

    assert values(observations) == [1, 3]
    assert observations.report.examples[0].startswith("a.csv:3: the line is malformed: ")


def test_lines_are_counted_across_files(tmp_path):
    """A fault in files that are parsed together is named by its own file and line."""
    for number in range(50):
        lines = [line("1", station=number)] * (number % 4) + [line("-999", station=number)]
        write(tmp_path, *lines, name=f"{number:02}.csv.gz")

    report = read(tmp_path).report

    assert report.dropped["sentinel"] == 50
    assert [example.partition(": ")[0] for example in report.examples] == [
        "00.csv.gz:2",
        "01.csv.gz:3",
        "02.csv.gz:4",
    ]


def test_more_than_one_batch(tmp_path):
    """In files too large to be parsed together, lines are counted and the last reading wins."""
    lines = BATCH_BYTES // len(line("1").encode()) + 1
    write(tmp_path, line("1") * lines, line("-999"), name="a.csv")
    write(tmp_path, line("2"), line("-999"), name="b.csv")

    observations = read(tmp_path)

    assert values(observations) == [2, None]
    assert observations.report.rows == lines + 3
    assert [example.partition(": ")[0] for example in observations.report.examples] == [
        f"a.csv:{lines + 2}",
        "b.csv:3",
    ]


@pytest.mark.parametrize("column", COLUMNS)
def test_missing_column(tmp_path, column):
    """A file without a column is skipped, and the report names file and column."""
    write(tmp_path, line())
    write(tmp_path, line(), name="b.csv", header=HEADER.replace(f'"{column}"', '"other"'))

    report = read(tmp_path).report

    assert (report.rows, report.used) == (1, 1)
    assert report.faults == {"missing_column": 1}
    assert report.examples[0].startswith(f"b.csv: no column {column}; found ")


def test_empty_files(tmp_path):
    """An empty file is named; one with only a header has no readings, which is not a fault."""
    write(tmp_path, line())
    write(tmp_path, name="empty.csv", header="")
    write(tmp_path, name="header.csv")

    report = read(tmp_path).report

    assert (report.files, report.used) == (3, 1)
    assert report.faults == {"empty_file": 1}


def test_cut_off_gzip(tmp_path):
    """If a gzip file is cut off, its whole lines are used, and the file is named."""
    minutes = [END - timedelta(minutes=minute) for minute in range(120)]
    write(tmp_path, *(line("5", time=time.isoformat()) for time in minutes), name="a.csv.gz")
    content = (tmp_path / "a.csv.gz").read_bytes()
    (tmp_path / "a.csv.gz").write_bytes(content[:-60])

    report = read(tmp_path).report

    assert 0 < report.used < 120
    assert report.used == report.rows
    assert report.faults == {"broken_gzip": 1}
    assert report.examples == [
        f"a.csv.gz: gzip breaks off after line {report.rows + 1}: the file is cut off"
    ]


def test_first_coordinates_bad(tmp_path):
    """The first coordinates that can be used count, also those of another file."""
    bad = line("1", station=1).replace("35.1353", "135")
    null_island = line("2", station=1).replace("35.1353", "0").replace("-106.584702", "0")
    moved = line("5", time="2022-05-03T08:00:00Z", station=1).replace("35.1353", "12")
    write(tmp_path, bad, null_island, name="a.csv")
    write(tmp_path, bad, line("3", station=1), moved, name="b.csv")

    observations = read(tmp_path)

    assert [(s.id, s.latitude) for s in observations.stations] == [("1", 35.1353)]
    assert values(observations) == [3, 5]
    assert "no_coordinates" not in observations.report.dropped


def test_without_coordinates(tmp_path):
    """A station without any coordinates is dropped; coordinates in one row are enough."""
    somewhere = line("1", station=1).replace('"35.1353"', "")
    nowhere = line("2", station=2).replace('"35.1353"', "")
    wrong = line("3", station=3).replace("35.1353", "135")
    write(tmp_path, somewhere, nowhere, wrong, line("4", station=1))

    observations = read(tmp_path)

    assert [station.id for station in observations.stations] == ["1"]
    assert observations.report.dropped == {"no_coordinates": 2, "duplicate": 1}
    assert observations.report.examples == [
        "station 2: it has no coordinates",
        "station 3: latitude 135.0 is not within -90..90",
    ]


def test_other_files_are_not_opened(tmp_path):
    """A file whose name has another day or station is not opened."""
    days = {"20220430": 0, "20220502": 1, "20220503": 1, "20220505": 0, "20229999": 1}
    for day in days:
        write(tmp_path, line(), name=f"location-2178-{day}.csv.gz")
    write(tmp_path, line(station=9), name="location-9-20220503.csv.gz")

    report = read(tmp_path, station_ids=["2178"]).report

    assert (report.files, report.skipped) == (sum(days.values()), 3)


@pytest.mark.parametrize("offset", ["+14:00", "-12:00"])
def test_names_have_local_days(tmp_path, offset):
    """Every file with an hour of the window is read, whatever the station's time zone."""
    local_times = [f"2022-05-03T{hour:02}:00:00{offset}" for hour in range(24)]
    name = "location-2178-20220503.csv.gz"
    write(tmp_path, *(line(time=time) for time in local_times), name=name)
    ends = [datetime.fromisoformat(time).astimezone(UTC) for time in local_times]

    found = [read(tmp_path, end=end, hours=1).report.used for end in ends]

    assert found == [1] * 24


def test_nothing_usable(tmp_path):
    """If no file has the columns, the error says so."""
    write(tmp_path, "1,2\n", header="a,b\n")

    with pytest.raises(
        NoObservationsError, match=r"1 missing_column; a\.csv: no column location_id"
    ):
        read(tmp_path)


def test_same_bytes(tmp_path):
    """The same files give the same bytes and the same report, every time."""
    for number in range(300):
        lines = [line(str(number * 0.1 + minute), station=number % 7) for minute in range(5)]
        write(tmp_path, *lines, line("bad"), name=f"{number % 10}/{number}.csv.gz")

    first, *others = [read(tmp_path) for _ in range(3)]

    assert {other.values.tobytes() for other in others} == {first.values.tobytes()}
    assert [other.report for other in others] == [first.report] * 2


# The contents of a field: mostly valid ones, some invalid. There are no control characters,
# because parsers take some of them for the end of a line.
odd = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6)
field_values = {
    "location_id": st.sampled_from(["1", "2", "x y"]) | odd,
    "location": st.just("Del Norte") | odd,
    "datetime": st.sampled_from(
        ["2022-05-03T07:00:00Z", "2022-05-03T01:30:00-06:00", "2022-05-03T07:00:00", "2022-05-04"]
    )
    | odd,
    "lat": st.sampled_from(["35.1", "35", "95", ""]),
    "lon": st.sampled_from(["-106.5", ""]) | odd,
    "parameter": st.sampled_from(["pm10", "o3", "um003"]) | odd,
    "units": st.sampled_from(["µg/m³", "ppm", "ug/m3"]) | odd,
    "value": st.floats(0, 100).map(str)
    | st.sampled_from(
        ["-999", "nan", "inf", "-inf", "", " 1", "1 ", "+1", ".5", "5.", "1e1", "1_0"]
    )
    | odd,
}


@st.composite
def csv_lines(draw):
    """Draw a line of a file: whole, too short, too long or torn, quoted or not."""
    fields = [draw(field_values[column]) for column in COLUMNS]
    kept = draw(st.sampled_from([8] * 12 + [7, 9, 0]))
    text = io.StringIO()
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
    csv.writer(text, quoting=quoting, lineterminator="").writerow([*fields, "more"][:kept])
    torn = draw(st.sampled_from([False] * 12 + [True]))
    return text.getvalue()[: len(text.getvalue()) // 2 if torn else None] + "\n"


@given(st.lists(st.lists(csv_lines(), min_size=1, max_size=6), min_size=1, max_size=4))
def test_fast_and_careful_agree(tmp_path_factory, files):
    """The fast path and the line-by-line one give the same observations and the same report."""
    fast, careful = tmp_path_factory.mktemp("fast"), tmp_path_factory.mktemp("careful")
    header = ",".join(COLUMNS) + "\n"
    good = f"3,Good,2022-05-03T07:00:00Z,1,1,pm10,µg/m³,{1}\n"
    for number, lines in enumerate(files):
        write(fast, good, *lines, name=f"{number}.csv", header=header)
        # The fast path leaves a carriage return inside a line to the careful one.
        write(careful, good, *lines, "torn\rtorn\n", name=f"{number}.csv", header=header)

    one, other = read(fast), read(careful)

    other.report.rows -= len(files)
    other.report.dropped["bad_line"] -= len(files)
    assert one.stations == other.stations
    assert one.values.tobytes() == other.values.tobytes()
    assert one.report.rows == other.report.rows
    assert one.report.used == other.report.used
    assert {"bad_line": 0} | one.report.dropped == other.report.dropped


@given(st.floats())
def test_number_round_trip(number):
    """Every number that can be written is read back exactly."""
    assert number_of(repr(number)) == pytest.approx(number, rel=0, abs=0, nan_ok=True)
