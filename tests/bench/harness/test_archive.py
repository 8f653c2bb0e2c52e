"""The synthetic archive has the form of OpenAQ's."""

import gzip

import numpy as np
import pytest

from batch_jobs.observations.read import read_observations
from batch_jobs.progress import quiet
from bench.harness.archive import DAYS, offset_of, write_archive
from bench.harness.inputs import ISSUE_TIME
from local.demo.synthetic import CODES, synthetic_stations, synthetic_values

STATIONS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An archive of a few locations."""
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder, STATIONS, ISSUE_TIME, quiet)
    return folder


def test_files(folder):
    """There is a file for each location and day; the last day is that of the issue time."""
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())

    assert len(names) == STATIONS * DAYS
    assert names[DAYS - 1] == "location-1001-20251101.csv.gz"


def test_days(folder):
    """A file has a day in the location's time zone, with hours labelled by their end."""
    longitude = synthetic_stations(STATIONS)[0].longitude
    lines = gzip.decompress(next(folder.rglob("*1001-20251101*")).read_bytes()).decode().split("\n")
    times = sorted({line.split(",")[-6].strip('"') for line in lines[1:-1]})

    assert (times[0], times[-1]) == tuple(
        f"{hour}:00:00{offset_of(longitude):+03d}:00" for hour in ("2025-11-01T01", "2025-11-02T00")
    )


def test_read(folder):
    """Reading the archive gives the synthetic values of a week, without a bad row."""
    read = read_observations(str(folder), end=ISSUE_TIME, hours=168)
    end = ISSUE_TIME.replace(day=2, hour=12)
    made_up = synthetic_values(synthetic_stations(STATIONS), end, DAYS * 24 + 24)

    assert read.parameters == CODES
    assert set(read.report.dropped) == {"outside_window"}
    np.testing.assert_array_equal(read.values, made_up[:, :, -36 - 168 : -36].astype(np.float32))
