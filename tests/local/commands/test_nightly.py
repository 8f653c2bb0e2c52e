"""A night from the command line, and its runs."""

import json
import shutil
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from forecasts.times import utc_now, utc_text
from tests.batch_jobs.observations.broken_observations import broken_copy
from tests.command_line import HERE, run, said

TONIGHT = "20131230T0000Z-1"


def test_a_night_and_its_runs(nightly, store_url):
    """A night runs once, its runs are listed and shown, and readers move between them."""
    first = run(*nightly)
    assert f"Run {TONIGHT} is published: 6 series, 3 stations" in said(first), first.output
    assert "LoadForecasts" in first.output

    again = run(*nightly)
    assert f"Run {TONIGHT} is already published" in said(again)

    other = run(*nightly, "--new-attempt")
    assert "20131230T0000Z-2 is published" in said(other)

    listed = run("runs", "list", "--store", store_url)
    assert listed.output.count("published") == 3  # heading and two runs
    assert "(current)" in listed.output

    shown = json.loads(run("runs", "show", TONIGHT, "--store", store_url).output)
    assert (shown["state"], shown["report"]["accepted"]) == ("published", True)

    assert (
        run("runs", "rollback", "--store", store_url).output == f"Readers are back on {TONIGHT}\n"
    )
    published = run("runs", "publish", "20131230T0000Z-2", "--store", store_url)
    assert published.output == f"Readers are on 20131230T0000Z-2 (before: {TONIGHT})\n"


def test_files_of_what_came_true(nightly, tmp_path):
    """With --verification, the run of the night before is written as a Parquet file."""
    folder = tmp_path / "new" / "verification"
    before = [*nightly, "--issue-time", "2013-12-29T00:00:00Z"]
    for arguments in (before, nightly):
        result = run(*arguments, "--verification", folder)
        assert result.exit_code == 0, result.output

    assert [path.name for path in folder.rglob("*.parquet")] == ["20131229T0000Z-1.parquet"]


def test_a_rejected_night_is_an_error(nightly, observations, tmp_path):
    """A rejected night has exit status 1, for schedulers, and a reason, for people."""
    bad = broken_copy(observations, tmp_path / "bad")
    arguments = [bad if argument == observations else argument for argument in nightly]
    result = run(*arguments)

    assert result.exit_code == 1
    assert f"Error: run {TONIGHT} is rejected: few rows are broken:" in said(result)
    assert "dropped: observations/weather.parquet" in said(result)


def test_a_late_source_is_named(nightly, observations, tmp_path):
    """A night says which source is late, and since when."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    newest = datetime(2013, 12, 29, 20, tzinfo=UTC)
    copy = tmp_path / "late"
    copy.mkdir()
    frame.filter(pl.col("time") <= newest).write_parquet(copy / "weather.parquet")
    (copy / "stations.csv").write_bytes((observations / "stations.csv").read_bytes())

    late = run(*(copy if argument == observations else argument for argument in nightly))

    words = "late: series of parquet: 0 fresh, 6 stale, 0 silent; newest 2013-12-29T20:00:00Z"
    assert f"{words}; late in US" in said(late)


def test_an_archive_and_a_live_source_that_is_late(nightly, observations, tmp_path):
    """A night without forecasts says why, and what to do about each source."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    for source, station, hours in (("openaq", "JFK", 15), ("openaq-archive", "LGA", 72)):
        folder = tmp_path / "late" / f"source={source}"
        folder.mkdir(parents=True)
        newest = datetime(2013, 12, 30, tzinfo=UTC) - timedelta(hours=hours)
        rows = frame.filter(pl.col("station_id") == station, pl.col("time") <= newest)
        rows.write_parquet(folder / "weather.parquet")
        shutil.copy(observations / "stations.csv", folder / "stations.csv")

    places = (tmp_path / "late" if argument == observations else argument for argument in nightly)
    result = run(*places)

    archive = (
        "this archive has a day three days after its end, so it is for training only: fetch from"
        " openaq, too"
    )
    assert result.exit_code == 1
    assert f"newest 2013-12-27T00:00:00Z; late in US; {archive}" in said(result)
    assert said(result).endswith(
        f"Error: run {TONIGHT} is rejected: forecasts: 0 series; the newest reading of source"
        " openaq is of 2013-12-29T09:00:00Z, 15 hours before the issue time; fetch or import its"
        " newer readings; the newest reading of source openaq-archive is of 2013-12-27T00:00:00Z,"
        f" 72 hours before the issue time; {archive}"
    )


def test_what_a_night_has_waited_for(nightly):
    """A night that is started late does not wait, and says how fresh its observations are."""
    first = run(*nightly, "--await", 30)
    assert "not waiting for observations: no night before has fresh series" in said(first)
    assert f"Run {TONIGHT} is published" in said(first)

    later = (*nightly, "--issue-time", "2013-12-30T05:00:00Z")
    second = run(*later, "--await", 30)
    fresh = "observations: 100.0% of 6 series of the night before are fresh, 90% wanted"
    assert fresh in said(second)
    assert "waiting" not in said(second)
    assert "Run 20131230T0500Z-1 is published" in said(second)

    again = run(*later, "--await", 30)
    assert "not waiting for observations: run 20131230T0500Z-1 is published already" in said(again)


def test_a_wait_that_is_ended(nightly, store_url):
    """A night that waits says for what; Ctrl-C ends it before it has begun a run."""
    run(*nightly)
    hour = utc_text(utc_now())[: len("2013-12-30T00:")] + "00:00Z"
    command = [*HERE, *map(str, nightly), "--issue-time", hour, "--await", "720"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[1]

    assert line.startswith("waiting for observations: 0.0% of 6 series of the night before")
    assert "late: 6 of 6 of parquet in US, newest 2013-12-30T00:00:00Z; " in line
    assert line.endswith(" minutes left\n")
    assert (process.returncode, rest.strip()) == (1, "Aborted!")
    listed = run("runs", "list", "--store", store_url)
    assert listed.output.count("published") == 2  # heading and the run before
    assert "planned" not in listed.output


def test_what_is_not_compacted_is_named(nightly, observations, tmp_path):
    """A file that cannot be read stays where it is, and the night says so."""
    day = tmp_path / "hourly" / "source=iem" / "date=2013-12-25"
    day.mkdir(parents=True)
    (tmp_path / "hourly" / "stations.csv").write_bytes((observations / "stations.csv").read_bytes())
    weather = (observations / "observations" / "weather.parquet").read_bytes()
    (day / "20131225T010000Z.parquet").write_bytes(weather)
    (day / "20131225T020000Z.parquet").write_bytes(weather[:100])

    night = run(*(tmp_path / "hourly" if arg == observations else arg for arg in nightly))

    assert "not compacted: source=iem/date=2013-12-25/20131225T020000Z.parquet" in said(night)


@pytest.mark.parametrize("text", ["yesterday", "2013-12-30T00:00:00", "2013-12-30"])
def test_a_time_without_a_zone_is_refused(nightly, text):
    """The message shows how to write a time."""
    result = run(*nightly, "--issue-time", text)

    assert result.exit_code == 2
    assert "2013-12-30T00:00:00Z" in result.output
