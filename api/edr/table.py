"""CSV of EDR: a row for each station and hour, a column for each parameter."""

from collections.abc import Iterator, Sequence

from api.edr.parameters import Series
from api.edr.station_series import StationSeries

_COLUMNS = ("station_id", "name", "country", "latitude", "longitude", "time")


def to_rows(found: Sequence[StationSeries]) -> Iterator[tuple[object, ...]]:
    """Write a header, and the rows; the distance comes last, if there is one."""
    series = list(dict.fromkeys(each for one in found for each in one.values))
    has_distance = found[0].distance_km is not None
    yield *_COLUMNS, *(each.name for each in series), *(["distance_km"] if has_distance else [])
    for one in found:
        yield from _rows(one, series)


def _rows(one: StationSeries, series: Sequence[Series]) -> Iterator[tuple[object, ...]]:
    station = one.station
    place = [station[name] for name in ("id", "name", "country", "latitude", "longitude")]
    distance = [] if one.distance_km is None else [one.distance_km]
    without = [None] * len(one.times)
    columns = [one.values.get(each, without) for each in series]
    for time, *values in zip(one.times, *columns, strict=True):
        yield *place, time, *values, *distance
