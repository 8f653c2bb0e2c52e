"""How the map of stations by skill moves on from night to night."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pytest

from batch_jobs.nightly import Night, run_night
from batch_jobs.skill_map import moved_map
from batch_jobs.verify_run import Verification
from forecasts.errors import StoreError
from forecasts.item import Item, Key, StationEntry, catalogue_item
from forecasts.run import RunState
from forecasts.runs import get_run, put_run
from forecasts.scores import scores_of
from forecasts.skill_map import skill_map
from forecasts.stores.sqlite import SQLiteStore
from forecasts.verification import SUMS
from forecasts.verifications import network_verification, station_verifications
from model import scoring
from tests.factories import ISSUE_TIME, a_night, a_station

CODE = "temperature"
MANY = 400
NO_STEPS = np.zeros((0, 1, 2, 4), np.int8)


def sums(stations=MANY, **values):
    """Return sums of a night, [station, 1, 4, sum]: MAE 1, references of 4, 3 and 2."""
    usual = {"hours": 6, "below": 0.6, "above": 0.6, "mae": 6}
    usual |= {"persistence": 24, "yesterday": 18, "week": 12} | values
    night = np.zeros((stations, 1, 4, len(scoring.SUMS)))
    for name, value in usual.items():
        night[..., scoring.SUMS.index(name)] = np.reshape(value, (-1, 1, 1))
    return night


@pytest.fixture
def sqlite_store(tmp_path, clock):
    """An empty store."""
    with closing(SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)) as store:
        yield store


@pytest.fixture
def nights(sqlite_store):
    """A function that verifies nights one after another, and returns the last map."""

    def after(*each, ids=None):
        for day, night in enumerate(each):
            run = replace(a_night(day, parts=1), parameters=(CODE,))
            names = ids[day] if ids else [f"{number}" for number in range(len(night))]
            stations = tuple(a_station(id=name) for name in names)
            put_run(sqlite_store, run)
            entries = [StationEntry(station, (CODE,)) for station in stations]
            sqlite_store.put_many([catalogue_item(run, 0, entries)])
            verified = Verification(run, stations, night, np.zeros(0), NO_STEPS)
            by = a_night(day + 1)
            sqlite_store.put_many(moved_map(sqlite_store, by, [run.id], [verified]))
        return skill_map(sqlite_store, a_night(len(each)).id, CODE)

    return after


def test_a_month_of_nights(nights):
    """Rounded to a byte each night, all numbers stay near what they are without rounding."""
    random = np.random.default_rng(1)
    each = [
        sums(mae=random.lognormal(0, 0.5, MANY), week=random.lognormal(0.3, 0.5, MANY))
        for _ in range(35)
    ]
    exact = sum(night * (29 / 30) ** (34 - day) for day, night in enumerate(each)).sum(axis=(1, 2))
    column = dict(zip(scoring.SUMS, exact.T, strict=True))
    found = nights(*each).stations
    shown = {name: np.array([getattr(f, name) for f in found.values()]) for name in f_names()}

    assert shown["hours"].mean() == pytest.approx(column["hours"].mean(), abs=25)
    assert shown["coverage"].mean() == pytest.approx(0.8, abs=0.005)
    assert np.abs(shown["coverage"] - 0.8).max() < 0.08
    skill = 1 - column["mae"] / column["week"]
    assert np.mean(shown["skill"] - skill) == pytest.approx(0, abs=0.01)
    assert np.abs(shown["skill"] - skill).max() < 0.2


def f_names():
    """Return what is shown of a station."""
    return ("hours", "coverage", "skill")


def test_a_station_without_a_forecast_is_kept(nights):
    """One with enough hours keeps them for a while, and goes on if it comes back."""
    three, two = sums(3), sums(2)
    five = [["a", "b", "c"]] * 5
    gone = nights(*[three] * 5, two, ids=[*five, ["c", "a"]])
    assert list(gone.stations) == ["c", "a", "b"]
    assert gone.stations["a"].hours > gone.stations["b"].hours > 100

    back = nights(*[three] * 5, two, three, ids=[*five, ["c", "a"], ["a", "b", "c"]])
    assert back.stations["b"].hours > gone.stations["b"].hours
    forgotten = nights(three, two, ids=[["a", "b", "c"], ["c", "a"]])
    assert list(forgotten.stations) == ["c", "a"]


def test_the_reference_is_the_best_of_all(nights):
    """If another one becomes the best, what there is of the one before is scaled to it."""
    found = nights(*[sums()] * 6)
    assert (found.reference, found.stations["0"].skill) == ("week", pytest.approx(0.5, abs=0.06))

    better = nights(sums(), sums(persistence=1.2), sums(persistence=1.2), *[sums()] * 3)
    assert better.reference == "week"
    other = nights(*[sums()] * 3, *[sums(persistence=3)] * 4)
    assert other.reference == "persistence"
    dry = nights(*[sums(zeros=5, zero=1)] * 5)
    assert dry.reference == "zero"


@pytest.mark.parametrize(
    ("values", "skill"),
    [({"mae": 0}, 1.0), ({"week": 0}, None), ({"mae": 1e9}, pytest.approx(-2.24))],
)
def test_extremes(nights, values, skill):
    """No errors, a reference without errors, and far worse than the reference."""
    assert nights(*[sums(**values)] * 6).stations["7"].skill == skill


def test_hours_that_were_not_compared(nights):
    """A station without hours has none, and neither coverage nor skill."""
    nothing = dict.fromkeys(("hours", "below", "above", "mae", "persistence", "yesterday"), 0)
    found = nights(*[sums(**nothing, week=0)] * 6)
    assert found.stations["3"] == (0, None, None)


def test_the_same_night_gives_the_same_map(nights):
    """The chance of rounding is that of the run."""
    assert nights(sums(mae=5.1), sums()) == nights(sums(mae=5.1), sums())


def test_stations_that_are_not_known_any_more(nights, sqlite_store):
    """A map starts anew if the catalogue that it was made with is gone."""
    nights(*[sums()] * 6)
    sqlite_store.put_many([catalogue_item(a_night(5), 0, [])])
    run = replace(a_night(6, parts=1), parameters=(CODE,))
    verified = Verification(run, (a_station(),), sums(1), np.zeros(0), NO_STEPS)
    items = moved_map(sqlite_store, a_night(7), [a_night(6).id], [verified])
    put_run(sqlite_store, run)
    sqlite_store.put_many([*items, catalogue_item(run, 0, [StationEntry(a_station(), ())])])

    assert skill_map(sqlite_store, a_night(7).id, CODE).stations == {"JFK": (24, None, None)}


# Nights as they are run.


@pytest.fixture
def run_at(store, model, observations, clock):
    """A function that runs the night some days before the last one."""
    night = partial(Night, store, model, str(observations), clock=clock)
    return lambda days, **more: run_night(
        night(issue_time=ISSUE_TIME - timedelta(days=days), **more)
    )


def hours_of(store, run):
    """Return the hours of JFK's temperature on the map of a night; None without a map."""
    found = skill_map(store, run.id, CODE)
    return found and found.stations["JFK"].hours


