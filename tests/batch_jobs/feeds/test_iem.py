"""Source `iem`: its requests and its answers, against a stand-in of it over HTTP."""

from contextlib import suppress
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.errors import SourceError
from batch_jobs.feeds.iem import Iem
from batch_jobs.feeds.source import SCHEMA, Asked, SourceStation, Tally
from batch_jobs.feeds.wanted import Country, Everywhere, Stations
from batch_jobs.observations.read import read_observations
from tests.feeds.iem import DAY, HOUR, NOON
from tests.feeds.loopback import GATEWAY_TIMEOUT, Answer, cut

JFK = Stations(frozenset({"JFK"}))
HEADER = "station,valid,lon,lat,elevation,tmpf,dwpf,relh,sknt,gust,drct,p01i,mslp,vsby"


def body_of(*lines, header=HEADER):
    """Return an answer with these lines."""
    return Answer(200, "".join(f"{line}\n" for line in (header, *lines)).encode())


def test_hours_of_a_station(iem, fetch_iem, tmp_path):
    """A night reads what is fetched: our units, the largest rain of an hour, no calm directions."""
    for minute, rain, drct in (
        (21, "0.10", "360.00"),
        (38, "0.0001", "0.00"),
        (51, "0.30", "20.00"),
    ):
        iem.report(
            "JFK",
            NOON - 2 * HOUR + timedelta(minutes=minute),
            tmpf="50.00",
            dwpf="41.00",
            relh="71.20",
            sknt="10.00",
            gust="20.00" if minute == 38 else "",
            drct=drct,
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
            "relative_humidity": 71.2,
            "wind_speed": 5.144,
            "wind_gust": 10.289,
            "pressure": 1015.3,
            "visibility": 16.093,
            "precipitation": 7.62,
            "wind_direction": 10.0,
        },
        abs=1e-3,
    )
    assert (read.stations[0].id, read.stations[0].name) == ("JFK", "New York/JFK Intl")
    assert read.stations[0].attribution == "Iowa Environmental Mesonet"
    assert (summary.new, summary.failures, read.report.faults) == (24, (), {})


@pytest.mark.parametrize(
    ("sknt", "drct", "expected"),
    [
        ("10.00", "360.00", [360]),
        ("10.00", "0.00", []),
        ("0.00", "0.00", []),
        ("0.00", "250.00", []),
        ("", "250.00", [250]),
        ("3.00", "", []),
        ("x", "250.00", [250]),
    ],
)
def test_calm_air_has_no_direction(iem, fetch_iem, tmp_path, sknt, drct, expected):
    """In METAR, north is 360; a direction of 0, or without a speed, says that the air is calm."""
    iem.report("JFK", NOON - timedelta(minutes=9), sknt=sknt, drct=drct, tmpf="50.00")
    fetch_iem()
    stored = pl.concat(map(pl.read_parquet, (tmp_path / "source=iem").rglob("*.parquet")))
    found = stored.filter(pl.col("parameter") == "wind_direction")["value"].to_list()

    assert found == expected


@pytest.mark.parametrize(
    ("text", "station_id"),
    [("kjfk", "JFK"), (" EDDB ", "EDDB"), ("K1G4", "1G4"), ("KJF", "KJF")],
)
def test_ids(text, station_id):
    """Ids are those of the service, which leaves the K of the United States away."""
    assert Iem(None, Tally()).station_id(text) == station_id


@pytest.mark.parametrize("text", ["", "JF", "JFK-1", "EDDBX"])
def test_ids_of_another_kind(fetch_iem, text):
    """One that the service cannot have would fail the whole request, and is named before."""
    summary = fetch_iem(Stations(frozenset({"JFK", text})))

    assert summary.failures == (
        f"iem: {text!r} is no id of a station; they have 3 or 4 letters or digits: JFK, EDDB",
    )
    assert (summary.is_dead, summary.requests) == (True, 0)


