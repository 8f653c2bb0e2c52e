"""Headings: what the columns of people's own CSV files are, judging by their names.

A heading names a quantity, such as `temp (°F)` or `wind_speed_kmh`, or a role, such as `timestamp`.
Only names that are listed here are understood: a wrong guess would be worse than none.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from batch_jobs.observations.quantities import QUANTITIES, SINCE_HOUR, STATION_PRESSURE
from forecasts.units import conversion

STATION, TIME, DATE, CLOCK = "station", "time", "date", "clock"
PARAMETER, VALUE, UNIT = "parameter", "value", "unit"
PLACE = ("name", "country", "latitude", "longitude", "elevation", "timezone")
CREDIT = ("attribution", "licence")
ROLES = (STATION, TIME, DATE, CLOCK, PARAMETER, VALUE, UNIT, *PLACE, *CREDIT)


class Heading(NamedTuple):
    """What a heading means.

    Attributes:
        meaning: Code of a quantity, or one of `ROLES`; "" if it is not understood.
        unit: Its unit as `forecasts.units` knows it; "UTC" of a time; "" if there is none.
        rank: How far it is from the best name for this meaning; 0 is the best.
    """

    meaning: str
    unit: str = ""
    rank: int = 0


#: Names, as made by `_plain`, of each meaning. The first of a role's names is the best one.
_NAMES = {
    "pm25": "pm25 pm2p5 finedust feinstaub",
    "pm10": "pm10",
    "o3": "o3 ozone ozon",
    "no2": "no2 nitrogendioxide stickstoffdioxid",
    "so2": "so2 sulphurdioxide sulfurdioxide schwefeldioxid",
    "co": "co carbonmonoxide kohlenmonoxid",
    "bc": "bc blackcarbon",
    "temperature": "temperature temp tmp t tair ta t2m temperatur lufttemperatur temperatura "
    "température tttu",
    "dew_point": "dewpoint dewpointtemperature dewpt dewp dew td d2m dwpt taupunkt "
    "taupunkttemperatur",
    "relative_humidity": "relativehumidity humidity rh relhum relhumidity hum humid r2m hurs "
    "luftfeuchte luftfeuchtigkeit relativeluftfeuchte relativefeuchte feuchte humedad humidité "
    "rftu",
    "wind_speed": "windspeed wind windspd wspd ws windvelocity windgeschwindigkeit ff viento vent",
    "wind_gust": "windgust gust gusts windgusts gustspeed windgustspeed windspeedgust maxgust "
    "windböe böe böen windböen wgust",
    "wind_direction": "winddirection winddir winddiravg10m wdir wd drct dd windrichtung dirviento "
    "direcciondelviento directionvent",
    "pressure": "pressure press pres p slp mslp msl sealevelpressure pressuremsl "
    "meansealevelpressure relativepressure pressurerelative barometer baro barometricpressure "
    "luftdruck",
    STATION_PRESSURE: "stationpressure absolutepressure pressureabsolute surfacepressure sp",
    "visibility": "visibility visib vis sichtweite",
    "precipitation": "precipitation precip prcp rain rainfall rr regen niederschlag "
    "niederschlagshöhe lluvia pluie",
    SINCE_HOUR: "precipitationsincehour",
    STATION: "stationid station siteid site locationid location stationcode sitecode sensor device "
    "deviceid messstelle stationsid id",
    TIME: "datetime timestamp dateandtime time valid observationtime obstime timeobserved "
    "measuredat dt messdatum zeitpunkt zeitstempel datumuhrzeit localtime timelocal datelocal",
    DATE: "date datum observationdate fecha",
    CLOCK: "uhrzeit zeit clock timeofday hour stunde hora heure",
    PARAMETER: "parameter param variable pollutant parametername measurement quantity element",
    VALUE: "value reading wert messwert concentration result measuredvalue",
    UNIT: "unit units einheit uom",
    "name": "name stationname sitename locationname bezeichnung",
    "country": "country countrycode land",
    "latitude": "latitude lat breite breitengrad geobreite",
    "longitude": "longitude lon lng long länge längengrad geolänge",
    "elevation": "elevation elev altitude alt stationselevation höhe stationshöhe",
    "timezone": "timezone tz zeitzone",
    "attribution": "attribution",
    "licence": "licence license lizenz",
}
_MEANINGS: Mapping[str, Heading] = {
    name: Heading(meaning, "", rank)
    for meaning, names in _NAMES.items()
    for rank, name in enumerate(names.split())
}

#: Units, as made by `_plain`; those that `forecasts.units` knows by this name are not repeated.
_UNITS = {
    "°C": "c celsius degc degreesc degreescelsius gradcelsius gradc",
    "°F": "f fahrenheit degf degreesf degreesfahrenheit",
    "K": "k kelvin degk",
    "km/h": "kmh kph kmph kmhr",
    "m/s": "ms mps ms1 msec meterspersecond",
    "mph": "mph mih milesperhour",
    "kn": "kn kt kts knot knots",
    "hPa": "hpa mbar mb millibar millibars hectopascal",
    "Pa": "pa pascal",
    "kPa": "kpa kilopascal",
    "inHg": "inhg hg",
    "mmHg": "mmhg torr",
    "km": "km kilometers kilometres",
    "m": "m meters metres",
    "mi": "mi mile miles",
    "mm": "mm millimeters millimetres lm2",
    "in": "in inch inches",
    "%": "% percent pct prozent",
    "µg/m³": "ugm3 µgm3 μgm3 ugm mcgm3",
    "mg/m³": "mgm3",
    "°": "° deg degs degree degrees grad",
    "ppm": "ppm",
    "ppb": "ppb",
    "UTC": "utc gmt z",
}
_UNIT_NAMES: Mapping[str, str] = {
    name: unit for unit, names in _UNITS.items() for name in names.split()
}

_UNITS_OF_ROLES = {TIME: "UTC", DATE: "UTC", CLOCK: "UTC", "elevation": "m"}

#: Words that say nothing about the meaning.
_FILLERS = frozenset(
    ("air", "outdoor", "outside", "out", "ambient", "avg", "average", "mean", "hourly", "2m", "10m")
)
_BRACKETS = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")
_SEPARATORS = re.compile(r"[\s_,;:|\-]+")


def heading(text: str) -> Heading:
    """Return what a heading means.

    >>> heading("temperature (°F)")
    Heading(meaning='temperature', unit='°F', rank=0)
    >>> heading("wind_speed_kmh")[:2], heading("datetime_utc")[:2], heading("rain rate [mm/h]")[:2]
    (('wind_speed', 'km/h'), ('time', 'UTC'), ('', ''))
    """
    text = unicodedata.normalize("NFKC", text).lower()
    units = [
        _UNIT_NAMES[plain]
        for part in _BRACKETS.findall(text)
        if (plain := _plain(part)) in _UNIT_NAMES
    ]
    rest = _BRACKETS.sub(
        lambda found: "" if _plain(found[1]) in _UNIT_NAMES else f" {found[1]} ", text
    )
    words = [_plain(word) for word in _SEPARATORS.split(rest)]
    for kept in (words, [word for word in words if word not in _FILLERS]):
        found = _meant("".join(kept), units)
        if found:
            return found
    return Heading("", units[0] if units else "")


def unit_of(text: str) -> str:
    """Return a unit by the name that `forecasts.units` knows; an unknown one as it is.

    >>> unit_of("Celsius"), unit_of("ug/m3"), unit_of("furlongs")
    ('°C', 'µg/m³', 'furlongs')
    """
    return _UNIT_NAMES.get(_plain(unicodedata.normalize("NFKC", text).lower()), text.strip())


def takes(meaning: str, unit: str) -> bool:
    """Tell whether a quantity, or a time, can have a unit."""
    if meaning not in QUANTITIES:
        return unit == _UNITS_OF_ROLES.get(meaning)
    return conversion(QUANTITIES[meaning].parameter, unit) is not None


def units_for(code: str) -> list[str]:
    """Return the units that a quantity can have."""
    return [unit for unit in _UNITS if takes(code, unit)]


def _plain(text: str) -> str:
    """Return only the letters, digits and % of a text."""
    return "".join(letter for letter in text if letter.isalnum() or letter == "%")


def _meant(name: str, units: list[str]) -> Heading | None:
    """Return the meaning of a plain name, which may end in a unit."""
    if name in _MEANINGS:
        found = _MEANINGS[name]
        good = [unit for unit in units if takes(found.meaning, unit)]
        if good:
            return found._replace(unit=good[0])
        return None if units else found
    for length in range(len(name) - 1, 0, -1):
        found, unit = _MEANINGS.get(name[:length], Heading("")), _UNIT_NAMES.get(name[length:], "")
        if unit and takes(found.meaning, unit):
            return found._replace(unit=unit)
    return None
