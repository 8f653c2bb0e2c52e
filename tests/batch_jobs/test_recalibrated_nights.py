"""Factors go from night to night: with the histories, through what came true, into forecasts."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pytest

from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.read import read_observations
from batch_jobs.recalibration import mean_factors, next_steps, packed_steps, stored_steps
from batch_jobs.verify_run import verify_run
from forecasts.calibration import unpack_factors
from forecasts.forecast import Forecast
from forecasts.gzip_bodies import decompress
from forecasts.item import Item, catalogue_key, forecast_key, history_key, history_of
from forecasts.run import RunState
from forecasts.runs import get_run, put_run
from model.inference import input_fn, predict_fn
from tests.endpoint import JSON_LINES
from tests.factories import ISSUE_TIME
from tests.model.test_inference import encode

STATIONS = ("EWR", "JFK", "LGA")


@pytest.fixture
def run_at(store, model, observations, clock):
    """A function that runs the night some days before the last one."""
    night = partial(Night, store, model, str(observations), clock=clock)
    return lambda days, **more: run_night(
        night(issue_time=ISSUE_TIME - timedelta(days=days), **more)
    )


@pytest.fixture
def factors_of(store):
    """A function that returns the factors in the histories of a run, by station."""

    def read(run):
        lines = {name: history_of(store.get(history_key(name, run.id))) for name in STATIONS}
        return {name: line.get("calibration", {}) for name, line in lines.items()}

    return read


@pytest.fixture
def expected(store, observations):
    """A function that returns what must follow a run: factors by station, and their means."""

    def made(run):
        observed = read_observations(str(observations), end=run.valid_until, hours=24)
        verified = verify_run(store, run, observed)
        steps = next_steps(verified)
        packed = packed_steps(run, verified.stations, steps)
        factors = {name: unpack_factors(packed.get(name, b"")) for name in STATIONS}
        return factors, mean_factors(run, steps)

    return made


def test_from_night_to_night(run_at, factors_of, expected):
    """Each night moves the factors of the one before by what came true, and reports their means."""
    first, second, third = map(run_at, (2, 1, 0))

    assert factors_of(first) == {name: {} for name in STATIONS}
    assert first.report["mean_factors"] == {}
    for before, after in ((first, second), (second, third)):
        factors, means = expected(before)
        assert factors_of(after) == factors
        assert after.report["mean_factors"] == means
    assert all(factors_of(second).values())
    assert factors_of(second) != factors_of(third)


def test_the_forecast_has_them(store, model, run_at, factors_of):
    """A stored forecast is the model's for the stored history, and not the one without factors."""
    run_at(1)
    run = run_at(0)
    assert all(factors_of(run).values())
    different = 0
    for name in STATIONS:
        line = history_of(store.get(history_key(name, run.id)))
        plain = {field: value for field, value in line.items() if field != "calibration"}
        with_factors, without = predict_fn(input_fn(encode([line, plain]), JSON_LINES), model)
        body = decompress(store.get(forecast_key(name, run.id)).body)

        assert Forecast.from_body(body).values == with_factors["values"]
        different += with_factors["values"] != without["values"]
    assert different


def test_a_night_counts_once(store, run_at, factors_of):
    """A night that is started again has the same factors; another attempt does not move them."""
    first, second = run_at(1), run_at(0)
    before = factors_of(second)
    put_run(store, replace(get_run(store, second.id), state=RunState.PLANNED))
    run_at(0)
    assert factors_of(second) == before

    again = run_at(0, new_attempt=True)
    assert again.report["verified"] == []
    assert factors_of(again) == factors_of(first)


def test_a_run_that_was_not_published_is_skipped(store, run_at, factors_of):
    """The factors are those of the newest run that readers saw."""
    run_at(3)
    seen = run_at(2)
    unseen = run_at(1)
    assert factors_of(seen) != factors_of(unseen)
    put_run(store, replace(get_run(store, unseen.id), state=RunState.REJECTED))

    assert factors_of(run_at(0)) == factors_of(seen)


def test_what_is_not_verified_moves_nothing(store, run_at, factors_of):
    """If the verification fails, the factors stay; damaged histories have none."""
    run_at(2)
    second = run_at(1)
    assert all(factors_of(second).values())

    def fail(_verification):
        raise OSError("the disk is full")

    third = run_at(0, keep=fail)
    assert factors_of(third) == factors_of(second)

    store.put_many([Item(history_key(name, second.id), b"damaged") for name in STATIONS])
    _, steps = stored_steps(store, second)
    assert not np.any(steps)


def test_damage_is_named(store, run_at, factors_of):
    """If the newest run is damaged, the night is published without factors, and says so."""
    run_at(2)
    second = run_at(1)
    store.put_many([Item(catalogue_key(second.id, 0), b"damaged")])
    third = run_at(0)

    assert third.state is RunState.PUBLISHED
    assert factors_of(third) == {name: {} for name in STATIONS}
    assert third.report["mean_factors"] == {}
    _, of_factors = third.report["not_verified"]
    assert of_factors.startswith("factors: DamagedItemError: ")
