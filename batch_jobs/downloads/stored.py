"""The forecasts of a run as its store has them, part by part, as numbers."""

from collections.abc import Iterator, Sequence

from batch_jobs.downloads.values import Values, values_of
from batch_jobs.plan_run import STATIONS_OF_A_PART
from batch_jobs.progress import Track
from forecasts.damage import made_anew, reading
from forecasts.forecast import Forecast
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key
from forecasts.run import Run
from forecasts.runs import get_catalogue
from forecasts.station import Station
from forecasts.stores.protocol import Reader


def stored_parts(
    store: Reader, run: Run, track: Track
) -> Iterator[tuple[Sequence[Station], Values]]:
    """Yield the stations of a run in order of id, a thousand at a time, and their values.

    Args:
        store: Holds the run.
        run: A run that was loaded.
        track: Shows progress.

    Raises:
        StoreError: The store could not answer.
        DamagedItemError: The catalogue or a forecast is damaged.
    """
    stations = [entry.station for entry in get_catalogue(store, run)]
    starts = range(0, len(stations), STATIONS_OF_A_PART)
    for start in track(starts, f"Reading {run.id}", len(starts)):
        part = stations[start : start + STATIONS_OF_A_PART]
        yield part, values_of(run.parameters, part, _forecasts(store, run, part))


def _forecasts(store: Reader, run: Run, stations: Sequence[Station]) -> Iterator[Forecast]:
    items = store.get_many([forecast_key(each.id, run.id) for each in stations])
    for key, item in items.items():
        with reading(*key, "forecast", made_anew(run.id)):
            yield Forecast.from_body(decompress(item.body))
