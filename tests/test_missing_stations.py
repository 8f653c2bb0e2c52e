"""A real night with stations that have no forecast: stored, listed, and read over HTTP."""

import json
from contextlib import closing
from datetime import timedelta

import polars as pl
import pytest

from batch_jobs.nightly import Night, run_night
from forecasts.missing import REASONS, get_missing
from forecasts.run import RunState
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from tests.batch_jobs.observations.parquet_folder import reading, write
from tests.command_line import Server, run, said
from tests.factories import ISSUE_TIME

#: What `stations.csv` says of each additional station.
LINES = """\
SILENT,Silent,US,40.1,-73.1,4,
NOWHERE,Nowhere,US,n/a,-73.1,4,
UNREAD,Unread,US,,,,
BROKEN,Broken,US,40.2,-73.2,4,
PEAK,Peak,US,40.3,-73.3,,
YOUNG,Young,US,40.4,-73.4,4,
HALF,Half,US,40.5,-73.5,4,
a b,Malformed id,US,40.6,-73.6,4,
"""
ALL = ("temperature", "pressure")
EXPECTED = {
    "BROKEN": ("none", dict.fromkeys(ALL, "broken_observations"), ""),
    "HALF": ("partial", {"pressure": "no_observations"}, ""),
    "LOST": ("none", dict.fromkeys(ALL, "no_coordinates"), "it has no coordinates"),
    "NOWHERE": ("none", dict.fromkeys(ALL, "no_coordinates"), "it has no latitude"),
    "PEAK": ("none", dict.fromkeys(ALL, "no_elevation"), ""),
    "SILENT": ("none", dict.fromkeys(ALL, "no_observations"), ""),
    "UNREAD": ("none", dict.fromkeys(ALL, "no_coordinates"), "it has no latitude"),
    "YOUNG": (
        "none",
        {"temperature": "too_few_observations", "pressure": "no_observations"},
        "",
    ),
}


def hours(station, count, value, code="temperature"):
    """Return readings of the last hours before the issue time."""
    return [reading(value, minutes=-60 * h, station=station, code=code) for h in range(count)]


@pytest.fixture(scope="module")
def folder(observations, tmp_path_factory):
    """The demo observations, and a station for each reason to have no forecast."""
    made = tmp_path_factory.mktemp("missing")
    text = (observations / "stations.csv").read_text()
    assert text.startswith("station_id,name,country,latitude,longitude,elevation,timezone\n")
    (made / "stations.csv").write_text(text + LINES)
    demo = pl.read_parquet(observations / "observations" / "weather.parquet")
    demo.filter(pl.col("time") > ISSUE_TIME - timedelta(days=8)).write_parquet(made / "a.parquet")
    rows = [
        *hours("NOWHERE", 3, 4.0),
        *hours("LOST", 3, 4.0),
        *hours("BROKEN", 3, -9999.0),
        *hours("PEAK", 3, 815.0, "station_pressure"),
        *hours("YOUNG", 3, 4.0),
        *hours("HALF", 100, 4.0),
    ]
    write(made, *rows, name="b.parquet")
    return str(made)


@pytest.fixture(scope="module")
def url(folder, model, tmp_path_factory):
    """The URL of a store after the night, which was made today by its own clock."""
    found = f"sqlite:///{tmp_path_factory.mktemp('store')}/forecasts.db"
    with closing(open_store(found, utc_now, create=True)) as store:
        night = Night(store, model, folder, ISSUE_TIME, utc_now)
        assert run_night(night).state is RunState.PUBLISHED
    return found


def test_every_reason(store, model, folder, clock):
    """Each station has its reason, which every store keeps; the others are complete."""
    made = run_night(Night(store, model, folder, ISSUE_TIME, clock))
    found = {each.station_id: tuple(each[1:]) for each in get_missing(store, made)}

    assert found == EXPECTED
    assert made.stations == 5  # three airports, YOUNG and HALF


def test_over_http(url):
    """The list is read over HTTP: in pages, for a reason, as CSV, and cached for ever."""
    with Server("serve", "--store", url) as server:
        path = "/v1/runs/20131230T0000Z-1/missing"
        whole = server.get(path)
        first = server.get(f"{path}?limit=5")
        second = server.get(f"{path}?limit=5&cursor={first.json()['next']}")
        one = server.get(f"{path}?reason=no_elevation").json()
        partial = server.get(f"{path}?forecast=partial&format=csv")
        again = server.get(path, **{"if-none-match": whole.headers["etag"]})
        current = server.get("/v1/runs/current/missing")

    answer = whole.json()
    assert {
        i["station_id"]: (i["forecast"], i["missing"], i["detail"]) for i in answer["items"]
    } == (EXPECTED)
    assert answer["reasons"][0] == {
        "code": "no_coordinates",
        "explanation": REASONS["no_coordinates"],
        "stations": 3,
        "series": 6,
    }
    assert answer["next"] is None
    assert first.json()["items"] + second.json()["items"] == answer["items"]
    assert 'rel="next"' in first.headers["link"]
    assert "link" not in second.headers
    assert [item["station_id"] for item in one["items"]] == ["PEAK"]
    assert one["reasons"] == answer["reasons"]
    assert partial.text.splitlines() == [
        "station_id,forecast,parameter,reason,explanation,detail",
        f"HALF,partial,pressure,no_observations,{REASONS['no_observations']},",
    ]
    assert whole.headers["cache-control"] == "public, max-age=3600, stale-if-error=86400"
    assert again.status_code == 304
    assert current.json() == answer
    assert current.headers["cache-control"].startswith("public, max-age=300,")


def test_on_the_command_line(url):
    """The command counts the reasons and lists the stations; it can choose."""
    text = said(run("runs", "missing", "--store", url))
    chosen = run("runs", "missing", "--forecast", "partial", "--store", url, "--json")
    none = run("runs", "missing", "--reason", "refused_line", "--store", url)

    assert "Run 20131230T0000Z-1: 8 stations lack a forecast" in text
    assert all(station_id in text for station_id in EXPECTED)
    assert "no_coordinates" in text
    assert [item["station_id"] for item in json.loads(chosen.stdout)["items"]] == ["HALF"]
    assert json.loads(chosen.stdout)["reasons"][0]["stations"] == 3
    assert none.output == "Run 20131230T0000Z-1: 8 stations lack a forecast\n"


def test_before_the_first_night(tmp_path):
    """Without a published run the command says what to name."""
    found = f"sqlite:///{tmp_path}/forecasts.db"
    open_store(found, utc_now, create=True).close()
    result = run("runs", "missing", "--store", found)

    assert result.exit_code == 1
    assert "no run is published yet; name a run" in result.output
