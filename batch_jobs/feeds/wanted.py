"""Which stations a fetch wants: all, ids, those near a place, in a box or in a country."""

import re
from dataclasses import dataclass
from math import dist
from typing import Protocol

from forecasts.distance import kilometres, point

#: Of more ids, only these are shown.
_FEW = 5
#: Degrees, and kilometres to the other side of Earth.
_LARGEST = {"near": (90, 180, 20100), "bbox": (180, 90, 180, 90)}
_COUNTRY = re.compile(r"[A-Z]{2}")
_FORMS = (
    "it is all, stations=JFK,LGA, country=DE, near=LATITUDE,LONGITUDE,KM or"
    " bbox=WEST,SOUTH,EAST,NORTH"
)


class Place(Protocol):
    """What a choice looks at."""

    @property
    def station_id(self) -> str:
        """The id."""
        ...

    @property
    def country(self) -> str:
        """Two letters, or ""."""
        ...

    @property
    def latitude(self) -> float:
        """Degrees north."""
        ...

    @property
    def longitude(self) -> float:
        """Degrees east."""
        ...


class Wanted(Protocol):
    """A choice of stations; its text says which, for people."""

    def takes(self, place: Place) -> bool:
        """Tell whether a station is wanted."""
        ...


@dataclass(frozen=True)
class Everywhere:
    """All stations that a source has."""

    def takes(self, place: Place) -> bool:  # noqa: ARG002 -- Wanted
        """Tell whether a station is wanted: every one is."""
        return True

    def __str__(self) -> str:
        """Say which stations."""
        return "all stations"


@dataclass(frozen=True)
class Stations:
    """Stations with one of these ids."""

    ids: frozenset[str]

    def takes(self, place: Place) -> bool:
        """Tell whether a station is wanted."""
        return place.station_id in self.ids

    def __str__(self) -> str:
        """Say which stations."""
        few = sorted(self.ids)[:_FEW]
        more = len(self.ids) - len(few)
        return f"stations {', '.join(few)}" + (f" and {more} more" if more else "")


@dataclass(frozen=True)
class Near:
    """Stations at most *km* from a place, in degrees north and east."""

    latitude: float
    longitude: float
    km: float

    def takes(self, place: Place) -> bool:
        """Tell whether a station is wanted."""
        return self.distance(place) <= self.km

    def distance(self, place: Place) -> float:
        """Return how far a station is, in kilometres."""
        here = point(self.latitude, self.longitude)
        return kilometres(dist(here, point(place.latitude, place.longitude)))

    def __str__(self) -> str:
        """Say which stations."""
        return f"stations within {self.km:g} km of {self.latitude:g},{self.longitude:g}"


@dataclass(frozen=True)
class Box:
    """Stations in a box of degrees; *west* is greater than *east* across the date line."""

    west: float
    south: float
    east: float
    north: float

    def takes(self, place: Place) -> bool:
        """Tell whether a station is wanted."""
        if not self.south <= place.latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= place.longitude <= self.east
        return place.longitude >= self.west or place.longitude <= self.east

    def __str__(self) -> str:
        """Say which stations."""
        return f"stations in the box {self.west:g},{self.south:g},{self.east:g},{self.north:g}"


@dataclass(frozen=True)
class Country:
    """Stations in a country, by its code of two letters."""

    code: str

    def takes(self, place: Place) -> bool:
        """Tell whether a station is wanted."""
        return place.country == self.code

    def __str__(self) -> str:
        """Say which stations."""
        return f"stations in {self.code}"


def wanted_in(text: str) -> Wanted:
    """Return the choice that a text of one line makes, as the template's parameters have it.

    Raises:
        ValueError: It makes none; says which forms there are.

    >>> print(wanted_in("country=DE"))
    stations in DE
    >>> print(wanted_in("near=40.7,-74.0,30"))
    stations within 30 km of 40.7,-74
    """
    form, _, rest = text.partition("=")
    match form:
        case "all" if text == form:
            return Everywhere()
        case "stations" if ids := frozenset(one.strip() for one in rest.split(",")) - {""}:
            return Stations(ids)
        case "country" if _COUNTRY.fullmatch(rest):
            return Country(rest)
        case "near" | "bbox" if place := _place(form, rest):
            return place
    raise ValueError(f"{text[:80]!r} chooses no stations; {_FORMS}")


def _place(form: str, text: str) -> Near | Box | None:
    """Return a place or a box; None if it is none on Earth."""
    try:
        numbers = [float(number) for number in text.split(",")]
        limits = zip(numbers, _LARGEST[form], strict=True)
        if not all(abs(number) <= limit for number, limit in limits):  # False for NaN, too
            return None
    except ValueError:  # not a number; too few or too many
        return None
    place = Near(*numbers) if form == "near" else Box(*numbers)
    return None if isinstance(place, Box) and place.south > place.north else place
