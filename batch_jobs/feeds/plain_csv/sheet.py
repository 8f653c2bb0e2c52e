"""A sheet: one CSV file, read and understood as far as it can be without the others."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.errors import CsvError
from batch_jobs.feeds.plain_csv.columns import (
    Column,
    Correction,
    Layout,
    column_of,
    layout_of,
    understood,
)
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.numbers import decimal_mark
from batch_jobs.feeds.plain_csv.quality import Values, values_of
from batch_jobs.feeds.plain_csv.table import Table, read_table
from batch_jobs.feeds.plain_csv.text import CsvText, read_text
from batch_jobs.feeds.plain_csv.times import Times, are_days, taken_apart
from batch_jobs.observations.headings import (
    CLOCK,
    DATE,
    PARAMETER,
    PLACE,
    STATION,
    TIME,
    UNIT,
    VALUE,
    takes,
    unit_of,
)
from batch_jobs.observations.names import plain_id
from batch_jobs.observations.openaq_realtime import station_id_of
from batch_jobs.observations.rows import Coded, coded
from forecasts.station import STATION_ID

_CLOCK = re.compile(r"\s*\d{1,2}(:\d{2}(:\d{2}([.,]\d+)?)?)?\s*([ap]\.?m\.?)?\s*", re.IGNORECASE)
_MIDNIGHT = r"[T ]0?0:00(:00)?$"


@dataclass(frozen=True)
class Sheet:
    """A file.

    Attributes:
        text: Its name, separator and encoding.
        table: Its rows, without the cells that `values` has.
        layout: What its columns are.
        names: What each name of a long file's parameters is; empty for a wide one.
        stations: The station id of each row; "" if the cell is empty.
        station_names: What the file calls each id, if that is not an id itself.
        times: The different times.
        time_codes: For each row, the position in *times*.
        values: The values of each quantity.
    """

    text: CsvText
    table: Table
    layout: Layout
    names: tuple[Column, ...]
    stations: Coded
    station_names: Mapping[str, str]
    times: Times
    time_codes: NDArray[np.uint32]
    values: tuple[Values, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the user may correct: columns, and names of parameters."""
        return self.layout.columns + self.names


def read_sheet(
    path: Path, corrections: Mapping[str, Correction], station: str, left_out: LeftOut
) -> Sheet:
    """Read a file.

    Args:
        path: The file, perhaps in gzip.
        corrections: What the user says about columns and names.
        station: The id of the station of all rows; "" if a column has it.
        left_out: Takes lines and values that cannot be used.

    Raises:
        FileError: It cannot be read, or has no row.
        CsvError: It has no column of times, stations or values.
    """
    text = read_text(path)
    table = read_table(text, left_out)
    text = text._replace(body=b"")  # its lines are in the table
    layout = layout_of(table.cells.columns, corrections)
    cells = [layout.roles[VALUE]] if layout.is_long else [c.name for c in layout.quantities]
    if not cells:
        raise CsvError(f"{path}: no column is a parameter; found {', '.join(text.header)}")
    mark = decimal_mark([table.cells[name] for name in cells], text.separator)
    table = table._replace(mark=mark)
    stations, station_names = _stations(table, layout, station)
    times = coded(_time_cells(table, layout))
    filled = [text for text in times.texts if text.strip()]
    if are_days(filled):
        raise CsvError(f"{path}: {filled[0]!r} is a day without a time; readings need their hour")
    names = _names(table, layout, corrections)
    return Sheet(
        text=text,
        table=table._replace(cells=table.cells.select(_described(layout))),
        layout=layout,
        names=names,
        stations=stations,
        station_names=station_names,
        times=taken_apart(times.texts),
        time_codes=times.codes,
        values=tuple(_values(table, layout, names, left_out)),
    )


def _described(layout: Layout) -> list[str]:
    """Return the columns that are needed later: they describe stations, or name parameters."""
    return [layout.roles[role] for role in (*PLACE, PARAMETER) if role in layout.roles]


def _stations(table: Table, layout: Layout, station: str) -> tuple[Coded, dict[str, str]]:
    roles = layout.roles
    column = roles.get(STATION) or roles.get("name")
    if station and STATION in roles:
        raise CsvError(
            f"{table.name}: column {column!r} has stations; leave out --station, or ignore it: "
            f"--map {shlex.quote(f'{column}=')}"
        )
    if station:
        return Coded([station], np.zeros(len(table.lines), np.uint32)), {}
    if column is None:
        raise CsvError(f"{table.name}: no column names the station; give it: --station ID")
    cells = coded(table.cells[column])
    ids = [id_of(text) for text in cells.texts]
    names = {one: text for one, text in zip(ids, cells.texts, strict=True) if one != plain_id(text)}
    return cells._replace(texts=ids), names


def id_of(text: str) -> str:
    """Return an id as it is, and one made of a name that cannot be an id."""
    plain = plain_id(text)
    return plain if not plain or STATION_ID.fullmatch(plain) else station_id_of("", "", plain)


def _time_cells(table: Table, layout: Layout) -> pl.Series:
    """Return the times as text; a day and a time of day are put together."""
    roles, cells = layout.roles, table.cells
    days, clock = roles.get(DATE), roles.get(CLOCK) or roles.get(TIME)
    if clock is None:
        raise CsvError(f"{table.name}: no column is a time; say which: --map COLUMN=time")
    if days is None:
        return cells[clock]
    first = next(iter(cells[clock].drop_nulls().head(1)), "")
    if not _CLOCK.fullmatch(first):
        return cells[clock]
    day = pl.col(days).str.strip_chars().str.replace(_MIDNIGHT, "")
    return cells.select(pl.concat_str(day, pl.col(clock), separator=" ")).to_series()


def _names(
    table: Table, layout: Layout, corrections: Mapping[str, Correction]
) -> tuple[Column, ...]:
    """Return what the names of a long file's parameters are."""
    if not layout.is_long:
        return ()
    names = table.cells[layout.roles[PARAMETER]].drop_nulls().unique().sort()
    return tuple(column_of(name, understood(name, corrections), corrections) for name in names)


def _values(
    table: Table, layout: Layout, names: tuple[Column, ...], left_out: LeftOut
) -> Iterator[Values]:
    if not layout.is_long:
        rows = np.arange(len(table.lines))
        for column in layout.quantities:
            yield values_of(column, table.cells[column.name], rows, table, left_out)
        return
    roles = layout.roles
    cells = table.cells[roles[VALUE]]
    parameters = coded(table.cells[roles[PARAMETER]])
    units = coded(table.cells[roles[UNIT]]) if UNIT in roles else None
    for name in names:
        if not name.meaning:
            continue
        of_name = parameters.codes == parameters.texts.index(name.name)
        for code, text in enumerate(units.texts if units else [""]):
            rows = np.flatnonzero(of_name & (units.codes == code) if units else of_name)
            column = _in_unit(name, text)
            if takes(column.meaning, column.unit):
                yield values_of(column, cells.gather(rows), rows, table, left_out)
            else:
                what = partial(_said, table, f"{name.meaning} cannot be in {text!r}")
                left_out.add("unknown_unit", rows.tolist(), what)


def _said(table: Table, what: str, row: int) -> str:
    return f"{table.where(row)}: {what}"


def _in_unit(name: Column, text: str) -> Column:
    """Return a parameter in the unit of its row, which counts more than that of its name."""
    return name._replace(unit=unit_of(text), note="") if text.strip() else name