def test_each_run_counts_once(store, run_at):
    """Late truth does not count again, nor a night that is started again or attempted anew."""
    runs = [run_at(days) for days in (6, 5, 4, 3, 2, 1)]
    first, *hours = [hours_of(store, run) for run in runs]
    assert first is None
    assert hours == pytest.approx([24, 47, 70, 91, 112], abs=6)
    last = runs[-1]
    assert len(last.report["verified"]) == 2  # one of them is late truth

    items = store.query(f"VERIFICATION#{last.id}")
    put_run(store, replace(get_run(store, last.id), state=RunState.PLANNED))
    assert store.query(f"VERIFICATION#{run_at(1).id}") == items
    again = run_at(1, new_attempt=True)
    assert hours_of(store, again) == hours[-1]
    found = skill_map(store, again.id, CODE).stations["JFK"]
    scores = scores_of(
        sums
        for each in station_verifications(store, "JFK")
        for sums in each.sums[CODE]
        if len(sums) == len(SUMS)
    )
    assert found.coverage == pytest.approx(scores["coverage"], abs=0.05)
    assert found.skill == pytest.approx(scores["skill"], abs=0.08)


def test_a_rejected_night_hands_its_map_on(store, run_at):
    """What a night verified counts in the map of the next one, also if readers never got it."""
    run_at(3)
    rejected = run_at(2)
    put_run(store, replace(get_run(store, rejected.id), state=RunState.REJECTED))
    assert hours_of(store, run_at(1)) == 24