def test_many_ids(iem, fetch_iem):
    """They are asked for in groups; if that takes more requests, all stations are."""
    names = [f"{letter}{n:03}" for letter in "ABC" for n in range(250)]
    few = fetch_iem(Stations(frozenset(names)), since=NOON - 20 * DAY)
    many = fetch_iem(Stations(frozenset(names)), since=NOON - 2 * HOUR)

    assert (few.requests, many.requests) == (3, 1)
    assert iem.asked[0][0] == ",".join(names[:250])
    assert iem.asked[3] == (None, "2026-11-28T10:00:00Z", "2026-11-28T12:00:00Z")
    assert few.failures == many.failures == ()


def test_a_long_backfill_of_many_ids(iem, fetch_iem):
    """No request is for more than twenty years of a station, far below the service's limit."""
    summary = fetch_iem(Stations(frozenset(f"A{n:03}" for n in range(100))), since=NOON - 400 * DAY)

    assert (len(iem.asked), summary.requests) == (6, 6)
    assert iem.asked[0][1:] == ("2025-10-24T12:00:00Z", "2026-01-05T12:00:00Z")
    assert iem.asked[-1][2] == "2026-11-28T12:00:00Z"
    assert summary.slept == 5


def test_the_list_of_stations_is_not_there(iem, fetch_iem, tmp_path):
    """Only names, countries and zones are unknown then; the next fetch asks for them again."""
    iem.hourly("JFK", hours=3)
    iem.faults = [None, Answer(404)]
    first = fetch_iem(JFK)
    unknown = read_observations(str(tmp_path), end=NOON, hours=3).stations[0]
    second = fetch_iem(JFK, now=NOON + timedelta(minutes=1))
    known = read_observations(str(tmp_path), end=NOON, hours=3).stations[0]

    assert first.failures == (
        (
            "iem: 127.0.0.1: 404 Not Found; it does not say why; "
            "names, countries and time zones stay unknown"
        ),
    )
    assert (first.new, first.is_dead, second.failures) == (3, False, ())
    assert (unknown.name, unknown.country, unknown.timezone) == ("JFK", "", "UTC")
    assert (known.name, known.country, known.timezone) == (
        "New York/JFK Intl",
        "US",
        "America/New_York",
    )


@pytest.mark.parametrize(
    "page",
    [b"<html>", b"[]", b'{"features": [{"id": "JFK"}]}', b'{"features": [1]}', b'{"features": 1}'],
)
def test_a_list_of_stations_of_another_form(iem, fetch_iem, page):
    """The failure says so, and the readings are used."""
    iem.hourly("JFK", hours=3)
    iem.faults = [None, Answer(200, page)]
    summary = fetch_iem(JFK)

    assert summary.failures[0].startswith("iem: its list of stations has another form (")
    assert summary.new == 3


def test_a_country_without_the_list(iem, fetch_iem, tmp_path):
    """Without the list no station is in the country; the failure says why."""
    iem.hourly("EDDB", hours=3)
    iem.faults = [None, Answer(404)]
    summary = fetch_iem(Country("DE"))

    assert (summary.new, len(summary.failures), [*tmp_path.iterdir()]) == (0, 1, [])


def test_a_station_that_is_not_on_the_list(iem, fetch_iem):
    """It is named after its id, and not looked up again."""
    iem.hourly("JFK", hours=3)
    iem.extra = ["XYZ,2026-11-28 11:51,1.0000,2.0000,,50.00,,,,,,,"]
    fetch_iem()
    iem.requests.clear()
    fetch_iem(now=NOON + timedelta(minutes=1))

    assert len(iem.requests) == 1


def test_an_elevation_that_only_the_list_has(iem, fetch_iem, tmp_path):
    """It is used if a report has none."""
    iem.hourly("JFK", hours=3)
    iem.faults = [body_of("JFK,2026-11-28 11:51,-73.7622,40.6386,,50.00,,,,,,,")]
    fetch_iem(JFK)

    assert read_observations(str(tmp_path)).stations[0].elevation == 4.0


