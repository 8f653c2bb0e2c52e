"""A day of traffic: expected requests in each minute, and drawn arrival times."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local.cost.workload import DAY
from local.errors import ScalingError

MINUTES = 1440
_MINUTES_OF_HOUR = 60
_SECONDS = 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_HEADER = ["time", "requests"]


@dataclass(frozen=True, slots=True)
class Peak:
    """A time with more requests than usual.

    Attributes:
        start: Minute of the day.
        factor: The factor by which requests increase.
        minutes: Its length.
    """

    start: int
    factor: float
    minutes: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """A day of requests.

    Attributes:
        minutes: Expected requests in each of its 1440 minutes.
    """

    minutes: NDArray[np.float64]

    @property
    def requests(self) -> float:
        """Expected requests of the day."""
        return float(self.minutes.sum())

    def arrivals(self, seed: int) -> NDArray[np.float64]:
        """Draw arrival times: a Poisson process with the rate of each minute.

        Args:
            seed: Seed of the draw.

        Returns:
            Seconds since the day began, rising.
        """
        random = np.random.default_rng(seed)
        counts = random.poisson(self.minutes)
        starts = np.repeat(np.arange(MINUTES) * float(_SECONDS), counts)
        times: NDArray[np.float64] = np.sort(starts + random.random(len(starts)) * _SECONDS)
        return times


def curve(requests: float, peaks: Sequence[Peak]) -> Traffic:
    """Return a day with the typical curve and peaks on it.

    Args:
        requests: Requests of the day without its peaks.
        peaks: The peaks; the factors of overlapping ones multiply.

    Raises:
        ScalingError: A peak continues after midnight.
    """
    minutes = np.repeat(np.array(DAY), _MINUTES_OF_HOUR) * (requests / _MINUTES_OF_HOUR)
    for peak in peaks:
        end = peak.start + peak.minutes
        if end > MINUTES:
            raise ScalingError(f"the peak of {time_text(peak.start)} continues after midnight")
        minutes[peak.start : end] *= peak.factor
    return Traffic(minutes)


def read_traffic(path: Path) -> Traffic:
    """Read a day from a CSV file `time,requests`.

    A line has the number of requests from its time until that of the next line, or until midnight.
    Within that time they are spread at random.

    Raises:
        ScalingError: The file is malformed; names it and the line.
        OSError: There is no such file.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ScalingError(f"{path}: not a CSV file: {error}") from error
    if rows[:1] != [_HEADER] or len(rows) == 1:
        raise ScalingError(
            f"{path}: must begin with the line {','.join(_HEADER)!r} and have data lines"
        )
    minutes = np.zeros(MINUTES)
    read = [_row(f"{path}, line {number}", row) for number, row in enumerate(rows[1:], 2)]
    starts = [start for start, _ in read]
    for number, (start, count) in enumerate(read):
        end = starts[number + 1] if number + 1 < len(starts) else MINUTES
        if end <= start:
            raise ScalingError(f"{path}, line {number + 3}: times must increase")
        minutes[start:end] = count / (end - start)
    return Traffic(minutes)


def _row(where: str, row: list[str]) -> tuple[int, float]:
    try:
        time, requests = row
        count = float(requests)
    except ValueError as error:
        raise ScalingError(f"{where}: {','.join(row)!r} is not a time and a number") from error
    if not 0 <= count < np.inf:
        raise ScalingError(f"{where}: {requests!r} is not a number of requests")
    return minute_of(time, where), count


def minute_of(text: str, where: str) -> int:
    """Read a time of day such as `18:30` as a minute of the day.

    Raises:
        ScalingError: It is not a time of day; begins with *where*.
    """
    found = _TIME.fullmatch(text)
    if not found:
        raise ScalingError(f"{where}: {text!r} is not a time of day; write 18:30")
    return int(found[1]) * _MINUTES_OF_HOUR + int(found[2])


def time_text(minute: int) -> str:
    """Write a minute of the day as `18:30`."""
    return f"{minute // _MINUTES_OF_HOUR:02}:{minute % _MINUTES_OF_HOUR:02}"
