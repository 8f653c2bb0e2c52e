"""Days of traffic, described or from files."""

import numpy as np
import pytest

from local.errors import ScalingError
from local.scaling.traffic import Peak, Traffic, curve, read_traffic
from tests.local.scaling.days import HOUR


def test_a_described_day():
    """It has the given number of requests, and peaks on top."""
    plain, peaked = curve(1000, []), curve(1000, [Peak(12 * 60, 3, 60)])

    assert plain.requests == pytest.approx(1000)
    assert peaked.requests - plain.requests == pytest.approx(2 * 52)
    assert peaked.minutes[719] == plain.minutes[719]
    assert peaked.minutes[720] == pytest.approx(3 * plain.minutes[720])


def test_arrivals():
    """They are sorted, follow the rate of each minute, and depend on the seed only."""
    traffic = Traffic(np.concatenate([np.zeros(720), np.full(720, 50.0)]))
    arrivals = traffic.arrivals(1)

    assert (np.diff(arrivals) >= 0).all()
    assert arrivals[0] >= 12 * HOUR
    assert arrivals[-1] < 24 * HOUR
    assert len(arrivals) == pytest.approx(36_000, rel=0.03)
    assert (arrivals == traffic.arrivals(1)).all()
    assert len(arrivals) != len(traffic.arrivals(2))


def test_a_day_from_a_file(tmp_path):
    """A line is valid until the next one or midnight; earlier there are no requests."""
    path = tmp_path / "day.csv"
    path.write_text("time,requests\n06:00,120\n08:00,0\n23:30,60\n")
    traffic = read_traffic(path)

    assert traffic.requests == pytest.approx(180)
    assert traffic.minutes[359] == 0
    assert traffic.minutes[360] == pytest.approx(1)
    assert traffic.minutes[480] == 0
    assert traffic.minutes[1439] == pytest.approx(2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "must begin with the line 'time,requests'"),
        ("time,requests\n", "and have data lines"),
        ("hour,requests\n1,2\n", "must begin with the line"),
        ("time,requests\n25:00,1\n", "line 2: '25:00' is not a time of day"),
        ("time,requests\n01:00,many\n", "line 2: '01:00,many' is not a time and a number"),
        ("time,requests\n01:00\n", "line 2: '01:00' is not a time and a number"),
        ("time,requests\n01:00,-1\n", "line 2: '-1' is not a number of requests"),
        ("time,requests\n01:00,nan\n", "line 2: 'nan' is not a number of requests"),
        ("time,requests\n01:00,1\n01:00,1\n", "line 3: times must increase"),
        ('time,requests\n"01:00,1\n', "line 2"),
    ],
)
def test_malformed_traffic_files(tmp_path, content, reason):
    """The error names file and line."""
    path = tmp_path / "day.csv"
    path.write_text(content)

    with pytest.raises(ScalingError, match=f"day.csv.*{reason}"):
        read_traffic(path)


def test_traffic_files_that_are_not_text(tmp_path):
    """The error names a file in another encoding."""
    path = tmp_path / "day.csv"
    path.write_bytes(b"time,requests\n\xff")

    with pytest.raises(ScalingError, match="not a CSV file"):
        read_traffic(path)


def test_a_peak_over_midnight():
    """A day ends at midnight, and so do its peaks."""
    with pytest.raises(ScalingError, match="the peak of 23:30 continues after midnight"):
        curve(1000, [Peak(23 * 60 + 30, 2, 31)])
