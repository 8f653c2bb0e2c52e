"""`stationcast fetch`, as a person runs it: against a stand-in of IEM, also as a process."""

import os
import resource
import signal
import subprocess
import time
from dataclasses import replace

import polars as pl
import pytest

from batch_jobs.feeds import sources
from batch_jobs.observations.read import read_observations
from forecasts.times import utc_now
from local.commands import fetch as commands
from tests.command_line import HERE, run, said
from tests.feeds import openaq as openaq_stand_in
from tests.feeds.iem import DAY, StandIn
from tests.feeds.loopback import Answer, serving


@pytest.fixture
def now():
    """The hour that has just begun: the command reads the real clock."""
    return utc_now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def iem(now, monkeypatch):
    """A stand-in of IEM with a week of reports, in the place of the service."""
    with serving(StandIn()) as service:
        service.hourly("JFK", "LGA", "EDDB", until=now, hours=7 * 24)
        monkeypatch.setenv("STATIONCAST_IEM_URL", service.url)
        yield service


def fetch(into, *options):
    """Run a fetch."""
    return run("fetch", "--source", "iem", "--into", into, *options)


def stored(path):
    """Return the stored readings; each file must be whole."""
    files = sorted(path.rglob("*.parquet"))
    return pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in files])


def start(into, *options, **limits):
    """Start a fetch as a process."""
    command = [*HERE, "fetch", "--source", "iem", "--into", into, *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **limits
    )


def test_the_sources():
    """The command offers all sources that there are."""
    assert commands.SOURCES == sources.SOURCES


def test_a_fetch(iem, tmp_path, now):
    """It says what it did, and a night reads what it wrote."""
    result = fetch(tmp_path, "--stations", "KJFK,LGA")
    read = read_observations(str(tmp_path), end=now, hours=168)

    assert result.exit_code == 0, result.output
    assert "iem: 336 new readings of 2 stations in" in said(result)
    assert "stations KJFK, LGA since" in said(result)
    assert "2 requests" in said(result)
    assert [station.id for station in read.stations] == ["JFK", "LGA"]
    assert read.values.shape == (2, 1, 168)
    assert not (read.values != read.values).any()
    assert len(iem.asked) == 1


def test_stations_of_a_file(tmp_path, iem):
    """A file of ids, as one that is fetched elsewhere."""
    (tmp_path / "stations.csv").write_text('station_id,name\n"LGA","LaGuardia"\n')
    fetch(tmp_path / "a", "--stations-from", tmp_path / "stations.csv")

    assert iem.asked[0][0] == "LGA"


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--stations", "EDDB", "--since", "yesterday"), "write 2013-12-30T00:00:00Z"),
        (("--since", "2999-01-01"), "--since is in the future"),
        (("--country", "Germany"), "is not a code of two letters"),
    ],
)
def test_options_that_make_no_sense(tmp_path, options, what):
    """Each is named with what to write."""
    result = fetch(tmp_path, *options)

    assert result.exit_code == 2
    assert what in said(result)


def test_a_backfill(iem, tmp_path, now):
    """A day or a time may be given."""
    day = f"{now - 3 * DAY:%Y-%m-%d}"
    by_day = fetch(tmp_path / "a", "--stations", "JFK", "--since", day)
    by_time = fetch(tmp_path / "b", "--stations", "JFK", "--since", f"{day}T12:00:00+01:00")

    assert (by_day.exit_code, by_time.exit_code) == (0, 0)
    assert [asked[1] for asked in iem.asked] == [f"{day}T00:00:00Z", f"{day}T11:00:00Z"]


def test_a_failure_in_part(iem, tmp_path, now):
    """What failed, what was left out and what is odd is said; the status is 0, as more came."""
    iem.extra = [f"JFK,{now + DAY:%Y-%m-%d %H:%M},-73.7622,40.6386,4.00,50.00"]
    iem.date = "Sat, 28 Nov 2020 12:00:00 GMT"
    iem.faults = [lambda good: replace(good, body=good.body.replace(b"vsby", b"visibility"))]
    result = fetch(tmp_path, "--stations", "JFK")

    assert result.exit_code == 0, result.output
    assert "left out: 1 of_the_future" in said(result)
    assert "note: a clock is wrong: it is 2020-11-28 12:00 UTC at iem" in said(result)
    assert "failed: iem: no column vsby, so no visibility" in said(result)


def test_a_service_that_refuses(iem, tmp_path):
    """It is named with what it says, and the status is 1."""
    iem.answer = lambda _path, _query: Answer(404, b"moved")
    result = fetch(tmp_path)

    assert result.exit_code == 1
    assert "failed: iem: 127.0.0.1: 404 Not Found; it says: moved" in said(result)
    assert "newest: none" in said(result)
    assert "Error: nothing could be fetched from iem" in said(result)


