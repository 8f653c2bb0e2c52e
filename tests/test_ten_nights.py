"""Ten nights with observations that come late, are revised, or never come.

An oracle of its own computes what each verification must say: from the forecasts that readers got,
and from what was known of each hour when the night ran.
"""

import json
import math
import shutil
from contextlib import closing
from datetime import timedelta

import polars as pl
import pytest

from batch_jobs.check_run import Gate
from batch_jobs.nightly import Night, run_night
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key, history_key, history_of
from forecasts.run import RunState, issue_time_of
from forecasts.stores.sqlite import SQLiteStore
from forecasts.verification import SUMS
from forecasts.verifications import network_verifications, station_verifications
from tests.factories import ISSUE_TIME

NIGHTS = 10
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = ISSUE_TIME - (NIGHTS - 1) * DAY
STATIONS = ("EWR", "JFK", "LGA")
#: Of these hours EWR's readings come two days late, and LGA's never.
BAD_HOURS = (FIRST + 2 * DAY + HOUR, FIRST + 2 * DAY + 13 * HOUR)
#: JFK's temperature is first reported this much too high, and corrected after three days.
ERROR = 2.0


def known(frame, now):
    """Return the readings that are known at a time."""
    in_bad_hours = pl.col("time").is_between(*BAD_HOURS, closed="right")
    is_late = (
        (pl.col("station_id") == "EWR") & in_bad_hours & (pl.lit(now) < BAD_HOURS[1] + 2 * DAY)
    )
    never = (pl.col("station_id") == "LGA") & in_bad_hours
    wrong = (
        (pl.col("station_id") == "JFK")
        & (pl.col("parameter") == "temperature")
        & (pl.col("time") > FIRST)
        & (pl.col("time") > now - 3 * DAY)
    )
    value = pl.when(wrong).then(pl.col("value") + ERROR).otherwise(pl.col("value"))
    visible = (pl.col("time") <= now) & ~is_late & ~never
    return frame.filter(visible).with_columns(value.alias("value"))


@pytest.fixture(scope="module")
def readings(observations):
    """All readings of the ten nights and the week before."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    codes = pl.col("parameter").is_in(["temperature", "pressure"])
    return frame.filter(codes & (pl.col("time") > FIRST - 9 * DAY))


@pytest.fixture
def sqlite_store(tmp_path, clock):
    """An empty store in a file."""
    with closing(SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)) as store:
        yield store


@pytest.fixture
def nights(sqlite_store, model, clock, observations, readings, tmp_path):
    """Run the nights, each on what is known at its issue time."""
    (tmp_path / "observations").mkdir()
    shutil.copy(observations / "stations.csv", tmp_path)
    runs = []
    for number in range(NIGHTS):
        now = FIRST + number * DAY
        known(readings, now).write_parquet(tmp_path / "observations" / "weather.parquet")
        # With three stations, ordinary weather may be a large shift.
        night = Night(sqlite_store, model, str(tmp_path), now, clock, gate=Gate(shift=99))
        runs.append(run_night(night))
    return runs


def truth_of(frame, station, code):
    """Return the hourly values of a series by label, each the mean of the readings of its hour."""
    chosen = frame.filter(station_id=station, parameter=code)
    hours = {}
    for time, value in chosen.select("time", "value").iter_rows():
        label = time.replace(minute=0, second=0, microsecond=0)
        label += HOUR if time > label else timedelta(0)
        hours.setdefault(label, []).append(value)
    return {label: sum(values) / len(values) for label, values in hours.items()}


def expected(store, record, station, code, frame):
    """Return hours, bias, errors and sides of each group of lead times, with plain Python."""
    issued = issue_time_of(record.run_id)
    body = store.get(forecast_key(station, record.run_id)).body
    forecast = json.loads(decompress(body))["values"].get(code)
    history = history_of(store.get(history_key(station, record.run_id)))["history"].get(code)
    truth = truth_of(known(frame, record.as_of), station, code)
    groups = []
    for group in range(4):
        sums = dict.fromkeys(("hours", "bias", "mae", "yesterday", "below", "above"), 0.0)
        for lead in range(6 * group + 1, 6 * group + 7):
            value = truth.get(issued + lead * HOUR)
            if forecast is None or value is None or history[-24 + lead - 1] is None:
                continue
            p10, p50, p90 = (forecast[name][lead - 1] for name in ("p10", "p50", "p90"))
            sums["hours"] += 1
            sums["bias"] += p50 - value
            sums["mae"] += abs(p50 - value)
            sums["yesterday"] += abs(history[-24 + lead - 1] - value)
            sums["below"] += value < p10 and not math.isclose(value, p10, abs_tol=1e-4)
            sums["above"] += value > p90 and not math.isclose(value, p90, abs_tol=1e-4)
        groups.append(sums)
    return groups


def test_every_record_is_what_the_oracle_says(sqlite_store, nights, readings):
    """Late readings count when they are there, corrected ones when they are corrected."""
    assert {run.state for run in nights} == {RunState.PUBLISHED}
    assert [run.report["not_verified"] for run in nights] == [[]] * NIGHTS
    compared = 0
    for station in STATIONS:
        for record in station_verifications(sqlite_store, station):
            for code, groups in record.sums.items():
                wanted = expected(sqlite_store, record, station, code, readings)
                for kept, sums in zip(groups, wanted, strict=True):
                    found = dict(zip(SUMS, kept, strict=True))
                    assert {name: found[name] for name in sums} == pytest.approx(sums, abs=0.06)
                    compared += int(sums["hours"])
    assert compared > 1000


def test_late_truth_takes_the_place_of_early_truth(sqlite_store, nights):
    """Each run is verified the night after, and again four days after its end."""
    last = nights[-1].issue_time
    for station in STATIONS:
        records = {each.run_id: each for each in station_verifications(sqlite_store, station)}
        assert list(records) == [run.id for run in nights[:-1]]
        for run in nights[:-1]:
            is_late = run.valid_until + 4 * DAY <= last
            as_of = run.valid_until + (4 * DAY if is_late else timedelta(0))
            assert records[run.id].as_of == as_of
    assert [each.run_id for each in network_verifications(sqlite_store)] == [
        run.id for run in nights[:-1]
    ]


def test_what_never_came_is_no_error(sqlite_store, nights):
    """Hours without readings do not count; those that came late do, in the end."""
    hours = {}
    for station in STATIONS:
        records = {each.run_id: each for each in station_verifications(sqlite_store, station)}
        groups = records[nights[2].id].sums["pressure"]
        hours[station] = sum(sums[0] for sums in groups)
    assert hours["LGA"] <= 12 < hours["EWR"]

    early = nights[3].report["verified"][0]["parameters"]["pressure"]["hours"]
    late = nights[7].report["verified"][1]["parameters"]["pressure"]["hours"]
    assert late == sum(hours.values())
    assert early + 10 <= late
