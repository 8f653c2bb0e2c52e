"""The file of how well each station was forecast before a run: a row a station and parameter.

Its numbers are those of `/v1/map/verification`: about the last 30 days, as the run's night knew
them. Stations without an hour that was compared have no row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from batch_jobs.downloads.geoparquet import (
    GEOMETRY,
    STATION_COLUMNS,
    described,
    described_parameter,
    geoparquet,
    station_frame,
)
from forecasts.item import Item
from forecasts.run import Run
from forecasts.scores import MIN_HOURS
from forecasts.skill_map import COVERAGE_STEPS, HOURS_STEP, SKILLS, Columns, ids_of, stored_map
from forecasts.station import Station
from forecasts.stores.protocol import Reader

_COLUMNS = {
    "parameter": "code of the parameter",
    "hours": "how many hours were compared; each day counts for 1/30 less than the day after it",
    "coverage": "share of the observations within p10 and p90; 0.8 is right. Null below 100 hours",
    "skill": "1 - mean absolute error of p50 / that of the reference. Null below 100 hours",
    "reference": "the best forecast that needs no model, at all stations together",
}
#: As the API rounds.
_SKILLS = np.array([np.nan if skill is None else skill for skill in SKILLS])
#: Rows that readers get at once.
_AT_ONCE = 100_000


def verification_file(
    store: Reader, run: Run, stations: Sequence[Station], items: Sequence[Item]
) -> bytes | None:
    """Make the file of a run; None if no run was verified before, or its stations are not known.

    Args:
        store: Holds the run whose catalogue the map is of.
        run: The run.
        stations: Its stations.
        items: The map of skill of the run's night, see `forecasts.skill_map`.

    Raises:
        StoreError: The store could not answer.
        DamagedItemError: An item is damaged.
    """
    places, parameters = stored_map(items)
    codes = [code for code in run.parameters if code in parameters]
    ids = pl.Series("station_id", ids_of(store, places) if codes else [], dtype=pl.String)
    if not codes or len(ids) != len(parameters[codes[0]].columns[0]):
        return None
    rows = pl.concat([_rows(ids, code, parameters[code]) for code in codes])
    # In order of stations, and of parameters at each.
    table = station_frame(stations).join(rows, on="station_id", maintain_order="left_right")
    table = table.select(pl.exclude(GEOMETRY), GEOMETRY)
    there = set(table["station_id"])
    having = [each for each in stations if each.id in there]
    description = _description(run, having, codes) | {"as_of": places.as_of}
    return geoparquet(table, having, description, _AT_ONCE)


def _rows(ids: pl.Series, code: str, of: Columns) -> pl.DataFrame:
    hours, coverage, _, ratio = (np.frombuffer(column, np.uint8) for column in of.columns)
    counted = HOURS_STEP * hours.astype(np.int32)
    enough = counted >= MIN_HOURS
    return pl.DataFrame(
        {
            "station_id": ids,
            "parameter": pl.repeat(code, len(ids), eager=True),
            "hours": counted,
            "coverage": np.where(enough, coverage / COVERAGE_STEPS, np.nan),
            "skill": np.where(enough, _SKILLS[ratio], np.nan),
            "reference": pl.repeat(of.reference, len(ids), eager=True),
        },
        nan_to_null=True,
    ).filter(pl.col("hours") > 0)


def _description(run: Run, stations: Sequence[Station], codes: Sequence[str]) -> dict[str, Any]:
    return described(run, stations) | {
        "columns": STATION_COLUMNS | _COLUMNS,
        "parameters": {code: described_parameter(code) for code in codes},
    }
