"""Which windows are drawn for training."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from model.archive import TimeSplit
from model.features import LEAD_HOURS, is_forecastable
from model.sampling import draw_windows, usable_windows


@pytest.fixture
def gaps(archive):
    """The archive with long gaps at one station, and no observations at another."""
    values = archive.values.copy()
    random = np.random.default_rng(1)
    values[0, :, random.random(archive.hours) < 0.8] = np.nan
    values[1, 1] = np.nan
    return replace(archive, values=values)


@pytest.mark.parametrize("index", [0, 1])
def test_usable_windows(gaps, index):
    """A window is usable if its history can be forecast from, and an hour after it is known."""
    issue = TimeSplit.of(gaps).learn
    usable = usable_windows(gaps.values[:, index], issue)
    stations, times = (each.ravel() for each in np.indices(usable.shape))
    forecastable = is_forecastable(gaps.batch(stations, issue[times]).history[:, index])
    followed = ~np.isnan(gaps.after(index, stations, issue[times])).all(axis=1)

    assert np.array_equal(usable.ravel(), forecastable & followed)
    assert 0 < usable[0].mean() < 1


def test_many_stations(archive):
    """Stations are counted some hundred at a time, which changes nothing."""
    issue = TimeSplit.of(archive).learn
    values = np.tile(archive.values[:, 0], (400, 1))
    usable = usable_windows(values, issue)

    assert np.array_equal(usable, np.tile(usable[:3], (400, 1)))


def test_all_that_can_be_used(gaps):
    """If more windows are wanted than can be used, each that can be used is drawn once."""
    issue = TimeSplit.of(gaps).learn
    stations, hours = draw(gaps, 10**6)
    usable = usable_windows(gaps.values[:, 1], issue)

    assert sorted(zip(stations, hours, strict=True)) == [
        (station, issue[time]) for station, time in np.argwhere(usable)
    ]


def test_every_stratum_has_its_share(archive):
    """Stations, their months, and hours of the day in those are drawn as often as they occur."""
    drawn, everything = draw(archive, 1000), draw(archive, 10**6)

    assert len({*zip(*drawn, strict=True)}) == 1000
    for width in (1, 2, 3):
        there, counts = np.unique(
            strata(archive, *everything)[:, :width], axis=0, return_counts=True
        )
        found = Counter(map(tuple, strata(archive, *drawn)[:, :width].tolist()))
        for stratum, count in zip(there.tolist(), counts.tolist(), strict=True):
            # Of the stretches at either end of a stratum, a part is in it.
            assert abs(found[tuple(stratum)] - count * 1000 / counts.sum()) < 2


def strata(archive, stations, hours):
    """Return station, month, and hour of the day of each window, [N, 3]."""
    times = archive.first_hour + hours
    months = times.astype("datetime64[h]").astype("datetime64[M]").astype(int) % 12
    return np.stack([stations, months, times % 24], axis=1)


def test_the_seed_decides(archive):
    """The same seed draws the same windows, and another one others."""
    first, again, other = (draw(archive, 100, seed) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_nothing_can_be_used(archive):
    """Without any observations nothing is drawn."""
    silent = replace(archive, values=np.full_like(archive.values, np.nan))
    stations, hours = draw(silent, 100)

    assert (len(stations), len(hours)) == (0, 0)


def test_a_forecast_ends_within_the_archive(archive):
    """The last issue time has all its hours."""
    _, hours = draw(archive, 10**6)

    assert hours.max() + LEAD_HOURS < archive.hours


def draw(archive, count, seed=1):
    """Draw windows of the second parameter."""
    issue = TimeSplit.of(archive).learn
    return draw_windows(archive, 1, issue, count, np.random.default_rng(seed))
