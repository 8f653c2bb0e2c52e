"""Well Known Text: the points and areas that an EDR query names, in degrees, longitude first."""

import re
from typing import NamedTuple

from api.schemas.box import Box

_NUMBER = r"[+-]?(?:\d{1,12}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?"
_POSITION = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})\s*")
_GEOMETRY = re.compile(r"\s*([A-Za-z]+)\s*(\(.*\))\s*", re.DOTALL)

#: The most points of a MULTIPOINT, and the most corners of an area.
MOST_POINTS, MOST_CORNERS = 20, 200

_LEAST_CORNERS = 4  # of a ring, whose last corner is its first one
_MOST_LATITUDE, _MOST_LONGITUDE = 90, 180


class Position(NamedTuple):
    """A place in degrees."""

    longitude: float
    latitude: float


Ring = tuple[Position, ...]


class Area(NamedTuple):
    """One or more polygons on the plane of degrees.

    Attributes:
        polygons: The outline of each, and its holes; all rings are closed.
        box: Around all of them; what is outside of it need not be looked at any closer.
    """

    polygons: tuple[tuple[Ring, ...], ...]
    box: Box

    @classmethod
    def of(cls, polygons: tuple[tuple[Ring, ...], ...]) -> "Area":
        """Make the area of some polygons, which may overlap."""
        corners = (corner for rings in polygons for ring in rings for corner in ring)
        longitudes, latitudes = zip(*corners, strict=True)
        box = Box(min(longitudes), min(latitudes), max(longitudes), max(latitudes))
        return cls(polygons, box)

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether a place is inside: a line from there crosses a polygon an odd number of times."""
        return self.box.holds(latitude, longitude) and any(
            sum(_crossings(ring, longitude, latitude) for ring in rings) % 2 == 1
            for rings in self.polygons
        )


def points_of(text: str) -> tuple[Position, ...]:
    """Read `POINT(x y)` or `MULTIPOINT((x y),(x y))`.

    >>> points_of("POINT(-73.8 40.6)")
    (Position(longitude=-73.8, latitude=40.6),)

    Raises:
        ValueError: *text* is something else; says what.
    """
    kind, inside = _taken_apart(text, ("POINT", "MULTIPOINT"), "POINT(-73.8 40.6)")
    if kind == "POINT":
        return (_position(inside),)
    points = inside.split(",")
    if len(points) > MOST_POINTS:
        raise ValueError(f"{len(points)} points; give at most {MOST_POINTS}")
    # Both MULTIPOINT((1 2),(3 4)) and MULTIPOINT(1 2,3 4) are in use.
    return tuple(_position(_unwrapped(point)) for point in points)


def area_of(text: str) -> Area:
    """Read `POLYGON((x y,x y,x y,x y))`, with holes or not, or a MULTIPOLYGON.

    Raises:
        ValueError: *text* is something else; says what.
    """
    example = "POLYGON((-75 40,-73 40,-73 41,-75 41,-75 40))"
    kind, inside = _taken_apart(text, ("POLYGON", "MULTIPOLYGON"), example)
    parts = _parts(inside) if kind == "MULTIPOLYGON" else [inside]
    polygons = tuple(tuple(map(_ring, _parts(part))) for part in parts)
    corners = sum(len(ring) for rings in polygons for ring in rings)
    if corners > MOST_CORNERS:
        raise ValueError(f"{corners} corners; give at most {MOST_CORNERS}")
    return Area.of(polygons)


def _taken_apart(text: str, kinds: tuple[str, ...], example: str) -> tuple[str, str]:
    """Return the kind of a geometry, and what is in its brackets."""
    found = _GEOMETRY.fullmatch(text)
    if found is None:
        raise ValueError(f"not Well Known Text; write {example}, longitude first")
    kind = found[1].upper()
    if kind not in kinds:
        raise ValueError(f"a {kind[:20]}, but a {kinds[0]} is expected: {example}")
    return kind, _unwrapped(found[2])


def _unwrapped(text: str) -> str:
    stripped = text.strip()
    return stripped[1:-1] if stripped.startswith("(") and stripped.endswith(")") else stripped


def _parts(text: str) -> list[str]:
    """Return what is in the outermost brackets of *text*, which commas separate."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(text):
        if letter == "(":
            depth += 1
            begin = place + 1 if depth == 1 else begin
        elif letter == ")":
            depth -= 1
            if depth == 0:
                parts.append(text[begin:place])
        elif depth == 0 and letter not in ", \t\r\n":
            raise ValueError("a polygon has its corners in double brackets: POLYGON((x y,x y,…))")
        if depth < 0:
            break
    if depth or not parts:
        raise ValueError("not Well Known Text: its brackets do not match")
    return parts


def _ring(text: str) -> Ring:
    corners = tuple(map(_position, text.split(",")))
    if len(corners) < _LEAST_CORNERS or corners[0] != corners[-1]:
        raise ValueError("a ring has four corners or more, and ends with its first one")
    return corners


def _position(text: str) -> Position:
    found = _POSITION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text.strip()[:40]!r} is no position; write longitude latitude: -73.8 40.6"
        )
    longitude, latitude = float(found[1]), float(found[2])
    if abs(longitude) > _MOST_LONGITUDE or abs(latitude) > _MOST_LATITUDE:
        raise ValueError(
            f"{longitude:g} {latitude:g} is no place; write longitude (-180 to 180) before "
            "latitude (-90 to 90)"
        )
    return Position(longitude, latitude)


def _crossings(ring: Ring, longitude: float, latitude: float) -> int:
    """Count how often the ring crosses the line from a place to the east."""
    count = 0
    x1, y1 = ring[0]
    was_north = y1 > latitude
    for x2, y2 in ring:  # each corner is compared once: there may be millions of comparisons
        is_north = y2 > latitude
        if is_north is not was_north:
            count += longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1)
        x1, y1, was_north = x2, y2, is_north
    return count
