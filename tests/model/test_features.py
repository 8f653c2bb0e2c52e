"""Features: the rows that training and inference share."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.features import (
    FEATURES_OF_LEAD,
    HISTORY_HOURS,
    LEAD_HOURS,
    MAX_AGE_HOURS,
    MIN_OBSERVATIONS,
    Batch,
    Series,
    feature_names,
    features,
    features_of_series,
    is_forecastable,
)
from model.scale import last_value, scale_of

GOLDEN = Path(__file__).parents[1] / "golden" / "features_v1.json"
CODES = ("temperature", "pressure")
MIDNIGHT = int(datetime(2013, 6, 21, tzinfo=UTC).timestamp()) // 3600


def a_batch(count=3, seed=1, gaps=0.1):
    """Return histories of *count* stations with some gaps."""
    random = np.random.default_rng(seed)
    history = random.normal(10, 3, (count, len(CODES), HISTORY_HOURS)).round(1).astype(np.float32)
    history[random.random(history.shape) < gaps] = np.nan
    return Batch(
        history=history,
        latitude=np.linspace(-60, 60, count, dtype=np.float32),
        longitude=np.linspace(-170, 170, count, dtype=np.float32),
        elevation=np.full(count, np.nan, np.float32),
        issue_hour=MIDNIGHT + np.arange(count),
        ahead=np.empty((count, 0, LEAD_HOURS), np.float32),
    )


def rows_of(batch, index=0):
    """Return the feature rows of one parameter of a batch."""
    return features(batch, index, scale_of(batch.history[:, index], 0.2))


def column(batch, name, index=0):
    """Return one named feature, [station, lead time]."""
    return rows_of(batch, index)[:, :, feature_names(CODES, CODES[index]).index(name)]


def test_rows_are_as_they_were():
    """The rows of a known history are pinned, because other rows need another model."""
    golden = json.loads(GOLDEN.read_text())
    rows = rows_of(a_batch())

    assert feature_names(CODES, "temperature") == golden["names"]
    np.testing.assert_allclose(
        rows[1, [0, 23]], np.array(golden["rows"], np.float32), rtol=1e-5, atol=1e-6
    )


def test_every_column_has_a_name():
    """Every column has a name of its own."""
    names = feature_names(CODES, "pressure")

    assert rows_of(a_batch(), 1).shape == (3, LEAD_HOURS, len(names))
    assert len(set(names)) == len(names)


@given(seed=st.integers(0, 10_000), row=st.integers(0, 6))
def test_a_station_alone_has_the_same_rows(seed, row):
    """A real-time request gives bit for bit the rows that the batch gives."""
    batch = a_batch(7, seed)
    alone = batch.take(np.array([row]))

    assert rows_of(alone).tobytes() == rows_of(batch)[[row]].tobytes()


def test_several_parameters_at_once():
    """Rows of several series at once are, bit for bit, those of one after the other."""
    batch = a_batch(7)
    stations, parameters = np.array([4, 0, 6, 4]), np.array([0, 0, 1, 1])
    chosen = Series(stations, parameters)
    together = features_of_series(batch, chosen, scale_of(chosen.of(batch), 0.2))

    for row, (station, parameter) in enumerate(zip(stations, parameters, strict=True)):
        assert together[row].tobytes() == rows_of(batch, parameter)[station].tobytes()


def test_lags_and_same_hours():
    """lag_k is k hours before the issue time; same_hour_kd is k days before the valid time."""
    batch = a_batch(1, gaps=0)
    series = batch.history[0, 0]
    scale = scale_of(batch.history[:, 0], 0.2)

    np.testing.assert_allclose(scale.absolute(column(batch, "lag_3"))[0], series[-4], rtol=1e-5)
    np.testing.assert_allclose(
        scale.absolute(column(batch, "same_hour_1d"))[0], series[-24:], rtol=1e-4
    )
    np.testing.assert_allclose(
        scale.absolute(column(batch, "same_hour_7d"))[0], series[:24], rtol=1e-4
    )
    np.testing.assert_allclose(column(batch, "pressure_last")[0], batch.history[0, 1, -1])


def test_the_sun_is_high_at_noon_in_summer():
    """At 30 N, 0 E on 21 June the sun culminates at about 83 degrees, and sets at night."""
    batch = a_batch(1)
    place = Batch(
        batch.history,
        np.array([30], np.float32),
        np.array([0], np.float32),
        batch.elevation,
        np.array([MIDNIGHT]),
        batch.ahead,
    )
    height = column(place, "sun_height")[0]

    assert np.argmax(height) + 1 == 12
    assert np.degrees(np.arcsin(height.max())) == pytest.approx(83.4, abs=1)
    assert height[-1] < 0


def test_weekday_is_local():
    """21 June 2013 was a Friday; 12 hours later it is Saturday in the far east."""
    batch = a_batch(3, gaps=0)
    weekday = column(batch, "weekday")

    assert weekday[1, 0] == 4
    assert weekday[2, 14] == 5


def test_a_series_needs_enough_and_recent_observations():
    """One hour below the minimum, or a gap before the issue time, is too little."""
    series = np.full((4, HISTORY_HOURS), np.nan, np.float32)
    series[0, -MIN_OBSERVATIONS:] = 1
    series[1, -MIN_OBSERVATIONS + 1 :] = 1
    series[2, : -MAX_AGE_HOURS + 1] = 1
    series[3, :-MAX_AGE_HOURS] = 1

    assert is_forecastable(series).tolist() == [True, False, True, False]


def test_last_value_is_the_newest_there_is():
    """Gaps before the issue time are skipped."""
    series = np.array([[1, 2, np.nan], [np.nan] * 3], np.float32)

    np.testing.assert_array_equal(last_value(series), [2, np.nan])


def test_a_series_that_stands_still_has_the_least_spread():
    """A constant series does not lead to a division by zero."""
    scale = scale_of(np.full((1, HISTORY_HOURS), 7, np.float32), 0.2)

    assert (scale.center.item(), scale.spread.item()) == (7, 0.2)


def test_the_lead_columns_come_first():
    """The first column is the lead time in hours."""
    assert FEATURES_OF_LEAD[0] == "lead_hours"
    assert rows_of(a_batch())[0, :, 0].tolist() == list(range(1, 25))
