"""Directions: a circle has no ends, so nothing may depend on where its zero is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from batch_jobs.input_drift import compare_inputs
from batch_jobs.observations.read import Observations
from batch_jobs.observations.report import ReadReport
from batch_jobs.progress import quiet
from model.archive import Archive, TimeSplit
from model.artifact import load, save, unpack
from model.circle import TURN, WIDEST_SIDE, bent, circular_mean, straight, straight_arc, turned
from model.errors import TrainingError
from model.evaluation import evaluate
from model.guard import stand_in
from model.network import joined
from model.prediction import ForecastParameter
from model.scoring import SUMS, sums_of
from model.training import train
from tests.factories import ISSUE_TIME

CODES = ("wind_speed", "wind_direction")
TARGETS = (ForecastParameter("wind_speed", 1, 0, 115), ForecastParameter(CODES[1], 0, 0, 360))

degrees = st.integers(0, 359).map(float)
histories = arrays(np.float32, (2, 168), elements=degrees.map(np.float32))
turns = st.integers(-720, 720)


@pytest.fixture(scope="module")
def sea_breeze():
    """Two stations by the sea: the wind swings through north and back, a little late each day."""
    random = np.random.default_rng(5)
    hours = np.arange(2000)
    noise = np.cumsum(random.normal(0, 2, (2, 2000)), axis=-1)
    wave = 70 * np.sin(2 * np.pi * hours / 24)
    direction = (wave + noise - noise.mean(axis=-1)[:, None] + random.normal(0, 8, (2, 2000))) % 360
    speed = 5 + 2 * np.cos(2 * np.pi * hours / 24) + random.normal(0, 0.5, (2, 2000))
    values = np.stack([speed, direction], axis=1).astype(np.float32)
    values[:, 1, ::37] = np.nan  # calm
    return Archive(
        stations=("pier", "dune"),
        parameters=CODES,
        decimals=(1, 0),
        values=values,
        latitude=np.array([52, 53], np.float32),
        longitude=np.array([4, 5], np.float32),
        elevation=np.array([1, 9], np.float32),
        first_hour=380_000,
        covariates=(),
        ahead=np.empty((2, 0, 2000), np.float32),
    )


@pytest.fixture(scope="module")
def model(sea_breeze):
    """A model of both parameters."""
    return train(sea_breeze, TARGETS, "sea", quiet, depth=3)


def batch_of(archive, hours=range(1700, 1900, 7)):
    """Return histories of the first station."""
    issued = np.array(hours)
    return archive.batch(np.zeros_like(issued), issued)


@given(series=histories, by=turns)
def test_a_straight_history_turns_with_its_compass(series, by):
    """If all directions are turned, the turns from the newest value stay what they were."""
    there = straight(((series + by) % TURN).astype(np.float32))
    here = straight(series)

    # Exactly opposite directions may be on either side.
    apart = np.abs((there - there[:, -1:]) - (here - here[:, -1:]))
    assert np.isin(apart, [0, TURN]).all()
    assert (np.abs(here - here[:, -1:]) <= TURN / 2).all()


@given(
    median=arrays(np.float64, (3, 24), elements=degrees),
    sides=arrays(np.float64, (2, 3, 24), elements=st.integers(0, int(WIDEST_SIDE))),
    truth=arrays(np.float64, (3, 24), elements=degrees),
)
def test_an_arc_is_read_as_it_was_bent(median, sides, truth):
    """From p10 clockwise to p90 is the interval, wherever north is."""
    arc = bent(np.stack([median - sides[0], median, median + sides[1]], axis=1))
    low, center, high = straight_arc(arc, truth).transpose(1, 0, 2)

    assert ((arc >= 0) & (arc < TURN)).all()
    np.testing.assert_array_equal(center - low, sides[0])
    np.testing.assert_array_equal(high - center, sides[1])
    assert (np.abs(center - truth) <= TURN / 2).all()


def test_a_side_is_less_than_half_a_turn():
    """A wider interval could not be told from its complement."""
    arc = bent(np.array([[[-400.0], [10.0], [500.0]]]))

    np.testing.assert_array_equal(arc[0, :, 0], [(10 - WIDEST_SIDE) % TURN, 10, 10 + WIDEST_SIDE])


@given(
    forecast=arrays(np.float64, (2, 3, 24), elements=degrees),
    observed=arrays(np.float32, (2, 24), elements=degrees.map(np.float32)),
    history=histories,
    by=st.integers(0, 359),
)
def test_errors_do_not_depend_on_the_zero(forecast, observed, history, by):
    """Turned with everything else, a forecast is as good as before."""
    here = sums_of(forecast, observed, history, circular=True)
    rotated = [((each + by) % TURN).astype(each.dtype) for each in (forecast, observed, history)]
    there = sums_of(*rotated, circular=True)
    # Exactly opposite is as wrong to the left as to the right, and nothing is 0 twice.
    same = [i for i, name in enumerate(SUMS) if name not in {"bias", "under", "zero", "week"}]
    opposite = np.abs(turned(forecast[:, 1] - observed)) == TURN / 2

    np.testing.assert_allclose(here[..., same][~opposite], there[..., same][~opposite], atol=1e-4)


def test_the_error_goes_the_short_way():
    """From 350 to 10 degrees it is 20, and not 340; the mean of the week goes through north."""
    forecast = np.broadcast_to(np.array([340.0, 350.0, 15.0])[:, None], (3, 24))[None]
    history = np.resize(np.repeat([350.0, 20.0], 24), 168).astype(np.float32)[None]
    observed = np.full((1, 24), 10, np.float32)
    sums = dict(zip(SUMS, sums_of(forecast, observed, history, circular=True)[0, 0], strict=True))

    assert (sums["mae"], sums["bias"], sums["under"]) == (20, -20, 0)
    assert (sums["below"], sums["above"], sums["zeros"]) == (0, 0, 0)
    assert sums["persistence"] == 20
    assert sums["week"] == pytest.approx(10, abs=8)


def test_a_week_without_a_mean():
    """If the directions of a week cancel, the newest value is what the week says."""
    history = np.full((1, 168), np.nan, np.float32)
    history[0, -24:], history[0, -48:-24] = 90, 270
    observed = np.full((1, 24), 100, np.float32)
    forecast = np.full((1, 3, 24), 100.0)
    sums = dict(zip(SUMS, sums_of(forecast, observed, history, circular=True)[0, 0], strict=True))

    assert sums["week"] == sums["persistence"] == 10


def test_rows_of_directions_among_others():
    """Some rows may be directions and others not."""
    forecast = np.full((2, 3, 24), 350.0)
    observed, history = np.full((2, 24), 10, np.float32), np.full((2, 168), 350, np.float32)
    sums = sums_of(forecast, observed, history, circular=np.array([True, False]))

    assert sums[:, 0, SUMS.index("mae")].tolist() == [20, 340]


def test_it_beats_the_newest_value(model, sea_breeze):
    """A model that knows the hour of the day is better than the references, and honest."""
    scores = evaluate(model, sea_breeze, TimeSplit.of(sea_breeze).held_back)
    score = scores["wind_direction"]

    assert score.skill > 0.1
    assert 0.6 < score.overall("coverage") < 0.95


def test_forecasts_are_directions(model, sea_breeze):
    """All quantiles are whole degrees from 0 up to 359, and medians are within their arcs."""
    found = model.predict(batch_of(sea_breeze))["wind_direction"].values
    low, median, high = found.transpose(1, 0, 2)

    assert ((found >= 0) & (found < TURN)).all()
    assert (found == found.round()).all()
    assert ((median - low) % TURN + (high - median) % TURN < TURN).all()
    assert (low > high).any()  # north is within


def test_a_line_need_not_be_straight(model, sea_breeze):
    """A history as it is measured gives the same forecast as the straight one of training."""
    batch = batch_of(sea_breeze)
    raw = batch.history.copy()
    raw[:, 1] %= TURN
    measured = model.predict(type(batch)(raw, *(getattr(batch, n) for n in batch.__slots__[1:])))

    for code in CODES:
        np.testing.assert_array_equal(model.predict(batch)[code].values, measured[code].values)


def test_far_from_home_a_reference_stands_in(model, sea_breeze):
    """The reference is straight, too, and its interval an arc."""
    batch = batch_of(sea_breeze)
    batch.longitude[:] = 150
    found = model.predict(batch)["wind_direction"]
    low, median, high = found.values.transpose(1, 0, 2)

    assert found.reference.all()
    assert ((found.values >= 0) & (found.values < TURN)).all()
    assert ((median - low) % TURN < TURN / 2).all()
    assert ((high - median) % TURN < TURN / 2).all()


def test_factors_widen_the_arc(model, sea_breeze):
    """Factors of verification widen an interval on both sides, up to half a turn each."""
    batch = batch_of(sea_breeze)
    twice = np.full((len(batch), len(CODES), 2, 4), 2.0)
    low, median, high = model.predict(batch)["wind_direction"].values.transpose(1, 0, 2)
    wider = model.predict(batch, twice)["wind_direction"].values.transpose(1, 0, 2)

    np.testing.assert_array_equal(wider[1], median)
    before, after = (median - low) % TURN, (wider[1] - wider[0]) % TURN
    assert (np.abs(after - np.minimum(2 * before, WIDEST_SIDE)) <= 2).all()
    assert ((wider[2] - median) % TURN >= (high - median) % TURN).all()


def test_an_artifact_keeps_it(model, sea_breeze, tmp_path):
    """A loaded model gives the same forecasts."""
    path = tmp_path / "model.tar.gz"
    save(model, path)
    unpack(path, tmp_path / "loaded")
    batch = batch_of(sea_breeze)

    again = load(tmp_path / "loaded").predict(batch)["wind_direction"]
    np.testing.assert_array_equal(again.values, model.predict(batch)["wind_direction"].values)


def test_circular_means():
    """The mean of unit vectors; what is missing does not count."""
    found = circular_mean(np.array([[350.0, 20.0], [np.nan, 90.0], [np.nan, np.nan], [0, 180]]))

    np.testing.assert_allclose(found, [5, 90, np.nan, np.nan], atol=1e-9)


def test_a_direction_is_not_known_ahead(sea_breeze):
    """As a covariate it would be treated as a number."""
    with pytest.raises(TrainingError, match="wind_direction: a direction cannot be taken as known"):
        sea_breeze.knowing(("wind_direction",))


def test_what_a_manifest_says(model, tmp_path):
    """Directions have no quantiles, so none is far, and none is outside of them in a night."""
    network = model.network["wind_direction"]
    save(model, tmp_path / "model.tar.gz")
    unpack(tmp_path / "model.tar.gz", tmp_path)

    assert network.quantiles == {}
    assert joined(network, network) == replace(network, stations=4)
    assert load(tmp_path).network == model.network


def test_inputs_of_a_night(model):
    """Missing hours are compared with those of training, and no quantiles of directions."""
    values = np.full((1, 1, 168), 10, np.float32)
    observations = Observations((), ("wind_direction",), ISSUE_TIME, values, ReadReport(), (), None)
    compare_inputs(observations, lambda: model.network)
    found = observations.report.inputs["wind_direction"]

    assert (found["stations"], found["missing"]) == (1, 0)
    assert found["trained"]["quantiles"] == {}
    assert "outside" not in found
    assert observations.report.inputs_not_compared == []


def alone(series):
    """Return the reference's quantiles [3, 24] of a series of directions, as turns."""
    one = np.ones(1)
    is_not, is_so = np.zeros(1, np.bool_), np.ones(1, np.bool_)
    return stand_in(np.array([series], np.float32), 30 * one, one, is_not, is_so).values[0]


def test_the_reference_of_a_daily_turn():
    """What turns through north each day is forecast so; never through south."""
    wave = (40 * np.sin(np.arange(168) / 24 * 2 * np.pi)) % 360
    values = alone(wave)

    np.testing.assert_allclose(turned(values[1] - wave[:24]), 0, atol=0.1)
    assert (values[2] - values[0] <= 2.01).all()


def test_the_reference_of_a_single_day():
    """A series that is too short to try the reference has its spread as interval."""
    series = np.full(168, np.nan)
    series[-24:] = 355
    values = alone(series)

    np.testing.assert_allclose(turned(values[1] - 355), 0, atol=1e-6)
    np.testing.assert_allclose(values[2] - values[1], 1.28 * 30)


@given(histories, st.integers(1, 359))
def test_a_turned_reference(series, turn):
    """If all directions turn by an angle, so does each quantile of the reference."""
    for one in series:
        once, again = alone(one), alone((one + turn) % TURN)

        np.testing.assert_allclose(turned(again - once - turn), 0, atol=1e-3)
