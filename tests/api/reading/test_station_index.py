"""The stations of a run in memory."""

from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reading.station_index import StationIndex
from api.schemas.box import Box
from forecasts.distance import EARTH_RADIUS_KM
from forecasts.item import StationEntry
from tests.factories import a_station

places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def haversine_km(a, b):
    """Return the great-circle distance of two places, as the textbook has it."""
    (phi_a, theta_a), (phi_b, theta_b) = (map(radians, place) for place in (a, b))
    square = sin((phi_b - phi_a) / 2) ** 2
    square += cos(phi_a) * cos(phi_b) * sin((theta_b - theta_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1, sqrt(square)))


def entries_at(places, parameters=("temperature",)):
    """Return stations S0, S1, … at *places*."""
    stations = [
        a_station(id=f"S{n}", latitude=latitude, longitude=longitude)
        for n, (latitude, longitude) in enumerate(places)
    ]
    return [StationEntry(station, parameters) for station in stations]


@given(places, places)
def test_distance_is_haversine(station, place):
    """A distance is the great circle's, to a metre."""
    (found,) = StationIndex(entries_at([station])).nearest(*place, 1)

    assert found.distance_km == pytest.approx(haversine_km(station, place), abs=0.0011)


@given(st.lists(places, min_size=1, max_size=30), places, st.integers(1, 50))
def test_nearest_are_the_first_by_distance(stations, place, n):
    """The nearest n are the first n of all, by distance."""
    entries = entries_at(stations)
    index = StationIndex(entries)
    found = index.nearest(*place, n)
    every = [index.away(f, *place) for f in index.by_distance(index.all, *place, max_km=20_038)]

    assert len(every) == len(stations)
    assert [f.distance_km for f in found] == [f.distance_km for f in every[:n]]


@pytest.mark.parametrize(
    ("box", "place", "inside"),
    [
        (Box(-10, -5, 10, 5), (0, 0), True),
        (Box(-10, -5, 10, 5), (5, 10), True),
        (Box(-10, -5, 10, 5), (6, 0), False),
        (Box(-10, -5, 10, 5), (0, 11), False),
        (Box(170, -5, -170, 5), (0, 180), True),
        (Box(170, -5, -170, 5), (0, -175), True),
        (Box(170, -5, -170, 5), (0, 0), False),
    ],
)
def test_box(box, place, inside):
    """A box includes its edges, and may cross the date line."""
    assert box.holds(*place) is inside
