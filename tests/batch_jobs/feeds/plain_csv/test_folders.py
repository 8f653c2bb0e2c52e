"""What imports leave: complete files, once."""

from datetime import timedelta

import polars as pl
import pytest

from batch_jobs.errors import FileError, LocationError
from batch_jobs.feeds.plain_csv.folders import Folders
from batch_jobs.feeds.plain_csv.places import Given
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.read import read_observations
from tests.batch_jobs.feeds.plain_csv.csv_import import HERE, NOW, files, read, stored

TEXT = "station,time,temp,rain\nA,2026-10-31 23:00,1,0\nA,2026-11-27 07:00,2,0.5\n"
BELOW = "observations/source=import-csv"
FIRST = [
    f"{BELOW}/stations.csv",
    f"{BELOW}/year=2026/month=10/20261128T120000Z.parquet",
    f"{BELOW}/year=2026/month=11/20261128T120000Z.parquet",
]


def all_files(folder):
    """Return the files of all imports below *folder*."""
    return [name for name in files(folder) if name.startswith("observations")]


def values(folder):
    """Return the stored values of temperature."""
    return [row[3] for row in stored(folder) if row[1] == "temperature"]


def test_months(tmp_path):
    """There is a file for each month, and the stations beside them."""
    written = read(tmp_path, TEXT, given=HERE._replace(elevation="34")).write()

    assert all_files(tmp_path) == FIRST
    assert [f"observations/{name}" for name in written.files] == FIRST[1:]
    assert (written.new, written.known) == (4, 0)
    assert values(tmp_path) == [1, 2]
    assert (tmp_path / FIRST[0]).read_text() == (
        "station_id,name,country,latitude,longitude,elevation,timezone,attribution,licence\n"
        "A,A,,52.5,13.4,34.0,UTC,,\n"
    )


def test_readers_know_it(tmp_path):
    """A night reads an import like any other observations."""
    read(tmp_path, TEXT).write()
    read_ = read_observations(str(tmp_path / "observations"), end=NOW, hours=48)

    assert [station.id for station in read_.stations] == ["A"]
    assert (read_.parameters, read_.report.used) == (("temperature", "precipitation"), 2)
    assert read_.report.groups["source import-csv"] == [2, 0]


def test_repeat(tmp_path):
    """The same import again writes nothing."""
    read(tmp_path, TEXT).write()
    written = read(tmp_path, TEXT, given=Given(), now=NOW + timedelta(days=1)).write()

    assert (written.files, written.new, written.known) == ([], 0, 4)
    assert all_files(tmp_path) == FIRST


def test_correction(tmp_path):
    """A later import adds what is new, and its corrections win, whatever the clock says."""
    read(tmp_path, TEXT).write()
    later = "station,time,temp\nA,2026-11-27 07:00,3\nA,2026-11-27 08:00,4\n"
    written = read(tmp_path, later, now=NOW - timedelta(hours=1)).write()

    assert written.files == ["source=import-csv/year=2026/month=11/20261128T120001Z.parquet"]
    assert values(tmp_path) == [1, 3, 4]

    back = read(tmp_path, TEXT).write()
    assert (back.new, back.known) == (1, 3)
    assert values(tmp_path) == [1, 2, 4]


def test_several_files(tmp_path):
    """Of several files with the same reading the last one counts."""
    read(tmp_path, TEXT, TEXT.replace("00,2,", "00,5,")).write()

    assert values(tmp_path) == [1, 5]


def test_at_the_same_time(tmp_path):
    """Two imports at the same time are two files."""
    one, two = read(tmp_path, TEXT), read(tmp_path, TEXT.replace("00,2,", "00,5,"))
    begun = Folders(two.asked.into, "csv", ALL_DAYS)
    one.write()
    begun.write(two.tables, two.stations.all_located(), NOW)

    assert sorted(path.name for path in (tmp_path / BELOW / "year=2026/month=11").iterdir()) == [
        "20261128T120000Z.parquet",
        "20261128T120001Z.parquet",
    ]


