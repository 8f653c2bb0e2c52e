"""What the hours of a forecast say about whole days: extremes, means, chance of rain, air quality.

A forecast has quantiles of single hours. What these do not say is left out: the quantiles of a
day's highest value, or of its sum, depend on how its hours hang together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from math import fsum
from typing import Any
from zoneinfo import ZoneInfo

from api.reading.shown_times import shown_times
from api.schemas.forecast_queries import ShownQuery
from forecasts.air_quality import air_quality
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES, STEP
from forecasts.times import HOUR, from_text, utc_text
from forecasts.units import shown_unit

#: How the readings of an hour become its value, for parameters of which one can be the highest.
_ORDERED = {"mean", "sum", "maximum"}

#: Their mean was outside of the averaged quantiles too often: instruments see no further than some
#: 16 km, so that many hours have the same value.
_ONLY_MEDIAN = {"visibility"}


def daily(answer: Mapping[str, Any], wanted: ShownQuery) -> dict[str, Any]:
    """Summarize a forecast: all of its hours, and those of each of the station's local days.

    Args:
        answer: The whole stored answer.
        wanted: Which parameters, in which units, and how to write times.

    Returns:
        As in `api.schemas.daily_responses.Daily`.
    """
    ends = [from_text(text) for text in answer["time"]]
    zone = ZoneInfo(answer["station"]["timezone"])
    hourly = _Hourly(answer, wanted)
    days = [
        {"date": day.isoformat(), **hourly.period(hours, complete=is_whole)}
        for day, hours, is_whole in _local_days(ends, zone)
    ]
    return {"all": hourly.period(range(len(ends)), complete=True), "days": days}


def _local_days(ends: Sequence[datetime], zone: ZoneInfo) -> Iterator[tuple[date, range, bool]]:
    """Yield each local day, its hours, and whether these are all hours of that day.

    An hour belongs to the day in which it begins.
    """

    def day_of(hour: int) -> date:
        return (ends[hour] - HOUR).astimezone(zone).date()

    for day, group in groupby(range(len(ends)), day_of):
        hours = list(group)
        yield day, range(hours[0], hours[-1] + 1), len(hours) == _hours_of(day, zone)


def _hours_of(day: date, zone: ZoneInfo) -> int:
    """Return how many full hours UTC begin in a local day: 24, or 23 or 25 if clocks change."""
    begin, end = (
        datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, day + timedelta(1))
    )
    # Minutes of a zone such as that of Nepal: the first full hour is the one after midnight.
    return -(-int(end.timestamp()) // 3600) + -int(begin.timestamp()) // 3600


class _Hourly:
    """The hours of a forecast, as its reader wants them.

    Args:
        answer: The whole stored answer.
        wanted: Which parameters, in which units, and how to write times.
    """

    def __init__(self, answer: Mapping[str, Any], wanted: ShownQuery) -> None:
        values = answer["values"]
        self._values = {c: values[c] for c in wanted.parameters or values if c in values}
        self._units = {code: shown_unit(code, wanted.units) for code in self._values}
        self._chance_24h = answer.get("chance_24h", {})
        begin = utc_text(from_text(answer["time"][0]) - STEP)
        #: The begin of the first hour, and the end of each.
        self._times = shown_times([begin, *answer["time"]], answer, wanted)

    def period(self, hours: range, *, complete: bool) -> dict[str, Any]:
        """Say what some hours in a row have in common; *complete* if they are all of a day."""
        ordered = [code for code in self._values if PARAMETERS[code].aggregation in _ORDERED]
        cut = slice(hours.start, hours.stop)
        medians = {code: series["p50"][cut] for code, series in self._values.items()}
        index = air_quality(medians) if complete else None
        return {
            "from": self._times[hours.start],
            "until": self._times[hours.stop],
            "hours": len(hours),
            "complete": complete,
            "parameters": {code: self._parameter(code, hours) for code in ordered},
            **({"air_quality": asdict(index)} if index else {}),
        }

    def _parameter(self, code: str, hours: range) -> dict[str, Any]:
        series = self._values[code]
        low, median, high = (series[name] for name in QUANTILES)
        chances = series.get(CHANCE, high)
        # The medians of a dry day are all 0. Its wettest hour is the one that is most likely wet.
        highest = max(hours, key=lambda hour: (median[hour], high[hour], chances[hour]))
        said: dict[str, Any] = {"maximum": self._hour(code, highest)}
        if PARAMETERS[code].aggregation == "mean":
            lowest = min(hours, key=lambda hour: (median[hour], low[hour]))
            minimum, mean = self._hour(code, lowest), self._mean(code, hours)
            said = {"minimum": minimum, **said, "mean": mean}
        if code in self._chance_24h and len(hours) == LEAD_HOURS:
            said[CHANCE] = self._chance_24h[code]
        return said

    def _mean(self, code: str, hours: range) -> dict[str, float]:
        """Average each quantile over hours.

        An interval of the mean that is made so is too wide rather than too narrow, as a mean varies
        less than its hours do: `python -m bench.daily` measures how often it holds.
        """
        names = QUANTILES if code not in _ONLY_MEDIAN else ("p50",)
        cut = slice(hours.start, hours.stop)
        means = {name: fsum(self._values[code][name][cut]) / len(hours) for name in names}
        return {name: self._units[code].show(mean) for name, mean in means.items()}

    def _hour(self, code: str, hour: int) -> dict[str, Any]:
        series, unit = self._values[code], self._units[code]
        quantiles = {name: unit.show(series[name][hour]) for name in QUANTILES}
        chance = {CHANCE: series[CHANCE][hour]} if CHANCE in series else {}
        return {"time": self._times[hour + 1], **quantiles, **chance}
