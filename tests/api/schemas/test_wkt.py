"""Points and areas in Well Known Text."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.wkt import MOST_CORNERS, MOST_POINTS, area_of, points_of

SQUARE = "(0 0,10 0,10 10,0 10,0 0)"
HOLE = "(4 4,6 4,6 6,4 6,4 4)"
FAR = "(20 20,30 20,30 30,20 20)"


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("POINT(-73.8 40.6)", [(-73.8, 40.6)]),
        ("  point ( 1e1   +.5 ) ", [(10, 0.5)]),
        ("MULTIPOINT((1 2),(3 4))", [(1, 2), (3, 4)]),
        ("MULTIPOINT(1 2, 3 4)", [(1, 2), (3, 4)]),
    ],
)
def test_points(text, points):
    """Points have the longitude first."""
    assert list(points_of(text)) == points


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("40.6,-73.8", "not Well Known Text"),
        ("", "not Well Known Text"),
        (f"POLYGON({SQUARE})", "a POLYGON, but a POINT is expected"),
        ("POINT(91)", "'91' is no position"),
        ("POINT(1 2 3)", "is no position"),
        ("POINT(nan 1)", "is no position"),
        ("POINT(40.6 -173.8)", "write longitude"),
        ("POINT(-1e300 0)", "write longitude"),
        ("MULTIPOINT(" + ",".join(["1 2"] * 21) + ")", f"at most {MOST_POINTS}"),
    ],
)
def test_bad_points(text, reason):
    """What is no point says what to write."""
    with pytest.raises(ValueError, match=reason):
        points_of(text)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (f"POLYGON({SQUARE})", [(5, 5), (0.1, 9.9)], [(-1, 5), (11, 5), (5, 11), (5, -1)]),
        (f"POLYGON({SQUARE}, {HOLE})", [(2, 5)], [(5, 5)]),
        (f"MULTIPOLYGON(({SQUARE}),({SQUARE}),({HOLE}))", [(2, 5), (5, 5)], [(11, 5)]),
        (f"MULTIPOLYGON(({SQUARE},{HOLE}),({FAR}))", [(2, 5), (29, 25)], [(5, 5), (15, 15)]),
    ],
)
def test_areas(text, inside, outside):
    """An area holds what is in one of its polygons and not in a hole."""
    area = area_of(text)

    assert [place for place in inside if not area.holds(*place)] == []
    assert [place for place in outside if area.holds(*place)] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("POINT(1 2)", "a POINT, but a POLYGON is expected"),
        ("POLYGON(0 0,1 0,1 1,0 0)", "double brackets"),
        ("POLYGON((0 0,1 0,1 1))", "ends with its first one"),
        ("POLYGON((0 0,0 0))", "four corners or more"),
        ("POLYGON((0 0,1 0,1 1,0 0)", "double brackets|brackets do not match"),
        ("POLYGON(((0 0,1 0,1 1,0 0))", "brackets do not match"),
        ("POLYGON(() )())", "brackets do not match|is no position"),
        ("POLYGON((0 0,1 0,1 1,0 0)))(", "not Well Known Text|brackets"),
        ("POLYGON()", "brackets do not match"),
        ("POLYGON((0 0,1 0,200 1,0 0))", "write longitude"),
        ("POLYGON((" + "0 0," * 250 + "0 0))", f"at most {MOST_CORNERS}"),
    ],
)
def test_bad_areas(text, reason):
    """What is no area says what to write."""
    with pytest.raises(ValueError, match=reason):
        area_of(text)


@given(st.text(alphabet="POINTMULYGON ()0123456789.,-+eE\n"))
def test_any_text(text):
    """Any text is read, or refused with ValueError."""
    for read in (points_of, area_of):
        with suppress(ValueError):
            read(text)
