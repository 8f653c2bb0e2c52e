"""Whole runs as GeoParquet: what is in the file, when the night writes it, when it goes."""

import io
import json
import struct
from datetime import timedelta
from functools import partial

import geoparquet_validator
import polars as pl
import pyarrow.parquet as pq
import pytest

from batch_jobs.downloads.forecast_file import forecast_file
from batch_jobs.downloads.stored import stored_parts
from batch_jobs.downloads.values import columns_of, values_from, values_of
from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.files import Folder
from batch_jobs.progress import quiet
from batch_jobs.verified_night import VerifiedNight
from batch_jobs.write_downloads import open_downloads, write_downloads
from forecasts.downloads import file_of
from forecasts.errors import DamagedItemError
from forecasts.item import EXPIRY, Item, decompress, forecast_key
from forecasts.run import INTERVAL, QUANTILES, RunState
from forecasts.skill_map import partition, skill_map
from forecasts.stores.sqlite import SQLiteStore
from tests.factories import A_STATION, ISSUE_TIME, a_forecast, a_run, a_station, quantiles_around

ZURICH = a_station(
    id="ZRH",
    name="Zürich-Flughafen",
    country="CH",
    latitude=47.458,
    longitude=8.548,
    attribution="MeteoSchweiz",
    licence="https://opendata.swiss/terms-of-use",
)
SILENT = a_station(id="SILENT", name="Silent")
RUN = a_run(parameters=("temperature", "precipitation"), notice="Weather of 2013.")
RAIN = {"precipitation": quantiles_around(1.5) | {"chance": [0.65] * 24}}
STATIONS = [A_STATION, SILENT, ZURICH]
FORECASTS = [
    a_forecast(run=RUN, station=ZURICH, values={"temperature": quantiles_around(-3.1), **RAIN}),
    a_forecast(run=RUN),
]


def file_of_parts(*parts):
    """Return the file of `RUN`; each part is stations and their forecasts."""
    return forecast_file(
        RUN, ((stations, values_of(RUN.parameters, stations, given)) for stations, given in parts)
    )


@pytest.fixture
def store(clock, tmp_path):
    """An empty store in a file."""
    store = SQLiteStore(str(tmp_path / "forecasts.db"), clock, create=True)
    yield store
    store.close()


@pytest.fixture
def folder(tmp_path):
    """The folder of the files of runs, beside the store."""
    return tmp_path / "forecasts-downloads"


@pytest.fixture
def a_night(store, model, observations, clock, folder):
    """A function that runs a night with the demo observations, and writes its file."""
    night = partial(Night, store, model, str(observations), clock=clock)
    return lambda **more: run_night(
        night(**{"issue_time": ISSUE_TIME, "downloads": Folder(folder), **more})
    )


def test_the_rows_of_a_file():
    """A row for each hour of each station with a forecast, sorted; null where there is none."""
    file = file_of_parts((STATIONS[:1], FORECASTS[1:]), (STATIONS[1:], FORECASTS[:1]))
    table = pl.read_parquet(file.content)
    first, last = table.row(0, named=True), table.row(-1, named=True)

    assert file.stations == 2
    assert table["station_id"].to_list() == ["JFK"] * 24 + ["ZRH"] * 24
    assert table.equals(table.sort("station_id", "time"))
    assert table["time"].dtype == pl.Datetime("ms", "UTC")
    assert first["time"] == ISSUE_TIME + timedelta(hours=1)
    assert last["time"] == RUN.valid_until
    assert first["name"] == "John F Kennedy Intl"
    assert (first["country"], first["latitude"]) == ("US", 40.639751)
    assert [first["temperature_p10"], first["temperature_p90"]] == pytest.approx([2.6, 4.6])
    assert first["precipitation_p50"] is first["precipitation_chance"] is None
    assert last["precipitation_chance"] == pytest.approx(0.65)
    assert struct.unpack("<BIdd", last["geometry"]) == (1, 1, 8.548, 47.458)