@pytest.mark.usefixtures("iem")
def test_one_source_of_two(tmp_path, monkeypatch):
    """A source that cannot be opened costs itself: the other is fetched, and the status is 1."""
    monkeypatch.setenv("STATIONCAST_OPENAQ_URL", "mirror")
    monkeypatch.setenv("OPENAQ_API_KEY", "secret")
    result = run("fetch", "--source", "openaq", *("--source", "iem", "--into", tmp_path))

    assert result.exit_code == 1
    assert "failed: openaq: its address 'mirror' does not begin with https://" in said(result)
    assert "new readings of 3 stations" in said(result)
    assert "Error: nothing could be fetched from openaq" in said(result)
    assert "secret" not in result.output


def test_a_backfill_that_is_killed(iem, tmp_path, now):
    """What it stored is whole, and the next one goes on from there."""
    options = ("--since", f"{now - 3 * DAY:%Y-%m-%d}")
    process = start(tmp_path, *options)

    def kill(good):
        process.send_signal(signal.SIGKILL)
        process.wait()
        return good

    iem.faults = [None, None, None, kill]  # the second request is for the list of stations
    process.communicate()
    first = stored(tmp_path)
    iem.requests.clear()
    result = fetch(tmp_path, *options)

    assert process.returncode == -signal.SIGKILL
    assert (first.height, result.exit_code) == (2 * 24 * 3, 0)
    assert iem.asked[0][1] == f"{now - DAY:%Y-%m-%d}T00:00:00Z"
    assert stored(tmp_path).height == 3 * (3 * 24 + now.hour)


@pytest.mark.usefixtures("iem")
def test_two_fetches_at_once(tmp_path, now):
    """Both end well, and nothing is missing or broken; a third one has nothing to do."""
    processes = [start(tmp_path, "--stations", one) for one in ("JFK,LGA", "JFK,EDDB")]
    outputs = [process.communicate()[0] for process in processes]
    third = fetch(tmp_path, "--stations", "JFK,LGA,EDDB")
    read = read_observations(str(tmp_path), end=now, hours=168)

    assert [process.returncode for process in processes] == [0, 0], outputs
    assert "iem: 0 new readings of 3 stations in 0 files" in said(third)
    assert (len(read.stations), read.report.faults) == (3, {})


@pytest.mark.usefixtures("iem")
def test_a_disk_that_is_full(tmp_path):
    """The error names the file, and no half file is left; with room again, all is fetched."""
    limit = resource.RLIMIT_FSIZE, (600, resource.RLIM_INFINITY)
    # Coverage would need room, too.
    own = os.environ.items()  # noqa: TID251 -- a child's environment
    environment = {name: text for name, text in own if "COV" not in name}
    process = start(
        tmp_path,
        *("--stations", "JFK,LGA"),
        preexec_fn=lambda: resource.setrlimit(*limit),
        env=environment,
    )
    output = process.communicate()[0]
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    result = fetch(tmp_path, "--stations", "JFK,LGA")

    assert process.returncode == 1
    assert ".parquet: File too large" in output
    assert "Traceback" not in output
    assert left == ["stations.csv"]
    assert "336 new readings" in said(result)


@pytest.fixture
def openaq(now, monkeypatch):
    """A stand-in of OpenAQ with a sensor, in the place of the service, and its key."""
    with serving(openaq_stand_in.StandIn(time.monotonic)) as service:
        service.place(2178, {3919: 2}, 35.1353, -106.584702)
        service.measure(3919, now, 9.0)
        monkeypatch.setenv("STATIONCAST_OPENAQ_URL", service.url)
        monkeypatch.setenv("OPENAQ_API_KEY", openaq_stand_in.KEY)
        yield service


@pytest.mark.usefixtures("openaq")
def test_openaq(tmp_path, now):
    """It needs a key, and a night reads what it brings."""
    result = run("fetch", "--source", "openaq", "--into", tmp_path, "--stations", "2178")
    read = read_observations(str(tmp_path), end=now, hours=1)

    assert result.exit_code == 0, result.output
    assert "openaq: 1 new readings of 1 stations" in said(result)
    assert read.values.tolist() == [[[9.0]]]


@pytest.mark.usefixtures("openaq")
def test_a_wrong_key(tmp_path, monkeypatch):
    """The error says where to get one, and the key is nowhere."""
    monkeypatch.setenv("OPENAQ_API_KEY", "s3cr3t")
    result = run("fetch", "--source", "openaq", "--into", tmp_path)

    assert result.exit_code == 1
    assert "it is free: https://explore.openaq.org/register" in said(result)
    assert "s3cr3t" not in said(result)
    assert "s3cr3t" not in "".join(map(str, tmp_path.rglob("*")))


def test_the_whole_archive(tmp_path):
    """Nobody wants millions of files: the command says how to choose."""
    result = run("fetch", "--source", "openaq-archive", "--into", tmp_path)

    assert result.exit_code == 1
    assert "say which locations: --stations 2178" in said(result)
    assert "alone it forecasts nothing tonight" in said(result)
