"""Files that are deleted between the listing and the reading, as compaction deletes them."""

import pytest

from tests.batch_jobs.observations.parquet_folder import HEADER, JFK, read, reading, series, write


@pytest.fixture
def location(tmp_path):
    """A folder with a station and two Parquet files."""
    (tmp_path / "stations.csv").write_text(HEADER + JFK)
    write(tmp_path, reading(1, minutes=-60), name="a.parquet")
    write(tmp_path, reading(2), name="b.parquet")
    return tmp_path


def test_files_that_become_one(location):
    """The location is listed and read again, so nothing is lost, and nothing is reported."""

    def compact(files, *_):
        for file in files:
            yield file
            if (location / "b.parquet").exists():
                write(location, reading(1, minutes=-60), reading(2), name="c.parquet")
                (location / "a.parquet").unlink()
                (location / "b.parquet").unlink()

    observations = read(location, track=compact)

    assert series(observations) == [None, 1, 2]
    assert (observations.report.files, observations.report.rows) == (2, 2)
    assert observations.report.faults == {}


def test_files_that_vanish_all_the_time(location):
    """The reading ends at some point, and names what it missed."""
    numbers = iter(range(100))

    def replace(files, *_):
        for file in files:
            if file.name != "a.parquet":
                (location / file.name).rename(location / f"b{next(numbers)}.parquet")
            yield file

    observations = read(location, track=replace)

    assert series(observations) == [None, 1, None]
    assert observations.report.faults == {"missing_file": 1}
    assert observations.report.examples == ["b1.parquet: it was deleted after it was listed"]
