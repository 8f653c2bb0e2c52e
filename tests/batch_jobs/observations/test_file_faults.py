"""Faults of files never stop a reading."""

import polars as pl
import pytest

from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.report import ReadReport
from tests.batch_jobs.observations.parquet_folder import write_in_zone


def test_panic(tmp_path, monkeypatch):
    """A panic of polars, which is no Exception, is a fault of one file."""
    monkeypatch.delenv("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", raising=False)
    path, report = write_in_zone(tmp_path, "+05:30"), ReadReport()

    with reported("odd.parquet", report):
        pl.read_parquet(path)

    assert report.faults == {"unreadable_file": 1}
    assert report.examples[0].startswith("odd.parquet: PanicException: ")


def test_any_exception():
    """Any exception of a library is a fault of one file."""
    report = ReadReport()

    with reported("a.csv", report):
        "\ud800".encode()

    assert report.examples[0].startswith("a.csv: UnicodeEncodeError: ")


def test_interrupted():
    """Ctrl-C still ends the reading."""
    with pytest.raises(KeyboardInterrupt), reported("a.csv", ReadReport()):
        raise KeyboardInterrupt


def test_no_memory():
    """Too little memory is no fault of one file: what was read of it depends on chance."""
    with pytest.raises(MemoryError), reported("a.csv", ReadReport()):
        bytes(2**62)
