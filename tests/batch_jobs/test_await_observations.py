"""A night waits until enough series of the night before are fresh, or until its time is up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.await_observations import Awaited, await_observations, look
from batch_jobs.errors import IssueTimeError
from forecasts.item import POINTER_KEY
from forecasts.run import RunState
from forecasts.runs import publish, put_run
from forecasts.stores.sqlite import SQLiteStore
from tests.batch_jobs.observations.parquet_folder import HEADER, JFK, LGA, reading, write
from tests.factories import ISSUE_TIME, a_night

HOUR = 60
BEGIN = ISSUE_TIME + timedelta(minutes=5)
YYZ = "YYZ,Toronto,CA,43.68,-79.63,,\n"


def counted(source="iem", country="US", *, fresh=2, stale=0, silent=0):
    """Return how fresh the series of a source in a country were on the night before."""
    newest = "2013-12-29T00:00:00Z"
    counts = {"fresh": fresh, "stale": stale, "silent": silent}
    return {"source": source, "country": country, **counts, "newest": newest}


@pytest.fixture
def store(clock, tmp_path):
    """An empty store."""
    store = SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path):
    """Observations: a source with two stations, whose readings come an hour before midnight."""
    folder = tmp_path / "observations"
    for source in ("iem", "openaq"):
        (folder / f"source={source}").mkdir(parents=True)
    (folder / "stations.csv").write_text(HEADER + JFK + LGA + YYZ)
    fetched(folder, "JFK")
    return folder


def fetched(folder, *stations, minutes=-HOUR, source="iem"):
    """Leave the newest readings of stations."""
    rows = [reading(1, minutes=minutes, station=station) for station in stations]
    write(folder / f"source={source}", *rows, name=f"{'-'.join(stations)}{minutes}.parquet")


@pytest.fixture
def awaited(store, folder):
    """A function that describes what tonight waits for, after a published night."""

    def of(*freshness, **changes):
        report = {"observations": {"freshness": list(freshness or [counted()])}}
        yesterday = a_night(days=-1, report=report, parameters=("temperature",))
        put_run(store, yesterday)
        publish(store, yesterday.id, BEGIN)
        return Awaited(store, str(folder), ISSUE_TIME, **({"minutes": 30} | changes))

    return of


class Waiting:
    """A clock that goes on while something sleeps, and what was said and done meanwhile."""

    def __init__(self, now=BEGIN, events=()):
        self.now, self.events = now, list(events)
        self.said, self.slept = [], []

    def __call__(self, awaited):
        """Wait; return what was said at the end."""
        await_observations(awaited, lambda: self.now, self.sleep, self.said.append)
        return self.said[-1]

    def sleep(self, seconds):
        """Let the time pass, and let the next event happen."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        if self.events:
            self.events.pop(0)()


def test_enough_is_fresh(awaited, folder):
    """The night goes on at once."""
    fetched(folder, "LGA", minutes=-3 * HOUR + 1)
    waiting = Waiting()

    assert (
        waiting(awaited())
        == "observations: 100.0% of 2 series of the night before are fresh, 90% wanted"
    )
    assert waiting.slept == []


def test_a_fetch_that_is_late(awaited, folder):
    """The night waits for it, says for what, and goes on when it has come."""
    fetched(folder, "LGA", minutes=-3 * HOUR)
    waiting = Waiting(events=[lambda: None, lambda: fetched(folder, "LGA")])
    waiting(awaited())

    late = (
        "50.0% of 2 series of the night before are fresh, 90% wanted; "
        "late: 1 of 2 of iem in US, newest"
    )
    assert waiting.said == [
        f"waiting for observations: {late} 2013-12-29T23:00:00Z; 25 minutes left",
        f"waiting for observations: {late} 2013-12-29T23:00:00Z; 23 minutes left",
        "observations: 100.0% of 2 series of the night before are fresh, 90% wanted",
    ]
    assert waiting.slept == [120, 120]


def test_a_fetch_that_never_comes(awaited):
    """Half an hour after the issue time the night goes on, and says what is late."""
    waiting = Waiting(now=BEGIN + timedelta(seconds=30))
    last = waiting(awaited())

    assert waiting.now == ISSUE_TIME + timedelta(minutes=30)
    assert waiting.slept == [120] * 12 + [30]
    assert last.startswith(
        "observations: 50.0% of 2 series of the night before are fresh, 90% wanted; late: "
    )


@pytest.mark.parametrize(("share", "waits"), [(0.5, False), (0.51, True)])
def test_the_share(awaited, share, waits):
    """The share that is wanted is enough."""
    found = look(awaited(share=share), BEGIN)

    assert (found.fresh, found.series, found.wait_seconds > 0) == (1, 2, waits)