def test_the_file_is_geoparquet():
    """The validator of the community finds nothing wrong, and pyarrow reads what it is."""
    content = file_of_parts((STATIONS, FORECASTS)).content
    report = geoparquet_validator.check_bytes("forecasts.parquet", content)
    metadata = pq.read_metadata(io.BytesIO(content)).metadata
    geo = json.loads(metadata[b"geo"])

    assert geoparquet_validator.failed(report, "core") == []
    assert "pass" in {each["status"] for each in report["outcomes"]}
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["bbox"] == [-73.778925, 40.639751, 8.548, 47.458]


def test_the_file_says_what_it_is():
    """Run, columns, units, names, quantiles and whom to name are in its metadata."""
    content = file_of_parts((STATIONS, FORECASTS)).content
    file = pq.ParquetFile(io.BytesIO(content))
    said = json.loads(file.metadata.metadata[b"stationcast"])
    temperature = said["parameters"]["temperature"]
    described = {*said["columns"], *(c for p in said["parameters"].values() for c in p["columns"])}

    assert described == set(file.schema_arrow.names)
    assert said["run"]["id"] == RUN.id
    assert said["run"]["issued_at"] == "2013-12-30T00:00:00Z"
    assert said["run"]["notice"] == "Weather of 2013."
    assert (temperature["ucum"], temperature["standard_name"]) == ("Cel", "air_temperature")
    assert temperature["columns"] == [f"temperature_{name}" for name in QUANTILES]
    assert said["parameters"]["precipitation"]["columns"][-1] == "precipitation_chance"
    assert {*said["quantiles"]} == {*QUANTILES, "chance"}
    assert said["sources"] == [
        {"attribution": "", "licence": "", "stations": 1},
        {"attribution": ZURICH.attribution, "licence": ZURICH.licence, "stations": 1},
    ]


def test_a_run_without_any_forecast():
    """The file has its columns, and no row."""
    file = file_of_parts((STATIONS, []))
    table = pl.read_parquet(file.content)

    assert (file.stations, len(table)) == (0, 0)
    assert table.columns == pl.read_parquet(file_of_parts((STATIONS, FORECASTS)).content).columns


def test_values_of_another_part():
    """Values of too few stations are refused."""
    values = values_of(RUN.parameters, STATIONS, FORECASTS)
    assert values_from(values.tobytes(), RUN.parameters, 3).tobytes() == values.tobytes()

    with pytest.raises(ValueError, match="reshape"):
        values_from(values[1:].tobytes(), RUN.parameters, 3)


def test_the_night_writes_the_file(a_night, folder, store):
    """It has the numbers of the store and is named in the report; made again, it is the same."""
    run = a_night()
    path = folder / file_of(run.id, "forecasts")
    table = pl.read_parquet(path)
    again = forecast_file(run, stored_parts(store, run, quiet))

    assert run.report["downloads"] == {"problems": [], "forecasts": again.to_json()}
    assert path.read_bytes() == again.content
    for station_id in ("EWR", "JFK", "LGA"):
        rows = table.filter(station_id=station_id)
        stored = json.loads(decompress(store.get(forecast_key(station_id, run.id)).body))
        for code, of, name in ((*each, each.name) for each in columns_of(run.parameters)):
            assert rows[name].round(1).cast(pl.String).to_list() == [
                *map(str, stored["values"][code][of])
            ]


def test_how_well_stations_were_forecast(a_night, folder, store):
    """From the first verified run on, each night writes what the API's map of skill says."""
    first = a_night(issue_time=ISSUE_TIME - 6 * INTERVAL)
    for days in range(5, -1, -1):
        run = a_night(issue_time=ISSUE_TIME - days * INTERVAL)
    content = (folder / file_of(run.id, "verification")).read_bytes()
    table = pl.read_parquet(content)
    said = json.loads(pq.read_metadata(io.BytesIO(content)).metadata[b"stationcast"])
    maps = {code: skill_map(store, run.id, code) for code in run.parameters}

    assert "verification" not in first.report["downloads"]
    assert run.report["downloads"]["verification"] == {"bytes": len(content)}
    assert (
        geoparquet_validator.failed(
            geoparquet_validator.check_bytes("verification.parquet", content), "core"
        )
        == []
    )
    assert [*zip(table["station_id"], table["parameter"], strict=True)] == [
        (station, code) for station in ("EWR", "JFK", "LGA") for code in run.parameters
    ]
    for row in table.rows(named=True):
        of = maps[row["parameter"]]
        known = of.stations[row["station_id"]]
        assert (row["hours"], row["coverage"], row["skill"]) == known
        assert (row["reference"], said["as_of"]) == (of.reference, of.as_of)
    assert {*said["columns"]} == {*table.columns}
    assert any(table["skill"].is_not_null())


