"""`stationcast verify`: one night or several, as table, JSON and plots."""

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime

import polars as pl
import pytest

from forecasts.item import forecast_key
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from tests.command_line import run, said

DAYS = ("20131226", "20131227", "20131228")


@pytest.fixture
def verify(nightly, observations, store_url):
    """A function that verifies in a store with three nights, of which each is published."""
    common = nightly[3:]
    for day in DAYS:
        time = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00:00Z"
        assert run("nightly", "--issue-time", time, *common).exit_code == 0
    options = ("--observations", observations, "--store", store_url)
    return lambda *more: run("verify", *options, *more)


def test_nights(verify, store_url, tmp_path):
    """The newest night by default; a range of nights adds up; one by its id."""
    newest = verify()
    assert f"Verification of run {DAYS[2]}T0000Z-1" in said(newest), newest.output
    assert "temperature" in newest.output

    alone = [json.loads(verify("--run", f"{day}T0000Z-1", "--json").stdout) for day in DAYS]
    both = ("--since", "2013-12-26T00:00:00Z", "--until", "2013-12-27T00:00:00Z")
    report = json.loads(verify(*both, "--json").stdout)
    assert report["runs"] == [f"{day}T0000Z-1" for day in DAYS[:2]]
    for code, score in report["parameters"].items():
        parts = [each["parameters"][code] for each in alone[:2]]
        hours = [part["hours"] for part in parts]
        total = sum(h * part["mae"] for h, part in zip(hours, parts, strict=True))
        assert score["hours"] == sum(hours)
        assert score["mae"] == pytest.approx(total / sum(hours), abs=1e-3)
        assert score["reference"] in ("persistence", "yesterday", "week")
        assert len(score["by_lead_hours"]["coverage"]) == 24
    assert set(report["stations"]) == {"EWR", "JFK", "LGA"}

    shown = verify(*both, "--output", tmp_path / "november")
    assert f"2 runs, {DAYS[0]}T0000Z-1 to {DAYS[1]}T0000Z-1" in said(shown)
    assert "Intervals that held the least" in said(shown)
    written = json.loads((tmp_path / "november" / "verification.json").read_bytes())
    assert written["parameters"] == report["parameters"]
    assert (tmp_path / "november" / "verification.png").read_bytes().startswith(b"\x89PNG")

    with closing(open_store(store_url, utc_now)) as store:  # as if it had been lost
        lost = store.get(forecast_key("JFK", report["runs"][0]))
        store.put_many([lost._replace(body=b"")])
    without = json.loads(verify("--run", report["runs"][0], "--json").stdout)
    assert set(without["stations"]) == {"EWR", "LGA"}


@pytest.mark.usefixtures("verify")
def test_a_few_hours(observations, store_url, tmp_path):
    """What is not over yet is verified by the hours that there are; they judge no station."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    frame.filter(pl.col("time") <= datetime(2013, 12, 28, 3, tzinfo=UTC)).write_parquet(
        tmp_path / "weather.parquet"
    )
    shutil.copy(observations / "stations.csv", tmp_path)
    found = run("verify", "--observations", tmp_path, "--store", store_url)

    assert "temperature" in found.output
    assert "Intervals that held the least" not in said(found)


def test_nothing_to_verify(verify):
    """What is asked for wrongly, or is not there, is an error that says so."""
    never = verify("--since", "2014-06-01T00:00:00Z")
    two = verify("--run", f"{DAYS[0]}T0000Z-1", "--since", "2013-12-26T00:00:00Z")

    assert (never.exit_code, two.exit_code) == (1, 2)
    assert "no published run whose 24 hours are over" in said(never)
    assert "--run names one run" in said(two)


def test_a_night_that_nothing_was_observed_of(nightly, store_url, observations):
    """It is named, and costs only itself; if nothing else is left, that is an error."""
    last = "2013-12-30T23:00:00Z"
    assert run("nightly", "--issue-time", last, *nightly[3:]).exit_code == 0
    found = run("verify", "--observations", observations, "--store", store_url)

    assert found.exit_code == 1
    assert "20131230T2300Z-1: not verified: " in said(found)
    assert "nothing was observed that these runs forecast" in said(found)