def test_a_source_that_is_gone(awaited):
    """A source without any reading tonight is late since its last reading, and does not vanish."""
    found = look(awaited(counted(fresh=1), counted("openaq", "CA", fresh=3, stale=4)), BEGIN)

    assert (found.series, found.fresh) == (8, 1)
    assert found.late == (("openaq", "CA", 7, 7, "2013-12-29T00:00:00Z"),)


def test_nothing_came(awaited, folder):
    """Without any reading in 12 hours everything is late."""
    (folder / "source=iem" / "JFK-60.parquet").unlink()
    fetched(folder, "JFK", minutes=-12 * HOUR)
    found = look(awaited(), BEGIN)

    assert (found.series, found.fresh) == (2, 0)
    assert found.late == (("iem", "US", 2, 2, "2013-12-29T00:00:00Z"),)


def test_new_series_do_not_make_up_for_late_ones(awaited, folder):
    """Each source and country counts for itself, and with no more than it had."""
    fetched(folder, "LGA")
    fetched(folder, "YYZ")
    fetched(folder, "JFK", source="openaq")
    found = look(awaited(counted(fresh=1), counted("openaq", "US", fresh=4)), BEGIN)

    assert (found.series, found.fresh) == (5, 2)
    assert found.late == (("openaq", "US", 3, 4, "2013-12-29T23:00:00Z"),)


def test_series_that_were_not_forecast(awaited):
    """What was silent on the night before is not waited for."""
    found = look(awaited(counted(fresh=1, silent=10)), BEGIN)

    assert (found.series, found.fresh, found.late) == (1, 1, ())


def test_many_late_countries(awaited):
    """The sentence names those with most late series, and counts the others."""
    countries = [counted("openaq", f"A{n}", fresh=n) for n in range(1, 8)]
    sentence = str(look(awaited(*countries, counted("openaq", "", fresh=9)), BEGIN))

    assert "late: 9 of 9 of openaq in no country, newest 2013-12-29T00:00:00Z; 7 of 7 " in sentence
    assert "openaq in A4, newest 2013-12-29T00:00:00Z; 3 more sources and countries" in sentence
    assert "A3" not in sentence


def test_a_night_of_the_past(awaited):
    """Files of the past do not become fresher: the night says what is late, and goes on."""
    waiting = Waiting(now=ISSUE_TIME + timedelta(days=30))

    assert "observations: 50.0% of 2 series" in waiting(awaited())
    assert waiting.slept == []


def test_the_first_night(store, folder):
    """There is no night before, so there is nothing to wait for."""
    reason = Waiting()(Awaited(store, str(folder), ISSUE_TIME, 30))

    assert (
        reason == "not waiting for observations: no night before has fresh series to compare with"
    )


def test_a_night_before_without_counts(store, folder):
    """A night of an earlier version, or one without fresh series, is nothing to compare with."""
    put_run(store, a_night(days=-1))
    publish(store, a_night(days=-1).id, BEGIN)

    found = look(Awaited(store, str(folder), ISSUE_TIME, 30), BEGIN)
    assert found.reason == "no night before has fresh series to compare with"


def test_switched_off(awaited):
    """With 0 minutes nothing is read."""
    assert look(awaited(minutes=0), BEGIN).reason == "it is switched off"


@pytest.mark.parametrize(
    "state", [RunState.PLANNED, RunState.LOADED, RunState.PUBLISHED, RunState.REJECTED]
)
def test_a_night_that_was_begun(awaited, store, state):
    """A second start does not wait, unless a new attempt is asked for."""
    put_run(store, a_night(state=state))
    found = look(awaited(), BEGIN)

    assert found.reason == f"run 20131230T0000Z-1 is {state} already"
    assert (found.wait_seconds, found.series) == (0, 0)
    assert look(awaited(new_attempt=True), BEGIN).wait_seconds == 120


def test_a_night_that_failed(awaited, store):
    """The next attempt reads the observations again, so it may wait for them."""
    put_run(store, a_night(state=RunState.FAILED))

    assert look(awaited(), BEGIN).wait_seconds == 120


def test_an_issue_time_of_the_future(awaited):
    """No run can have it, so nothing waits for it."""
    with pytest.raises(IssueTimeError, match="is in the future"):
        look(awaited(), datetime(2013, 12, 29, tzinfo=UTC))


def test_observations_that_cannot_be_read(awaited, folder):
    """The night goes on and meets the fault itself."""
    waiting = Waiting()
    nowhere = replace(awaited(), observations=f"{folder}-nowhere")

    assert waiting(nowhere).startswith(f"not waiting for observations: {folder}-nowhere: ")
    assert waiting.slept == []


def test_a_damaged_pointer(awaited, store):
    """It ends the wait and not the night, which says what to do."""
    tonight = awaited()
    store.put_many([store.get(POINTER_KEY)._replace(body=b"\xff")])

    assert "CURRENT is damaged" in Waiting()(tonight)
