"""Synthetic observations: real places, plausible values."""

import polars as pl
import pytest

from batch_jobs.observations.read import read_observations
from batch_jobs.progress import quiet
from local.demo.synthetic import CODES, HOURS, synthetic_stations, write_synthetic
from tests.factories import ISSUE_TIME


def test_they_are_read_like_any_others(tmp_path):
    """The written files are read without loss: every station and parameter."""
    stations = write_synthetic(tmp_path, 25, ISSUE_TIME, quiet)
    read = read_observations(str(tmp_path), end=ISSUE_TIME, hours=HOURS)

    assert list(read.stations) == stations
    assert read.parameters == CODES
    assert read.report.dropped == {}
    assert read.notice == "Synthetic weather at real airports, made up for tests of size."
    assert read.report.used == pytest.approx(25 * 7 * HOURS * 0.98, rel=0.01)


def test_the_same_night_is_the_same_weather(tmp_path):
    """The same night has the same weather, whenever it is generated."""
    for name in ("a", "b"):
        write_synthetic(tmp_path / name, 5, ISSUE_TIME, quiet)
    first, second = (
        pl.read_parquet(tmp_path / name / "observations" / "synthetic-00000.parquet")
        for name in ("a", "b")
    )

    assert first.equals(second)


def test_places_are_real():
    """Airports with an IATA code come first, in order of id; no id twice."""
    ids = [station.id for station in synthetic_stations(8000)]

    assert "KJFK" in ids
    assert ids == sorted(set(ids))


def test_there_are_only_so_many_airports():
    """The error says how many."""
    with pytest.raises(ValueError, match=r"there are 28\d\d\d airports, not 99999"):
        synthetic_stations(99_999)
