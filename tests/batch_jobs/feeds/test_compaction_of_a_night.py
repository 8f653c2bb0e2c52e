"""A night compacts the days that it has read, after it was published."""

import shutil
from datetime import timedelta

import polars as pl
import pytest

from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.read import read_observations
from forecasts.run import HISTORY_HOURS, RunState
from tests.factories import ISSUE_TIME


@pytest.fixture
def hourly(observations, tmp_path):
    """The demo's week as hourly fetches leave it, and an old day of two files."""
    folder = tmp_path / "hourly"
    weather = pl.read_parquet(observations / "observations")
    begin = ISSUE_TIME - timedelta(hours=HISTORY_HOURS + 2)
    week = weather.filter(pl.col("time").is_between(begin, ISSUE_TIME))
    for (time,), rows in week.partition_by("time", as_dict=True).items():
        write(folder, time, rows)
    old = week.with_columns(pl.col("time") - timedelta(days=30))
    for (time,), rows in old.head(20).partition_by("time", as_dict=True).items():
        write(folder, time, rows)
    shutil.copy(observations / "stations.csv", folder / "stations.csv")
    return folder


def write(folder, time, rows):
    """Write the readings of an hour."""
    below = folder / "source=iem" / f"date={time:%Y-%m-%d}"
    below.mkdir(parents=True, exist_ok=True)
    rows.write_parquet(below / f"{time + timedelta(minutes=5):%Y%m%dT%H%M%SZ}.parquet")


def files(folder):
    """Return the number of Parquet files in each day's folder."""
    return {day.name: len([*day.iterdir()]) for day in sorted(folder.glob("source=iem/date=*"))}


def seen(folder):
    """Return what a night reads."""
    read = read_observations(str(folder), end=ISSUE_TIME, hours=HISTORY_HOURS)
    return read.stations, read.parameters, read.values.tobytes()


def test_a_night_compacts(store, model, hourly):
    """Its days become a file each, but for those that have just ended, and older ones."""
    before, had = seen(hourly), files(hourly)
    night = Night(store, model, str(hourly), ISSUE_TIME, lambda: ISSUE_TIME + timedelta(hours=5))
    run = run_night(night)
    over = {f"date=2013-12-{day}" for day in range(22, 29)}

    assert run.state is RunState.PUBLISHED
    assert [*night.seconds][-2:] == ["PublishRun", "CompactObservations"]
    assert files(hourly) == {day: 1 if day in over else count for day, count in had.items()}
    assert night.compaction.written == len(over)
    assert seen(hourly) == before


def test_a_finished_night_does_not_compact(store, model, hourly):
    """A second start finds the night done and touches no file."""
    now = ISSUE_TIME + timedelta(hours=5)
    run_night(Night(store, model, str(hourly), ISSUE_TIME, lambda: now))
    has = files(hourly)
    again = Night(store, model, str(hourly), ISSUE_TIME, lambda: now + timedelta(days=1))
    run_night(again)

    assert files(hourly) == has
    assert again.seconds == {}


def test_a_compaction_that_fails(store, model, hourly):
    """The night is published, and says what failed."""

    def track(iterable, description, total):  # noqa: ARG001 -- Track
        if description == "LoadForecasts":
            shutil.rmtree(hourly)
        return iterable

    night = Night(store, model, str(hourly), ISSUE_TIME, lambda: ISSUE_TIME, track=track)
    run = run_night(night)

    assert run.state is RunState.PUBLISHED
    assert night.compaction.left == [f"{hourly}: No such file or directory"]
