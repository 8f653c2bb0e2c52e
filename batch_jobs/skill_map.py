"""Moves the map of stations by skill on by a verified run: see `forecasts.skill_map`."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batch_jobs.verify_run import Verification
from forecasts.errors import DamagedItemError
from forecasts.item import Item
from forecasts.run import Run
from forecasts.scores import MIN_HOURS, references_of
from forecasts.skill_map import (
    COLUMNS,
    COVERAGE_STEPS,
    DAYS,
    HOURS_STEP,
    NO_RATIO,
    RATIO_FIRST,
    RATIO_STEPS,
    REFERENCE_FIRST,
    REFERENCE_STEPS,
    Columns,
    Places,
    carried,
    ids_of,
    map_items,
    partition,
    stored_map,
)
from forecasts.stores.protocol import Reader
from forecasts.times import utc_text
from model.scoring import SUMS

logger = logging.getLogger(__name__)

_DECAY = 1 - 1 / DAYS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Parameter:
    """Sums of a parameter.

    Attributes:
        reference: The best one of all stations together; "" before the first night.
        network: The sums of all stations, in the order of `SUMS`.
        stations: [station, 4]: hours, hours within the interval, errors of the reference, and of
            the forecast.
    """

    reference: str
    network: Floats
    stations: Floats


def moved_map(
    store: Reader, by: Run, sources: Sequence[str], verified: Sequence[Verification]
) -> list[Item]:
    """Make the items of the map of a night.

    Args:
        store: Holds the maps of earlier nights.
        by: The night's run.
        sources: Ids of runs whose nights may have made a map. The first that can be read counts.
        verified: Runs that no earlier night has verified, the oldest first. Without any, the map
            stays as it was.

    Raises:
        StoreError: The store could not answer.
    """
    before, ids, parameters = _before(store, sources)
    if not verified:
        return carried(before, by)
    for each in verified:
        ids, parameters = _moved(ids, parameters, each)
    newest = verified[-1]
    places = Places(newest.run.id, ids[len(newest.stations) :], utc_text(by.issue_time))
    chance = newest.chance()
    packed = {code: _packed(each, chance) for code, each in parameters.items()}
    return map_items(by, places, packed)


def _before(
    store: Reader, sources: Sequence[str]
) -> tuple[Sequence[Item], list[str], dict[str, _Parameter]]:
    """Return the items of the first map that can be read, and what they hold."""
    for items in filter(None, map(store.query, map(partition, sources))):
        try:
            return items, *_stored(store, items)
        except DamagedItemError as error:
            # It would be in the way of all nights of a week.
            logger.warning("%s. The map of an earlier night goes on", error)
    return [], [], {}


def _stored(store: Reader, items: Sequence[Item]) -> tuple[list[str], dict[str, _Parameter]]:
    """Read a map; an empty one if its stations are not known any more."""
    places, stored = stored_map(items)
    ids = ids_of(store, places)
    parameters = {code: _unpacked(each) for code, each in stored.items()}
    is_whole = all(len(each.stations) == len(ids) for each in parameters.values())
    return (ids, parameters) if is_whole else ([], {})


def _moved(
    ids: Sequence[str], parameters: Mapping[str, _Parameter], verified: Verification
) -> tuple[list[str], dict[str, _Parameter]]:
    """Add a verified run: its stations come first, then those that it did not forecast."""
    forecast = [station.id for station in verified.stations]
    rows = {station_id: row for row, station_id in enumerate(forecast)}
    known = _known(parameters, len(ids))
    more = [name for name, is_known in zip(ids, known, strict=True) if is_known]
    more = [name for name in more if name not in rows]
    rows |= {station_id: len(forecast) + row for row, station_id in enumerate(more)}
    kept = [row for row, name in enumerate(ids) if name in rows]
    places = [rows[ids[row]] for row in kept]
    moved = {}
    for index, code in enumerate(verified.run.parameters):
        before = parameters.get(code, _nothing(len(ids)))
        stations = np.zeros((len(rows), COLUMNS))
        stations[places] = before.stations[kept]
        night = verified.sums[:, index].sum(axis=1)
        moved[code] = _added(replace(before, stations=stations), night)
    return [*forecast, *more], moved


def _known(parameters: Mapping[str, _Parameter], stations: int) -> NDArray[np.bool_]:
    """Tell which stations have enough hours to be shown, in any parameter."""
    hours = [each.stations[:, 0] for each in parameters.values()]
    return np.asarray(np.max([np.zeros(stations), *hours], axis=0) >= MIN_HOURS)


def _nothing(stations: int) -> _Parameter:
    return _Parameter("", np.zeros(len(SUMS)), np.zeros((stations, COLUMNS)))


def _added(before: _Parameter, night: Floats) -> _Parameter:
    """Add the sums of a night, [station, sum], to what is left of those of before."""
    network = _DECAY * before.network + night.sum(axis=0)
    reference = _best(network)
    stations = _DECAY * before.stations
    stations[:, _REFERENCE] *= _rescaled(before, reference)
    column = dict(zip(SUMS, night.T, strict=True))
    hits = column["hours"] - column["below"] - column["above"]
    added = [column["hours"], hits, column[reference], column["mae"]]
    stations[: len(night)] += np.stack(added, axis=1)
    return _Parameter(reference, network, stations)


def _best(network: Floats) -> str:
    """Return the best reference of all stations together."""
    sums = dict(zip(SUMS, network.tolist(), strict=True))
    return min(references_of(sums), key=sums.__getitem__)


def _rescaled(before: _Parameter, reference: str) -> float:
    """Return by how much the errors of another reference differ, at all stations together."""
    sums = dict(zip(SUMS, before.network.tolist(), strict=True))
    of_before = sums.get(before.reference, 0)
    return sums[reference] / of_before if of_before else 1.0


_REFERENCE = 2


def _packed(of: _Parameter, chance: np.random.Generator) -> Columns:
    """Round to whole steps by chance, so that what is smaller than a step counts on average."""
    hours, hits, reference, error = of.stations.T
    # Of hours the same chance at all stations: most have the same hours, and stay alike.
    chances = chance.random(), *chance.random((COLUMNS - 1, len(hours)))
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = COVERAGE_STEPS * np.where(hours > 0, hits / hours, 0)
        errors = REFERENCE_STEPS * np.log(reference) + REFERENCE_FIRST
        ratio = RATIO_STEPS * np.log(error / reference) + RATIO_FIRST
        scaled = zip((hours / HOURS_STEP, coverage, errors, ratio), chances, strict=True)
        steps = [np.floor(each + by_chance) for each, by_chance in scaled]
    numbers = [
        steps[0].clip(0, 255),
        steps[1].clip(0, COVERAGE_STEPS),
        np.where(reference > 0, steps[2].clip(1, 255), 0),
        np.where(error > 0, steps[3].clip(1, NO_RATIO - 1), 0),
    ]
    numbers[3][reference == 0] = NO_RATIO
    sums = dict(zip(SUMS, map(_rounded, of.network.tolist()), strict=True))
    columns = [each.astype(np.uint8).tobytes() for each in numbers]
    return Columns(of.reference, sums, columns)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")


def _unpacked(packed: Columns) -> _Parameter:
    numbers = [np.frombuffer(column, np.uint8) for column in packed.columns]
    hours = HOURS_STEP * numbers[0].astype(float)
    reference = _REFERENCES[numbers[2]]
    columns = [
        hours,
        hours * numbers[1] / COVERAGE_STEPS,
        reference,
        reference * _RATIOS[numbers[3]],
    ]
    network = np.array([packed.sums.get(name, 0.0) for name in SUMS])
    return _Parameter(packed.reference, network, np.stack(columns, axis=1))


_BYTES = np.arange(256)
_REFERENCES = np.where(_BYTES, np.exp((_BYTES - REFERENCE_FIRST) / REFERENCE_STEPS), 0)
_RATIOS = np.exp((_BYTES - RATIO_FIRST) / RATIO_STEPS)
_RATIOS[[0, NO_RATIO]] = 0
