"""Places on a grid of degrees."""

from math import dist

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.reading.grid import Grid
from forecasts.distance import kilometres, point

places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
#: Where the grid has its edges.
edges = st.tuples(
    st.sampled_from([-90, -89.5, 0, 89.9, 90]), st.sampled_from([-180, 0, 179.9, 180])
)


def grid_of(stations):
    """Return the grid of places."""
    return Grid(stations, [point(*place) for place in stations])


@example([(0.0, 0.0)], (0.0, -1.4e-146), 1.0)
@given(st.lists(places | edges, max_size=30), places | edges, st.floats(1, 500))
def test_near_places(stations, place, km):
    """The places within a distance are those that a look at all of them finds."""
    distances = [kilometres(dist(point(*each), point(*place))) for each in stations]

    assert dict(grid_of(stations).within(*place, km)) == {
        number: distance for number, distance in enumerate(distances) if distance <= km
    }


def test_distance():
    """The distance to one of the places is known, too."""
    assert grid_of([(0, 0), (0, 1)]).distance(1, 0, 0) == pytest.approx(111.195)
