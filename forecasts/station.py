"""A station: a place where parameters are measured. OpenAQ calls it a location."""

import math
import re
import zoneinfo
from dataclasses import dataclass
from functools import lru_cache

from forecasts.errors import InvalidStationError

#: Such an id is safe in a path, a file name, a key and a spreadsheet cell.
STATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Station:
    """A place where parameters are measured.

    Attributes:
        id: Stable for the life of the station; matches `STATION_ID`.
        name: The name that people read.
        country: ISO 3166-1 alpha-2 code, or "" if it is unknown.
        latitude: Degrees north, -90 to 90.
        longitude: Degrees east, -180 to 180.
        elevation: Metres above sea level; None if it is unknown.
        timezone: IANA name; "UTC" if it is unknown.
        attribution: Whom to name as the source of its readings, or "".
        licence: Of its readings: a name or an address, or "".

    Raises:
        InvalidStationError: The id, a coordinate, the elevation or the time zone is not valid.
    """

    id: str
    name: str
    country: str
    latitude: float
    longitude: float
    elevation: float | None = None
    timezone: str = "UTC"
    attribution: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """Refuse an id, a place or a time zone that no station can have."""
        if not STATION_ID.fullmatch(self.id):
            reason = "an id is 1 to 64 letters, digits and . _ : -, starting with a letter or digit"
            raise InvalidStationError(self.id, reason)
        if not -90 <= self.latitude <= 90:  # noqa: PLR2004 -- the poles
            raise InvalidStationError(self.id, f"latitude {self.latitude} is not within -90..90")
        if not -180 <= self.longitude <= 180:  # noqa: PLR2004 -- the date line
            raise InvalidStationError(self.id, f"longitude {self.longitude} is not in -180..180")
        if self.elevation is not None and not math.isfinite(self.elevation):
            raise InvalidStationError(self.id, f"elevation {self.elevation} is not a number")
        if not is_timezone(self.timezone):
            raise InvalidStationError(self.id, f"{self.timezone[:40]!r} is not an IANA time zone")


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def is_timezone(name: str) -> bool:
    """Whether *name* is an IANA time zone of the installed database."""
    return name == "UTC" or name in _timezones()
