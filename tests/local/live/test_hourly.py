"""Work at ten past each hour."""

from datetime import timedelta
from threading import Event

import pytest

from local.live.hourly import StoppedError, hourly, work_hourly
from tests.conftest import Clock
from tests.feeds.iem import HOUR, NOON


class Day:
    """A clock that moves when somebody waits, and stops after a number of hours.

    Attributes:
        done: When work was done.
    """

    def __init__(self, hours):
        self.clock = Clock(NOON)
        self.end = NOON + HOUR * hours
        self.done = []

    def wait(self, seconds):
        """Pass time; return whether to stop."""
        assert 0 < seconds <= 60
        self.clock.now += timedelta(seconds=seconds)
        return self.clock.now >= self.end

    def work(self):
        """Note the time; fail the first time."""
        self.done.append(f"{self.clock.now:%H:%M}")
        if len(self.done) == 1:
            raise ValueError("odd")

    def run(self, work=None, *, at_once=False):
        """Work; return the failures."""
        failures = []
        work_hourly(work or self.work, self.clock, self.wait, failures.append, at_once=at_once)
        return [str(error) for error in failures]


def test_each_hour():
    """Work is done at ten past; a failure costs its hour only."""
    day = Day(3)

    assert day.run() == ["odd"]
    assert day.done == ["12:10", "13:10", "14:10"]


def test_at_once():
    """It may begin at once."""
    day = Day(1)
    day.run(at_once=True)

    assert day.done == ["12:00", "12:10"]


def test_work_that_is_stopped():
    """It ends, and nothing has failed."""
    day = Day(3)

    def work():
        raise StoppedError

    assert day.run(work) == []
    assert f"{day.clock.now:%H:%M}" == "12:10"


def test_a_machine_that_slept():
    """It works as soon as it wakes up."""
    day = Day(9)
    wait, waits = day.wait, []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            day.clock.now += HOUR * 4
        return wait(seconds)

    day.wait = sleep
    day.run()

    assert day.done[:2] == ["16:02", "16:10"]


def test_a_clock_that_is_set_back():
    """Work goes on at ten past of the new time."""
    day = Day(1)
    wait, waits = day.wait, []

    def set_back(seconds):
        waits.append(seconds)
        if len(waits) == 1:
            day.clock.now -= HOUR * 5
        return wait(seconds)

    day.wait = set_back
    day.run()

    assert day.done[0] == "07:10"


def test_a_thread_ends_with_its_block():
    """Also if it waits, as for a limit of requests; and reads go on meanwhile."""
    begun, ended = Event(), Event()

    def work(timer):
        begun.set()
        try:
            timer.sleep(0)
            timer.sleep(3600)
        finally:
            ended.set()

    with hourly(work, Clock(NOON), pytest.fail, at_once=True):
        assert begun.wait(60)

    assert ended.wait(60)
