"""What fetches, nights and readers of the week must have, worked out from the world alone."""

from collections import defaultdict
from datetime import timedelta

from tests.feeds.week.bad_days import is_good
from tests.feeds.week.services import CORRECTED
from tests.feeds.week.world import DAY, HOUR, HOURS, air, at, weather

#: By station: the hour whose fetch brought its eight days before; the others came with the first.
_BROUGHT = {"NEW": 71, "131": 100}
MODELLED = ("temperature", "pressure")


def _hour_of(reading):
    """Return the hour whose fetch brings a reading; None if none does."""
    series = reading.series
    if reading.time < at(_BROUGHT.get(series.station, 0), 5) - 8 * DAY:
        return None
    first = max(0, -((at(0, 5) - reading.shown) // HOUR))
    return next((hour for hour in HOURS[first:] if is_good(series.source, hour)), None)


class Oracle:
    """What is right.

    Attributes:
        stored: Values by (source, station, parameter, sensor, time).
    """

    def __init__(self):
        self.stored = {}
        self._came = defaultdict(list)
        self._series = [*weather(), *air()]
        for series in self._series:
            for reading in series.readings():
                hour = _hour_of(reading)
                if hour is not None:
                    key = (series.source, series.station, series.parameter, series.sensor)
                    self.stored[*key, reading.time] = reading.value
                    self._came[series].append((reading.time, hour))
        (station, time), value, _ = CORRECTED
        self.stored["iem", station, "temperature", None, time] = float(value)

    def _times(self, series, night):
        """Return the times of the readings that a night has."""
        end = at(night)
        return [
            time
            for time, hour in self._came[series]
            if hour <= night and end - timedelta(hours=168) < time <= end
        ]

    def answers(self, night):
        """Return for each station that a night has met, and each parameter: "" or a reason."""
        found = {}
        for series in self._series:
            if not any(hour <= night for _, hour in self._came[series]):
                continue
            of_station = found.setdefault(
                series.station, dict.fromkeys(MODELLED, "no_observations")
            )
            if series.quantity in MODELLED:
                of_station[series.quantity] = _reason(self._times(series, night), at(night))
        return found

    def freshness(self, night):
        """Return [fresh, stale, silent, newest] by source and country."""
        found = {}
        for series in self._series:
            times = self._times(series, night)
            if series.quantity not in MODELLED or not times:
                continue
            counts = found.setdefault((series.source, series.country), [0, 0, 0, max(times)])
            age = at(night) - max(times)
            counts[0 if age < 3 * HOUR else 1 if age < 12 * HOUR else 2] += 1
            counts[3] = max(counts[3], *times)
        return found


def _reason(times, end):
    """Return why a series is not forecast; "" if it is."""
    hours = {-((end - time) // HOUR) for time in times}
    if not hours:
        return "no_observations"
    if len(hours) < 24:
        return "too_few_observations"
    return "" if end - max(times) < 12 * HOUR else "source_late"
