"""What the hours of a forecast say about whole days."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from api.reading.daily import daily
from api.schemas.forecast_queries import SummaryQuery
from forecasts.air_quality import air_quality
from forecasts.parameter import PARAMETERS
from forecasts.run import QUANTILES
from tests.factories import ISSUE_TIME, a_forecast, a_station, forecasts, quantiles_around


def summary(query=None, *, issued=ISSUE_TIME, timezone="America/New_York", **changes):
    """Return what is said about the days of a forecast."""
    forecast = a_forecast(station=a_station(timezone=timezone), issue_time=issued, **changes)
    return daily(forecast.to_answer(), SummaryQuery(**(query or {})))


def hourly(medians, spread=1.0):
    """Return p10, p50, p90 of 24 hours with these medians, 0 at the others."""
    hours = {**dict.fromkeys(range(1, 25), 0.0), **medians}
    levels = zip(QUANTILES, (-spread, 0.0, spread), strict=True)
    return {name: [median + offset for median in hours.values()] for name, offset in levels}


def days(found):
    """Return date, first and last time, hours and completeness of each day."""
    names = ("date", "from", "until", "hours", "complete")
    return [tuple(day[name] for name in names) for day in found["days"]]


def test_all_hours():
    """All hours begin at the issue time and end with the forecast."""
    found = summary()["all"]

    assert (found["from"], found["until"]) == ("2013-12-30T00:00:00Z", "2013-12-31T00:00:00Z")
    assert (found["hours"], found["complete"]) == (24, True)


def test_local_days():
    """An hour belongs to the local day in which it begins: the last one before midnight, too."""
    assert days(summary()) == [
        ("2013-12-29", "2013-12-30T00:00:00Z", "2013-12-30T05:00:00Z", 5, False),
        ("2013-12-30", "2013-12-30T05:00:00Z", "2013-12-31T00:00:00Z", 19, False),
    ]


def test_a_day_that_is_whole():
    """In a zone whose midnight is the issue time, there is one day, and all of it."""
    assert days(summary(timezone="UTC")) == [
        ("2013-12-30", "2013-12-30T00:00:00Z", "2013-12-31T00:00:00Z", 24, True)
    ]


def test_days_do_not_depend_on_the_time_zone_of_the_times():
    """Times are written as asked for; days stay those of the station."""
    found = summary({"tz": "Asia/Kolkata"})

    assert found["days"][0]["date"] == "2013-12-29"
    assert found["days"][0]["until"] == "2013-12-30T10:30:00+05:30"


def test_times_in_seconds():
    """Times are whole numbers if asked for."""
    found = summary({"timeformat": "unix", "tz": "station"})

    assert found["all"]["from"] == 1388361600
    assert found["all"]["parameters"]["temperature"]["maximum"]["time"] == 1388365200


@pytest.mark.parametrize(
    ("zone", "issued", "expected"),
    [
        # Midnight is at 18:30 UTC: the hour that begins at 18:00 is of the day before.
        ("Asia/Kolkata", (2013, 12, 29, 19), [("2013-12-30", 24, True)]),
        ("Asia/Kolkata", (2013, 12, 29, 18), [("2013-12-29", 1, False), ("2013-12-30", 23, False)]),
        # At 18:15 UTC.
        ("Asia/Kathmandu", (2013, 12, 29, 19), [("2013-12-30", 24, True)]),
        (
            "Asia/Kathmandu",
            (2013, 12, 30, 0),
            [("2013-12-30", 19, False), ("2013-12-31", 5, False)],
        ),
        # Clocks go forward: a day of 23 hours, which is whole, and the first hour of the next.
        (
            "America/New_York",
            (2013, 3, 10, 5),
            [("2013-03-10", 23, True), ("2013-03-11", 1, False)],
        ),
        # They go back: 24 of 25 hours.
        ("America/New_York", (2013, 11, 3, 4), [("2013-11-03", 24, False)]),
        # By half an hour, so that hours begin at half past on one side.
        ("Australia/Lord_Howe", (2013, 4, 6, 13), [("2013-04-07", 24, False)]),
        (
            "Australia/Lord_Howe",
            (2013, 10, 5, 14),
            [("2013-10-06", 23, True), ("2013-10-07", 1, False)],
        ),
        # At midnight, which this day does not have.
        (
            "America/Sao_Paulo",
            (2013, 10, 20, 3),
            [("2013-10-20", 23, True), ("2013-10-21", 1, False)],
        ),
        # A day that Samoa left out.
        ("Pacific/Apia", (2011, 12, 30, 4), [("2011-12-29", 6, False), ("2011-12-31", 18, False)]),
    ],
)
def test_days_of_odd_zones(zone, issued, expected):
    """Days have as many hours as they have there."""
    found = summary(issued=datetime(*issued, tzinfo=UTC), timezone=zone)

    assert [(d["date"], d["hours"], d["complete"]) for d in found["days"]] == expected


def test_extremes_are_single_hours():
    """The lowest and the highest median, with their time and their own quantiles."""
    values = {"temperature": hourly({3: -2.4, 19: 8.0, 20: 8.0})}
    found = summary(values=values)["all"]["parameters"]["temperature"]

    assert found == {
        "minimum": {"time": "2013-12-30T03:00:00Z", "p10": -3.4, "p50": -2.4, "p90": -1.4},
        "maximum": {"time": "2013-12-30T19:00:00Z", "p10": 7.0, "p50": 8.0, "p90": 9.0},
        "mean": {"p10": -0.4, "p50": 0.6, "p90": 1.6},
    }


def test_extremes_of_a_part_of_a_day():
    """Each day has those of its own hours."""
    values = {"temperature": hourly({3: -2.4, 5: -3.0, 6: -9.0, 19: 8.0})}
    first, second = summary(values=values)["days"]

    assert first["parameters"]["temperature"]["minimum"]["p50"] == -3.0
    assert first["parameters"]["temperature"]["mean"]["p50"] == -1.1
    assert second["parameters"]["temperature"]["minimum"]["p50"] == -9.0


def test_units_of_the_us():
    """Values are converted after they were averaged."""
    values = {"temperature": hourly({3: -2.4, 19: 8.0}), "pressure": quantiles_around(1013.2)}
    found = summary({"units": "us"}, values=values)["all"]["parameters"]

    assert found["temperature"]["maximum"]["p50"] == 46
    assert found["temperature"]["mean"] == {"p10": 31, "p50": 32, "p90": 34}
    assert found["pressure"]["mean"]["p50"] == 29.92


def test_the_mean_of_visibility_has_no_interval():
    """It was wrong too often."""
    found = summary(values={"visibility": quantiles_around(9.0)})["all"]["parameters"]

    assert found["visibility"]["mean"] == {"p50": 9.0}


def test_gusts_have_a_maximum_only():
    """Their hours are maxima already."""
    found = summary(values={"wind_gust": quantiles_around(9.0)})["all"]["parameters"]

    assert list(found["wind_gust"]) == ["maximum"]


def rain(chance):
    """Return hours of rain whose medians are all 0; *chance* has the chances of some hours."""
    chances = [chance.get(hour, 0.02) for hour in range(1, 25)]
    high = [0.4 if hour in chance else 0.0 for hour in range(1, 25)]
    return {"p10": [0.0] * 24, "p50": [0.0] * 24, "p90": high, "chance": chances}


def test_the_wettest_hour_of_a_dry_day():
    """If all medians are 0, p90 decides, then the chance."""
    values = {"precipitation": rain({5: 0.2, 9: 0.3, 12: 0.3})}
    found = summary(values=values, chance_24h={"precipitation": 0.63})["all"]["parameters"]

    wettest = {"time": "2013-12-30T09:00:00Z", "p10": 0.0, "p50": 0.0, "p90": 0.4, "chance": 0.3}
    assert found == {"precipitation": {"maximum": wettest, "chance": 0.63}}


def test_the_chance_of_rain_is_that_of_24_hours():
    """Of fewer hours it is not known."""
    values, chance = {"precipitation": rain({})}, {"precipitation": 0.63}
    parts = summary(values=values, chance_24h=chance)["days"]
    [day] = summary(values=values, chance_24h=chance, timezone="UTC")["days"]

    assert ["chance" in part["parameters"]["precipitation"] for part in parts] == [False, False]
    assert day["parameters"]["precipitation"]["chance"] == 0.63


def test_rain_of_an_older_model():
    """Without chances there is none."""
    found = summary(values={"precipitation": quantiles_around(1.0)})["all"]["parameters"]

    assert "chance" not in found["precipitation"]
    assert "chance" not in found["precipitation"]["maximum"]


def test_air_quality_of_whole_periods_only():
    """The index is that of all hours; a part of a day has none."""
    values = {"temperature": quantiles_around(3.6), "pm25": quantiles_around(12.0)}
    found = summary(values=values)

    assert found["all"]["air_quality"] == {
        "index": 56,
        "category": "moderate",
        "parameter": "pm25",
        "indices": {"pm25": 56},
    }
    assert ["air_quality" in day for day in found["days"]] == [False, False]


def test_air_quality_of_a_short_day():
    """A day of 23 hours is whole, and its index does not depend on the hour after it."""
    values = {"pm25": hourly(dict.fromkeys(range(1, 24), 12.0) | {24: 900.0}, 0.0)}
    issued = datetime(2013, 3, 10, 5, tzinfo=UTC)
    found = summary(values=values, issued=issued)

    assert found["days"][0]["air_quality"]["index"] == 56
    assert found["all"]["air_quality"]["index"] == 134


def test_only_wanted_parameters():
    """A parameter that is not asked for, or not forecast, is not in it; nor in the index."""
    values = {"temperature": quantiles_around(3.6), "pm25": quantiles_around(12.0)}
    found = summary({"parameters": ["temperature,o3"]}, values=values)["all"]

    assert list(found["parameters"]) == ["temperature"]
    assert "air_quality" not in found


def test_without_any_forecast():
    """A station where everything is missing has its days, and nothing in them."""
    found = summary(values={}, missing={"temperature": "no_observations"})

    assert found["all"]["parameters"] == {}
    assert [day["parameters"] for day in found["days"]] == [{}, {}]


@given(forecasts())
def test_extremes_bound_the_medians(forecast):
    """No hour has a lower median than the lowest one, nor a higher one than the highest."""
    found = daily(forecast.to_answer(), SummaryQuery())

    assert sum(day["hours"] for day in found["days"]) == 24
    for code, each in found["all"]["parameters"].items():
        medians = forecast.values[code]["p50"]
        assert each["maximum"]["p50"] == max(medians)
        assert each.get("minimum", {}).get("p50", min(medians)) == min(medians)
        half_step = 0.5 * 10.0 ** -PARAMETERS[code].decimals + 1e-9
        if "mean" in each:
            assert each["mean"]["p50"] == pytest.approx(sum(medians) / 24, abs=half_step)
    index = air_quality({code: each["p50"] for code, each in forecast.values.items()})
    assert found["all"].get("air_quality", {}).get("index") == (index and index.index)