def test_a_map_of_skill_whose_stations_are_not_known(a_night, store, folder):
    """If the run that they are those of has expired, there is no file of verification."""
    a_night(issue_time=ISSUE_TIME - INTERVAL)
    run = a_night(downloads=None)
    maps = [item for item in store.query(partition(run.id)) if "#" in item.key.sk]
    verified = VerifiedNight(items=maps)
    written = write_downloads(Folder(folder), store, run, [], lambda _: b"", verified)

    assert maps
    assert written.keys() == {"forecasts", "problems"}
    assert written["problems"] == []


def test_no_file_is_wanted(a_night, folder):
    """Without a location nothing is written, and the report says nothing of it."""
    run = a_night(downloads=None)

    assert not folder.exists()
    assert "downloads" not in run.report


def test_a_file_that_cannot_be_written_holds_no_night_up(a_night, folder):
    """The run is published without it; the report says why."""
    folder.write_text("in the way")
    run = a_night()

    assert run.state is RunState.PUBLISHED
    (problem,) = run.report["downloads"].pop("problems")
    assert problem.startswith(
        f"the forecasts of run {run.id} as a file: FileError: {run.id}/forecasts.parquet: "
    )
    assert run.report["downloads"] == {}


def test_values_that_cannot_be_kept_hold_no_night_up(a_night, folder, monkeypatch, tmp_path):
    """A part whose values are missing costs the file only."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    in_the_way = []

    def track(jobs, state, _total):
        """Put a folder where the values will be."""
        if state == "LoadForecasts":
            (night,) = tmp_path.glob("stationcast-night-*")
            in_the_way.append(night / "part-00000.jsonl.values")
            in_the_way[0].mkdir()
        yield from jobs

    run = a_night(track=track)

    assert in_the_way
    assert run.state is RunState.PUBLISHED
    assert "IsADirectoryError" in run.report["downloads"]["problems"][0]
    assert not (folder / run.id).exists()


def test_files_go_with_their_runs(a_night, clock, folder):
    """A night deletes the files of runs whose forecasts have expired, and no others."""
    first = a_night()
    other = folder / "20130101T0000Z-1" / "forecasts.parquet"
    other.parent.mkdir()
    other.write_bytes(b"of another store")
    clock.now += EXPIRY
    second = a_night(new_attempt=True)

    assert sorted(path for path in folder.rglob("*") if path.is_file()) == [
        other,
        folder / file_of(second.id, "forecasts"),
    ]
    assert first.id != second.id


def test_a_damaged_forecast_is_named(a_night, store):
    """What is read from the store is read whole, or not at all."""
    run = a_night()
    store.put_many([Item(forecast_key("JFK", run.id), b"damaged")])

    with pytest.raises(DamagedItemError, match=r"item S#JFK / F#.* is damaged: not a forecast"):
        forecast_file(run, stored_parts(store, run, quiet))


def test_the_place_of_files():
    """Beside the file of a SQLite store, at the location that is given, or nowhere."""
    assert open_downloads("dynamodb://stationcast") is None
    assert open_downloads("sqlite:///a/b.db", "off") is None
    assert open_downloads("dynamodb://stationcast", "a/folder").source("b").as_posix() == (
        "a/folder/b"
    )
    assert open_downloads("sqlite:///a/b.db").source("c").as_posix() == "a/b-downloads/c"
