"""A shared rate: each user waits until the rate allows what it used."""

import pytest

from forecasts.stores.pace import Pace


class Time:
    """A clock that only moves by sleeping; notes the waits, in seconds."""

    def __init__(self):
        self.now, self.waits = 100.0, []

    def sleep(self, seconds):
        """Let *seconds* go by."""
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def time():
    """A clock at 100 seconds."""
    return Time()


@pytest.fixture
def pace(time):
    """Ten units a second."""
    return Pace(10.0, sleep=time.sleep, seconds=lambda: time.now)


def test_use_takes_its_time(pace, time):
    """25 units at 10 a second take two and a half seconds."""
    pace.used(25.0)
    pace.used(5.0)

    assert time.waits == [2.5, 0.5]


def test_users_wait_for_each_other(pace, time):
    """If one user is still waiting, the next waits for both."""
    pace.used(10.0)
    time.now -= 1.0  # as another thread sees it, which did not sleep

    pace.used(10.0)

    assert time.waits == [1.0, 2.0]


def test_idle_time_is_not_saved_up(pace, time):
    """After a minute without any use, the rate is what it was."""
    pace.used(10.0)
    time.now += 60.0
    pace.used(10.0)

    assert time.waits == [1.0, 1.0]
