"""The stored forecast of one station, or the error that says why there is none."""

from api.errors import DamagedForecastError
from api.reading.item_cache import ItemCache
from api.reading.published_runs import PublishedRuns
from api.reading.snapshot import Snapshot
from forecasts.errors import FormatError
from forecasts.item import forecast_key
from forecasts.station import STATION_ID


async def check_station_id(station_id: str, snapshot: Snapshot, published: PublishedRuns) -> None:
    """Refuse an id that no station can have.

    Raises:
        StationNotFoundError, OtherCaseError: It is malformed.
    """
    if not STATION_ID.fullmatch(station_id):
        raise await published.unknown_station(station_id, snapshot)


async def stored_forecast(
    station_id: str, snapshot: Snapshot, items: ItemCache, published: PublishedRuns
) -> bytes:
    """Return the body of a station's forecast: JSON, gzip.

    Raises:
        StationNotFoundError, OtherCaseError: The run has no such station.
        DamagedForecastError: It cannot be read.
    """
    try:
        item = await items.get(snapshot, forecast_key(station_id, snapshot.run_id))
    except FormatError as error:
        raise DamagedForecastError(station_id, snapshot.run_id) from error
    if item is None:
        raise await published.unknown_station(station_id, snapshot)
    return item.body
