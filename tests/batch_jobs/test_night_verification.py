"""VerifyRun within nights: what is due, what is stored of it, and that no night stops for it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import polars as pl
import pytest
from polars.exceptions import PanicException

from batch_jobs.night_verification import hours_of
from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.files import open_location
from batch_jobs.observations.read import read_observations
from batch_jobs.verification_files import write_verification
from batch_jobs.verified_night import VerifiedNight, VerifiedStations
from batch_jobs.verify_run import verify_run
from forecasts.errors import FormatError, StoreError
from forecasts.item import Item, forecast_item, forecast_key, run_key
from forecasts.run import RunState
from forecasts.runs import get_run, put_run
from forecasts.stores.sqlite import SQLiteStore
from forecasts.verification import SUMS, add
from forecasts.verifications import (
    network_key,
    network_verification,
    network_verifications,
    station_verifications,
    with_verification,
)
from model import scoring
from tests.factories import ISSUE_TIME, a_run

COLUMNS = [scoring.SUMS.index(name) for name in SUMS]


@pytest.fixture
def run_at(store, model, observations, clock):
    """A function that runs the night some days before the last one."""
    night = partial(Night, store, model, str(observations), clock=clock)
    return lambda days, **more: run_night(
        night(issue_time=ISSUE_TIME - timedelta(days=days), **more)
    )


def test_a_night_verifies_the_one_before(store, observations, run_at):
    """Each station's sums are those of `verify_run`, rounded; the network's are their sums."""
    first = run_at(1)
    assert first.report["verified"] == first.report["not_verified"] == []
    second = run_at(0)
    observed = read_observations(str(observations), end=first.valid_until, hours=24)
    expected = verify_run(store, first, observed)

    for row, station in enumerate(expected.stations):
        (record,) = station_verifications(store, station.id)
        assert (record.run_id, record.as_of) == (first.id, ISSUE_TIME)
        for index, code in enumerate(first.parameters):
            wanted = expected.sums[row, index][:, COLUMNS]
            for kept, sums in zip(record.sums[code], wanted, strict=True):
                # The sums of errors are kept to a tenth; `zero` is not, of what is never zero.
                assert kept[:9] == pytest.approx(sums[:9], abs=0.051)
    network = network_verification(store, first.id)
    assert (network.as_of, network.by, network.stations) == (ISSUE_TIME, second.id, 3)
    total = expected.sums.sum(axis=0)
    for index, code in enumerate(first.parameters):
        for kept, sums in zip(network.countries["US"][code], total[index], strict=True):
            assert kept == pytest.approx(sums[COLUMNS], rel=5e-3, abs=0.01)
    (reported,) = second.report["verified"]
    score = scoring.Score(total[0]).summary()
    assert reported["run"] == first.id
    assert reported["parameters"]["temperature"] == {
        name: score[name] for name in ("mae", "coverage", "reference", "skill", "hours")
    }


def test_late_truth_and_missed_nights(store, run_at):
    """A run is verified when it is over and after four days; missed nights are made up for."""
    runs = {days: run_at(days) for days in (6, 5)}
    verified = {
        days: [each["run"] for each in run_at(days).report["verified"]] for days in (2, 1, 0)
    }

    # Day 6 was verified by day 5. Day 5 only by day 2, after two nights that did not run.
    assert verified[2] == [runs[5].id]
    # Four days after its end, day 6 is verified again, then day 5 as well.
    assert verified[1] == ["20131228T0000Z-1", runs[6].id]
    assert verified[0] == ["20131229T0000Z-1", runs[5].id]
    (twice,) = [v for v in station_verifications(store, "JFK") if v.run_id == runs[6].id]
    assert twice.as_of == ISSUE_TIME - timedelta(days=1)
    assert len(network_verifications(store)) == 4


def test_a_night_that_is_run_again_finds_the_same_due(store, run_at):
    """The same run verifies the same again; another attempt does not, as the first one did."""
    first = run_at(1)
    second = run_at(0)
    items = store.query("S#JFK", "F#")
    put_run(store, replace(get_run(store, second.id), state=RunState.PLANNED))
    assert run_at(0).report["verified"] == second.report["verified"]
    assert store.query("S#JFK", "F#") == items

    again = run_at(0, new_attempt=True)
    assert again.report["verified"] == []
    assert [v.run_id for v in station_verifications(store, "JFK")] == [first.id]


def test_damage_costs_only_itself(store, run_at):
    """A damaged network item is made again; a damaged run is not verified; the night publishes."""
    runs = [run_at(days) for days in (3, 2, 1)]
    store.put_many([Item(network_key(runs[0].id), b"damaged")])
    item = store.get(run_key(runs[1].id))
    store.put_many([item._replace(body=b"damaged")])
    last = run_at(0)

    assert last.state is RunState.PUBLISHED
    assert [each["run"] for each in last.report["verified"]] == [runs[2].id, runs[0].id]


def test_what_cannot_be_verified_is_named(store, run_at):
    """Whatever fails on the way is in the report; the forecasts are published without it."""
    first = run_at(1)

    def fail(_verification):
        raise OSError("the disk is full")

    second = run_at(0, keep=fail)
    assert second.state is RunState.PUBLISHED
    assert second.report["not_verified"] == [f"run {first.id}: OSError: the disk is full"]
    assert station_verifications(store, "JFK") == []


def test_what_cannot_be_kept_costs_only_itself(run_at):
    """A fault after the comparison, too, is named and does not stop the night."""
    runs = [run_at(days) for days in (3, 2)]

    def keep(done):
        if done.run.id == runs[1].id:
            raise PanicException("the disk is full")

    last = run_at(0, keep=keep)
    assert last.state is RunState.PUBLISHED
    assert last.report["not_verified"] == [f"run {runs[1].id}: PanicException: the disk is full"]


def test_a_store_that_does_not_answer(tmp_path, model, observations, clock):
    """If the runs cannot be listed, nothing is verified, and the report says why."""

    class Unreadable(SQLiteStore):
        def query(self, pk, prefix=""):
            if prefix:
                raise StoreError("no answer")
            return super().query(pk)

    store = Unreadable(str(tmp_path / "forecasts.db"), clock, create=True)
    run = run_night(Night(store, model, str(observations), ISSUE_TIME, clock))
    store.close()

    assert run.state is RunState.PUBLISHED
    assert run.report["not_verified"] == ["the runs that are due: StoreError: no answer"]


def test_a_rejected_run_is_not_verified(store, run_at):
    """Only what readers saw is judged."""
    first = run_at(1)
    put_run(store, replace(get_run(store, first.id), state=RunState.REJECTED))
    assert run_at(0).report["verified"] == []


def test_hours_that_were_not_read(observations):
    """Hours outside of what was read are an error, not empty hours."""
    read = read_observations(str(observations), end=ISSUE_TIME, hours=48)
    run = a_run(issue_time=ISSUE_TIME - timedelta(days=2))

    assert hours_of(read, run).end == run.valid_until
    for days in (0, 3):
        with pytest.raises(ValueError, match="not all hours that run"):
            hours_of(read, replace(run, issue_time=ISSUE_TIME - timedelta(days=days)))


def test_it_is_handed_on(store, run_at):
    """What the states hand on to each other is read back; anything else is refused."""
    run_at(1)
    report = run_at(0).report
    stations = VerifiedStations({"JFK": [b"\x00\xff", b""]}, {"JFK": bytes(9)})
    items = store.query("VERIFICATION")
    of_report = ["no"], report["verified"], report["mean_factors"]
    night = VerifiedNight(VerifiedStations(), items, *of_report)

    assert len(items) == 1
    assert VerifiedNight.from_bytes(night.to_bytes()) == night
    assert VerifiedStations.from_bytes(stations.to_bytes()) == stations
    for text in (b"", b"[]", b"{}", b'{"records":{"JFK":["?"]},"factors":{},"items":[0]}'):
        with pytest.raises(FormatError, match="not a night's verification"):
            VerifiedNight.from_bytes(text)
        with pytest.raises(FormatError, match="not a verification of stations"):
            VerifiedStations.from_bytes(text)


@pytest.mark.parametrize("packed", [b"\x00\xff", b"\xff" + bytes(8), b"\x00" + b"\x7f" * 8])
def test_factors_that_are_none(packed):
    """They are refused where the night can go on without them, and not in BuildInput."""
    text = VerifiedStations({}, {"JFK": packed}).to_bytes()
    with pytest.raises(FormatError, match=r"not a verification of stations: .*not packed factors"):
        VerifiedStations.from_bytes(text)


@pytest.mark.parametrize(("size", "kept"), [(400, 2), (700, 1), (900, 2), (1300, 2)])
def test_only_the_first_record_may_cost(size, kept):
    """A second record that would begin another kilobyte is left out; the first one is kept."""
    run = a_run()
    item = forecast_item("JFK", run, b"")._replace(body=bytes(size))
    records = [bytes(100), bytes(200)]

    assert with_verification(item, []).verification is None
    found = with_verification(item, records).verification
    assert len(found) == 1 + 102 + (202 if kept == 2 else 0)
    assert forecast_key("JFK", run.id) == item.key


def test_groups_of_networks_add_up(store, run_at):
    """The sums of nights are added, group by group."""
    for days in (2, 1, 0):
        run_at(days)
    networks = network_verifications(store)
    total = add(each.countries["US"]["temperature"] for each in networks)
    assert total[0][0] == sum(each.countries["US"]["temperature"][0][0] for each in networks)


def test_files_of_a_night(run_at, tmp_path):
    """Each verified run is a Parquet file in the folder of its day, with all sums."""
    files = open_location(str(tmp_path))
    first = run_at(1)
    kept = []
    run_at(0, keep=lambda done: (kept.append(done), write_verification(files, done, ISSUE_TIME)))
    frame = pl.read_parquet(tmp_path / "date=2013-12-29" / f"{first.id}.parquet")

    assert frame.columns == ["station", "country", "parameter", "leads", "as_of", *scoring.SUMS]
    assert frame["hours"].sum() == kept[0].sums[..., 0].sum()
    chosen = frame.filter(station="JFK", parameter="pressure", leads="7-12").row(0, named=True)
    expected = kept[0].sums[1, first.parameters.index("pressure"), 1].tolist()
    assert [chosen[name] for name in scoring.SUMS] == expected
    assert (chosen["country"], chosen["as_of"]) == ("US", ISSUE_TIME)


def test_metrics_of_a_night():
    """Alarms look at the worst parameter that is not mostly zero, of the newest run."""
    good, bad = {"coverage": 0.8, "skill": 0.3}, {"coverage": 0.6, "skill": -0.1}
    newest = {"parameters": {"pm25": good, "o3": bad | {"skill": None}, "precipitation": bad}}
    older = {"parameters": {"pm25": bad}}

    lowest = VerifiedNight(report=[newest, older]).lowest()
    assert lowest == {"LowestCoverage": 0.6, "LowestSkill": 0.3}
    assert VerifiedNight(report=[{"parameters": {"precipitation": bad}}]).lowest() == {}
    assert VerifiedNight().lowest() == {}
