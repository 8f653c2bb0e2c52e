"""The stations without a forecast of some or all parameters of a run, and the reasons.

They are stored with the run, and kept as long as the run itself:

| item     | pk               | sk        | body                                         |
|----------|------------------|-----------|----------------------------------------------|
| missing  | MISSING#<run_id> | <part>    | stations of a part of the run, JSON, gzip    |
| left out | MISSING#<run_id> | L<number> | stations that PlanRun left out, JSON, gzip   |

LoadForecasts writes them before the run is published. Each part has an item, even if it is an empty
list, and there is at least one item of stations that were left out: so a run whose items are not
there is not mistaken for one without missing stations.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from forecasts.damage import made_anew, reading
from forecasts.errors import ForecastsError
from forecasts.forecast import dumps
from forecasts.gzip_bodies import compress, decompress
from forecasts.item import RUN_EXPIRY, Item, Key, expires_at
from forecasts.run import Run
from forecasts.stores.protocol import Reader

#: What each reason means; codes never change. A model may have reasons of its own.
REASONS = {
    "no_coordinates": "No file has a usable latitude and longitude of the station.",
    "no_elevation": "The station measures nothing but pressure, which cannot be reduced to sea "
    "level because its elevation is not known.",
    "broken_observations": "The station has observations in the week before the issue time, but "
    "all of them are broken, or stand for missing values.",
    "no_observations": "There are no usable observations in the week before the issue time.",
    "too_few_observations": "There are observations in fewer than 24 hours of the week before the "
    "issue time.",
    "source_late": "There are enough observations, but none in the 12 hours before the issue time.",
    "refused_line": "The model refused the station's input.",
    "missing_station": "The model's output has no line for the station.",
    "invalid_forecast": "The model's forecast has values that are missing, implausible or not in "
    "order.",
    "not_forecast_here": "The model does not forecast the parameter at this station.",
}

#: What a reason means that is not in `REASONS`.
OF_THE_MODEL = "The model gives this reason."

#: Stations in an item. 1000 stations with the longest ids and details take less than 200 KB
#: compressed; DynamoDB takes 400 KB.
_STATIONS_OF_AN_ITEM = 1000

#: Characters of a detail that are kept.
_LONGEST_DETAIL = 100


class LeftOut(NamedTuple):
    """A known station that a run was not planned for.

    Attributes:
        station_id: Its id.
        reason: A code of `REASONS`.
        detail: What is wrong, for people, or "".
    """

    station_id: str
    reason: str
    detail: str = ""


class MissingStation(NamedTuple):
    """A station without a forecast of some or all parameters of a run.

    Attributes:
        station_id: Its id.
        forecast: `none` if it has no forecast at all; `partial` if it has one of other parameters.
        missing: For each parameter code without a forecast, the code of the reason.
        detail: What is wrong, for people, or "".
    """

    station_id: str
    forecast: Literal["none", "partial"]
    missing: Mapping[str, str]
    detail: str = ""


class Count(NamedTuple):
    """How often a reason applies: at how many stations, and to how many series."""

    stations: int
    series: int


class NoMissingListError(ForecastsError):
    """The run's missing stations are not in the store."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(
            f"the missing stations of run {run_id} are not in the store: it was not loaded "
            "completely, or an earlier version made it"
        )


def missing_key(run_id: str, part: int) -> Key:
    """Key of the missing stations of one part of a run; parts count from 0."""
    return Key(_PK + run_id, f"{part:05d}")


def left_out_key(run_id: str, number: int) -> Key:
    """Key of an item of stations that PlanRun left out; numbers count from 0."""
    return Key(_PK + run_id, f"L{number:05d}")


_PK = "MISSING#"


def missing_item(run: Run, part: int, stations: Iterable[MissingStation]) -> Item:
    """Make the item that holds the missing stations of one part."""
    rows = [
        [each.station_id, each.forecast, dict(each.missing), each.detail[:_LONGEST_DETAIL]]
        for each in stations
    ]
    return _item(run, missing_key(run.id, part), rows)


def left_out_items(run: Run, stations: Sequence[LeftOut]) -> Iterator[Item]:
    """Make the items that hold the stations that PlanRun left out: at least one."""
    starts = range(0, max(len(stations), 1), _STATIONS_OF_AN_ITEM)
    for number, start in enumerate(starts):
        chosen = stations[start : start + _STATIONS_OF_AN_ITEM]
        rows = [[each.station_id, each.reason, each.detail[:_LONGEST_DETAIL]] for each in chosen]
        yield _item(run, left_out_key(run.id, number), {"items": len(starts), "stations": rows})


def missing_of(item: Item) -> list[MissingStation]:
    """Read the missing stations of a part back.

    Raises:
        DamagedItemError: The item is not such a list.
    """
    with _reading(item):
        rows = json.loads(decompress(item.body))
        return [MissingStation(*_checked(row, str, str, dict, str)) for row in rows]


def left_out_of(item: Item) -> tuple[list[LeftOut], int]:
    """Read stations back that PlanRun left out, and how many such items the run has.

    Raises:
        DamagedItemError: The item is not such a list.
    """
    with _reading(item):
        fields = json.loads(decompress(item.body))
        rows = [LeftOut(*_checked(row, str, str, str)) for row in fields["stations"]]
        return rows, len(range(fields["items"]))


def get_missing(store: Reader, run: Run) -> list[MissingStation]:
    """Return the stations without a forecast of some or all parameters, in order of id.

    Raises:
        NoMissingListError: The run was not loaded completely, or an earlier version made it.
        DamagedItemError: A part of the list cannot be read.
    """
    parts = _items(store, run, [missing_key(run.id, part) for part in range(run.parts)])
    (first,) = _items(store, run, [left_out_key(run.id, 0)])
    left_out, count = left_out_of(first)
    for item in _items(store, run, [left_out_key(run.id, number) for number in range(1, count)]):
        left_out += left_out_of(item)[0]
    stations = [station for item in parts for station in missing_of(item)]
    stations += [_without(each, run) for each in left_out]
    return sorted(stations, key=lambda each: each.station_id)


def count_reasons(stations: Iterable[MissingStation]) -> dict[str, Count]:
    """Count how often each reason applies, the most frequent first."""
    at, series = Counter[str](), Counter[str]()
    for station in stations:
        at.update(set(station.missing.values()))
        series.update(station.missing.values())
    order = sorted(at, key=lambda reason: (-at[reason], reason))
    return {reason: Count(at[reason], series[reason]) for reason in order}


def explained(reason: str) -> str:
    """Say in a sentence what a reason means."""
    return REASONS.get(reason, OF_THE_MODEL)


def _without(station: LeftOut, run: Run) -> MissingStation:
    missing = dict.fromkeys(run.parameters, station.reason)
    return MissingStation(station.station_id, "none", missing, station.detail)


def _items(store: Reader, run: Run, keys: list[Key]) -> list[Item]:
    found = store.get_many(keys)
    if len(found) < len(keys):
        raise NoMissingListError(run.id)
    return [found[key] for key in keys]


def _item(run: Run, key: Key, content: object) -> Item:
    return Item(key, compress(dumps(content)), expires_at=expires_at(run, RUN_EXPIRY))


def _reading(item: Item) -> Any:
    run_id = item.key.pk.removeprefix(_PK)
    return reading(*item.key, "list of missing stations", made_anew(run_id))


def _checked(row: Any, *kinds: type) -> list[Any]:
    if len(row) != len(kinds) or not all(map(isinstance, row, kinds)):
        raise TypeError("a row is of another shape")
    return list(row)
