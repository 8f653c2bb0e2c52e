"""Reads the values of stations, and writes them in the format that is asked for."""

from collections.abc import Iterable, Sequence

from api.edr.collections import FORECASTS, times_of
from api.edr.covjson import coverage, coverage_collection
from api.edr.geojson import to_geojson
from api.edr.parameters import FORECAST, OBSERVED, Series, chosen
from api.edr.source import Source
from api.edr.station_series import StationSeries, forecast_of, observations_of
from api.edr.table import to_rows
from api.errors import DamagedForecastError
from api.http.csv import table
from api.http.documentation import COVERAGE_JSON, GEOJSON
from api.reading.item_cache import ItemCache
from api.reading.snapshot import RawHeaders
from api.reading.station_index import Found
from api.schemas.edr_queries import LocationQuery, SelectionQuery
from api.schemas.intervals import is_within
from forecasts.errors import DamagedItemError, FormatError
from forecasts.item import Item, forecast_key, history_key
from forecasts.times import from_text


def wanted_series(source: Source, query: SelectionQuery) -> list[Series]:
    """Return the parameters that are asked for.

    Raises:
        InvalidError: The collection does not have one of them.
    """
    return chosen(query.parameter_name, FORECAST if source.name == FORECASTS else OBSERVED)


def wanted_hours(source: Source, query: SelectionQuery) -> list[bool] | None:
    """Return whether each hour of a collection is asked for; None stands for all."""
    intervals = query.intervals
    if intervals is None:
        return None
    times = times_of(source.name, source.snapshot.run_id)
    return [is_within(from_text(time), intervals) for time in times]


async def read_series(
    source: Source,
    found: Iterable[Found],
    wanted: Sequence[Series],
    query: LocationQuery,
    items: ItemCache,
) -> list[StationSeries]:
    """Read the values of stations; those without any are left out.

    Raises:
        DamagedForecastError, DamagedItemError: A forecast or a history cannot be read.
    """
    run_id, hours = source.snapshot.run_id, wanted_hours(source, query)
    key_of = forecast_key if source.name == FORECASTS else history_key
    keys = [(each, key_of(each.entry.station.id, run_id)) for each in found]
    read = await items.get_many(source.snapshot, [key for _, key in keys])
    several = []
    for each, key in keys:
        if key in read:
            try:
                several.append(_series_of(source, each, read[key], wanted, hours))
            except (DamagedForecastError, DamagedItemError):
                items.drop(source.snapshot, key)
                raise
    return [one for one in several if one.has_values]


def _series_of(
    source: Source,
    found: Found,
    item: Item,
    wanted: Sequence[Series],
    hours: Sequence[bool] | None,
) -> StationSeries:
    station, run_id = found.entry.station, source.snapshot.run_id
    if source.name != FORECASTS:
        return observations_of(item, station, run_id, wanted, hours, found.distance_km)
    try:
        return forecast_of(item.body, wanted, hours, found.distance_km)
    except FormatError as error:
        raise DamagedForecastError(station.id, run_id) from error


def written(
    source: Source, found: Sequence[StationSeries], query: LocationQuery, *, is_one: bool
) -> tuple[bytes, RawHeaders]:
    """Write the values of stations; nothing at all if there are none.

    Args:
        source: What they were read from.
        found: The stations, each with values.
        query: Names the format.
        is_one: Whether a single station is asked for, which CoverageJSON writes in another form.
    """
    if not found:
        return b"", []
    if query.f == "CSV":
        return table(to_rows(found), f"{source.name}-{source.snapshot.run_id}")
    if query.f == "GeoJSON":
        return to_geojson(found, source.address), [(b"content-type", GEOJSON.encode())]
    body = coverage(found[0]) if is_one else coverage_collection(found)
    return body, [(b"content-type", COVERAGE_JSON.encode())]