def test_a_column_that_is_renamed(iem, fetch_iem):
    """Its parameter is missing, which is said once; the others are used."""
    header = HEADER.replace("tmpf", "tmpc")
    line = "JFK,2026-11-28 11:51,-73.7622,40.6386,4.00,10.00,41.00,,,,,,"
    iem.faults = [body_of(line, header=header), None, body_of(line, header=header)]
    summary = fetch_iem(since=NOON - DAY - HOUR)

    assert summary.failures[0].startswith(
        "iem: no column tmpf, so no temperature; found station, valid, lon, lat, elevation, tmpc"
    )
    assert (summary.new, len(summary.failures)) == (1, 1)


def test_a_place_that_is_renamed(iem, fetch_iem):
    """Without stations, times and places nothing can be used."""
    iem.faults = [body_of(header=HEADER.replace("lon,lat", "x,y"))] * 99
    summary = fetch_iem(JFK)

    assert "an answer without column lon, lat: 'station,valid,x,y" in summary.failures[0]


def test_lines_that_are_broken(iem, fetch_iem):
    """A bad line costs itself, a bad number too; both are counted."""
    iem.faults = [
        body_of(
            "JFK,2026-11-28 11:51,-73.7622,40.6386,4.00,50.00,x,M,,,,,,",
            "JFK,2026-11-28 10:51,-73.7622,40.6386,4.00,50.00,nan,inf,,,,,,1.00,more",
            "JFK,28.11.2026 11:51,-73.7622,40.6386,4.00,50.00,,,,,,,,",
            "JFK,2026-11-28 09:51,west,40.6386,4.00,50.00,,,,,,,,",
            "ERROR: the database went away",
            "",
            " ",
        )
    ]
    summary = fetch_iem(JFK)

    assert summary.left_out == {"bad_line": 3, "no_value": 4}
    assert (summary.new, summary.failures) == (3, ())


@pytest.mark.parametrize("fault", [cut, GATEWAY_TIMEOUT, lambda good: Answer(200, good.body[:-20])])
def test_an_answer_that_breaks_off(iem, fetch_iem, fault):
    """It is not used in part, even if the service says that it is whole, but asked for again."""
    iem.hourly("JFK", hours=5)
    iem.faults = [fault]
    summary = fetch_iem(JFK)

    assert (summary.new, summary.failures, summary.slept) == (5, (), 2 + 1)


lines = st.lists(
    st.lists(st.text(max_size=9) | st.sampled_from(["JFK", "2026-11-28 11:51", "1.5"]), max_size=14)
)


def test_a_header_that_is_no_header():
    """Columns of one name too many are an error of the source; unknown columns are left out."""
    source = Iem(None, Tally())
    source._table = {"JFK": SourceStation("JFK", "Kennedy", "US", 0, 0)}  # noqa: SLF001 -- no network
    asked = Asked(NOON - DAY, NOON, Everywhere(), {})
    line = b"\nJFK,2026-11-28 11:51,-73.8,40.6,50,x,y\n"
    batch = source._batch(b"station,valid,lon,lat,tmpf,text,column" + line, asked)  # noqa: SLF001

    assert batch.readings["value"].to_list() == [50]
    with pytest.raises(SourceError, match="its answer is no CSV"):
        source._batch(b"station,valid,lon,lat,lat,lat_duplicated_0,tmpf" + line, asked)  # noqa: SLF001


@given(lines, st.permutations(HEADER.split(",")), st.binary(max_size=20))
def test_any_answer(fields, header, more):
    """Whatever an answer holds, it becomes readings and stations, or an error of the source."""
    text = "\n".join([",".join(header), *(",".join(line) for line in fields)])
    source = Iem(None, Tally())
    source._table = {"JFK": SourceStation("JFK", "Kennedy", "US", 0, 0)}  # noqa: SLF001 -- no network
    body = text.encode("utf-8", "replace") + more + b"\n"
    with suppress(SourceError):
        batch = source._batch(body, Asked(NOON - DAY, NOON, Everywhere(), {}))  # noqa: SLF001

        assert batch.readings.schema == SCHEMA
        assert {*batch.readings["station_id"]} <= {s.station_id for s in batch.stations}
        assert batch.readings["time"].null_count() == 0
