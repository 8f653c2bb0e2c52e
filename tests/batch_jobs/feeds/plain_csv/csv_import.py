"""Imports small CSV files, and reads what they left."""

from datetime import UTC, datetime

import polars as pl

from batch_jobs.feeds.plain_csv.columns import corrections_of
from batch_jobs.feeds.plain_csv.importing import Asked, read_import
from batch_jobs.feeds.plain_csv.places import Given
from batch_jobs.feeds.plain_csv.readings import Clock

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HERE = Given(latitude="52.5", longitude="13.4")
COLUMNS = ["station_id", "parameter", "time", "value", "unit"]


def read(folder, *texts, maps=(), zone="UTC", day_first=None, **asked):
    """Read CSV texts as files `a.csv`, `b.csv` ... of *folder*; nothing is written."""
    files = []
    for name, text in zip("abcdef", texts, strict=False):
        files.append(folder / f"{name}.csv")
        files[-1].write_bytes(text if isinstance(text, bytes) else text.encode())
    known = {"into": str(folder / "observations"), "now": NOW, "given": HERE, **asked}
    clock = Clock(zone, day_first)
    return read_import(Asked(files=files, corrections=corrections_of(maps), clock=clock, **known))


def tables(import_):
    """Return the readings of an import: station, parameter, time, value and unit."""
    return [row for t in import_.tables for row in t.select(COLUMNS).iter_rows()]


def values(import_, parameter="temperature"):
    """Return the values of a parameter by their time, such as `27 23:30`."""
    rows = tables(import_)
    return {f"{row[2]:%d %H:%M}": row[3] for row in rows if row[1] == parameter}


def stored(folder):
    """Return what is stored below *folder*: readings in order, the last one of an instant."""
    files = sorted((folder / "observations").rglob("*.parquet"))
    frames = [pl.read_parquet(file, hive_partitioning=False) for file in files]
    key = ["station_id", "parameter", "time"]
    return pl.concat(frames).unique(key, keep="last").sort(key).select(COLUMNS).rows()


def files(folder):
    """Return the files below *folder*."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
