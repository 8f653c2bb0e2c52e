"""Fresh readings and histories, merged into a transform line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import InvalidError
from api.realtime.readings import line_of, merge
from api.schemas.requests import Observation, PlaceBody
from forecasts.parameter import PARAMETERS
from forecasts.times import utc_text
from tests.factories import ISSUE_TIME, histories, values_of

HISTORY = {"temperature": [float(i % 7) for i in range(168)], "pressure": [None] * 167 + [999.0]}
LINE = {
    "station_id": "JFK",
    "latitude": 40.6,
    "longitude": -73.8,
    "elevation": 4.0,
    "issue_time": utc_text(ISSUE_TIME),
    "history": HISTORY,
}
LATER = ISSUE_TIME + timedelta(hours=30)


def merged(line, observations, now):
    """Return the merged line alone."""
    return merge(line, observations, now)[0]


def reading(hours, value=4.0, parameter="temperature", unit=None):
    """Return a reading so many *hours* after the issue time of `LINE`."""
    time = utc_text(ISSUE_TIME + timedelta(hours=hours))
    return Observation(parameter=parameter, time=time, value=value, unit=unit)


def reasons(*observations, now=LATER):
    """Return name and reason of each error when *observations* are merged."""
    with pytest.raises(InvalidError) as refused:
        merge(LINE, observations, now)
    return [(name, reason) for _, name, reason in refused.value.refusals]


def a_place(**changes):
    """Return the request body of a place."""
    fields = {"latitude": 40.7, "longitude": -74.0, "history": {"temperature": [4.0] * 24}}
    return PlaceBody(**{**fields, **changes})


@given(histories())
def test_no_reading_no_change(history):
    """Without readings, the line is that of the nightly run."""
    line = {**LINE, "history": history}

    assert merge(line, [], LATER) == (line, [])


@pytest.mark.parametrize(
    ("hours", "label"),
    [(0.01, 1), (1, 1), (5.5, 6), (6, 6), (29.99, 30), (30, 30)],
)
def test_newer_readings_move_the_issue_time(hours, label):
    """The issue time becomes the full hour that ends the hour of the newest reading."""
    line = merged(LINE, [reading(hours)], LATER)

    assert line["issue_time"] == utc_text(ISSUE_TIME + timedelta(hours=label))
    assert line["history"]["temperature"][-1] == 4.0
    assert len(line["history"]["pressure"]) == 168
    assert line["history"]["pressure"][-1 - label] == 999.0


@pytest.mark.parametrize("hours", [0, -0.5, -100.2, -167.99])
def test_older_readings_replace_what_was_stored(hours):
    """A reading from before the issue time replaces its hour and leaves the issue time."""
    line = merged(LINE, [reading(hours, 8.0)], LATER)
    series = HISTORY["temperature"].copy()
    series[167 + -int(-hours // 1)] = 8.0

    assert line["issue_time"] == LINE["issue_time"]
    assert line["history"]["temperature"] == series


def test_hours_are_averaged_and_rounded():
    """Several readings of one hour count as their mean, rounded to the parameter's decimals."""
    line = merged(LINE, [reading(0.2, 4.0), reading(0.4, 4.0), reading(1, 4.25)], LATER)

    assert line["history"]["temperature"][-1] == 4.1


@pytest.mark.parametrize(("code", "expected"), [("precipitation", 1.5), ("wind_gust", 1.0)])
def test_hours_of_sums_and_maxima(code, expected):
    """Precipitation of an hour is a sum, and a gust the largest."""
    line = merged(LINE, [reading(0.2, 0.5, code), reading(0.4, 1.0, code)], LATER)

    assert line["history"][code][-1] == expected


@pytest.mark.parametrize(
    ("directions", "speeds", "expected"),
    [
        ((350, 20), (), 5),
        ((359.8,), (), 0),
        ((360,), (3,), 0),
        ((0, 180), (), None),
        ((0, 0), (0, 0), None),
        ((10, 10), (0, 1), 10),
    ],
)
def test_hours_of_directions(directions, speeds, expected):
    """Directions are averaged as unit vectors; none is left if they cancel, or without wind."""
    values = [*(("wind_direction", d) for d in directions), *(("wind_speed", s) for s in speeds)]
    line = merged(
        LINE, [reading(0.2 + 0.1 * i, value, code) for i, (code, value) in enumerate(values)], LATER
    )

    assert line["history"]["wind_direction"][-1] == expected


def test_a_parameter_that_was_not_measured_before():
    """Readings of a parameter without a history start one."""
    line = merged(LINE, [reading(-1, 12.0, "pm25")], LATER)

    assert line["history"]["pm25"] == [None] * 166 + [12.0, None]


def test_a_reading_after_a_week_leaves_nothing_of_the_old():
    """If the run is older than the window, only the readings are used."""
    line = merged(LINE, [reading(200)], ISSUE_TIME + timedelta(hours=200))

    assert line["history"]["temperature"] == [None] * 167 + [4.0]
    assert line["history"]["pressure"] == [None] * 168


