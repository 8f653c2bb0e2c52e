"""The fields of a station, from text. What is unknown or impossible is "not known".

Files write many things for a field that is not known. Only coordinates are required: any other
field that is bad costs itself, not the station.
"""

from typing import NamedTuple

from batch_jobs.observations.countries import country_code
from batch_jobs.observations.names import SENTINELS, plain_name
from forecasts.errors import InvalidStationError
from forecasts.station import is_timezone

#: The lowest and the highest place of a station, metres.
ELEVATIONS = (-500.0, 9_000.0)

#: The longest name or attribution. An answer repeats them, and DynamoDB limits the size of an item.
LONGEST = 200

_UNKNOWN = frozenset({"", "na", "n/a", "nan", "null", "none", "unknown", "-"})


class Fault(NamedTuple):
    """A fault of a description: a reason code of the report, and what is wrong."""

    reason: str
    what: str


def place(station_id: str, latitude: str, longitude: str) -> tuple[float, float]:
    """Return coordinates in degrees.

    Latitude 0 with longitude 0 is what programs write for unknown coordinates.

    Raises:
        InvalidStationError: One is missing or not a number, or both are zero.
    """
    degrees = (
        _degrees(station_id, "latitude", latitude),
        _degrees(station_id, "longitude", longitude),
    )
    if degrees == (0, 0):
        raise InvalidStationError(station_id, "coordinates 0, 0 stand for unknown ones")
    return degrees


def _degrees(station_id: str, field: str, text: str) -> float:
    if text.strip().lower() in _UNKNOWN:
        raise InvalidStationError(station_id, f"it has no {field}")
    try:
        return float(text)
    except ValueError as error:
        reason = f"{field} {text[:40]!r} is not a number"
        raise InvalidStationError(station_id, reason) from error


def metres(text: str, faults: list[Fault]) -> float | None:
    """Return an elevation; None if it is not known. A bad one is added to *faults*."""
    if text.strip().lower() in _UNKNOWN:
        return None
    try:
        value = float(text)
    except ValueError:
        faults.append(_bad("elevation", text, "is not a number"))
        return None
    low, high = ELEVATIONS
    if low <= value <= high:
        return value
    if value not in SENTINELS and -value not in SENTINELS:
        faults.append(_bad("elevation", text, f"is not within {low:g} to {high:g} m"))
    return None


def words(field: str, text: str, faults: list[Fault]) -> str:
    """Return a name or the like, for people to read; "" if it is not known.

    One of more than `LONGEST` characters is added to *faults*.
    """
    plain = plain_name(text)
    if plain.lower() in _UNKNOWN:
        return ""
    if len(plain) <= LONGEST:
        return plain
    faults.append(_bad(field, text, f"is longer than {LONGEST} characters"))
    return ""


def country_of(text: str, faults: list[Fault]) -> str:
    """Return a country's code; "" if it is not known. A bad one is added to *faults*."""
    code = country_code(text)  # first, as NA is Namibia
    if code is not None:
        return code
    if text.strip().lower() not in _UNKNOWN:
        faults.append(_bad("country", text, "is not an ISO code of two or three letters"))
    return ""


def timezone_of(text: str, faults: list[Fault]) -> str:
    """Return a time zone; "UTC" if it is not known. A bad one is added to *faults*."""
    zone = text.strip()
    if zone.lower() in _UNKNOWN:
        return "UTC"
    if is_timezone(zone):
        return zone
    faults.append(_bad("timezone", text, "is not an IANA time zone"))
    return "UTC"


def _bad(field: str, text: str, problem: str) -> Fault:
    return Fault("bad_station_field", f"{field} {text[:40]!r} {problem}")
