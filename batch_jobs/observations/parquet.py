"""Parquet files: `station_id, parameter, time, value`, and optionally `unit` and `sensor_id`.

Files are read in pieces, so that memory does not grow with the file. Rows outside the window are
skipped while reading, and whole row groups if the file's statistics allow it.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from batch_jobs.errors import FileError
from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import GONE, File, Location
from batch_jobs.observations.names import source_of
from batch_jobs.observations.readings import Readings
from batch_jobs.observations.rows import BAD_TIME, Rows, coded
from batch_jobs.observations.window import LAST_SECOND, Window
from batch_jobs.progress import Track

# An instant is an instant, whatever its zone is called. Without this setting polars panics if it
# does not know a zone, such as `+05:30`, even if the column is not read.
pl.Config.load('{"environment": {"POLARS_IGNORE_TIMEZONE_PARSE_ERROR": "1"}}')

REQUIRED = ("station_id", "parameter", "time", "value")
ROWS_PER_PIECE = 500_000
_ROW = "row number"
_MICROSECONDS = 1_000_000


def read_parquet(
    location: Location, files: Sequence[File], readings: Readings, track: Track
) -> None:
    """Read Parquet files; unreadable ones are reported."""
    for file in track(files, "Reading Parquet", len(files)):
        readings.report.files += 1
        with reported(file.name, readings.report):
            _read_file(location, file.name, readings)


def _read_file(location: Location, name: str, readings: Readings) -> None:
    try:
        frame = _scanned(location.source(name))
        selected = frame.select(_columns(name, frame.collect_schema()))
        total = frame.select(pl.len()).collect().item()
        inside = 0
        for piece in selected.filter(_inside(readings.selection.window)).collect_batches(
            chunk_size=ROWS_PER_PIECE
        ):
            inside += piece.height
            readings.add(_rows(name, piece))
        if total and not inside:
            second = pl.col("second")
            first, last = selected.select(second.min(), second.max().alias("last")).collect().row(0)
            readings.saw(first, last)
    except FileNotFoundError as error:
        raise FileError(name, GONE, "it was deleted after it was listed") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise FileError(name, "unreadable_file", f"not readable as Parquet: {reason}") from error
    readings.report.rows += total - inside
    readings.skip_outside(total - inside)


def _scanned(source: Path | io.BytesIO) -> pl.LazyFrame:
    return pl.scan_parquet(source, row_index_name=_ROW, glob=False, hive_partitioning=False)


def _columns(name: str, schema: pl.Schema) -> Iterator[pl.Expr]:
    missing = [column for column in REQUIRED if column not in schema]
    if missing:
        reason = f"no column {', '.join(missing)}; found {', '.join(list(schema)[1:])}"
        raise FileError(name, "missing_column", reason)
    if schema["time"] != pl.Datetime:
        raise FileError(name, "bad_column", f"column time is {schema['time']}, not a timestamp")
    if not schema["value"].is_numeric():
        raise FileError(name, "bad_column", f"column value is {schema['value']}, not a number")
    names = ("station_id", "parameter", "unit", "sensor_id")
    texts = [column for column in names if column in schema]
    # Rounded up to a whole second, so that a reading never becomes earlier.
    second = -(-pl.col("time").dt.epoch("us") // _MICROSECONDS)
    yield pl.col(_ROW)
    yield from (_text(column, schema) for column in texts)
    yield second.alias("second")
    yield pl.col("value").cast(pl.Float64)


def _text(column: str, schema: pl.Schema) -> pl.Expr:
    text = pl.col(column)
    # pandas writes NaN for a missing id among numbers.
    return (text.fill_nan(None) if schema[column].is_float() else text).cast(pl.String)


def _inside(window: Window) -> pl.Expr:
    second = pl.col("second")
    return second.is_null() | ((second > window.after) & (second <= window.until))


def _rows(name: str, piece: pl.DataFrame) -> Rows:
    row_numbers = piece[_ROW].to_numpy()
    seconds = piece["second"].fill_null(BAD_TIME).to_numpy()
    return Rows(
        station=coded(piece["station_id"]),
        parameter=coded(piece["parameter"]),
        unit=coded(piece["unit"]) if "unit" in piece.columns else None,
        time=None,
        seconds=np.where(seconds > LAST_SECOND, BAD_TIME, seconds),
        value=piece["value"].fill_null(np.nan).to_numpy(),
        where=lambda row: f"{name}:{row_numbers[row] + 1}",
        source=source_of(name),
        sensor=coded(piece["sensor_id"]) if "sensor_id" in piece.columns else None,
    )
