"""The guard: what is far from the network of training is forecast by a reference."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.transform import load_model
from model.archive import TimeSplit
from model.features import HISTORY_HOURS, LEAD_HOURS
from model.guard import stand_in
from model.scoring import Score, sums_of
from tests.model.test_inference import answer, encode, to_lines


@pytest.fixture
def batch(archive):
    """Histories of all stations that end in the held-back time."""
    start = TimeSplit.of(archive).held_back
    hours = np.arange(start, archive.hours - LEAD_HOURS, 7)
    stations = np.arange(len(archive.values))
    return archive.batch(np.repeat(stations, len(hours)), np.tile(hours, len(stations)))


def moved(batch, rows, latitude=48.1, longitude=11.6):
    """Return the batch with some rows in another place."""
    places = {"latitude": latitude, "longitude": longitude}
    changed = {name: getattr(batch, name).copy() for name in places}
    for name, degrees in places.items():
        changed[name][rows] = degrees
    return replace(batch, **changed)


def changed(batch, rows, index, change):
    """Return the batch with another history of a parameter in some rows."""
    history = batch.history.copy()
    history[rows, index] = change(history[rows, index])
    return replace(batch, history=history)


def test_at_home_nothing_changes(batch, model):
    """In the network of training, forecasts are the model's, bit for bit."""
    unguarded = replace(model, network={}).predict(batch)

    for code, prediction in model.predict(batch).items():
        assert not prediction.reference.any()
        np.testing.assert_array_equal(prediction.values, unguarded[code].values)


def test_on_another_continent_a_reference_stands_in(batch, model):
    """Only the stations there are forecast by it; the others stay as they are, bit for bit."""
    rows = [0, 5, 6]
    others = np.setdiff1d(np.arange(len(batch)), rows)
    at_home, away = model.predict(batch), model.predict(moved(batch, rows))

    for code in model.parameters:
        assert np.flatnonzero(away[code].reference).tolist() == rows
        np.testing.assert_array_equal(away[code].values[others], at_home[code].values[others])
        assert (away[code].values[rows] != at_home[code].values[rows]).any()


@pytest.mark.parametrize(
    ("latitude", "longitude", "far"),
    [(40.6, -73.8, False), (43, -79, False), (41.9, -87.9, True), (-40.6, -73.8, True)],
)
def test_how_far_is_far(batch, model, latitude, longitude, far):
    """Toronto is near New York; Chicago, at 1,150 km, and the other hemisphere are not."""
    prediction = model.predict(moved(batch, np.arange(len(batch)), latitude, longitude))

    assert prediction["temperature"].reference.tolist() == [far] * len(batch)


@pytest.mark.parametrize(
    "change",
    [lambda series: series * 10, lambda series: series + 100, lambda series: series / 1000],
)
def test_another_scale(batch, model, change):
    """A series whose mean or spread training never saw is far, and no other parameter with it."""
    index = model.parameters.index("temperature")
    prediction = model.predict(changed(batch, [2], index, change))

    assert np.flatnonzero(prediction["temperature"].reference).tolist() == [2]
    assert not prediction["pressure"].reference.any()


def test_a_network_without_places(batch, model):
    """If the artifact does not say where its stations were, no station is too far away."""
    nowhere = {code: replace(each, places=()) for code, each in model.network.items()}
    away = moved(batch, [0])

    assert not replace(model, network=nowhere).predict(away)["pressure"].reference.any()


def test_a_reference_is_as_good_as_the_best(archive, batch, model):
    """It is no worse than the best of the references, and its interval holds."""
    start = TimeSplit.of(archive).held_back
    hours = np.arange(start, archive.hours - LEAD_HOURS, 7)
    stations = np.repeat(np.arange(len(archive.values)), len(hours))
    everywhere = np.arange(len(batch))
    for index, code in enumerate(model.parameters):
        values = model.predict(moved(batch, everywhere))[code].values
        observed = archive.after(index, stations, np.tile(hours, len(archive.values)))
        score = Score(sums_of(values, observed, batch.history[:, index]).sum(axis=0))

        assert score.skill > -0.05
        assert 0.7 < score.overall("coverage") < 0.95


def test_batch_real_time_and_compiled(archive, model, compiled_path):
    """A station alone, among others, and on compiled forests has the same line."""
    lines = to_lines(archive)
    far = [line | {"latitude": -33.9, "longitude": 18.4} for line in lines[:2]]
    whole = answer(model, encode([*far, *lines]))

    assert whole == answer(load_model(compiled_path), encode([*far, *lines]))
    for line, expected in zip([*far, *lines], whole, strict=True):
        assert answer(model, encode([line])) == [expected]
    assert whole[0]["models"] == dict.fromkeys(whole[0]["values"], "reference")
    assert "models" not in whole[2]


