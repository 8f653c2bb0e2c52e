"""A week of hourly fetches with bad days among them, and its seven nights; and of the archive."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, Thread

import polars as pl
import pytest

from api.app import make_app
from batch_jobs.feeds import iem, openaq
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.sources import fetch_from
from batch_jobs.feeds.wanted import Everywhere, Stations
from batch_jobs.nightly import Night, run_night
from forecasts.run import RunState
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_text
from tests.client import Client
from tests.feeds.openaq import KEY
from tests.feeds.timer import PassingTime
from tests.feeds.week import bad_days
from tests.feeds.week.archive import Archive
from tests.feeds.week.killed import killed
from tests.feeds.week.oracle import MODELLED, Oracle
from tests.feeds.week.services import FUTURE, MOVED, running
from tests.feeds.week.world import HOURS, NIGHTS, at

WRONG_KEY = "a-key-that-was-revoked"
#: The request at which a fetch is killed: for the time before of what is new.
_DEADLY = {
    "iem": lambda _, query: "station" in query,
    "openaq": lambda path, _: path.startswith("/v3/sensors"),
}

#: Requests beyond those of every hour: the first days, a clock that is days ahead, new stations
#: with their list and the time before, two fetches at once; and what a slow machine may repeat
#: where a fetch waits for a second only.
MORE_REQUESTS = {
    ("iem", 0): 9,
    ("iem", 57): 5,
    ("iem", 62): 3,
    ("iem", 70): 2,
    ("iem", 71): 2,
    ("iem", 75): 1,
    ("iem", 107): 2,
    ("openaq", 133): 100,
}


class Week:
    """The week under way.

    Attributes:
        services: The stand-ins.
        into: The folder of observations.
        store: Takes the forecasts.
        said: All that fetches and nights said.
        summaries: Of fetches that ended, by source and hour.
        requests: Number of requests, by source and hour.
        faults: Faults of the services, by source and hour.
    """

    def __init__(self, services, passing, folder, store, model):
        self.services = services
        self.into = folder
        self.said = []
        self.summaries = {}
        self.requests = {}
        self._passing = passing
        self.store = store
        self._model = model
        self.faults = {source: bad_days.faults(source) for source in ("iem", "openaq")}

    def hour(self, hour, patch):
        """Fetch from both sources."""
        self._passing.seconds = max(self._passing.seconds, hour * 3600.0)
        self.services.move_to(at(hour, 5))
        self.services.openaq.slips = 300 if hour in bad_days.SLIPS else 0
        self.services.openaq.forget_slips()
        for source in ("iem", "openaq"):
            service = getattr(self.services, source)
            before = len(service.requests)
            service.faults = list(self.faults[source].get(hour, []))
            with patch.context() as only_now:
                if bad_days.SILENT[source] == hour:
                    module = {"iem": iem, "openaq": openaq}[source]
                    only_now.setattr(module, "LIMITS", replace(module.LIMITS, timeout=1.0))
                self._fetch(source, service, hour)
            self.requests[source, hour] = len(service.requests) - before

    def _fetch(self, source, service, hour):
        now = at(hour + bad_days.WRONG_CLOCK.get((source, hour), 0), 5)
        if bad_days.KILLED[source] == hour:
            settings = self._settings(hour)
            assert killed(service, _DEADLY[source], source, settings, self.into, now)
        elif bad_days.TWICE[source] == hour:
            self._twice(source, service, hour, now)
        else:
            self._one(source, hour, now)

    def _settings(self, hour):
        return {
            "STATIONCAST_IEM_URL": self.services.iem.url,
            "STATIONCAST_OPENAQ_URL": self.services.openaq.url,
            "OPENAQ_API_KEY": WRONG_KEY if hour in bad_days.WRONG_KEY else KEY,
        }

    def _one(self, source, hour, now):
        tally = Tally(self.said.append)
        names = (source, self._settings(hour), str(self.into), Everywhere())
        summary = fetch_from(*names, (now, None), tally, self._passing.timer)
        self.summaries[source, hour] = summary
        self.said.append(repr(summary))

    def _twice(self, source, service, hour, now):
        both = Barrier(2)

        def together(good):
            both.wait(30)
            return good

        service.faults = [together, together]
        threads = [Thread(target=self._one, args=(source, hour, now)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def night(self, hour):
        """Run a night; return its run."""
        night = Night(self.store, self._model, str(self.into), at(hour), lambda: at(hour, 10))
        run = run_night(night)
        self.said.append(repr((run, night.compaction)))
        assert night.compaction.left == []
        return run


def stored(folder):
    """Return all that is stored, in the order of readers: values as the service measured them."""
    found = {}
    for path in sorted(folder.glob("source=*/date=*/*.parquet")):
        source = path.parts[-3].removeprefix("source=")
        for row in pl.read_parquet(path, hive_partitioning=False).iter_rows(named=True):
            assert f"date={row['time']:%Y-%m-%d}" == path.parts[-2]
            value = (row["value"] - 32) / 1.8 if row["unit"] == "f" else row["value"]
            key = (source, row["station_id"], row["parameter"], row.get("sensor_id"), row["time"])
            found[key] = round(value, 6)
    return found


def answers(client, stations):
    """Return what a reader gets for each station: for each parameter "" or a reason."""
    listed = client.get("/v1/runs/current/missing?limit=1000").json()["items"]
    without = {row["station_id"]: row["missing"] for row in listed}
    found = {}
    for station in stations:
        answer = client.get(f"/v1/stations/{station}/forecast")
        values = answer.json()["values"] if answer.status_code == 200 else {}
        assert all(len(values[code]["p50"]) == 24 for code in values)
        reasons = without.get(station, {})
        found[station] = {c: "" if c in values else reasons.get(c) for c in MODELLED}
    return found


def counts(sources):
    """Return what `/v1/status` says of sources, as the oracle does."""
    return {
        (row["source"], row["country"]): [
            *(row[age] for age in ("fresh", "stale", "silent")),
            datetime.fromisoformat(row["newest"]).astimezone(UTC),
        ]
        for row in sources
    }


@pytest.fixture
def week(model, tmp_path):
    """The week before its first fetch."""
    passing = PassingTime()
    store = SQLiteStore(str(tmp_path / "forecasts.db"), lambda: at(0), create=True)
    with closing(store), running(lambda: passing.seconds) as services:
        yield Week(services, passing, tmp_path / "observations", store, model)


def test_a_week(week, monkeypatch, caplog):
    """Every night has the series that were fresh, and every reading that was shown is stored."""
    oracle = Oracle()
    for hour in HOURS:
        week.hour(hour, monkeypatch)
        if hour in NIGHTS:
            read_a_night(week, oracle, hour)
    check_files(week.into, oracle)
    check_requests(week)
    check_summaries(week)
    everything = "\n".join([*week.said, caplog.text])

    assert not re.search(f"{KEY}|{WRONG_KEY}", everything)


def test_the_archive_alone(model, tmp_path, monkeypatch):
    """It has each day 72 hours after its end, and every night says so, and what to do."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    into = str(tmp_path / "observations")
    wanted = Stations(frozenset({"101", "111"}))
    store = SQLiteStore(str(tmp_path / "forecasts.db"), lambda: at(0), create=True)
    with closing(store), Archive() as archive:
        for hour in NIGHTS:
            archive.move_to(at(hour))
            times = (at(hour, 5), None)
            timer = PassingTime().timer
            summary = fetch_from("openaq-archive", {}, into, wanted, times, Tally(), timer)
            night = Night(store, model, into, at(hour), lambda: at(hour, 10))  # noqa: B023 -- now
            run = run_night(night)
            newest = utc_text(at(hour - 72))

            assert summary.failures == ()
            assert run.state is RunState.REJECTED
            assert run.reason == (
                "forecasts: 0 series; the newest reading of source openaq-archive is of"
                f" {newest}, 72 hours before the issue time; this archive has a day three days"
                " after its end, so it is for training only: fetch from openaq, too"
            )
        status = Client(make_app(store, lambda: at(168, 15))).get("/v1/status").json()

    assert status["state"] == "none"


