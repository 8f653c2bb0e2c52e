"""Whole nights from files as people have them: what is odd costs itself, and the night goes on."""

import json
from datetime import timedelta

import pytest

from forecasts.times import utc_text
from tests.batch_jobs.observations.parquet_folder import write_in_zone
from tests.command_line import run, said
from tests.factories import ISSUE_TIME

PUBLISHED = "Run 20131230T0000Z-1 is published: "
TIMES = [utc_text(ISSUE_TIME - timedelta(hours=hour)) for hour in range(168)][::-1]
COLUMNS = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"
STATIONS = "station_id,name,country,latitude,longitude,elevation,timezone\n"


@pytest.fixture
def folder(tmp_path):
    """A folder for the files of a night."""
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def night(folder, nightly, store_url):
    """A function that runs the night of the folder; returns its output and its report."""

    def begin():
        at = nightly.index("--observations") + 1
        result = run(*nightly[:at], folder, *nightly[at + 1 :])
        shown = run("runs", "show", "20131230T0000Z-1", "--store", store_url)
        return said(result), json.loads(shown.output)["report"]

    return begin


def week(station, code="temperature", unit="c", value=5.0, sensor=1):
    """Return the lines of a week; values go up and down a little."""
    of_sensor = f"{station},{sensor},Place {station}"
    return [
        f"{of_sensor},{time},46.5,8.0,{code},{unit},{value + hour % 24 / 10}\n"
        for hour, time in enumerate(TIMES)
    ]


def test_odd_descriptions_of_stations(folder, night):
    """Heights, zones and countries that cannot be are not known, and cost no station."""
    lines = [
        *("1,A,CHE,46.5,8,NaN,Europe/Zurich", "2,B,ch,46.6,8,-999,Europe/Zurich"),
        *("3,C,CH,46.7,8,20000,Mars", "4,D,Utopia,46.8,8,inf,NA", "5,E,CH,46.9,8,NA,"),
    ]
    (folder / "stations.csv").write_text(STATIONS + "\n".join(lines))
    (folder / "a.csv").write_text(COLUMNS + "".join(line for n in range(1, 6) for line in week(n)))

    output, report = night()

    assert PUBLISHED + "5 series, 5 stations" in output
    assert report["observations"]["faults"] == {"bad_station_field": 4}
    assert "stations.csv:4: timezone 'Mars' is not an IANA time zone" in output


def test_odd_lines(folder, night):
    """Byte order marks, blank lines and DOS line ends that were converted twice are nothing."""
    (folder / "a.csv").write_text("\ufeff" + "\n,,,\n".join([COLUMNS, *week(1), ""]))
    doubled = "".join([COLUMNS, *week(2)]).replace("\n", "\r\r\n")
    (folder / "b.csv").write_bytes(doubled.encode())
    record = {"parameter": "temperature", "location": "C", "value": 5, "unit": "c", "city": None}
    record["coordinates"] = {"latitude": 46.5, "longitude": 8}
    records = [{"date": {"utc": time}} | record for time in TIMES]
    (folder / "c.ndjson").write_text("\n\n \n".join(map(json.dumps, records)) + "\n\n")

    output, report = night()

    assert PUBLISHED + "3 series, 3 stations" in output
    assert report["observations"]["rows"] == report["observations"]["used"] == 3 * 168


def test_pressure_of_mountains(folder, night):
    """Pressure at a mountain is reduced to sea level; without a height it is not used."""
    (folder / "stations.csv").write_text(STATIONS + "1,A,CH,46.5,8,1800,\n2,B,CH,46.6,8,,\n")
    lines = [line for n in (1, 2) for line in week(n) + week(n, "pressure", "hpa", 815)]
    (folder / "a.csv").write_text(COLUMNS + "".join(lines))

    output, report = night()

    assert PUBLISHED + "3 series, 2 stations" in output
    assert report["observations"]["dropped"] == {"no_elevation": 168}
    assert 1000 < report["parameters"]["pressure"]["mean_p50"] < 1030


def test_odd_time_zone(folder, night):
    """A Parquet file in a zone that polars does not know is read beside the others."""
    (folder / "stations.csv").write_text(STATIONS + "JFK,J,US,40.6,-73.8,4,\n")
    write_in_zone(folder, "GMT+2")
    (folder / "a.csv").write_text(COLUMNS + "".join(week(1)))

    output, report = night()

    assert PUBLISHED + "1 series, 2 stations" in output
    assert report["observations"]["used"] == 169


def test_two_sensors(folder, night):
    """Of two sensors at a station one is used, which is said."""
    lines = week(1, sensor=7) + week(1, value=25.0, sensor=8)[1:]
    (folder / "a.csv").write_text(COLUMNS + "".join(lines))

    output, report = night()

    assert PUBLISHED + "1 series, 1 stations" in output
    assert "station 1: temperature of sensor 7 is used, that of sensor 8 is not" in output
    assert report["observations"]["dropped"] == {"other_sensor": 167}


def test_one_parameter_in_a_wrong_unit(folder, night):
    """A parameter that is broken at a source is left out, and the night is judged without it."""
    lines = week(1) + week(2) + week(1, "pressure", "pa", 1013.0)
    (folder / "a.csv").write_text(COLUMNS + "".join(lines))

    output, report = night()

    assert PUBLISHED + "2 series, 2 stations" in output
    assert report["observations"]["dropped"] == {"implausible": 168}
    assert report["observations"]["untrusted"] == ["station_pressure of source csv"]
