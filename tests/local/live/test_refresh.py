"""What each start and each hour of `stationcast live` does, in order of the steps."""

from datetime import timedelta

import pytest

from batch_jobs.transform import load_model
from local.errors import LiveError
from local.live.place import read_place
from local.live.refresh import HISTORY, current_run
from tests.feeds.iem import DAY, HOUR, NOON
from tests.feeds.loopback import Answer

LATER = NOON + timedelta(days=91)


def test_a_first_start_and_an_hour(town, iem):
    """The forecasts begin with the hour of the newest report; the next hour asks for little."""
    assert current_run(town.live) == "20261128T1200Z-1"
    assert load_model(town.live.model_path).name == "live-20261128"

    town.clock.now += HOUR
    iem.hourly("JFK", "LGA", until=NOON + HOUR, hours=1)
    town.refresh()

    assert town.run_id == "20261128T1300Z-1"
    assert [(asked[0], asked[1]) for asked in iem.asked] == [("JFK,LGA", "2026-11-28T05:51:00Z")]
    assert town.said == [
        "iem: 2026-11-28 05:51 to 2026-11-28 13:10: 2 readings",
        "2 new readings, the newest of 2026-11-28T12:51:00Z",
        "Forecasts begin at 2026-11-28T13:00:00Z now: run 20261128T1300Z-1",
    ]


def test_an_hour_without_new_reports(town, iem):
    """The forecasts stay as they are, and nothing is said of them."""
    iem.hourly("JFK", until=NOON, hours=1)
    town.refresh()

    assert town.run_id == "20261128T1200Z-1"
    assert town.said[-1].startswith("1 new readings")  # this stand-in has other values


def test_a_silent_hour(town):
    """It is an error that says so."""
    with pytest.raises(LiveError, match="nothing new came from iem: nothing came of stations JFK"):
        town.refresh()


def test_a_silent_station(town, iem):
    """The others are forecast, though that is fewer series than before."""
    town.clock.now += HOUR * 14
    iem.hourly("JFK", until=NOON + HOUR * 14, hours=14)
    town.refresh()

    assert town.run_id == "20261129T0200Z-1"


def test_readings_that_are_all_broken(town, iem):
    """Such a run is not served."""
    town.clock.now += DAY * 6
    iem.hourly("JFK", "LGA", until=NOON + DAY * 6, hours=6 * 24, tmpf="900.00")
    with pytest.raises(LiveError, match=r"run 20261204T1200Z-1 is rejected: .*few rows are broken"):
        town.refresh()

    assert town.run_id == "20261128T1200Z-1"


def test_a_model_that_is_old(town, iem):
    """After 90 days the history is fetched and the model trained again."""
    town.clock.now = LATER
    iem.weather("JFK", "LGA", until=LATER, days=65)
    town.refresh()

    assert read_place(town.folder).history == "20270227"
    assert load_model(town.live.model_path).name == "live-20270227"
    assert iem.asked[0][1].startswith(f"{LATER - HISTORY:%Y-%m-%d}T00:00:00")
    assert "A new model of temperature, pressure" in town.said


def test_a_model_that_cannot_be_trained_again(town, iem):
    """The old one is used, and the reason is said."""
    town.clock.now = LATER
    iem.weather("JFK", until=LATER, days=2)
    town.refresh()

    assert town.run_id == "20270227T1200Z-1"
    assert load_model(town.live.model_path).name == "live-20261128"
    assert any("there is too little to train a model from" in text for text in town.said)


def test_too_little_to_train_from(new_town, iem):
    """The error says how much is needed, and what else to choose."""
    iem.weather("JFK", "LGA", days=3)
    with pytest.raises(LiveError, match=r"72 hours of observations are too few .* greater --km"):
        new_town.begin()

    assert current_run(new_town.live) is None


def test_a_parameter_with_too_little(new_town, iem):
    """The model has the others, and the reason is said."""
    iem.weather("JFK", "LGA", days=64)
    iem.hourly("JFK", hours=12, tmpf="", vsby="10.00")
    new_town.begin()

    assert "A new model of temperature, pressure; left out: visibility: " in " ".join(new_town.said)


def test_a_history_that_ends_early(new_town, iem):
    """It is not taken for whole: the next start asks again."""
    iem.hourly("JFK", "LGA", hours=1)
    iem.faults = [None, None, lambda good: Answer(200, good.body[: good.body.index(b"\n") + 1])]
    with pytest.raises(LiveError, match="the same command goes on from here"):
        new_town.begin()

    assert read_place(new_town.folder).history == ""


def test_failures_in_part(town, iem):
    """They are said."""
    iem.hourly("JFK", until=NOON, hours=1)
    iem.faults = [lambda good: Answer(200, good.body.replace(b"vsby", b"visibility"))]
    town.refresh()

    assert any("failed: iem: no column vsby" in text for text in town.said)
