"""Places on a grid of degrees, so that those near another one are found without looking at all."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import ceil, cos, dist, floor, radians

from forecasts.distance import kilometres, point

#: Kilometres of a degree of latitude, rounded down.
_DEGREE_KM = 111

#: A column for each degree of longitude; the last is beside the first.
_COLUMNS = 360


class Grid:
    """Finds places near another one.

    Args:
        places: Latitude and longitude of each, in degrees.
        points: The same places, as `forecasts.distance.point` has them.
    """

    def __init__(
        self,
        places: Iterable[tuple[float, float]],
        points: Sequence[tuple[float, float, float]],
    ) -> None:
        self._cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._points = points
        for number, (latitude, longitude) in enumerate(places):
            self._cells[floor(latitude), floor(longitude) % _COLUMNS].append(number)

    def distance(self, number: int, latitude: float, longitude: float) -> float:
        """Return how many kilometres one of the places is from another one."""
        return kilometres(dist(self._points[number], point(latitude, longitude)))

    def within(self, latitude: float, longitude: float, km: float) -> Iterator[tuple[int, float]]:
        """Go through the places up to *km* kilometres away, each with its distance."""
        place = point(latitude, longitude)
        for cell in self._around(latitude, longitude, km):
            for number in self._cells.get(cell, ()):
                distance = kilometres(dist(self._points[number], place))
                if distance <= km:
                    yield number, distance

    def _around(self, latitude: float, longitude: float, km: float) -> Iterator[tuple[int, int]]:
        high = km / _DEGREE_KM
        # Meridians are nearest to each other where the circle comes nearest to a pole.
        share = cos(radians(min(90, abs(latitude) + high)))
        wide = min(180, ceil(high / share)) if share > high / 180 else 180
        # Whole degrees are added: -1e-146 + 1 is 1.0, and the column from 0 to 1 would be left out.
        columns = {(floor(longitude) + step) % _COLUMNS for step in range(-wide, wide + 1)}
        for row in range(floor(latitude - high), floor(latitude + high) + 1):
            for column in columns:
                yield row, column
