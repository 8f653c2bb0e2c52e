"""Recalibration: the factors of intervals, made anew each night from what came true.

Each night the logarithm of a factor moves by a share of what lay outside of its side of the
interval, beyond the tenth that should (Gibbs and Candès 2021). So recent nights count most, and
after some three weeks a night is nearly forgotten. `docs/verification.md` has how the shares were
chosen.
"""

from collections.abc import Sequence

import numpy as np

from batch_jobs.histories import Steps, opened_histories, unpacked_steps
from batch_jobs.verify_run import Verification
from forecasts.calibration import FACTORS, HIGHEST, LOWEST, PACKED_BYTES, SIDES, STEPS_OF_E
from forecasts.item import history_key
from forecasts.parameter import PARAMETERS
from forecasts.run import Run
from forecasts.runs import get_catalogue
from forecasts.station import Station
from forecasts.stores.protocol import Reader
from model.prediction import LEVELS
from model.scoring import SUMS

#: How far a night moves factors: by what all stations missed in a parameter and group of leads, and
#: by what the station itself missed in a parameter.
_NETWORK, _STATION = 0.4, 0.15

#: The share of hours that should lie outside of a side.
_OUTSIDE = LEVELS[0]

_CODES = tuple(PARAMETERS)
_HOURS = SUMS.index("hours")
_MISSED = [SUMS.index("below"), SUMS.index("above")]


def next_steps(verified: Verification) -> Steps:
    """Return the factors of the next night, in steps, from those of the verified run.

    A factor moves only where its station's forecast could be compared with an observation. Of what
    is mostly zero, only the upper side moves, and never below 1: as hardly anything lies outside of
    it in dry weather, it would shrink until it rains.
    """
    hours = verified.sums[:, :, None, :, _HOURS]
    missed = verified.sums[..., _MISSED].transpose(0, 1, 3, 2)
    excess = missed - _OUTSIDE * hours
    of_network = excess.sum(axis=0) / np.maximum(hours.sum(axis=0), 1)
    of_station = excess.sum(axis=3) / np.maximum(hours.sum(axis=3), 1)
    moves = _NETWORK * of_network + _STATION * of_station[..., None]
    # Most moves are smaller than a step. Rounded by chance, they still count on average.
    chance = verified.chance().random(moves.shape)
    steps = np.floor(verified.steps + STEPS_OF_E * moves + chance).clip(LOWEST, HIGHEST)
    zeros = [PARAMETERS[code].zeros for code in verified.run.parameters]
    steps[:, zeros, SIDES.index("low")] = 0
    steps[:, zeros] = steps[:, zeros].clip(0)
    return np.where(hours > 0, steps, verified.steps).astype(np.int8)


def stored_steps(store: Reader, run: Run) -> tuple[tuple[Station, ...], Steps]:
    """Read the stations of a run, and the factors that it had, in steps.

    Raises:
        StoreError: The store cannot be read.
        DamagedItemError: The catalogue is damaged. A damaged history has no factors.
    """
    stations = tuple(entry.station for entry in get_catalogue(store, run))
    keys = [history_key(station.id, run.id) for station in stations]
    items = store.get_many(keys)
    opened = opened_histories([items[key].body if key in items else None for key in keys])
    return stations, unpacked_steps(opened, run.parameters)


def packed_steps(run: Run, stations: Sequence[Station], steps: Steps) -> dict[str, bytes]:
    """Pack factors by station id, as `forecasts.calibration.unpack_factors` reads them."""
    entries = np.empty((*steps.shape[:2], PACKED_BYTES), np.uint8)
    entries[..., 0] = [_CODES.index(code) for code in run.parameters]
    entries[..., 1:] = steps.reshape(*steps.shape[:2], -1).view(np.uint8)
    rows, columns = np.nonzero(np.any(entries[..., 1:], axis=2))
    ends = np.cumsum(np.bincount(rows, minlength=len(stations)))
    packed = np.split(entries[rows, columns], ends[:-1])
    return {
        station.id: factors.tobytes()
        for station, factors in zip(stations, packed, strict=True)
        if len(factors)
    }


def mean_factors(run: Run, steps: Steps) -> dict[str, dict[str, float]]:
    """Return the mean factor of each parameter and side, over all stations and groups of leads."""
    means = _FACTORS[steps.astype(int) - LOWEST].mean(axis=(0, 3)).round(3)
    return {
        code: dict(zip(SIDES, sides, strict=True))
        for code, sides in zip(run.parameters, means.tolist(), strict=True)
    }


_FACTORS = np.array(FACTORS)
