"""Readings: the sheets of an import, with instants for times."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.errors import CsvError
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.quality import Values
from batch_jobs.feeds.plain_csv.sheet import Sheet
from batch_jobs.feeds.plain_csv.times import NO_TIME, SECOND
from batch_jobs.feeds.plain_csv.zones import instants_of, second_times
from batch_jobs.observations.headings import PARAMETER
from forecasts.times import HOUR


class Clock(NamedTuple):
    """How times of files are read.

    Attributes:
        zone: IANA name or offset of times without one; "" if none is given.
        day_first: Whether `11/12/2026` is in December; None if the files must show it.
    """

    zone: str = ""
    day_first: bool | None = None


def settled(clock: Clock, sheets: Sequence[Sheet]) -> Clock:
    """Return how times are read, after what the times of all files show.

    Raises:
        CsvError: They show both orders, or none. Or there are times without a zone.
    """
    for sheet in sheets:
        example = sheet.times.without_zone()
        if example and not (clock.zone or sheet.layout.zone):
            raise CsvError(
                f"{sheet.text.name}: times such as {example!r} have no time zone; give it: "
                "--timezone UTC, --timezone Europe/Berlin or --timezone +01:00"
            )
    if clock.day_first is not None:
        return clock
    day_first, month_first, free = (
        next(filter(None, texts), "")
        for texts in (
            (sheet.times.shown(day_first=True) for sheet in sheets),
            (sheet.times.shown(day_first=False) for sheet in sheets),
            (sheet.times.free() for sheet in sheets),
        )
    )
    if day_first and month_first:
        raise CsvError(
            f"in {day_first!r} the day comes first, in {month_first!r} the month; import such "
            "files one by one, with --day-first or --month-first"
        )
    if free and not day_first and not month_first:
        raise CsvError(
            f"the day and the month of {free!r} cannot be told apart; give the order: "
            "--day-first or --month-first"
        )
    return clock._replace(day_first=bool(day_first))


def readings_of(sheet: Sheet, clock: Clock, now: datetime, left_out: LeftOut) -> list[pl.DataFrame]:
    """Return tables of readings, one for each of the sheet's values.

    Args:
        sheet: A file.
        clock: As `settled` returns it.
        now: Aware UTC; readings more than an hour later are left out.
        left_out: Takes rows without a usable station or time.

    Returns:
        Tables with the columns station_id, parameter, time (UTC), value and unit.
    """
    time, gap = _instants(sheet, clock, left_out)
    latest = round((now + HOUR).timestamp()) * SECOND
    has_station = np.array([bool(text) for text in sheet.stations.texts])[sheet.stations.codes]
    never = f"clocks in {_zone(sheet, clock)} are put forward and never show this time"
    faults = {
        "no_station": (~has_station, "it has no station"),
        "no_such_time": (gap, never),
        "bad_time": (time < 0, "is not a time"),
        "of_the_future": (time > latest, "is more than an hour in the future"),
    }
    left = np.ones(len(time), bool)
    for reason, (bad, problem) in faults.items():
        found = np.flatnonzero(left & bad).tolist()
        left_out.add(reason, found, partial(_said, sheet, problem))
        left &= ~bad
    ids = pl.Series(sheet.stations.texts, dtype=pl.String).gather(sheet.stations.codes)
    base = pl.DataFrame({"station_id": ids.cast(pl.Categorical), "time": time}).with_columns(
        pl.col("time").cast(pl.Datetime("us", "UTC"))
    )
    return [_table(base, values, left) for values in sheet.values]


def _said(sheet: Sheet, problem: str, row: int) -> str:
    return f"{sheet.table.where(row)}: {sheet.times.texts[sheet.time_codes[row]]!r}: {problem}"


def _table(base: pl.DataFrame, values: Values, left: NDArray[np.bool_]) -> pl.DataFrame:
    kept = left[values.rows]
    # If all rows are kept, the table shares the columns of the others.
    frame = base if kept.sum() == base.height else base[values.rows[kept]]
    return frame.select(
        "station_id",
        pl.lit(values.column.meaning, pl.Categorical).alias("parameter"),
        "time",
        pl.Series("value", values.numbers[kept]),
        pl.lit(values.column.unit, pl.Categorical).alias("unit"),
    )


def _instants(
    sheet: Sheet, clock: Clock, left_out: LeftOut
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return microseconds since 1970 UTC of each row, and which times a clock never shows.

    The first is negative if a row has no time.
    """
    times, codes, zone = sheet.times, sheet.time_codes, _zone(sheet, clock)
    local = times.local(day_first=bool(clock.day_first))
    is_naive = (local != NO_TIME) & (times.offset == NO_TIME)
    first, last = instants_of(np.where(is_naive, local, NO_TIME), zone)
    known = np.where(local != NO_TIME, local - times.offset, times.unix)
    instants = np.where(is_naive, first, known)[codes]
    twice = np.flatnonzero((first != last)[codes])
    if len(twice):
        second = _second_times(sheet, local[codes], twice)
        instants[second] = last[codes[second]]
        left_out.notes.append(
            f"{sheet.text.name}: {len(twice)} lines are in an hour that clocks in {zone} show "
            f"twice; by the order of the lines, {len(second)} of them are of the second time"
        )
    return instants, (is_naive & (first == NO_TIME))[codes]


def _zone(sheet: Sheet, clock: Clock) -> str:
    return clock.zone or sheet.layout.zone or "UTC"


def _second_times(
    sheet: Sheet, local: NDArray[np.int64], twice: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return those of the rows *twice* that are of the second time; see `second_times`."""
    turns = np.diff(local[local != NO_TIME])
    if (turns < 0).sum() > (turns > 0).sum():  # the newest line comes first
        twice = twice[::-1]
    stations = sheet.stations.codes[twice].tolist()
    roles = sheet.layout.roles
    names = sheet.table.cells[roles[PARAMETER]].gather(twice) if sheet.layout.is_long else stations
    series = zip(stations, names, strict=True)
    second = second_times(zip(series, local[twice].tolist(), strict=True))
    return np.compress(second, twice)
