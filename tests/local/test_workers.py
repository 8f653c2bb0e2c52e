"""Worker processes: results, errors and how they end."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from batch_jobs import plan_run, verify_run
from batch_jobs.errors import WorkerError
from batch_jobs.nightly import Night, run_night
from batch_jobs.parts import transform_part
from batch_jobs.workers import follow
from forecasts.errors import StoreError
from forecasts.run import RunState
from forecasts.runs import list_runs
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from local.workers import tools_of, workers_on
from model.errors import ArtifactError
from tests.factories import ISSUE_TIME
from tests.workers_process import die

#: Workers have a real clock, to which a night of an earlier time would have expired.
NOW = utc_now()


@pytest.fixture(autouse=True)
def _many_parts(monkeypatch):
    """Every station is a separate part."""
    for module in (plan_run, verify_run):
        monkeypatch.setattr(module, "STATIONS_OF_A_PART", 1)


@pytest.fixture
def make_night(tmp_path, model, model_path, observations):
    """A function that runs a night with some processes, and returns the run and all items.

    It verifies a night that one process ran the day before.
    """

    def make(processes, model_path=model_path):
        url = f"sqlite:///{tmp_path}/{processes}.db"
        with closing(open_store(url, lambda: NOW, create=True)) as store:
            night = Night(
                store=store,
                model=model,
                observations=str(observations),
                issue_time=ISSUE_TIME,
                clock=lambda: NOW,
                start_workers=workers_on(processes, url, model_path),
            )
            before = replace(
                night, issue_time=ISSUE_TIME - timedelta(days=1), model=model, start_workers=None
            )
            run_night(before)
            try:
                run = run_night(night)
            finally:
                kept, _ = list_runs(store)
            partitions = ["S#EWR", "S#JFK", "S#LGA", f"CATALOGUE#{run.id}"]
            partitions += [f"MAP#{run.id}#{code}" for code in run.parameters]
            assert kept == run
            return run, [item for pk in partitions for item in store.query(pk)]

    return make


def test_one_process_needs_no_workers(tmp_path, model_path):
    """A single process does everything itself."""
    assert workers_on(1, f"sqlite:///{tmp_path}/1.db", model_path) is None


def test_the_table_is_the_same_however_many_processes_there_are(make_night):
    """The items and the run's report are equal to the byte."""
    (one, ones), (three, threes) = make_night(1), make_night(3)
    one.report.pop("seconds")
    three.report.pop("seconds")

    assert replace(one, identity=None) == replace(three, identity=None)
    assert [each["run"] for each in one.report["verified"]] == ["20131229T0000Z-1"]
    assert sum(item.verification is not None for item in ones) == 3
    assert ones == threes


@pytest.fixture
def url(tmp_path):
    """The URL of an empty store."""
    made = f"sqlite:///{tmp_path}/f.db"
    open_store(made, lambda: NOW, create=True).close()
    return made


def test_an_error_in_a_process_arrives_as_itself(url, tmp_path, model_path):
    """A worker's error has the same text as in one process."""
    missing = tmp_path / "part-00000.jsonl"
    with (
        workers_on(2, url, model_path)(2) as workers,
        pytest.raises(FileNotFoundError, match=r"part-00000.jsonl"),
    ):
        list(workers(transform_part, [missing, missing]))


def test_a_store_that_a_process_cannot_open(tmp_path, model_path):
    """The caller gets the error of a worker that cannot open the store."""
    with (
        workers_on(2, f"sqlite:///{tmp_path}/nowhere/f.db", model_path)(2) as workers,
        pytest.raises(StoreError, match="there is no such file"),
    ):
        list(workers(transform_part, [tmp_path]))


def test_a_process_that_is_ended_from_outside(url, model_path):
    """If a worker is killed, the error says what to do."""
    with (
        workers_on(2, url, model_path)(2) as workers,
        pytest.raises(WorkerError, match=r"perhaps because memory ran out.*fewer --processes"),
    ):
        list(workers(die, range(2)))


def test_a_night_whose_workers_fail_is_marked_failed(make_night, tmp_path):
    """The run keeps the reason; the next start is a new attempt."""
    with pytest.raises(ArtifactError, match="No such file"):
        make_night(2, tmp_path / "no-model")

    with closing(open_store(f"sqlite:///{tmp_path}/2.db", lambda: NOW)) as store:
        run, _ = list_runs(store)

    assert run.state is RunState.FAILED
    assert "No such file" in run.reason


def test_a_process_leaves_when_its_parent_is_over():
    """A worker ends when its parent has ended for any reason."""
    parent = get_context("spawn").Process(target=int)
    parent.start()
    statuses = []
    follow(parent, statuses.append)

    assert parent.exitcode == 0
    assert statuses == [1]


@pytest.mark.parametrize(
    ("end", "status"),
    [
        pytest.param(lambda pid: os.kill(pid, signal.SIGKILL), -signal.SIGKILL, id="killed"),
        pytest.param(lambda pid: os.killpg(pid, signal.SIGINT), 130, id="Ctrl-C"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGINT), 130, id="interrupted alone"),
    ],
)
def test_no_process_is_left_over(url, model_path, end, status):
    """However a night ends, its processes end with it, without error messages."""
    command = [sys.executable, "-m", "tests.workers_process", url, str(model_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        members = process.stdout.readline().split()
        end(process.pid)
        _, said = process.communicate()

    assert len(members) == 2
    assert process.returncode == status
    assert "Traceback" not in said
    assert _over(members)


def _over(members):
    """Wait for processes to end."""
    for _ in range(200):
        if not any(map(_runs, members)):
            return True
        time.sleep(0.1)
    return False


def _runs(pid):
    """Return whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_makes_no_store(tmp_path, model_path):
    """If the file of a night was deleted, its workers do not go on in a new one."""
    file = tmp_path / "deleted.db"

    with pytest.raises(StoreError, match="there is no such file"):
        tools_of(f"sqlite:///{file}", model_path)

    assert not file.exists()