@given(st.sampled_from(sorted(PARAMETERS)).flatmap(lambda c: st.tuples(st.just(c), values_of(c))))
def test_stored_precision(pair):
    """A value with the parameter's own precision is stored as it is."""
    code, value = pair

    assert merged(LINE, [reading(0, value, code)], LATER)["history"][code][-1] == value


@pytest.mark.parametrize(
    ("parameter", "value", "unit", "converted"),
    [
        ("temperature", 50.0, "°F", 10.0),
        ("temperature", 283.15, "K", 10.0),
        ("wind_speed", 10.0, "kt", 5.1),
        ("pressure", 29.92, "inHg", 1013.2),
        ("o3", 0.05, "ppm", 98.0),
        ("pm25", 0.01, "mg/m³", 10.0),
    ],
)
def test_units_are_converted(parameter, value, unit, converted):
    """A reading in another unit is stored in the parameter's own."""
    line = merged(LINE, [reading(0, value, parameter, unit)], LATER)

    assert line["history"][parameter][-1] == converted


def test_clocks_may_be_a_little_fast():
    """A reading up to five minutes ahead counts; a later one is in the future, and ignored."""
    now = ISSUE_TIME + timedelta(minutes=6)

    assert merged(LINE, [reading(11 / 60)], now)["issue_time"] == "2013-12-30T01:00:00Z"
    assert merge(LINE, [reading(12 / 60)], now) == (
        LINE,
        [("observations.0.time", "in the future")],
    )


@pytest.mark.parametrize(
    ("observations", "name", "reason"),
    [
        ([reading(0), reading(-24 * 365)], "observations.1.time", "up to 2013-12-30T00:00:00Z"),
        ([reading(-168)], "observations.0.time", "older than the 168 hours up to"),
        ([reading(30), reading(-140)], "observations.1.time", "up to 2013-12-31T06:00:00Z"),
        ([reading(0), reading(24 * 365)], "observations.1.time", "in the future"),
    ],
)
def test_ignored_readings(observations, name, reason):
    """A reading from outside the window is left out, and named with the reason."""
    line, [(found, why)] = merge(LINE, observations, LATER)

    assert found == name
    assert reason in why
    assert (
        line == merge(LINE, [one for one in observations if one not in observations[-1:]], LATER)[0]
    )


@pytest.mark.parametrize(
    ("observations", "name", "reason"),
    [
        ([reading(1), reading(2), reading(1, 5.0)], "observations.2", "as observations.0"),
        ([reading(0, 1.0, "temperature", "ppm")], "observations.0.unit", "its unit is °C"),
        ([reading(0, 1.0, "temperature", "x" * 20)], "observations.0.unit", "cannot be in 'x"),
        ([reading(0, 200.0)], "observations.0.value", "-95 to 60 °C"),
        ([reading(0, 400.0, "temperature", "°F")], "observations.0.value", "-95 to 60 °C"),
    ],
)
def test_refused_readings(observations, name, reason):
    """An impossible reading is refused, with its place in the list and what is wrong."""
    [(found, why)] = reasons(*observations)

    assert found == name
    assert reason in why


def test_line_of_a_place():
    """A place becomes a line of 168 hours that end at its issue time, under its own name."""
    place = a_place(
        elevation=10.0,
        issue_time="2013-12-30T01:00:00+01:00",
        history={"temperature": [50.0] * 23 + [None], "pm25": [1.26] * 168},
        units={"temperature": "°F"},
    )
    line = line_of(place, LATER)

    assert line["issue_time"] == "2013-12-30T00:00:00Z"
    assert line["history"]["temperature"] == [None] * 144 + [10.0] * 23 + [None]
    assert line["history"]["pm25"] == [1.3] * 168
    assert (line["latitude"], line["longitude"], line["elevation"]) == (40.7, -74.0, 10.0)
    assert line["station_id"] == line_of(place, LATER)["station_id"]
    assert line["station_id"] != line_of(a_place(), LATER)["station_id"]


def test_the_issue_time_of_a_place_is_the_last_full_hour():
    """If a place has no issue time, its history ends at the last full hour."""
    now = datetime(2013, 12, 30, 5, 59, tzinfo=UTC)

    assert line_of(a_place(), now)["issue_time"] == "2013-12-30T05:00:00Z"


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        ({"issue_time": "2013-12-30T00:30:00Z"}, "issue_time", "not a full hour"),
        ({"issue_time": "2014-12-30T00:00:00Z"}, "issue_time", "is in the future"),
        ({"issue_time": "1899-12-31T23:00:00Z"}, "issue_time", "is before 1900"),
        ({"issue_time": "0213-12-30T00:00:00Z"}, "issue_time", "is before 1900"),
        ({"issue_time": "0001-01-01T00:00:00Z"}, "issue_time", "is before 1900"),
        ({"history": {"temperature": [4.0] * 30 + [99]}}, "history.temperature.30", "-95 to"),
        ({"units": {"temperature": "hPa"}}, "units.temperature", "its unit is °C"),
    ],
)
def test_refused_places(changes, name, reason):
    """An impossible place is refused, with the field and what is wrong."""
    with pytest.raises(InvalidError) as refused:
        line_of(a_place(**changes), LATER)
    [refusal] = refused.value.refusals

    assert (refusal.place, refusal.name) == ("body", name)
    assert reason in refusal.reason