def test_factors_widen_it_too(batch, model):
    """Calibration anew each night is for whatever was published."""
    away = moved(batch, np.arange(len(batch)))
    doubled = np.full((len(batch), len(model.parameters), 2, 4), 2.0)
    once, twice = model.predict(away), model.predict(away, doubled)

    for code in model.parameters:
        low, median, high = once[code].values.transpose(1, 0, 2)
        wide = twice[code].values

        np.testing.assert_array_equal(wide[:, 1], median)
        assert (wide[:, 2] - wide[:, 0]).sum() > 1.5 * (high - low).sum()


def alone(series, *, zeros=False, spread=1.0, circular=False):
    """Return the stand-in's forecast of one series."""
    found = stand_in(
        np.array([series], np.float32),
        np.array([spread]),
        np.array([0.1]),
        np.array([zeros]),
        np.array([circular]),
    )
    return [part[0] for part in found]


def test_a_wave_goes_on():
    """What is the same each day is forecast so."""
    wave = np.sin(np.arange(HISTORY_HOURS) / LEAD_HOURS * 2 * np.pi)
    values, chance, chance_24h = alone(wave)

    np.testing.assert_allclose(values[1], wave[:LEAD_HOURS], atol=0.01)
    np.testing.assert_allclose(values[2] - values[0], 0.2, atol=0.01)
    assert np.isnan(chance).all()
    assert np.isnan(chance_24h)


def test_each_group_of_lead_times_has_weights_of_its_own():
    """What stays for hours and then changes: first the newest value counts, later the mean."""
    random = np.random.default_rng(3)
    # Levels of half a day; histories end in the middle of one.
    levels = np.repeat(random.normal(size=(400, 17)), 12, axis=1)[:, 6:]
    series = levels[:, : HISTORY_HOURS + LEAD_HOURS]
    series = series + random.normal(0, 0.01, series.shape)
    history, observed = series[:, :HISTORY_HOURS], series[:, HISTORY_HOURS:]
    spread, step, zeros = np.ones(400), np.full(400, 0.1), np.zeros(400, np.bool_)
    median = stand_in(history.astype(np.float32), spread, step, zeros, zeros).values[:, 1]
    errors, stays = (
        np.abs(forecast - observed).mean(axis=0) for forecast in (median, history[:, -1:])
    )

    assert errors[:6].mean() < 0.1
    assert (errors[6:] < 0.95 * stays[6:]).all()


def test_lead_times_that_were_never_tried():
    """A station that measures half of the day has lead times that no day could be tried at."""
    half = np.sin(np.arange(HISTORY_HOURS, dtype=np.float64))
    half[np.arange(HISTORY_HOURS) % LEAD_HOURS >= 12] = np.nan

    assert np.isfinite(alone(half)[0]).all()


def test_what_repeats_stays():
    """If most values repeat the one before, the newest one stays."""
    upper_end = np.full(HISTORY_HOURS, 16.1)
    upper_end[20:40] = np.arange(20) / 2
    upper_end[-1] = 9.0

    assert alone(upper_end)[0][1].tolist() == [9.0] * LEAD_HOURS


def test_one_day_is_enough():
    """A series of 24 values has nothing to try the reference on: its spread makes the interval."""
    day = np.full(HISTORY_HOURS, np.nan)
    day[-30:-6] = np.arange(24)
    values = alone(day, spread=7.0)[0]

    assert not np.isnan(values).any()
    np.testing.assert_allclose(values[2] - values[1], 1.28 * 7)
    np.testing.assert_allclose(values[1] - values[0], 1.28 * 7)


def test_rain_is_as_frequent_as_it_was():
    """Chances and quantiles are those of the week, and a dry week does not rule rain out."""
    week = np.zeros(HISTORY_HOURS)
    dry = alone(week, zeros=True)
    week[:40] = 2.5
    values, chance, chance_24h = alone(week, zeros=True)

    assert values[:, 0].tolist() == [0, 0, 2.5]
    np.testing.assert_allclose(chance, 41 / 192)
    assert chance_24h == pytest.approx(2.5 / 8)
    assert 0 < dry[1][0] < 0.02
    assert dry[2] == pytest.approx(0.5 / 8)
