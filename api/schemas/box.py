"""A box of degrees on the globe."""

from typing import NamedTuple


class Box(NamedTuple):
    """A box of degrees; if it crosses the date line, *west* is greater than *east*."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a place is in the box, its edges included."""
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east
