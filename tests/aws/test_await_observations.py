"""The state machine waits for observations that are late, and then goes on."""

import sys
from dataclasses import replace
from datetime import timedelta

import boto3
import polars as pl
import pytest

from batch_jobs.errors import LocationError
from forecasts.run import RunState
from forecasts.runs import get_run, publish, put_run
from tests.aws.interpreter import kill, now
from tests.aws.machine import BUCKET, FUNCTIONS, arn
from tests.aws.nights import SCHEDULED, TONIGHT, a_loaded_night, items
from tests.factories import ISSUE_TIME

KEY = "observations/observations/weather.parquet"
BEGIN = ISSUE_TIME + timedelta(minutes=6, seconds=30)
NEWEST = "2013-12-29T20:00:00Z"


@pytest.fixture
def before(machine):
    """A published night before, with the six series of the demo."""
    counts = {"source": "parquet", "country": "US", "fresh": 5, "stale": 1, "silent": 0}
    report = {"observations": {"freshness": [counts | {"newest": NEWEST}]}}
    run = a_loaded_night(days=-1, report=report, parameters=("temperature", "pressure"))
    put_run(machine.store, run)
    publish(machine.store, run.id, now())


@pytest.fixture
def waited(machine, monkeypatch):
    """Seconds that states wait from now on; the function's clock begins soon after midnight."""
    seconds = machine.waits.seconds
    seconds.clear()
    module = sys.modules[FUNCTIONS["AwaitObservations"]]
    clock = lambda: BEGIN + timedelta(seconds=sum(seconds))  # noqa: E731 -- a clock that waits move
    deployment = replace(module._deployment, clock=clock)  # noqa: SLF001 -- what the module opened
    monkeypatch.setattr(module, "_deployment", deployment)
    return seconds


@pytest.fixture
def late(observations, tmp_path):
    """Take the newest readings away; a function that brings them back, as a late fetch does."""
    path = observations / "observations" / "weather.parquet"
    newest = pl.lit(NEWEST).str.to_datetime(time_zone="UTC")
    pl.read_parquet(path).filter(pl.col("time") <= newest).write_parquet(tmp_path / "late.parquet")
    client = boto3.client("s3")
    client.upload_file(str(tmp_path / "late.parquet"), BUCKET, KEY)
    return lambda: client.upload_file(str(path), BUCKET, KEY)


def looks(machine):
    """Return how often the observations were looked at."""
    return len(machine.calls("AwaitObservations"))


@pytest.mark.usefixtures("before")
def test_a_fetch_that_is_late(machine, dynamodb, one_machine, waited, late):
    """The night waits for it, and forecasts from what it has brought."""

    def fetch_at_the_third_look(_event):
        if looks(machine) == 3:
            late()

    machine.runtime.before[arn("AwaitObservations")] = fetch_at_the_third_look
    execution = machine.night(**SCHEDULED)
    left = items(dynamodb, "nightly")
    of_stations = [key for key in one_machine if key[0].startswith("S#")]

    assert execution.output == {"id": TONIGHT, "state": "published", "reason": None}
    assert waited == [120, 120]
    assert [left[key] for key in of_stations] == [one_machine[key] for key in of_stations]


@pytest.mark.usefixtures("before", "late")
def test_a_fetch_that_never_comes(machine, waited):
    """Half an hour after the issue time the night goes on; its report says what was late."""
    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    (freshness,) = get_run(machine.store, TONIGHT).report["observations"]["freshness"]

    assert waited == [120] * 11 + [90]
    assert (freshness["fresh"], freshness["stale"], freshness["newest"]) == (0, 6, NEWEST)
    assert machine.alerts() == []


@pytest.mark.usefixtures("before")
def test_enough_is_fresh(machine, waited):
    """The night goes on after one look."""
    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert (looks(machine), waited) == (1, [])
    (event,) = machine.calls("AwaitObservations")
    assert (event["request"], event["minutes"], event["share"]) == (SCHEDULED, 30, 0.9)


@pytest.mark.usefixtures("late")
def test_the_first_night(machine, waited):
    """There is no night before, and nothing to wait for."""
    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert (looks(machine), waited) == (1, [])


@pytest.mark.usefixtures("before", "late")
def test_a_night_that_is_done(machine, waited):
    """A second start waits for nothing; a new attempt does."""
    put_run(machine.store, a_loaded_night(state=RunState.PUBLISHED))

    assert machine.night(**SCHEDULED).output["state"] == "published"
    assert waited == []
    machine.night(issue_time="2013-12-30T00:00:00Z", new_attempt=True)
    assert sum(waited) == 23.5 * 60


@pytest.mark.usefixtures("before", "late")
def test_a_night_of_the_past(machine):
    """By the real clock the night is years late: it looks once, and does not wait."""
    machine.waits.seconds.clear()

    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert (looks(machine), machine.waits.seconds) == (1, [])


@pytest.mark.usefixtures("before", "late")
@pytest.mark.parametrize(("error", "most"), [("bug", 1), ("location", 3), ("time", 1)])
def test_a_look_that_always_fails(machine, waited, error, most):
    """The night goes on, and nobody is alarmed."""

    def fail(_event):
        if error == "location":
            raise LocationError("s3://night/observations", "SlowDown")
        if error == "time":
            kill()
        raise ZeroDivisionError

    machine.runtime.before[arn("AwaitObservations")] = fail

    assert machine.night(**SCHEDULED).output["state"] == "published"
    assert looks(machine) == most
    assert 120 not in waited
    assert machine.alerts() == []
