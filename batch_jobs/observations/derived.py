"""Parameters from the hourly values of quantities.

Precipitation since the last full hour fills hours that have no precipitation, and pressure at the
station, reduced to sea level, fills hours that have none at sea level. An hour without wind has no
wind direction: instruments then say north, or where the wind last came from.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.quantities import QUANTITIES, SINCE_HOUR, STATION_PRESSURE
from batch_jobs.observations.report import ReadReport
from forecasts.parameter import PARAMETERS
from forecasts.station import Station

#: Of the international standard atmosphere: kelvins a metre, kelvins at sea level, an exponent.
_LAPSE = 0.0065
_SEA_LEVEL_KELVINS = 288.15
_EXPONENT = 5.257
_ICE_POINT = 273.15


def parameters_made(codes: Sequence[str], asked: Collection[str]) -> tuple[str, ...]:
    """Return the codes of the parameters that quantities make, in catalogue order.

    Args:
        codes: Codes of the quantities.
        asked: Codes of the requested parameters.
    """
    made = {QUANTITIES[code].parameter for code in codes}
    return tuple(code for code in PARAMETERS if code in made and code in asked)


def parameters_of(
    values: NDArray[np.float32],
    codes: Sequence[str],
    elevation: NDArray[np.float64],
    parameters: tuple[str, ...],
) -> NDArray[np.float32]:
    """Turn the hourly values of quantities into those of parameters.

    Args:
        values: [station, quantity, hour], NaN without a reading.
        codes: Codes of the quantities, in the order of `QUANTITIES`.
        elevation: Of each station, metres; NaN if unknown.
        parameters: Codes of the wanted parameters, see `parameters_made`.

    Returns:
        The values [station, parameter, hour], not rounded.
    """
    with_direction = {"wind_direction", "wind_speed"} <= {*codes}
    if parameters == tuple(codes) and not with_direction:
        return values
    columns = {code: values[:, index] for index, code in enumerate(codes)}
    if with_direction:
        is_calm = columns["wind_speed"] == 0
        columns["wind_direction"] = np.where(is_calm, np.nan, columns["wind_direction"])
    if STATION_PRESSURE in columns:
        columns[STATION_PRESSURE] = at_sea_level(
            columns[STATION_PRESSURE], columns.get("temperature"), elevation
        )
    return np.stack([_filled(columns, code) for code in parameters], axis=1)


def drop_implausible(
    values: NDArray[np.float32],
    codes: Sequence[str],
    stations: Sequence[Station],
    report: ReadReport,
) -> None:
    """Replace hours outside of their parameter's limits by NaN, and report each such series.

    Plausible readings can make an hour that is not: a sum of rain, or pressure that is reduced from
    a wrong elevation.

    Args:
        values: [station, parameter, hour]; is changed.
        codes: Codes of the parameters.
        stations: The stations.
        report: Takes the faults.
    """
    for index, code in enumerate(codes):
        limits, series = PARAMETERS[code], values[:, index]
        wrong = (series < limits.minimum) | (series > limits.maximum)
        for row in np.flatnonzero(wrong.any(axis=1)).tolist():
            first = f"{series[row][wrong[row]][0]:g} {limits.unit}"
            what = f"{wrong[row].sum()} hours of {code} are not plausible, the first is {first}"
            report.fault("implausible_hour", f"station {stations[row].id}: {what}")
        series[wrong] = np.nan


def _filled(columns: dict[str, NDArray[np.float32]], code: str) -> NDArray[np.float32]:
    """Return the values of a parameter, hours without one filled from its other quantity."""
    other = {"precipitation": SINCE_HOUR, "pressure": STATION_PRESSURE}.get(code)
    if code not in columns or other not in columns:
        return columns[code if code in columns or other is None else other]
    return np.where(np.isnan(columns[code]), columns[other], columns[code])


def at_sea_level(
    pressure: NDArray[np.float32],
    celsius: NDArray[np.float32] | None,
    elevation: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Reduce pressure at stations to sea level.

    The air below the station is taken as that of the standard atmosphere, shifted to the station's
    temperature. An hour without a temperature has the station's mean, and a station without any
    has that of the standard atmosphere.

    Args:
        pressure: [station, hour], hPa.
        celsius: [station, hour]; None if no station measures it.
        elevation: [station], metres; NaN makes NaN.
    """
    height = elevation[:, None]
    kelvins = np.broadcast_to(_SEA_LEVEL_KELVINS - _LAPSE * height, pressure.shape).copy()
    if celsius is not None:
        known = ~np.isnan(celsius)
        count = known.sum(axis=1, keepdims=True)
        mean = np.where(known, celsius, 0).sum(axis=1, keepdims=True) / np.maximum(count, 1)
        measured = np.where(known, celsius, mean) + _ICE_POINT
        kelvins = np.where(count > 0, measured, kelvins)
    below = _LAPSE * height
    reduced: NDArray[np.float32] = (pressure * (1 + below / kelvins) ** _EXPONENT).astype(
        np.float32
    )
    return reduced
