"""The command that would import a CSV file that no reader takes."""

import pytest

from batch_jobs.observations.own_csv import import_command


@pytest.mark.parametrize(
    ("lines", "arguments"),
    [
        (["time;temp", "2026-11-28 07:00;1,5"],
         " --station ID --latitude LAT --longitude LON --timezone ZONE"),
        (["station,timestamp,rh", "A,2026-11-28T07:00:00,80"],
         " --station-file FILE --timezone ZONE"),
        (["Station Name|lat|lon|time|parameter|value", "A|1|2|2026-11-28T07:00:00Z|o3|5"], ""),
        (["station,lat,lon,time,pm2.5", "A,1,2,2026-11-28 07:00 +0100,5"], ""),
        (["station,lat,lon,time,pm2.5", "A,1,2,1795848000,5"], ""),
        (["station,lat,lon,Date,pm2.5", "A,1,2,2026-11-28,5"], " --timezone ZONE"),
        (["station,lat,lon,time (UTC),pm2.5", "A,1,2,2026-11-28 07:00,5"], ""),
        (["station,lat,lon,time,pm2.5"], " --timezone ZONE"),
    ],
)  # fmt: skip
def test_arguments(lines, arguments):
    """The command has what the file lacks, and nothing else."""
    assert import_command("a.csv", lines) == f"stationcast import a.csv --into FOLDER{arguments}"


@pytest.mark.parametrize(
    "lines", [["a,b", "1,2"], ["time,mood", "1,2"], ["station,temp", "A,1"], ["a\rb"]]
)
def test_no_readings(lines):
    """A file without times or values is not to be imported."""
    assert import_command("a.csv", lines) == ""


def test_name():
    """A name with spaces is quoted."""
    assert import_command("my garden.csv", ["time,temp"]).startswith(
        "stationcast import 'my garden.csv' "
    )
