"""VerifyRun agrees with the sums of each forecast alone, and damage costs only itself."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.read import read_observations
from batch_jobs.verify_run import verify_run
from forecasts.forecast import Forecast, dumps
from forecasts.gzip_bodies import compress, decompress
from forecasts.item import Item, catalogue_item, forecast_key, history_key, history_of
from forecasts.run import QUANTILES
from forecasts.runs import get_catalogue
from model.scoring import SUMS, sums_of
from tests.factories import ISSUE_TIME

YESTERDAY = ISSUE_TIME - timedelta(days=1)
HOURS = SUMS.index("hours")


@pytest.fixture
def night(store, model, observations, clock):
    """A published run whose hours have been observed."""
    return run_night(Night(store, model, str(observations), YESTERDAY, clock))


@pytest.fixture
def observed(observations, night):
    """What was observed in its hours."""
    return read_observations(str(observations), end=night.valid_until, hours=24)


def test_sums_of_a_night(store, night, observed):
    """They are those of what is stored: the answer that readers got, and its history."""
    verification = verify_run(store, night, observed)

    assert [station.id for station in verification.stations] == ["EWR", "JFK", "LGA"]
    assert verification.sums.shape == (3, 2, 4, len(SUMS))
    assert verification.by_lead[:, :, HOURS].sum() > 120
    for row, station in enumerate(verification.stations):
        answer = decompress(store.get(forecast_key(station.id, night.id)).body)
        values = Forecast.from_body(answer).values
        history = history_of(store.get(history_key(station.id, night.id)))["history"]
        for column, code in enumerate(night.parameters):
            quantiles = np.array([values[code][name] for name in QUANTILES])
            known = np.array(history[code], np.float32)
            truth = observed.values[row, observed.parameters.index(code)]
            of_hours = sums_of(quantiles[None], truth[None], known[None])[0]
            wanted = of_hours.reshape(4, 6, len(SUMS)).sum(axis=1)

            assert verification.sums[row, column] == pytest.approx(wanted)
    assert verification.by_lead.sum(axis=1) == pytest.approx(verification.sums.sum(axis=(0, 2)))


def test_the_chance_of_a_forecast(store, night, observed):
    """It is judged where there is one, also if it is not of rain."""
    key = forecast_key("JFK", night.id)
    item = store.get(key)
    answer = json.loads(decompress(item.body))
    answer["values"]["temperature"]["chance"] = [0.5] * 24
    store.put_many([item._replace(body=compress(dumps(answer)))])
    sums = verify_run(store, night, observed).sums
    hours, chances, brier = (sums[..., SUMS.index(n)] for n in ("hours", "chance_hours", "brier"))

    assert chances[1, 0].tolist() == hours[1, 0].tolist()
    assert brier[1, 0] == pytest.approx(hours[1, 0] / 4)
    assert chances.sum() == chances[1, 0].sum()


def test_what_is_missing_costs_itself(store, night, observed):
    """Damaged or missing items, stations and parameters without truth have no hours."""
    for key in (forecast_key("EWR", night.id), history_key("JFK", night.id)):
        item = store.get(key)
        store.put_many([Item(key, item.body[:40], expires_at=item.expires_at)])
    gone = replace(
        observed,
        stations=observed.stations[:2],
        values=observed.values[:2, :1],
        parameters=observed.parameters[:1],
    )
    hours = {
        station.id: verification.sums[row, :, :, HOURS].sum(axis=-1).tolist()
        for verification in [verify_run(store, night, observed)]
        for row, station in enumerate(verification.stations)
    }

    assert hours["EWR"] == hours["JFK"] == [0, 0]
    assert min(hours["LGA"]) >= 20
    assert not verify_run(store, night, gone).sums.any()


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        {"temperature": [1.0] * 24},
        {"temperature": dict.fromkeys(QUANTILES, [1.0] * 23)},
        {"temperature": dict.fromkeys(QUANTILES, ["1"] * 24)},
        {"temperature": {"p10": [1.0] * 24, "p50": [1.0] * 24}},
    ],
)
def test_values_that_are_not_a_forecast(store, night, observed, values):
    """They have no hours, and cost no other station."""
    key = forecast_key("EWR", night.id)
    item = store.get(key)
    answer = json.loads(decompress(item.body)) | {"values": values}
    store.put_many([Item(key, compress(dumps(answer)), expires_at=item.expires_at)])
    verified = verify_run(store, night, observed)
    hours = {
        station.id: verified.sums[row, ..., HOURS].sum()
        for row, station in enumerate(verified.stations)
    }

    assert hours["EWR"] == 0
    assert hours["LGA"] >= 20


def test_a_forecast_that_is_not_there(store, night, observed):
    """Stations and parameters without a forecast have no hours."""
    other = replace(night, id="20131229T0000Z-9")
    store.put_many([catalogue_item(other, 0, get_catalogue(store, night))])
    more = replace(night, parameters=("temperature", "pressure", "dew_point"))
    hours = verify_run(store, more, observed).by_lead[:, :, HOURS].sum(axis=1)

    assert not verify_run(store, other, observed).sums.any()
    assert hours[2] == 0 < hours[0]


def test_other_hours(store, night, observed):
    """A run is not compared with the hours of another one."""
    with pytest.raises(ValueError, match="not the hours that run"):
        verify_run(store, replace(night, issue_time=ISSUE_TIME), observed)
