"""A week of weather and air, and when its sources show what of it.

Nothing here knows how a fetch works: it is what the fetches of the week are compared with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
#: Hours of the fetches: the first one brings the eight days before, and every midnight has one.
HOURS = range(169)
NIGHTS = range(24, 169, 24)
#: Hours in which Germany sends nothing.
SILENCE = range(100, 121)


def at(hour, minutes=0):
    """Return the time so many hours and minutes after the begin."""
    return BEGIN + hour * HOUR + minutes * MINUTE


class Reading(NamedTuple):
    """What was measured, and when its source shows it."""

    series: "Series"
    time: datetime
    value: float
    shown: datetime


@dataclass(frozen=True)
class Series:
    """What a station or one of its sensors measures.

    Attributes:
        source: Name of the source.
        country: Of the station.
        station: Id of the station.
        parameter: As the fetch names it.
        unit: Of its values.
        sensor: Id of the sensor; None if the source has none.
        hours: In which it measures.
        minute: After the full hour, when it measures.
        late: Minutes after which its source shows a value.
        shown_from: Hour from which its source shows the station at all, and then all of it.
        stragglers: Whether a few values come up to five hours late, after newer ones.
        silences: Hours in which the source shows nothing of it.
        is_lost: Whether what it would have shown then never comes; otherwise all comes afterwards.
    """

    source: str
    country: str
    station: str
    parameter: str
    unit: str
    sensor: str | None = None
    hours: range = range(-216, 169)
    minute: int = 0
    late: int = 20
    shown_from: int = -1000
    stragglers: bool = False
    silences: tuple[range, ...] = ()
    is_lost: bool = False

    @property
    def quantity(self):
        """The parameter of the model."""
        return "pressure" if self.parameter == "sea_level_pressure" else self.parameter

    def readings(self) -> Iterator[Reading]:
        """Yield what it measures and its source ever shows."""
        for hour in self.hours:
            time = at(hour, self.minute)
            chance = Random(f"{self.station} {hour}")  # the same for all of a report
            late = self.late + chance.randrange(8)
            if self.stragglers and chance.random() < 0.05:
                late = chance.randrange(150, 290)
            shown = max(time + late * MINUTE, at(self.shown_from))
            silence = next((s for s in self.silences if at(s[0]) <= shown < at(s[-1] + 1)), None)
            if silence and self.is_lost:
                continue
            if silence:
                shown = at(silence[-1] + 1)
            yield Reading(self, time, self._value(hour), shown)

    def _value(self, hour):
        chance = Random(f"{self.station} {self.parameter} {hour}")
        if self.parameter == "sea_level_pressure":
            return 1010 + chance.randrange(100) / 10
        if self.unit == "°F":
            return 45 + 8 * (hour % 24 > 11) + chance.randrange(60) / 10
        return 5.0 * chance.randrange(5)


class WeatherStation(NamedTuple):
    """A station of IEM: longitude, latitude, elevation, name, country and time zone."""

    longitude: float
    latitude: float
    elevation: float
    name: str
    country: str
    timezone: str


#: Country, longitude and latitude of the first station, time zone.
_COUNTRIES = {
    "US": (-74.0, 40.0, "America/New_York"),
    "DE": (9.0, 50.0, "Europe/Berlin"),
    "GB": (-1.0, 51.0, "Europe/London"),
}
#: Stations of IEM, with what is special about them.
_WEATHER = {
    "US": ("JFK", "LGA", "EWR", "BOS", "MOVE", "DEAD", "NOMS", "PART", "SLOW", "NEW", "YNG"),
    "DE": ("EDDB", "EDDF", "EDDM"),
    "GB": ("EGLL", "EGKK", "EGCC"),
}
_SPECIAL = {
    "DEAD": {"hours": range(-216, 30)},
    "SLOW": {"late": 285},
    "NEW": {"shown_from": 70},
    "YNG": {"hours": range(106, 169), "shown_from": 106},
}
_GERMANY = {"silences": (SILENCE,)}


def weather_stations():
    """Return the stations of IEM by id."""
    found = {}
    for country, ids in _WEATHER.items():
        longitude, latitude, zone = _COUNTRIES[country]
        for number, one in enumerate(ids):
            place = (longitude + number / 4, latitude + number / 8, 10.0 + number)
            found[one] = WeatherStation(*place, f"Airport {one}", country, zone)
    return found


def weather():
    """Return the series of IEM."""
    for country, ids in _WEATHER.items():
        germany = _GERMANY | {"is_lost": True} if country == "DE" else {}
        for one in ids:
            common = {"minute": 51, "late": 4, "stragglers": True}
            about = common | germany | _SPECIAL.get(one, {})
            yield Series("iem", country, one, "temperature", "°F", **about)
            if one == "PART":
                about["silences"], about["is_lost"] = (range(60, 80),), True
            if one != "NOMS":
                yield Series("iem", country, one, "sea_level_pressure", "hPa", **about)


#: Locations of OpenAQ: country, and what is special about the temperature of each.
LOCATIONS = {
    101: ("US", {}),
    102: ("US", {"late": 2}),
    103: ("US", {}),  # its unit changes
    104: ("US", {}),  # it moves
    105: ("US", {}),  # its clock is wrong for a while
    106: ("US", {}),  # it moves, too
    107: ("US", {"hours": range(-216, 20)}),
    111: ("DE", _GERMANY),
    112: ("DE", _GERMANY),
    113: ("DE", _GERMANY),
    121: ("IN", {"late": 245}),
    122: ("IN", {"late": 245}),
    131: ("US", {"shown_from": 99}),
    132: ("US", {"hours": range(130, 169), "shown_from": 130}),
    141: ("IN", None),  # no temperature
}
#: A car with more sensors than fit on a page. Nothing of it is of use, as it moves about.
CAR, CAR_SENSORS, CAR_HOURS = 200, 1000, range(7)
_ZONES = {"US": "America/New_York", "DE": "Europe/Berlin", "IN": "Asia/Kolkata"}
#: Numbers of OpenAQ's parameters.
PM25, CELSIUS, FAHRENHEIT = 2, 100, 128


def sensors_of(location):
    """Return the number of the parameter of each sensor of a location."""
    if location == CAR:
        return {location * 1000 + number: PM25 for number in range(CAR_SENSORS)}
    pm25 = {location * 10 + 2: PM25}
    return pm25 if LOCATIONS[location][1] is None else {location * 10 + 1: CELSIUS} | pm25


def place_of(location):
    """Return latitude, longitude and other fields of a location."""
    country = LOCATIONS[location][0] if location in LOCATIONS else "US"
    return {
        "latitude": 20 + location / 10,
        "longitude": 5 + location / 10,
        "timezone": _ZONES[country],
        "country": {"id": 1, "code": country, "name": country},
        "isMobile": location == CAR,
    }


def air():
    """Return the series of OpenAQ."""
    for location, (country, about) in LOCATIONS.items():
        names = ("openaq", country, str(location))
        warm, fine = str(location * 10 + 1), str(location * 10 + 2)
        yield Series(*names, "pm25", "µg/m³", fine, **(about or {}))
        if about is not None:
            yield Series(*names, "temperature", "c", warm, **about)


def of_the_car():
    """Return the series of the car."""
    for sensor in sensors_of(CAR):
        names = ("openaq", "US", str(CAR), "pm25", "µg/m³", str(sensor))
        yield Series(*names, hours=CAR_HOURS)
