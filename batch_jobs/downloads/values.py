"""The forecasts of a part as numbers, which LoadForecasts has in memory and the file is made of.

So nothing is read again. A part is [station, column, hour] of 32-bit numbers; stations as they were
planned, and NaN where there is no forecast. It is a module without polars, because the functions
of LoadForecasts carry none.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecasts.forecast import Forecast
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES
from forecasts.station import Station

#: [station, column, hour]; units and columns are those of `columns_of`.
Values = NDArray[np.float32]

_DTYPE = np.dtype("<f4")
#: To convert nested lists takes numpy almost twice as long.
_HOURS = struct.Struct(f"<{LEAD_HOURS}f")


class Column(NamedTuple):
    """Values that stand in one column.

    Attributes:
        code: Code of the parameter.
        of: A quantile, or `chance`.
    """

    code: str
    of: str

    @property
    def name(self) -> str:
        """The name of the column, e.g. `temperature_p50`."""
        return f"{self.code}_{self.of}"


def columns_of(codes: Iterable[str]) -> tuple[Column, ...]:
    """Return the columns of parameters: their quantiles, and a chance if they are mostly zero."""
    return tuple(
        Column(code, of)
        for code in codes
        for of in (*QUANTILES, *((CHANCE,) if PARAMETERS[code].zeros else ()))
    )


def values_of(
    codes: Sequence[str], stations: Sequence[Station], forecasts: Iterable[Forecast]
) -> Values:
    """Return the forecasts of some of *stations* as numbers, in the order of *stations*."""
    rows = {station.id: row for row, station in enumerate(stations)}
    given = [(rows[each.station.id], each.values) for each in forecasts]
    columns = columns_of(codes)
    found = np.full((len(stations), len(columns), LEAD_HOURS), np.nan, _DTYPE)
    for index, (code, of) in enumerate(columns):
        hours = [(row, values[code][of]) for row, values in given if of in values.get(code, ())]
        packed = b"".join([_HOURS.pack(*each) for _, each in hours])
        at = [row for row, _ in hours]
        found[at, index] = np.frombuffer(packed, _DTYPE).reshape(-1, LEAD_HOURS)
    return found


def values_from(content: bytes, codes: Sequence[str], stations: int) -> Values:
    """Read what `Values.tobytes` has written.

    Raises:
        ValueError: It is not of so many stations and of these parameters.
    """
    values: Values = np.frombuffer(content, _DTYPE)
    return values.reshape(stations, len(columns_of(codes)), LEAD_HOURS)
