"""The sizes of a night's items, as DynamoDB counts them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.harness.locations import sqlite_file
from forecasts.item import (
    POINTER_KEY,
    Item,
    Key,
    catalogue_key,
    forecast_key,
    history_key,
    map_key,
    run_key,
)
from forecasts.runs import get_catalogue, get_run
from forecasts.scores import merged
from forecasts.skill_map import partition
from forecasts.stores.dynamodb.attributes import to_attributes
from forecasts.stores.protocol import Reader
from forecasts.verification import VerifiedNetwork
from forecasts.verifications import network_item, network_verifications

#: DynamoDB charges a write unit for each kilobyte of an item, or part of one.
WRITE_UNIT_BYTES = 1024

#: A run is put when it is planned, when it is loaded and when it is published.
_PUTS_OF_A_RUN = 3


@dataclass(frozen=True, slots=True)
class StoredSizes:
    """The sizes of what a night put.

    Attributes:
        forecast_bytes: The size of each forecast item.
        write_units: What DynamoDB would charge for everything that was put.
        file_bytes: The size of the SQLite file.
    """

    forecast_bytes: list[int]
    write_units: int
    file_bytes: int


def stored_sizes(path: Path, run_id: str) -> StoredSizes:
    """Measure the items of the only run in the SQLite file *path*."""
    with sqlite_file(path).opened() as store:
        run = get_run(store, run_id)
        ids = [entry.station.id for entry in get_catalogue(store, run)]
        forecasts = _sizes(store, (forecast_key(station_id, run.id) for station_id in ids))
        histories = _sizes(store, (history_key(station_id, run.id) for station_id in ids))
        parts = _sizes(store, (catalogue_key(run.id, part) for part in range(run.parts)))
        maps = _sizes(
            store,
            (map_key(run.id, c, part) for c in run.parameters for part in range(run.parts)),
        )
        runs = _sizes(store, [run_key(run.id)]) * _PUTS_OF_A_RUN
        pointer = _sizes(store, [POINTER_KEY])
    units = sum(map(write_units, [*forecasts, *histories, *parts, *maps, *runs, *pointer]))
    return StoredSizes(forecasts, units, path.stat().st_size)


class VerificationUnits(NamedTuple):
    """What a night's verification of earlier runs adds.

    Attributes:
        countries: In how many countries the stations are.
        write_units: What DynamoDB would charge for it.
    """

    countries: int
    write_units: int


def verification_units(path: Path, run_id: str, countries: int | None = None) -> VerificationUnits:
    """Measure what the night of a run in the SQLite file *path* has put to verify earlier runs.

    Args:
        path: The file.
        run_id: The run.
        countries: Measure as if the stations were in so many; None for those that they are in.
    """
    with sqlite_file(path).opened() as store:
        run = get_run(store, run_id)
        ids = [entry.station.id for entry in get_catalogue(store, run)]
        found = store.get_many([forecast_key(station_id, run.id) for station_id in ids]).values()
        networks = [each for each in network_verifications(store) if each.by == run.id]
        maps = store.query(partition(run.id))
    fewer = [_in_countries(each, countries) for each in networks]
    items = [*maps, *(network_item(each, run) for each in fewer)]
    added = sum(write_units(item_bytes(item)) for item in (*found, *items))
    before = sum(write_units(item_bytes(item._replace(verification=None))) for item in found)
    return VerificationUnits(max(len(each.countries) for each in fewer), added - before)


def item_bytes(item: Item) -> int:
    """Return the size of an item: names and values of its attributes, keys included."""
    return sum(
        len(name.encode()) + _value_bytes(*value.popitem())
        for name, value in to_attributes(item).items()
    )


def write_units(size_bytes: int) -> int:
    """Return the write units for putting an item of *size_bytes*."""
    return -(-size_bytes // WRITE_UNIT_BYTES)


def _in_countries(verified: VerifiedNetwork, count: int | None) -> VerifiedNetwork:
    names = sorted(verified.countries)[:count]
    groups = {
        name: [
            of for index, of in enumerate(verified.countries.values()) if index % len(names) == at
        ]
        for at, name in enumerate(names)
    }
    return verified._replace(countries={name: merged(of) for name, of in groups.items()})


def _sizes(store: Reader, keys: Iterable[Key]) -> list[int]:
    return [item_bytes(item) for item in store.get_many(list(keys)).values()]


def _value_bytes(kind: str, value: str | bytes) -> int:
    if kind == "N":
        # A byte for every two digits, plus one.
        return -(-len(value) // 2) + 1
    return len(value.encode()) if isinstance(value, str) else len(value)