def test_stations_stay(tmp_path):
    """An import adds its stations to those of earlier ones; the newest description wins."""
    read(tmp_path, TEXT).write()
    read(tmp_path, TEXT.replace("A,", "B,"), given=HERE._replace(latitude="1")).write()
    read(tmp_path, TEXT, given=HERE._replace(latitude="2", name="Nord")).write()
    lines = (tmp_path / FIRST[0]).read_text().splitlines()

    assert [line.split(",")[:4] for line in lines[1:]] == [
        ["A", "Nord", "", "2.0"],
        ["B", "B", "", "1.0"],
    ]


def test_stations_of_the_folder(tmp_path):
    """A station that the folder's own `stations.csv` describes needs no place."""
    (tmp_path / "observations").mkdir()
    (tmp_path / "observations/stations.csv").write_text("station_id,latitude,longitude\nA,52,13\n")

    assert read(tmp_path, TEXT, given=Given()).write().new == 4


def test_failed(tmp_path):
    """An import that fails leaves no readings."""
    import_ = read(tmp_path, TEXT)
    (tmp_path / BELOW / "year=2026").mkdir(parents=True)
    (tmp_path / BELOW / "year=2026/month=11").write_text("in the way")
    with pytest.raises(FileError, match="month=11"):
        import_.write()

    assert [name for name in all_files(tmp_path) if name.endswith(".parquet")] == []


def test_damaged(tmp_path):
    """A stored file that cannot be read is named, and nothing is written."""
    read(tmp_path, TEXT).write()
    (tmp_path / FIRST[2]).write_bytes(b"PAR1")

    with pytest.raises(
        FileError, match=r"source=import-csv/year=2026/month=11/.*; delete it, and im"
    ):
        read(tmp_path, TEXT).write()


def test_no_folder(tmp_path):
    """A place that cannot be listed is an error."""
    (tmp_path / "observations").mkdir()
    (tmp_path / BELOW).symlink_to(tmp_path / BELOW)
    with pytest.raises(LocationError):
        read(tmp_path, TEXT)


@pytest.mark.usefixtures("bucket")
def test_bucket(tmp_path):
    """An import into a bucket is the same."""
    into = "s3://observations/all"
    first = read(tmp_path, TEXT, into=into).write()
    again = read(tmp_path, TEXT, into=into).write()

    assert (first.new, again.new, again.known) == (4, 0, 4)
    assert read_observations(into, end=NOW, hours=48).report.used == 2


def test_precision(tmp_path):
    """A value is stored as it stands in the file."""
    read(tmp_path, "station,time,temp\nA,2026-11-27 07:00,12.3456789\n").write()
    (file,) = (tmp_path / "observations").rglob("*.parquet")

    assert pl.read_parquet(file)["value"].to_list() == [12.3456789]


def test_many_readings(tmp_path):
    """Many readings of a month become several files; a repeat still writes nothing."""
    hours = [f"2026-10-{n // 24 + 1:02} {n % 24:02}:00" for n in range(720)]
    rows = [f"S{station},{hour},{n % 30}" for station in range(750) for n, hour in enumerate(hours)]
    places = tmp_path / "places.csv"
    places.write_text("id,lat,lon\n" + "".join(f"S{n},{n / 10},1\n" for n in range(750)))
    asked = {"given": (), "station_file": places}
    first = read(tmp_path, "\n".join(["station,time,temp", *rows]), **asked).write()
    again = read(tmp_path, "\n".join(["station,time,temp", *rows]), **asked).write()

    assert [name.rpartition("/")[2] for name in first.files] == [
        "20261128T120000Z.parquet",
        "20261128T120001Z.parquet",
    ]
    assert (first.new, again.new, again.known) == (540_000, 0, 540_000)
