"""The US Air Quality Index of hourly values, by the break points of 2024.

From EPA's Technical Assistance Document for the Reporting of Daily Air Quality (EPA-454/B-24-002,
May 2024), section IV and table 6, which is table 2 of 40 CFR Part 58, Appendix G:

- The index of a pollutant is that of its mean over 24 hours (PM2.5, PM10), of the highest mean over
  8 hours (ozone, carbon monoxide), or of the highest hour (nitrogen and sulphur dioxide).
- A concentration is cut, not rounded, to the decimals of the table. The index lies on a straight
  line between the break points around it, and is rounded. Above the table, the last line goes on.
- The index of ozone is the higher one of those of 8 hours and of 1 hour, which begins at 101.
  8 hours end at 300.
- One hour of sulphur dioxide gives up to 200. What is above is that of the mean over 24 hours.
- The index of a place is the highest one of its pollutants.

The document gives gases in ppm and ppb; `forecasts.units` converts them. Its mean over 8 hours may
go on into the next day. Here all hours are within the given ones.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast, get_args

from forecasts.units import conversion

Category = Literal[
    "good",
    "moderate",
    "unhealthy for sensitive groups",
    "unhealthy",
    "very unhealthy",
    "hazardous",
]

#: The first and the last index of each category.
_INDICES = ((0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500))

#: Hours of the longer and the shorter mean.
DAY_HOURS = 24
PART_HOURS = 8


class _Scale(NamedTuple):
    """Break points of a pollutant, as whole numbers of the last decimal of the table.

    Attributes:
        unit: Unit of the table, as `forecasts.units` knows it.
        steps: Number of steps of the last decimal in a unit: 10 for one decimal.
        begin: The first concentration that has an index.
        ends: The last concentration of each category, from that of *begin* on.
        first: Number of the category that begins there.
    """

    unit: str
    steps: int
    begin: int
    ends: tuple[int, ...]
    first: int = 0

    def index_of(self, code: str, value: float) -> int | None:
        """Return the index of a concentration in the catalogue's unit; None below the scale."""
        known = conversion(code, self.unit)
        assert known  # noqa: S101 -- the tables below name units that the pollutants have
        # What is a whole number of steps must not be cut to the one below by a last bit.
        cut = math.floor(max(0.0, known.revert(value)) * self.steps + 1e-6)
        if cut < self.begin:
            return None
        at = next((n for n, end in enumerate(self.ends) if cut <= end), len(self.ends) - 1)
        low, high = (self.ends[at - 1] + 1 if at else self.begin), self.ends[at]
        least, most = _INDICES[self.first + at]
        index = math.floor(least + (cut - low) / (high - low) * (most - least) + 0.5)
        # Only the last category has no upper limit.
        return index if most == _INDICES[-1][1] else min(index, most)


_PM25 = _Scale("µg/m³", 10, 0, (90, 354, 554, 1254, 2254, 3254))
_PM10 = _Scale("µg/m³", 1, 0, (54, 154, 254, 354, 424, 604))
_O3_PART = _Scale("ppm", 1000, 0, (54, 70, 85, 105, 200))
_O3_HOUR = _Scale("ppm", 1000, 125, (164, 204, 404, 604), first=2)
_CO = _Scale("ppm", 10, 0, (44, 94, 124, 154, 304, 504))
_NO2 = _Scale("ppb", 1, 0, (53, 100, 360, 649, 1249, 2049))
_SO2_HOUR = _Scale("ppb", 1, 0, (35, 75, 185, 304))
_SO2_DAY = _Scale("ppb", 1, 305, (604, 1004), first=4)

#: For each pollutant, its scales and the hours of the mean that each is about.
_SCALES: Mapping[str, tuple[tuple[_Scale, int], ...]] = {
    "pm25": ((_PM25, DAY_HOURS),),
    "pm10": ((_PM10, DAY_HOURS),),
    "o3": ((_O3_PART, PART_HOURS), (_O3_HOUR, 1)),
    "no2": ((_NO2, 1),),
    "so2": ((_SO2_HOUR, 1), (_SO2_DAY, DAY_HOURS)),
    "co": ((_CO, PART_HOURS),),
}


@dataclass(frozen=True, slots=True)
class AirQuality:
    """The index of a place.

    Attributes:
        index: The highest index; 0 is clean, and above 500 is possible.
        category: Its category.
        parameter: The pollutant that has it; the first of the catalogue, if several have.
        indices: The index of each pollutant.
    """

    index: int
    category: Category
    parameter: str
    indices: dict[str, int]


def air_quality(values: Mapping[str, Sequence[float]]) -> AirQuality | None:
    """Return the index of a day's hourly values; None if no parameter has one.

    Args:
        values: For each parameter code, all hours of a day, or of any 24 hours, in the catalogue's
            unit. Days on which clocks change have 23 or 25. Parameters without an index may occur.

    >>> air_quality({"pm25": [12.0] * 24, "o3": [60.0] * 24, "temperature": [3.6] * 24})
    AirQuality(index=56, category='moderate', parameter='pm25', indices={'pm25': 56, 'o3': 28})
    """
    indices = {code: _index(code, values[code]) for code in _SCALES if code in values}
    if not indices:
        return None
    worst = max(indices, key=lambda code: indices[code])
    return AirQuality(indices[worst], category_of(indices[worst]), worst, indices)


def category_of(index: int) -> Category:
    """Return the category of an index.

    >>> category_of(51), category_of(600)
    ('moderate', 'hazardous')
    """
    number = next((n for n, (_, most) in enumerate(_INDICES) if index <= most), -1)
    return cast("Category", get_args(Category)[number])


def _index(code: str, hours: Sequence[float]) -> int:
    found = (scale.index_of(code, _highest_mean(hours, over)) for scale, over in _SCALES[code])
    return max(index for index in found if index is not None)


def _highest_mean(hours: Sequence[float], over: int) -> float:
    """Return the highest mean of *over* hours in a row; of the whole day for those of a day."""
    if over == DAY_HOURS:
        return math.fsum(hours) / len(hours)
    return max(math.fsum(hours[n : n + over]) / over for n in range(len(hours) - over + 1))
