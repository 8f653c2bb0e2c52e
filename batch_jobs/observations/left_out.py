"""The known stations that a reading leaves out, and what each of them lacks."""

from collections.abc import Collection

from batch_jobs.observations.readings import Readings
from forecasts.missing import LeftOut
from forecasts.station import STATION_ID


def left_out(readings: Readings, used: Collection[str]) -> tuple[LeftOut, ...]:
    """List the stations of station files and of readings that are not used, in order of id.

    Args:
        readings: The whole reading. Stations that were not requested are not listed.
        used: Ids of the stations that are used.
    """
    known = readings.stations.described | set(readings.stations.ids)
    asked = readings.selection.station_ids
    unused = sorted(each for each in known.difference(used) if asked is None or each in asked)
    # A malformed id of a station file names no station; the report has its line.
    broken = {number for table in readings.broken for number in table.stations.tolist()}
    return tuple(_left_out(readings, each, broken) for each in unused if STATION_ID.fullmatch(each))


def _left_out(readings: Readings, station_id: str, broken: Collection[int]) -> LeftOut:
    stations = readings.stations
    if not stations.is_located(station_id):
        return LeftOut(station_id, "no_coordinates", stations.fault(station_id))
    number = stations.number(station_id)
    if number in readings.without_height:
        return LeftOut(station_id, "no_elevation")
    if number in broken:
        return LeftOut(station_id, "broken_observations")
    return LeftOut(station_id, "no_observations")
