"""What is fetched is what a night and a training read, as it is."""

import pytest

from batch_jobs.feeds.wanted import Stations
from batch_jobs.nightly import Night, run_night
from batch_jobs.progress import quiet
from forecasts.run import RunState
from forecasts.stores.sqlite import SQLiteStore
from local.training.training import read_archive
from tests.feeds.iem import DAY, NOON

NEW_YORK = Stations(frozenset({"JFK", "LGA"}))


@pytest.mark.slow
def test_a_night_from_a_fetch(iem, fetch_iem, tmp_path, model, clock):
    """A night publishes forecasts of the stations that were fetched, with their names."""
    iem.hourly("JFK", "LGA", hours=200, mslp="1015.30")
    fetch_iem(NEW_YORK, into=tmp_path / "observations")
    clock.now = NOON
    store = SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)
    night = Night(
        store=store,
        model=model,
        observations=str(tmp_path / "observations"),
        issue_time=NOON,
        clock=clock,
    )
    run = run_night(night)
    store.close()

    assert (run.state, run.stations, run.report["series"]) == (RunState.PUBLISHED, 2, 4)
    assert run.report["observations"]["faults"] == {}
    assert run.report["observations"]["dropped"].keys() == {"outside_window"}


def test_an_archive_from_a_backfill(iem, fetch_iem, tmp_path):
    """Training reads all hours of a backfill."""
    iem.hourly("JFK", "LGA", hours=60 * 24, p01i="0.01")
    fetch_iem(NEW_YORK, since=NOON - 60 * DAY)
    archive = read_archive(str(tmp_path), None, quiet)

    assert archive.parameters == ("temperature", "precipitation")
    assert archive.values.shape == (2, 2, 60 * 24)