def read_a_night(week, oracle, hour):
    """Check what a reader sees of a night."""
    run = week.night(hour)
    client = Client(make_app(week.store, lambda: at(hour, 15)))
    status = client.get("/v1/status").json()
    expected = oracle.answers(hour)
    known = {
        row["station_id"]
        for row in client.get("/v1/runs/current/missing?limit=1000").json()["items"]
    }

    assert (run.state, run.reason) == (RunState.PUBLISHED, None)
    assert (status["state"], status["run"]["issued_at"]) == ("ok", utc_text(at(hour)))
    assert answers(client, expected) == expected
    assert known <= expected.keys()
    assert run.report["series"] == sum(a == "" for of in expected.values() for a in of.values())
    assert counts(status["sources"]) == oracle.freshness(hour)
    assert status["sources"] == run.report["observations"]["freshness"]
    assert run.report["observations"]["faults"] == {}
    for station, (latitude, longitude, time) in MOVED.items():
        place = client.get(f"/v1/stations/{station}").json()
        is_there = (place["latitude"], place["longitude"]) == (latitude, longitude)
        # OpenAQ's list of locations comes once a day.
        late = 0 if station in week.services.iem.places else 24
        assert is_there == (time <= at(hour - late)), station


def check_files(folder, oracle):
    """Check that files hold what was shown, nothing else, and no key."""
    found = stored(folder)
    assert found.keys() - oracle.stored.keys() == set()
    assert oracle.stored.keys() - found.keys() == set()
    assert found == pytest.approx(oracle.stored)
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.suffix == ".parquet" or path.name in {"stations.csv", ".memory.json"}
            content = path.read_bytes()
            assert KEY.encode() not in content
            assert WRONG_KEY.encode() not in content


def check_requests(week):
    """Check that both services were asked as seldom as they want."""
    for source, most in (("iem", 1), ("openaq", 100)):
        for hour in HOURS:
            allowed = most + MORE_REQUESTS.get((source, hour), 0)
            repeated = len(week.faults[source].get(hour, []))
            assert week.requests[source, hour] <= allowed + min(repeated, 10), (source, hour)
    assert week.services.openaq.refused == 0


def check_summaries(week):
    """Check that fetches say what failed, and nothing else."""
    for (source, hour), summary in week.summaries.items():
        is_refused = source == "openaq" and hour in bad_days.WRONG_KEY
        is_dead = is_refused or hour in bad_days.DEAD[source]
        is_renamed = (source, hour) == ("iem", bad_days.RENAMED)
        said = " ".join([*summary.failures, *summary.notes])

        assert (summary.is_dead, bool(summary.failures)) == (is_dead, is_dead or is_renamed), said
        assert ("OPENAQ_API_KEY" in said) == is_refused
        assert ("no column mslp, so no sea_level_pressure" in said) == is_renamed
        assert ("a clock is wrong" in said) == ((source, hour) in bad_days.WRONG_CLOCK)
        assert ("nothing came of all stations" in said) == (
            (source, hour) in {("iem", bad_days.NOTHING), ("openaq", 125)} and not is_dead
        )
        if hour in FUTURE[source][0]:
            assert summary.left_out["of_the_future"] > 0
