"""Source `iem`, against a stand-in of it over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from batch_jobs.observations.read import read_observations

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_hours_of_a_station(iem, fetch_iem, tmp_path):
    """A night reads what is fetched: hours in our units, rain as the largest of the hour."""
    for minute, rain in ((21, "0.10"), (38, "0.0001"), (51, "0.30")):
        iem.report(
            "JFK",
            NOON - 2 * HOUR + timedelta(minutes=minute),
            tmpf="50.00",
            dwpf="41.00",
            relh="71.20",
            sknt="10.00",
            gust="20.00" if minute == 38 else "",
            p01i=rain,
            mslp="1015.30",
            vsby="10.00",
        )
    summary = fetch_iem()
    read = read_observations(str(tmp_path), end=NOON - HOUR, hours=1)
    hour = dict(zip(read.parameters, read.values[0, :, 0].tolist(), strict=True))

    assert hour == pytest.approx(
        {
            "temperature": 10.0,
            "dew_point": 5.0,
            "relative_humidity": 71,
            "wind_speed": 5.1,
            "wind_gust": 10.3,
            "pressure": 1015.3,
            "visibility": 16.1,
            "precipitation": 7.6,
        }
    )
    assert (read.stations[0].id, read.stations[0].name) == ("JFK", "New York/JFK Intl")
    assert (summary.new, summary.failures, read.report.faults) == (22, [], {})
