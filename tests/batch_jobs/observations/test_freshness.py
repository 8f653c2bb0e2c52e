"""How old the newest readings are, by source and country."""

import pytest

from tests.batch_jobs.observations.parquet_folder import HEADER, JFK, read, reading, write

HOUR = 60
STATIONS = HEADER + JFK + "YYZ,Toronto,CA,43.68,-79.63,,\nAT_SEA,Buoy,,30,-60,,\n"


@pytest.fixture
def location(tmp_path):
    """A folder with a station file, and folders of two sources."""
    (tmp_path / "stations.csv").write_text(STATIONS)
    for source in ("iem", "openaq"):
        (tmp_path / f"source={source}").mkdir()
    return tmp_path


def counts(observations):
    """Return the numbers of fresh, stale and silent series by source and country."""
    return {
        (each["source"], each["country"]): (each["fresh"], each["stale"], each["silent"])
        for each in observations.report.freshness
    }


def test_series_are_counted_by_age(location):
    """A series counts by its newest reading, whatever the order of the readings."""
    write(
        location / "source=iem",
        reading(1, minutes=-HOUR),
        reading(1, minutes=-5 * HOUR),
        reading(1000, minutes=-3 * HOUR, code="pressure"),
        reading(5, minutes=-3 * HOUR + 1, code="wind_speed"),
        reading(1, minutes=-12 * HOUR + 1, code="relative_humidity"),
        reading(1, minutes=-12 * HOUR, code="visibility"),
    )

    observations = read(location, hours=168)

    assert counts(observations) == {("iem", "US"): (2, 2, 1)}


def test_sources_and_countries(location):
    """Each source counts for itself; the newest reading says since when it is late."""
    write(
        location / "source=iem",
        reading(1, minutes=-30),
        reading(1, minutes=-20 * HOUR, station="YYZ"),
        reading(1, minutes=-19 * HOUR, station="YYZ", code="wind_speed"),
        reading(1, minutes=-4 * HOUR, station="AT_SEA"),
    )
    write(location / "source=openaq", reading(1, minutes=-40 * HOUR), reading(9, code="o3"))

    observations = read(location, hours=168)

    assert counts(observations) == {
        ("iem", ""): (0, 1, 0),
        ("iem", "CA"): (0, 0, 2),
        ("iem", "US"): (1, 0, 0),
        ("openaq", "US"): (1, 0, 1),
    }
    assert [each["newest"] for each in observations.report.freshness] == [
        "2013-12-29T20:00:00Z",
        "2013-12-29T05:00:00Z",
        "2013-12-29T23:30:00Z",
        "2013-12-30T00:00:00Z",
    ]
