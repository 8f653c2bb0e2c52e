"""A day of hourly fetches from OpenAQ with bad moments among them: a night misses no hour."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np

from batch_jobs.feeds.fetch import fetch
from batch_jobs.feeds.openaq import open_openaq
from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.wanted import Everywhere
from batch_jobs.observations.read import read_observations
from tests.feeds.loopback import BUSY, HTML, cut, serving, too_many
from tests.feeds.openaq import KEY, PARAMETERS, StandIn

BEGIN = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
#: By hour: faults of the service.
BAD = {
    3: [too_many(x_ratelimit_reset="20")],
    6: [None, None, BUSY, cut],
    9: [*[None] * 4, HTML],
    12: [BUSY] * 50,
    17: [*[None] * 10, *[BUSY] * 50],
}
#: Hours without a fetch, and the first hour of a location that is new.
PAUSE = {20, 21}
NEW = 14
#: Hours in which the network of location 2 delivers nothing; the next delivers all.
SILENT = {5, 6, 7, 8}


def value(station, hour):
    """Return what a station measured at the end of an hour."""
    return float(station * 10 + hour % 7)


def test_a_day(tmp_path, passing):
    """Polls, and the hours that they missed, are all that was measured, each under its hour."""
    with serving(StandIn(lambda: passing.seconds)) as service:
        service.parameters = {one: of for one, of in PARAMETERS.items() if one <= 11}
        service.place(1, {11: 2})
        service.place(2, {21: 2})
        late = []
        for hour in range(26):
            time = BEGIN + hour * HOUR
            if hour == NEW:
                service.place(3, {31: 2})
                late = [*late, *((31, 3, before) for before in range(hour))]
            late += [(station * 10 + 1, station, hour) for station in service.places]
            waiting = [one for one in late if hour in SILENT and one[1] == 2]
            for sensor, station, measured in late:
                if (sensor, station, measured) not in waiting:
                    service.measure(sensor, BEGIN + measured * HOUR, value(station, measured))
            late = waiting
            if hour in PAUSE:
                continue
            service.faults = list(BAD.get(hour, []))
            with closing(open_openaq(service.url, KEY, Tally(), passing.timer)) as source:
                summary = fetch(source, str(tmp_path), Everywhere(), time + HOUR / 12)
            passing.seconds += 3600

            assert bool(summary.failures) == (hour in {12, 17})
            assert summary.requests <= 100
    read = read_observations(str(tmp_path), end=BEGIN + 25 * HOUR, hours=26)
    expected = [[value(station, hour) for hour in range(26)] for station in (1, 2, 3)]

    assert [station.id for station in read.stations] == ["1", "2", "3"]
    np.testing.assert_array_equal(read.values[:, 0], np.array(expected, dtype=np.float32))
    assert read.report.faults == {}
    assert service.refused == 0
