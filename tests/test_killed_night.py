"""A night that is killed at any point and restarted completes, and readers never see half of it."""

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from itertools import count

import pytest

from api.app import make_app
from batch_jobs.nightly import Night, run_night
from forecasts.stores.open import open_store
from tests.client import Client
from tests.factories import ISSUE_TIME, NOW
from tests.killed_night import POINTS, STATES

YESTERDAY, TONIGHT = "20131229T0000Z-1", "20131230T0000Z-1"


def start(folder, observations, model_path, point):
    """Run tonight up to *point* in its own process, and kill that; return its exit status."""
    return run_until(folder, observations, model_path, point, "die").returncode


def run_until(folder, observations, model_path, point, deed):
    """Run tonight in its own process, which does *deed* at *point*; return how it ended."""
    names = (f"sqlite:///{folder}/forecasts.db", str(observations), str(model_path), point, deed)
    command = [sys.executable, "-m", "tests.killed_night", *names]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def table(folder):
    """Return every item of the table, without a run's identity and what its states took."""
    with closing(sqlite3.connect(folder / "forecasts.db")) as connection:
        rows = connection.execute(
            "SELECT pk, sk, body, expires_at, verification FROM item"
        ).fetchall()
    return {(pk, sk): (_steady(pk, body), *rest) for pk, sk, body, *rest in rows}


def _steady(pk, body):
    if pk != "RUN":
        return body
    fields = json.loads(body)
    fields.get("report", {}).pop("seconds", None)
    del fields["identity"]
    return fields


@pytest.fixture
def folder(tmp_path, observations, model):
    """A folder with a store in which yesterday is published."""
    store = open_store(f"sqlite:///{tmp_path}/forecasts.db", lambda: NOW, create=True)
    day = timedelta(days=1)
    run_night(Night(store, model, str(observations), ISSUE_TIME - day, lambda: NOW - day))
    store.close()
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, observations, model, model_path):
    """The table after yesterday and an undisturbed tonight."""
    folder = tmp_path_factory.mktemp("undisturbed")
    store = open_store(f"sqlite:///{folder}/forecasts.db", lambda: NOW, create=True)
    day = timedelta(days=1)
    run_night(Night(store, model, str(observations), ISSUE_TIME - day, lambda: NOW - day))
    store.close()
    assert start(folder, observations, model_path, "never") == 0
    return table(folder)


class Poller(threading.Thread):
    """A reader that requests all stations repeatedly until it is stopped.

    Attributes:
        seen: Run ids, in the order they were first seen.
        faults: Responses that were not whole.
    """

    def __init__(self, folder):
        super().__init__()
        self.folder, self.seen, self.faults = folder, [], []
        self.stopped = threading.Event()
        self.polled = threading.Condition()

    def run(self):
        """Poll; the clock runs fast, so that the pointer is read each time."""
        ticks = count()
        clock = lambda: NOW + timedelta(minutes=next(ticks))  # noqa: E731 -- a clock is a callable
        store = open_store(f"sqlite:///{self.folder}/forecasts.db", lambda: NOW)
        client = Client(make_app(store, clock))
        # Without a pause it would take a core from the night.
        while not self.stopped.wait(0.01):
            self.look(client.get("/v1/forecasts?stations=EWR,JFK,LGA"))
        self.look(client.get("/v1/forecasts?stations=EWR,JFK,LGA"))
        store.close()

    def look(self, answer):
        """Record one response."""
        items = answer.json().get("items", [])
        runs = {item.get("run", {}).get("id") for item in items}
        whole = len(items) == 3 and all(len(item.get("values", ())) == 2 for item in items)
        if answer.status_code != 200 or len(runs) != 1 or not whole:
            self.faults.append(answer.text)
        with self.polled:
            self.seen.extend(runs - set(self.seen))
            self.polled.notify_all()

    def newest(self):
        """Return the run of a response that was requested after this call."""
        with self.polled:
            # The first response may have been requested earlier.
            self.polled.wait(timeout=60)
            self.polled.wait(timeout=60)
            return self.seen[-1]


@pytest.mark.parametrize("point", [*STATES, *POINTS])
def test_a_killed_night_is_completed(folder, undisturbed, observations, model_path, point):
    """The table equals that of an undisturbed night, and readers see no half-written run."""
    reader = Poller(folder)
    reader.start()
    killed = start(folder, observations, model_path, point)
    after_kill = reader.newest()
    again = start(folder, observations, model_path, "never")
    reader.stopped.set()
    reader.join()

    assert (killed, again) == (-9, 0)
    published = ("PublishRun", "after the pointer", "after the mark")
    assert after_kill == (TONIGHT if point in published else YESTERDAY)
    assert table(folder) == undisturbed
    assert reader.faults == []
    assert reader.seen == [YESTERDAY, TONIGHT]


#: Before the night has looked at the store for the last time.
EARLIER = ("PlanRun", "Transform", "between parts", "CheckRun", *POINTS[2:])


@pytest.mark.parametrize("point", EARLIER)
def test_a_store_that_is_deleted_during_a_night(folder, observations, model_path, point):
    """The night fails and says that the file is gone; the next start is a whole night."""
    ended = run_until(folder, observations, model_path, point, "delete")
    left = (folder / "forecasts.db").exists()
    again = run_until(folder, observations, model_path, "never", "die")

    assert (ended.returncode, ended.stdout, left) == (1, "", False)
    assert "forecasts.db: the file is gone" in ended.stderr.splitlines()[-1]
    assert (again.returncode, again.stdout) == (0, "published")


@pytest.mark.parametrize("point", ["LoadForecasts", "after the pointer", "after the mark"])
def test_a_store_that_is_replaced_during_a_night(folder, observations, model_path, point):
    """The night fails; the other store is as it was, without half of a night in it."""
    open_store(f"sqlite:///{folder}/other.db", lambda: NOW, create=True).close()
    ended = run_until(folder, observations, model_path, point, "replace")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "replaced" in ended.stderr or "another file has taken its place" in ended.stderr
    assert table(folder) == {}
