"""The nightly run: published, already done, rejected or failed."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from shutil import copytree

import pytest

from batch_jobs.check_run import Gate
from batch_jobs.errors import IssueTimeError, NoObservationsError
from batch_jobs.nightly import Night, run_night
from batch_jobs.transform import transform
from forecasts.errors import ConflictError, DamagedItemError, StoreError
from forecasts.item import (
    POINTER_KEY,
    Item,
    decompress,
    forecast_key,
    history_key,
    history_of,
    run_key,
)
from forecasts.run import RunState
from forecasts.runs import current_pointer, get_catalogue, get_run, list_runs, publish, rollback
from forecasts.stores.sqlite import SQLiteStore
from tests.batch_jobs.observations.broken_observations import broken_copy, copy_with_odd_country
from tests.factories import ISSUE_TIME, NOW

STATIONS = ("EWR", "JFK", "LGA")


@pytest.fixture
def a_night(store, model, observations, clock):
    """A function that runs a night with the demo observations."""
    return partial(
        Night,
        store=store,
        model=model,
        observations=str(observations),
        issue_time=ISSUE_TIME,
        clock=clock,
    )


def test_a_night_is_published(a_night, store):
    """The store has forecasts, histories, catalogue, report and pointer."""
    night = a_night()
    run = run_night(night)

    assert run == get_run(store, "20131230T0000Z-1")
    assert (run.state, run.stations, run.published_at) == (RunState.PUBLISHED, 3, night.clock.now)
    assert current_pointer(store).current == run.id
    assert [entry.station.id for entry in get_catalogue(store, run)] == list(STATIONS)
    assert run.report["accepted"]
    assert run.report["series"] == 6
    assert set(run.report["observations"]["inputs"]) == {"temperature", "pressure"}
    assert set(night.seconds) > {"BuildInput", "Transform", "LoadForecasts", "PublishRun"}
    for station_id in STATIONS:
        assert b'"temperature":{"p10"' in decompress(
            store.get(forecast_key(station_id, run.id)).body
        )


def test_a_history_gives_the_forecast_again(a_night, store, model):
    """The stored history of a station gives exactly the stored forecast again."""
    run = run_night(a_night())
    for station_id in STATIONS:
        line = history_of(store.get(history_key(station_id, run.id)))
        prediction = json.loads(transform(model, json.dumps(line).encode()))
        stored = json.loads(decompress(store.get(forecast_key(station_id, run.id)).body))

        assert stored["values"] == prediction["values"]


def test_a_notice_reaches_readers(a_night, observations, store, tmp_path):
    """What observations say about themselves stands in the run and in every forecast."""
    noted = tmp_path / "noted"
    copytree(observations, noted)
    (noted / "notice.txt").write_text("Weather of 2013.\n")
    run = run_night(a_night(observations=str(noted)))
    forecast = json.loads(decompress(store.get(forecast_key("JFK", run.id)).body))

    assert run.notice == get_run(store, run.id).notice == "Weather of 2013."
    assert forecast["run"]["notice"] == "Weather of 2013."
    assert "ignored_file" not in run.report["observations"]["faults"]


def test_the_same_night_twice_is_one_run(a_night, store):
    """The second start finds the night done and writes nothing."""
    first = run_night(a_night())
    before = store.query("RUN")
    again = a_night()

    assert run_night(again) == first
    assert again.seconds == {}
    assert store.query("RUN") == before


def test_a_new_attempt_is_a_new_run(a_night, store):
    """An operator asks for a new attempt; readers move to it, and can go back."""
    first = run_night(a_night())
    second = run_night(a_night(new_attempt=True))

    assert second.id == "20131230T0000Z-2"
    assert current_pointer(store).current == second.id
    assert rollback(store, second.planned_at).current == first.id


def test_a_rejected_run_is_kept_and_yesterdays_stays(a_night, store, observations, tmp_path):
    """The report gives the reason, and a second start does not try again by itself."""
    yesterday = run_night(a_night(issue_time=ISSUE_TIME - timedelta(days=1)))
    bad = broken_copy(observations, tmp_path / "bad")
    run = run_night(a_night(observations=bad))

    assert run.state is RunState.REJECTED
    assert run.reason.startswith("few rows are broken: 50.")
    assert run.report["observations"]["dropped"]["sentinel"] > 0
    assert current_pointer(store).current == yesterday.id
    assert run_night(a_night()) == run
    assert run_night(a_night(new_attempt=True)).id == "20131230T0000Z-2"


def test_an_odd_country_costs_itself(a_night, observations, tmp_path):
    """A country whose values are systematically off is left out, and the others are published."""
    run = run_night(a_night(observations=copy_with_odd_country(observations, tmp_path / "odd")))
    (rows,) = (c for c in run.report["checks"] if c["name"] == "few rows are broken")

    assert run.state is RunState.PUBLISHED
    assert run.stations == 2
    assert rows["detail"].startswith("0.00% of 6")
    assert rows["detail"].endswith("; without country CA, of which 100.00% are broken")
    assert run.report["observations"]["untrusted"] == [
        *("temperature of country CA", "pressure of country CA")
    ]


def test_a_stricter_gate(a_night):
    """A stricter gate rejects the same night."""
    run_night(a_night(issue_time=ISSUE_TIME - timedelta(days=1)))
    run = run_night(a_night(gate=Gate(coverage=1.1)))

    assert run.reason == "coverage against the published run: 100.0% of 6 series; at least 110%"


def test_a_late_night_does_not_take_readers_back(a_night, store):
    """A late night is loaded, and the result says how to publish it anyway."""
    tonight = run_night(a_night())
    late = run_night(a_night(issue_time=ISSUE_TIME - timedelta(days=1)))

    assert late.state is RunState.LOADED
    assert "stationcast runs publish 20131229T0000Z-1" in late.reason
    assert current_pointer(store).current == tonight.id


def test_a_loaded_run_is_only_published(a_night, store):
    """A late night that starts again is not recomputed, and an operator can still publish it."""
    tonight = run_night(a_night())
    late = run_night(a_night(issue_time=ISSUE_TIME - timedelta(days=1)))
    again = a_night(issue_time=ISSUE_TIME - timedelta(days=1))

    assert run_night(again) == late
    assert again.seconds.keys() == {"PublishRun"}
    assert publish(store, late.id, late.planned_at).previous == tonight.id


class RacedStore(SQLiteStore):
    """A store in which another execution moves the pointer just before ours."""

    raced = False

    def put(self, item, *, expected):
        """Let the other execution go first, once."""
        if item.key == POINTER_KEY and not self.raced:
            self.raced = True
            super().put(item, expected=expected)
        super().put(item, expected=expected)


def test_a_lost_race_does_not_fail_the_winners_run(a_night, clock, tmp_path):
    """The loser reports it and leaves the run alone, and the next start corrects the mark."""
    raced = RacedStore(str(tmp_path / "raced.db"), clock, create=True)
    with pytest.raises(ConflictError):
        run_night(a_night(store=raced))

    assert list_runs(raced)[0].state is RunState.LOADED
    assert run_night(a_night(store=raced)).state is RunState.PUBLISHED
    raced.close()


class FullStore(SQLiteStore):
    """A store whose disk is full when forecasts are written."""

    def put_many(self, items):  # noqa: ARG002 -- the protocol's
        """Refuse."""
        raise StoreError("disk full")


def test_a_failed_run_says_why_and_is_attempted_anew(a_night, clock, tmp_path):
    """Readers stay on their run, and the next start is a new attempt."""
    path = str(tmp_path / "full.db")
    full = FullStore(path, clock, create=True)
    with pytest.raises(StoreError, match="disk full"):
        run_night(a_night(store=full))
    full.close()
    store = SQLiteStore(path, clock, create=False)
    (failed,) = list_runs(store)

    assert (failed.state, failed.reason) == (RunState.FAILED, "StoreError: disk full")
    assert current_pointer(store) is None
    assert run_night(a_night(store=store)).id == "20131230T0000Z-2"
    store.close()


class LostStore(SQLiteStore):
    """A store that is lost for good once forecasts are written."""

    lost = False

    def put_many(self, items):  # noqa: ARG002 -- the protocol's
        """Refuse this call and all later ones."""
        self.lost = True
        raise StoreError("gone")

    def get(self, key):
        """Read until the store is lost."""
        if self.lost:
            raise StoreError("gone")
        return super().get(key)


def test_a_lost_store_fails_the_night_with_its_own_error(a_night, clock, tmp_path):
    """The run stays unfinished, and is continued when the store is back."""
    path = str(tmp_path / "lost.db")
    lost = LostStore(path, clock, create=True)
    with pytest.raises(StoreError, match="gone"):
        run_night(a_night(store=lost))
    lost.close()
    store = SQLiteStore(path, clock, create=False)

    assert list_runs(store)[0].state is RunState.PLANNED
    assert run_night(a_night(store=store)).id == "20131230T0000Z-1"
    store.close()


def test_nothing_is_written_without_observations(a_night, store, tmp_path):
    """An empty folder is an error before a run is created."""
    with pytest.raises(NoObservationsError, match="no observations in"):
        run_night(a_night(observations=str(tmp_path)))

    assert list_runs(store) == []


def test_an_impossible_issue_time_is_refused(a_night, store):
    """An impossible issue time is refused before anything is read or written."""
    with pytest.raises(IssueTimeError, match="is in the future"):
        run_night(a_night(issue_time=datetime(2033, 1, 1, tzinfo=UTC)))

    assert list_runs(store) == []


def test_a_damaged_run_does_not_stop_a_night(a_night, store, caplog):
    """The night that readers are on is damaged: tonight is published without a comparison."""
    yesterday = run_night(a_night(issue_time=ISSUE_TIME - timedelta(days=1)))
    store.put_many([Item(run_key(yesterday.id), b"\xff", 1)])

    tonight = run_night(a_night())

    assert tonight.state is RunState.PUBLISHED
    assert f"item RUN / {yesterday.id} is damaged: not a run: not UTF-8 text" in caplog.text
    assert "Tonight is not compared with it" in caplog.text


def test_a_damaged_attempt_is_not_overwritten(a_night, store):
    """Readers may be on it: the night is made anew under the next id, and they move there."""
    first = run_night(a_night())
    store.put_many([Item(run_key(first.id), b"\xff", 1)])

    second = run_night(a_night(new_attempt=True))

    assert second.id == "20131230T0000Z-2"
    assert current_pointer(store).current == second.id


def test_a_damaged_pointer_fails_a_night(a_night, store):
    """The night cannot know what readers are on; it says how to move them, and then continues."""
    yesterday = run_night(a_night(issue_time=ISSUE_TIME - timedelta(days=1)))
    store.put_many([store.get(POINTER_KEY)._replace(body=b"\xff")])
    with pytest.raises(DamagedItemError, match=r"CURRENT is damaged.*runs publish RUN_ID"):
        run_night(a_night())
    failed = get_run(store, "20131230T0000Z-1")
    publish(store, yesterday.id, NOW)

    assert failed.state is RunState.FAILED
    assert "runs publish RUN_ID" in failed.reason
    assert run_night(a_night()).state is RunState.PUBLISHED
