"""PlanRun: repeated starts of a night continue the same run."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs import plan_run as planning
from batch_jobs.errors import IssueTimeError
from batch_jobs.plan_run import check_issue_time, cut, latest_attempt, plan_run
from forecasts.run import RunState
from forecasts.runs import get_run, put_run
from forecasts.stores.sqlite import SQLiteStore
from tests.factories import ISSUE_TIME, NOW, a_station

STATIONS = [a_station(id=f"S{number}") for number in range(5)]


def plan(store, **changes):
    """Plan the night of `ISSUE_TIME`."""
    arguments = {"model": "m", "parameters": ("temperature",), "now": NOW} | changes
    return plan_run(store, ISSUE_TIME, STATIONS, **arguments)


def end(store, run, state):
    """Mark a run as ended in *state*."""
    put_run(store, replace(run, state=state))


def test_a_plan_is_written_down(store):
    """The planned run is stored before any work is done."""
    run = plan(store).run

    assert run.id == "20131230T0000Z-1"
    assert get_run(store, run.id) == run
    assert (run.state, run.stations, run.parts) == (RunState.PLANNED, 5, 1)


@pytest.mark.parametrize("state", [RunState.PLANNED, RunState.LOADED])
def test_an_unfinished_run_is_continued(store, state):
    """The run keeps its id, identity and planning time, so that its items are the same bytes."""
    first = plan(store).run
    end(store, first, state)
    run = plan(store, now=NOW + timedelta(hours=2)).run

    assert (run.id, run.planned_at) == ("20131230T0000Z-1", NOW)
    assert run.identity == first.identity


def test_a_notice_is_planned_with_the_run(store):
    """The notice of the observations is that of the run."""
    assert plan(store, notice="Made up.").run.notice == "Made up."
    assert plan(store, notice=None).run.notice is None


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.REJECTED, RunState.PUBLISHED])
def test_a_night_that_ended_is_attempted_anew(store, state):
    """A new attempt never overwrites the items of one that ended."""
    end(store, plan(store).run, state)
    later = NOW + timedelta(hours=2)
    run = plan(store, now=later).run

    assert (run.id, run.planned_at) == ("20131230T0000Z-2", later)
    assert latest_attempt(store, ISSUE_TIME) == run


def test_identities_differ(store, tmp_path):
    """The same night in a store that is made anew, and a new attempt, are other runs."""
    runs = [plan(store).run, plan(store, new_attempt=True).run]
    with closing(SQLiteStore(str(tmp_path / "anew.db"), lambda: NOW, create=True)) as anew:
        runs.append(plan(anew).run)

    assert runs[2].id == runs[0].id
    assert len({run.identity for run in runs}) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", run.identity) for run in runs)


def test_an_operator_can_ask_for_a_new_attempt(store):
    """An operator gets a new attempt even if another one is unfinished."""
    plan(store)

    assert plan(store, new_attempt=True).run.id == "20131230T0000Z-2"


def test_attempt_10_follows_attempt_9(store):
    """Attempts are compared as numbers, not as texts."""
    for _ in range(11):
        run = plan(store, new_attempt=True).run

    assert run.id == "20131230T0000Z-11"


def test_another_night_is_another_run(store):
    """A night that was never started has no attempts."""
    plan(store)

    assert latest_attempt(store, ISSUE_TIME + timedelta(days=1)) is None


def test_stations_are_cut_into_parts(monkeypatch):
    """Every station is in exactly one part, in order; the last part may be smaller."""
    monkeypatch.setattr(planning, "STATIONS_OF_A_PART", 2)
    parts = cut(STATIONS)

    assert [station for part in parts for station in part.stations] == STATIONS
    assert [len(part.stations) for part in parts] == [2, 2, 1]
    assert parts[0].name == "part-00000.jsonl"


@pytest.mark.parametrize(
    ("issue_time", "words"),
    [
        (datetime(2013, 12, 30), "has no time zone"),  # noqa: DTZ001 -- that is the point
        (datetime(2013, 12, 30, 0, 30, tzinfo=UTC), "is not a whole hour"),
        (datetime(2013, 12, 30, 2, tzinfo=UTC), "is in the future"),
    ],
)
def test_an_issue_time_that_cannot_be_is_refused(issue_time, words):
    """The error says what is wrong with it."""
    with pytest.raises(IssueTimeError, match=words):
        check_issue_time(issue_time, NOW)
