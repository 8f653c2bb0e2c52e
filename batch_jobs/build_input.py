"""BuildInput: turns the observations of a part's stations into lines of transform input.

Numbers are rounded to their parameter's decimals, so that the transform's input, the history in
the table and the lines of real-time requests hold the same numbers.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import orjson

from batch_jobs.observations.read import Observations
from batch_jobs.plan_run import Part
from forecasts.calibration import unpack_factors
from forecasts.parameter import PARAMETERS, TURN
from forecasts.times import utc_text


def build_input(
    observations: Observations, part: Part, factors: Mapping[str, bytes] = MappingProxyType({})
) -> bytes:
    """Write one line for each station of a part: JSON Lines, see `docs/transform-line.md`.

    Args:
        observations: 168 hours that end at the issue time.
        part: The stations. A station without observations, because they were deleted after the
            run was planned, gets an empty history and therefore no forecast.
        factors: Those of intervals by station id, as `VerifiedStations` has them.

    Raises:
        FormatError: Factors are not what `forecasts.calibration` packs.
    """
    row_of = {station.id: row for row, station in enumerate(observations.stations)}
    histories = _rounded(observations, [row_of.get(station.id, 0) for station in part.stations])
    histories[[station.id not in row_of for station in part.stations]] = np.nan
    issue_time = utc_text(observations.end)
    lines = []
    for station, history in zip(part.stations, histories, strict=True):
        measured = ~np.isnan(history).all(axis=-1)
        line = {
            "station_id": station.id,
            "latitude": station.latitude,
            "longitude": station.longitude,
            "elevation": station.elevation,
            "issue_time": issue_time,
            "history": {
                code: history[index]
                for index, code in enumerate(observations.parameters)
                if measured[index]
            },
        }
        if station.id in factors:
            line["calibration"] = unpack_factors(factors[station.id])
        lines.append(orjson.dumps(line, option=_OPTIONS))
    return b"".join(lines)


_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


def _rounded(observations: Observations, rows: list[int]) -> np.ndarray[tuple[int, ...], "_Double"]:
    measured = observations.values[rows]
    histories = np.empty(measured.shape)
    for index, code in enumerate(observations.parameters):
        of = PARAMETERS[code]
        # As training rounds. Then in double precision, because float32's 3.9 would be written as
        # 3.9000000953674316. Adding zero makes -0.0 an ordinary zero.
        rounded = np.round(measured[:, index], of.decimals).astype(np.float64)
        histories[:, index] = np.round(rounded, of.decimals) + 0
        if of.circular:
            histories[:, index] %= TURN
    return histories


_Double = np.dtype[np.float64]
