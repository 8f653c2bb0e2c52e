"""Coordinates as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.coordinates import coordinates_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40.7,-73.9", (40.7, -73.9)),
        (" 40.7 , -73.9 ", (40.7, -73.9)),
        ("40.7;-73.9", (40.7, -73.9)),
        ("40.7 -73.9", (40.7, -73.9)),
        ("(40.7, −73.9)", (40.7, -73.9)),  # noqa: RUF001 -- a minus sign, as Wikipedia has it
        ("40.7 N 73.9 W", (40.7, -73.9)),
        ("40.7°N, 73.9°W", (40.7, -73.9)),
        ("73.9w 40.7n", (40.7, -73.9)),
        ("33.9 S, 18.4 E", (-33.9, 18.4)),
        ("18.4 E 33.9 S", (-33.9, 18.4)),
        ("40,7", (40, 7)),
        ("90,-180", (90, -180)),
        ("-33,9; 151,2", (-33.9, 151.2)),
        ("-33,9 151,2", (-33.9, 151.2)),
        ("40,7 N 73,9 W", (40.7, -73.9)),
        ("33,9 151,2, 4", None),
        ("40 N 73 N", None),
        ("40 N 73", None),
        ("40 73", None),
        ("1,2,3", None),
        ("JFK", None),
        ("", None),
        ("1000,1", None),
    ],
)
def test_what_is_read(text, expected):
    """Decimal degrees are read, with signs or with letters; all else is not coordinates."""
    assert coordinates_of(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("91,0", "91 is not a latitude, which is -90 to 90 degrees"),
        ("0,181", "181 is not a longitude, which is -180 to 180 degrees"),
        ("120 S 3 E", "-120 is not a latitude, which is -90 to 90 degrees"),
    ],
)
def test_no_such_place(text, reason):
    """Coordinates that no place has are refused with the reason."""
    with pytest.raises(ValueError, match=reason):
        coordinates_of(text)


@given(st.text("0123456789.,- NSEW°", max_size=100))
def test_nothing_else_fails(text):
    """Any text is coordinates, or not, or none that exist."""
    try:
        found = coordinates_of(text)
    except ValueError:
        return

    assert found is None or (abs(found[0]) <= 90 and abs(found[1]) <= 180)