def test_late_truth_after_a_gap(store, run_at):
    """A night that is started again tells late truth from a run that it verified first."""
    run_at(6)
    run_at(5)
    after = run_at(0)
    put_run(store, replace(get_run(store, after.id), state=RunState.PLANNED))
    assert hours_of(store, after) == hours_of(store, run_at(0)) == 48
    late = network_verification(store, "20131224T0000Z-1")
    assert (late.by, late.first) == (after.id, "20131225T0000Z-1")


@pytest.mark.parametrize("sk", ["STATIONS", f"{CODE}#00000"])
def test_a_map_that_cannot_be_read(store, run_at, sk):
    """The map of an earlier night goes on, or a new one begins; damage is no map for a week."""
    runs = [run_at(days) for days in (4, 3)]
    damaged = [Item(Key(f"VERIFICATION#{runs[1].id}", sk), b"damaged")]
    store.put_many(damaged)
    runs.append(run_at(2))
    assert hours_of(store, runs[2]) == 24

    store.put_many([Item(Key(f"VERIFICATION#{runs[2].id}", sk), b"damaged")])
    begun = run_at(1)
    assert (begun.state, begun.report["not_verified"]) == (RunState.PUBLISHED, [])
    assert hours_of(store, begun) == 24
    store.put_many([Item(Key(f"VERIFICATION#{begun.id}", sk), b"damaged")])
    assert hours_of(store, run_at(0)) == 24


def test_a_damaged_map_in_front_of_a_whole_one(store, run_at):
    """All that the map of the earlier night had is still there."""
    runs = [run_at(days) for days in (4, 3, 2)]
    store.put_many([Item(Key(f"VERIFICATION#{runs[2].id}", f"{CODE}#00000"), b"damaged")])
    assert hours_of(store, run_at(1)) == pytest.approx(47, abs=6)


def test_a_map_that_is_not_answered(tmp_path, model, observations, clock):
    """It is named in the report, and the night is published without a map."""

    class Unreadable(SQLiteStore):
        def query(self, pk, prefix=""):
            if pk.startswith("VERIFICATION#"):
                raise StoreError("no answer")
            return super().query(pk, prefix)

    night = partial(Night, model=model, observations=str(observations), clock=clock)
    with closing(Unreadable(str(tmp_path / "forecasts.db"), clock, create=True)) as store:
        run_night(night(store, issue_time=ISSUE_TIME - timedelta(days=1)))
        run = run_night(night(store, issue_time=ISSUE_TIME))

    assert run.state is RunState.PUBLISHED
    assert run.report["not_verified"] == ["map of skill: StoreError: no answer"]


def test_half_of_it_is_written(tmp_path, model, observations, clock):
    """A new attempt at a night whose last items could not all be written verifies it again."""
    night = partial(Night, model=model, observations=str(observations), clock=clock)

    class Ending(SQLiteStore):
        def put_many(self, items):
            first, *rest = [*items]
            is_last = first.key.pk.startswith("VERIFICATION")
            units = super().put_many([first] if is_last else [first, *rest])
            if is_last:
                raise StoreError("no answer")
            return units

    path = str(tmp_path / "forecasts.db")
    with closing(SQLiteStore(path, clock, create=True)) as store:
        run_night(night(store, issue_time=ISSUE_TIME - timedelta(days=2)))
        run_night(night(store, issue_time=ISSUE_TIME - timedelta(days=1)))
    with closing(Ending(path, clock, create=False)) as store, pytest.raises(StoreError):
        run_night(night(store, issue_time=ISSUE_TIME))
    with closing(SQLiteStore(path, clock, create=False)) as store:
        run = run_night(night(store, issue_time=ISSUE_TIME))
        assert run.id.endswith("-2")
        assert [each["run"] for each in run.report["verified"]] == ["20131229T0000Z-1"]
        assert hours_of(store, run) == pytest.approx(47, abs=6)
