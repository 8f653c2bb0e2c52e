"""Whole runs from the command line."""

import json
from contextlib import closing

import polars as pl

from forecasts.runs import put_run
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from tests.command_line import run, said
from tests.factories import a_run

TONIGHT = "20131230T0000Z-1"


def test_a_night_and_its_file(nightly, store_url, tmp_path):
    """A night writes the file beside its store, and `export` makes the same one."""
    file = tmp_path / "new" / "forecasts.parquet"
    assert run(*nightly).exit_code == 0
    exported = run("runs", "export", TONIGHT, file, "--store", store_url)
    written = tmp_path / "forecasts-downloads" / TONIGHT / "forecasts.parquet"

    assert exported.stdout == f"Wrote {file}: 3 stations of run {TONIGHT}, 0.0 MB\n"
    assert file.read_bytes() == written.read_bytes()
    assert len(pl.read_parquet(file)) == 3 * 24


def test_a_night_whose_file_cannot_be_written(nightly, tmp_path):
    """The night is published; standard error says what is missing."""
    (tmp_path / "downloads").write_text("in the way")
    result = run(*nightly, "--downloads", tmp_path / "downloads")

    assert result.exit_code == 0
    assert f"not written: the forecasts of run {TONIGHT} as a file: FileError: " in said(result)


def test_two_runs_are_compared(nightly, store_url):
    """A table of what came, went and moved, or the same as JSON."""
    assert run(*nightly, "--issue-time", "2013-12-26T00:00:00Z").exit_code == 0
    assert run(*nightly).exit_code == 0
    ids = ("20131226T0000Z-1", TONIGHT)
    shown = run("runs", "diff", *ids, "--store", store_url)
    found = json.loads(run("runs", "diff", *ids, "--store", store_url, "--json").stdout)
    same = run("runs", "diff", TONIGHT, TONIGHT, "--store", store_url)

    assert found["compared"] == 6
    assert found["moved"]
    assert found["stations_added"] == found["series_removed"] == []
    assert "of 6, compared at the same hours of the day" in said(shown)
    assert "What moved" in shown.stdout
    assert found["moved"][0]["station_id"] in shown.stdout
    assert "of 6, compared at the same valid times" in said(same)
    assert "What moved" not in same.stdout


def test_a_run_without_forecasts(store_url, tmp_path):
    """It says how far the run has come; no file is made."""
    with closing(open_store(store_url, utc_now, create=True)) as store:
        put_run(store, a_run(planned_at=utc_now()))
    result = run("runs", "export", TONIGHT, tmp_path / "file", "--store", store_url)

    assert result.exit_code == 1
    assert said(result) == (
        f"Error: run {TONIGHT} has no forecasts: it is loaded, and forecasts expire after 30 days"
    )
    assert not (tmp_path / "file").exists()
    assert run("runs", "diff", TONIGHT, TONIGHT, "--store", store_url).exit_code == 1
