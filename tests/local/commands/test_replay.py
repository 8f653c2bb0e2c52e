"""`stationcast replay`: nights of the past, run and verified."""

import json
import shutil
import signal
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from batch_jobs.transform import load_model
from forecasts.errors import StoreError
from forecasts.runs import list_runs
from forecasts.stores.open import open_store
from forecasts.times import utc_now, utc_text
from model.artifact import save
from tests.command_line import HERE, run, said

FIRST, SECOND, LAST = (f"2013-12-{day}T00:00:00Z" for day in (26, 27, 28))


@pytest.fixture
def arguments(observations, model_path):
    """The arguments of a replay of three nights."""
    options = ("--observations", observations, "--model", model_path)
    return ("replay", *options, "--since", FIRST, "--until", LAST)


def nights(path):
    """Return when each run of a store was planned."""
    with closing(open_store(f"sqlite:///{path}", utc_now)) as store:
        return {run.id: run.planned_at for run in list_runs(store)}


def test_it_says_what_nightly_and_verify_say(arguments, nightly, observations, store_url, tmp_path):
    """A replay's report is that of the same nights, run and verified one by one."""
    shown = run(*arguments, "--output", tmp_path / "out")
    assert "Verification of 3 runs, 20131226T0000Z-1 to 20131228T0000Z-1" in said(shown)
    assert "Intervals that held the least" in said(shown)
    report = json.loads((tmp_path / "out" / "verification.json").read_bytes())
    assert (tmp_path / "out" / "verification.png").read_bytes().startswith(b"\x89PNG")

    for time in (FIRST, SECOND, LAST):
        assert run("nightly", "--issue-time", time, *nightly[3:]).exit_code == 0
    options = ("--observations", observations, "--store", store_url, "--since", FIRST, "--json")
    verified = json.loads(run("verify", *options).stdout)
    assert report | {"as_of": None} == verified | {"as_of": None}


def test_it_continues(arguments, tmp_path):
    """Nights that are in the store are not run again."""
    kept = tmp_path / "replay.db"
    assert run(*arguments, "--store", kept, "--until", SECOND).exit_code == 0
    before = nights(kept)
    whole = run(*arguments, "--store", kept, "--json")

    assert len(before) == 2
    assert nights(kept).items() > before.items()
    assert len(json.loads(whole.stdout)["runs"]) == 3


def test_stores_of_other_nights(arguments, model_path, tmp_path):
    """Nights of another model, and later ones, are not mixed with those of a replay."""
    kept, other = tmp_path / "replay.db", tmp_path / "other.tar.gz"
    save(replace(load_model(model_path), name="other"), other)
    assert run(*arguments, "--store", kept).exit_code == 0
    models = run(*arguments, "--store", kept, "--model", other)
    earlier = run(*arguments, "--store", kept, "--until", SECOND)

    assert "is of the model small; name a file of its own" in said(models)
    assert "the store has a later night, 20131228T0000Z-1; name a file" in said(earlier)


def test_ctrl_c(arguments, tmp_path):
    """Ctrl-C ends a replay, which says how to continue it; what it has done is kept."""
    kept = tmp_path / "replay.db"
    command = [*HERE, *map(str, arguments), "--since", "2013-06-01T00:00:00Z", "--store", kept]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        done = {}
        while not done and process.poll() is None:
            try:
                done = nights(kept)
            except StoreError:  # it is being made
                continue
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[1]

    assert process.returncode == 1
    assert f"Stopped. The same command continues; {kept} has the nights." in said
    assert "Traceback" not in said
    assert nights(kept)


def test_nights_that_cannot_run(arguments, observations, tmp_path):
    """Nights without observations, and rejected ones, are named and cost only themselves."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    silent = pl.col("time").is_between(
        datetime(2013, 12, 10, tzinfo=UTC), datetime(2013, 12, 26, tzinfo=UTC), closed="right"
    )
    frame.filter(~silent).write_parquet(tmp_path / "weather.parquet")
    shutil.copy(observations / "stations.csv", tmp_path)
    since = ("--since", "2013-12-09T00:00:00Z", "--observations", tmp_path)
    replayed = run(*arguments, *since, "--json")
    report = json.loads(replayed.stdout)

    assert "20131209T0000Z-1" in report["runs"]
    assert report["remarks"]["20131210T0000Z-1"].startswith("not verified: no observations in")
    assert report["remarks"]["2013-12-20T00:00:00Z"].startswith("not run: no observations in")
    assert report["remarks"]["20131211T0000Z-1"].startswith("rejected: ")
    assert "; not verified: no observations in" in report["remarks"]["20131211T0000Z-1"]
    assert "  2013-12-20T00:00:00Z: not run: no observations" in replayed.stderr


def test_times_that_cannot_be_replayed(arguments):
    """A night that is not over, no night, and no whole hour are errors that say so."""
    ahead = run(*arguments, "--until", utc_text(utc_now()))
    none = run(*arguments, "--until", "2013-12-25T00:00:00Z")
    minutes = run(*arguments, "--since", "2013-12-25T00:10:00Z")

    assert "are not over; end at " in said(ahead)
    assert f"no night from {FIRST} to 2013-12-25T00:00:00Z" in said(none)
    assert "is not a whole hour" in said(minutes)
