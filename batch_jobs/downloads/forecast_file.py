"""The file of all forecasts of a run: a row a station and hour, a column for each quantile.

Rows are sorted by station and time. A station without any forecast has none, and
`/v1/runs/{id}/missing` says why. Numbers have 32 bits: rounded to the parameter's decimals they are
those of the API.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from batch_jobs.downloads.geoparquet import (
    GEOMETRY,
    STATION_COLUMNS,
    described,
    described_parameter,
    geoparquet,
    repeated,
    station_frame,
)
from batch_jobs.downloads.values import Values, columns_of
from batch_jobs.plan_run import STATIONS_OF_A_PART
from forecasts.run import LEAD_HOURS, STEP, Run
from forecasts.station import Station

_QUANTILES = {
    "p10": "in one hour of ten the value is below it",
    "p50": "the median: the forecast as one number",
    "p90": "in one hour of ten the value is above it",
    "chance": "share of 1: how likely it is that the hour has 0.1 or more",
}
#: Beside what each quantile means: what a direction's interval is.
_ARC = "a direction's interval is the arc from p10 clockwise through p50 to p90"
_TIME = "UTC; the end of the hour that the values are of"


class ForecastFile(NamedTuple):
    """A file, and how much is in it.

    Attributes:
        content: The file.
        stations: How many stations have a forecast.
    """

    content: bytes
    stations: int

    def to_json(self) -> dict[str, int]:
        """Return what the report of the run says about it."""
        return {"bytes": len(self.content), "stations": self.stations}


def forecast_file(run: Run, parts: Iterable[tuple[Sequence[Station], Values]]) -> ForecastFile:
    """Make the file of a run.

    Args:
        run: The run.
        parts: Stations in order of id, and their values.
    """
    stations: list[Station] = []
    nothing = np.empty((0, len(columns_of(run.parameters)), LEAD_HOURS), np.float32)
    frames = [_frame(run, [], nothing)]  # which has the columns, even if no station has a forecast
    for planned, values in parts:
        rows = np.flatnonzero(~np.isnan(values).all(axis=(1, 2)))
        having = [planned[row] for row in rows.tolist()]
        frames.append(_frame(run, having, values[rows]))
        stations += having
    at_once = STATIONS_OF_A_PART * LEAD_HOURS
    content = geoparquet(pl.concat(frames), stations, _description(run, stations), at_once)
    return ForecastFile(content, len(stations))


def _frame(run: Run, stations: Sequence[Station], values: Values) -> pl.DataFrame:
    places = repeated(station_frame(stations), LEAD_HOURS)
    geometry = places.drop_in_place(GEOMETRY)
    first = np.datetime64(run.issue_time.replace(tzinfo=None), "ms")
    hours = first + np.timedelta64(STEP) * np.arange(1, LEAD_HOURS + 1)
    times = pl.Series("time", np.tile(hours.astype("datetime64[ms]"), len(stations)))
    columns = [
        pl.Series(column.name, values[:, index].ravel(), nan_to_null=True)
        for index, column in enumerate(columns_of(run.parameters))
    ]
    return places.with_columns(times.dt.replace_time_zone("UTC"), *columns, geometry)


def _description(run: Run, stations: Sequence[Station]) -> dict[str, Any]:
    return described(run, stations) | {
        "columns": STATION_COLUMNS | {"time": _TIME},
        "quantiles": _QUANTILES,
        "directions": _ARC,
        "parameters": {
            code: described_parameter(code) | {"columns": [c.name for c in columns_of([code])]}
            for code in run.parameters
        },
    }
