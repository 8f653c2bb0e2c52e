"""Coordinates as people write them: 40.7,-73.9 or 40.7° N 73.9° W."""

import re

_NUMBER = r"([+-]?\d{1,3}(?:\.\d+)?) ?([NSEW]?)"
#: Two numbers with decimal commas, which no comma separates.
_COMMAS = re.compile(
    r"[+-]?\d{1,3},\d+(?: ?[NSEW])?(?: ?; ?| )[+-]?\d{1,3},\d+(?: ?[NSEW])?", re.IGNORECASE
)
_COORDINATES = re.compile(rf"{_NUMBER}( ?[,;] ?| ){_NUMBER}", re.IGNORECASE)

#: Signs that mean nothing here, or what another sign means.
_SIGNS = str.maketrans({"°": " ", "(": " ", ")": " ", "\N{MINUS SIGN}": "-"})

_MOST_LATITUDE, _MOST_LONGITUDE = 90, 180


def coordinates_of(text: str) -> tuple[float, float] | None:
    """Read a latitude and a longitude in degrees; None if *text* is something else.

    With a letter for each, the longitude may come first. Numbers may have decimal commas if a
    semicolon or a space separates them.

    >>> coordinates_of("40.7,-73.9"), coordinates_of("73.9 W, 40.7 N"), coordinates_of("JFK")
    ((40.7, -73.9), (40.7, -73.9), None)

    Raises:
        ValueError: There is no such place; says why.
    """
    plain = " ".join(text.translate(_SIGNS).split())
    if _COMMAS.fullmatch(plain):
        plain = plain.replace(",", ".")
    found = _COORDINATES.fullmatch(plain)
    if found is None:
        return None
    first, side, between, second, other = found.groups()
    sides = (side + other).upper()
    if sides not in ("", "NE", "NW", "SE", "SW", "EN", "WN", "ES", "WS"):
        return None
    # Two numbers and a space are not enough: they may be words of a name.
    if not sides and not between.strip() and not ("." in first and "." in second):
        return None
    numbers = [float(first), float(second)]
    for place, letter in enumerate(sides):
        numbers[place] *= -1 if letter in "SW" else 1
    latitude, longitude = reversed(numbers) if sides[:1] in ("E", "W") else numbers
    return _checked(latitude, longitude)


def _checked(latitude: float, longitude: float) -> tuple[float, float]:
    if abs(latitude) > _MOST_LATITUDE:
        raise ValueError(f"{latitude:g} is not a latitude, which is -90 to 90 degrees")
    if abs(longitude) > _MOST_LONGITUDE:
        raise ValueError(f"{longitude:g} is not a longitude, which is -180 to 180 degrees")
    return latitude, longitude
