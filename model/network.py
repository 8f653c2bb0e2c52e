"""What the network that a model learned on looked like, for each parameter.

It goes into the model's manifest: an artifact says by itself where it is at home, and what its
inputs should look like.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.archive import Archive, TimeSplit
from model.circle import CIRCULAR
from model.features import Floats, is_forecastable
from model.scale import scale_of

#: Names of the quantiles, and their levels.
QUANTILES = {
    "p01": 0.01,
    "p05": 0.05,
    "p25": 0.25,
    "p50": 0.5,
    "p75": 0.75,
    "p95": 0.95,
    "p99": 0.99,
}
#: More values, or windows, would not change the quantiles by much.
_VALUES = 5_000_000
_WINDOWS = 4000
_DECIMALS = 4
_SEED = 20131230


@dataclass(frozen=True, slots=True)
class Network:
    """What one parameter looked like in the time of training.

    Attributes:
        stations: Number of stations that measured it.
        latitude: Their southernmost and northernmost latitude, in degrees.
        missing: Share of their hours without a value.
        quantiles: Of all hourly values, in the parameter's unit, by the names in `QUANTILES`. Empty
            for directions, none of which is the lowest.
        spread: The same quantiles of the natural logarithm of the spread (`model.scale.Scale`)
            of histories of 168 hours. The spread of what is mostly zero is 1, so they are 0.
        places: Latitude and longitude of its stations in whole degrees, each place once.
    """

    stations: int
    latitude: tuple[float, float]
    missing: float
    quantiles: Mapping[str, float]
    spread: Mapping[str, float]
    places: tuple[tuple[int, int], ...] = ()


def network_of(
    archive: Archive, split: TimeSplit, index: int, min_spread: float, *, zeros: bool
) -> Network:
    """Describe a parameter of an archive; the held-back time is not looked at.

    Args:
        archive: The observations; it must have histories of the parameter to learn from.
        split: How its hours are split.
        index: Position of the parameter.
        min_spread: See `scale_of`.
        zeros: See `scale_of`.
    """
    values = archive.values[:, index, : split.held_back]
    measured = ~np.isnan(values)
    stations = measured.any(axis=-1)
    latitude = archive.latitude[stations]
    known = values[measured]
    spread = _spread(archive, split, index, min_spread, zeros=zeros)
    circular = archive.parameters[index] in CIRCULAR
    sample = known[:: 1 + known.size // _VALUES].astype(np.float64)
    return Network(
        stations=int(stations.sum()),
        latitude=(_rounded(latitude.min()), _rounded(latitude.max())),
        missing=_rounded(1 - measured[stations].mean()),
        quantiles={} if circular else _quantiles(sample),
        spread=_quantiles(np.log(spread)),
        places=_places(latitude, archive.longitude[stations]),
    )


def _places(latitude: Floats, longitude: Floats) -> tuple[tuple[int, int], ...]:
    pairs = zip(np.rint(latitude).tolist(), np.rint(longitude).tolist(), strict=True)
    return tuple(sorted({(int(north), int(east)) for north, east in pairs}))


def joined(one: Network, other: Network) -> Network:
    """Return the network of both; the quantiles between p01 and p99 are those of *one*."""
    (south, north), (southern, northern) = one.latitude, other.latitude
    return replace(
        one,
        stations=one.stations + other.stations,
        latitude=(min(south, southern), max(north, northern)),
        quantiles=_wider(one.quantiles, other.quantiles),
        spread=_wider(one.spread, other.spread),
        places=tuple(sorted({*one.places, *other.places})),
    )


def _wider(one: Mapping[str, float], other: Mapping[str, float]) -> Mapping[str, float]:
    if not one or not other:
        return one
    ends = {"p01": min(one["p01"], other["p01"]), "p99": max(one["p99"], other["p99"])}
    return {**one, **ends}


def _spread(
    archive: Archive, split: TimeSplit, index: int, min_spread: float, *, zeros: bool
) -> NDArray[np.float64]:
    """Return the spread of some of the histories that could be learned from."""
    random = np.random.default_rng([_SEED, index])
    stations = random.integers(len(archive.values), size=_WINDOWS)
    history = archive.batch(stations, random.choice(split.learn, _WINDOWS)).history[:, index]
    return scale_of(history[is_forecastable(history)], min_spread, zeros).spread


def _quantiles(values: NDArray[np.float64]) -> dict[str, float]:
    found = np.quantile(values, list(QUANTILES.values()))
    return {name: _rounded(value) for name, value in zip(QUANTILES, found, strict=True)}


def _rounded(number: float) -> float:
    return round(float(number), _DECIMALS)
