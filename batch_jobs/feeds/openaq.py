"""Source `openaq`: air quality of the world, from OpenAQ's API v3, with a key.

Every hour the last value of each sensor is asked for: fewer than 100 requests for 20,000 sensors.
The hours before are asked for sensor by sensor, so only where there is a gap, within a budget of
requests; the next fetch goes on. A backfill asks for the hours of every sensor.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from batch_jobs.errors import SourceError
from batch_jobs.feeds.http import Limits, SourceClient, Timer
from batch_jobs.feeds.openaq_api import NAME, PAGE, Api, Place
from batch_jobs.feeds.openaq_poll import (
    SENSORS_PER_BATCH,
    Poll,
    frame_of,
    hours_of,
    is_alive,
    last_hour,
    listed,
    usable,
)
from batch_jobs.feeds.source import Asked, Batch, Tally

URL = "https://api.openaq.org"
#: 60 requests a minute and 2,000 an hour for each key.
LIMITS = Limits(seconds_between=1.05, per_hour=2000)
#: What to do about a key that is missing or refused.
_KEY = "set OPENAQ_API_KEY to a key of yours; it is free: https://explore.openaq.org/register"
#: Hours that come in one answer, and how long after them late readings are still expected.
_STEP = timedelta(hours=PAGE)
_LATE = timedelta(days=3)
_ID = re.compile(r"[1-9]\d{0,9}")


class Openaq:
    """OpenAQ's API.

    Args:
        api: Answers.
        tally: Counts its requests.
    """

    name = NAME
    #: It keeps in mind itself what it asked for, and hours that are owed may be old.
    overlap = timedelta(days=8)

    def __init__(self, api: Api, tally: Tally) -> None:
        self.tally = tally
        self._api = api

    def station_id(self, text: str) -> str:
        """Return the id of a location: `2178`.

        Raises:
            SourceError: It is no id of this source.
        """
        return location_id(self.name, text)

    def batches(self, asked: Asked) -> Iterator[Batch]:
        """Ask for the last values and what is owed; or, in a backfill, for all hours.

        Raises:
            SourceError: A request failed.
        """
        if asked.done is None:
            yield from Poll(self._api, self.tally, asked).batches()
        else:
            yield from self._backfill(asked, asked.done)

    def close(self) -> None:
        """Close its connections."""
        self._api.close()

    def _backfill(self, asked: Asked, done: frozenset[str]) -> Iterator[Batch]:
        """Yield the hours of all sensors, a thousand hours of some sensors at a time."""
        places = [p for p in listed(self._api, asked.wanted) if is_alive(p, asked.since)]
        sensors = [(sensor, place) for place in places for sensor in place.sensors]
        steps = [*_steps(asked.since, last_hour(asked.until))]
        self.tally.say(
            f"openaq: {len(sensors)} sensors of {len(places)} locations:"
            f" {len(sensors) * len(steps)} requests, of which 2,000 an hour are allowed"
        )
        for since, until in steps:
            for start in range(0, len(sensors), SENSORS_PER_BATCH):
                group = sensors[start : start + SENSORS_PER_BATCH]
                span = f"{since:%Y%m%dT%H%M%S} {_digest([sensor for sensor, _ in group])}"
                if span not in done:
                    batch = self._hours(group, since, until)
                    is_final = since + _STEP <= asked.until - _LATE
                    yield batch._replace(span=span if is_final else None)

    def _hours(self, group: Sequence[tuple[str, Place]], since: datetime, until: datetime) -> Batch:
        readings = [
            reading
            for sensor_id, place in group
            for reading in usable(
                hours_of(self._api, sensor_id, since, until, self.tally),
                place.station.station_id,
                sensor_id,
                self.tally,
            )
        ]
        self.tally.say(f"openaq: {since:%Y-%m-%d} to {until:%Y-%m-%d}: {len(readings)} readings")
        stations = {place.station.station_id: place.station for _, place in group}
        return Batch(frame_of(readings), tuple(stations.values()))


def open_openaq(url: str, key: str, tally: Tally, timer: Timer) -> Openaq:
    """Return the source at an address.

    Args:
        url: Of the service.
        key: It is sent as a header, and shown nowhere.
        tally: Counts what happens.
        timer: How time passes.

    Raises:
        SourceError: There is no key, or it has characters that no key has.
    """
    return Openaq(open_api(NAME, url, key, tally, timer), tally)


def open_api(source: str, url: str, key: str, tally: Tally, timer: Timer) -> Api:
    """Return the API at an address, for a source; see `open_openaq`."""
    if not re.fullmatch(r"[!-~]+", key.strip()):
        reason = "the key has characters that no key has" if key.strip() else "it needs a key"
        raise SourceError(source, f"{reason}; {_KEY}")
    headers = {"x-api-key": key.strip()}
    return Api(SourceClient(source, url, LIMITS, tally, timer, headers, refused=_KEY), tally)


def location_id(source: str, text: str) -> str:
    """Return the id of a location of OpenAQ.

    Raises:
        SourceError: It is none.

    >>> location_id("openaq", " 2178")
    '2178'
    """
    if not _ID.fullmatch(text.strip()):
        reason = f"{text!r} is no id of a location; they are numbers, as in"
        raise SourceError(source, f"{reason} https://explore.openaq.org/locations/2178")
    return text.strip()


def _steps(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        yield since, min(since + _STEP, until)
        since += _STEP


def _digest(ids: Sequence[str]) -> str:
    return hashlib.sha256(",".join(ids).encode()).hexdigest()[:16]
