"""Places: where the stations of an import are.

The user's word counts most, then a file of stations, then the columns of the files with the
readings. What was stored by an earlier import counts if nothing newer is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from batch_jobs.errors import CsvError
from batch_jobs.feeds.plain_csv.columns import layout_of
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.numbers import decimal_mark
from batch_jobs.feeds.plain_csv.sheet import Sheet, id_of
from batch_jobs.feeds.plain_csv.table import Table, read_table
from batch_jobs.feeds.plain_csv.text import read_text
from batch_jobs.observations.headings import CREDIT, PLACE, STATION
from batch_jobs.observations.stations import Stations

_NUMBERS = ("latitude", "longitude", "elevation")


class Given(NamedTuple):
    """What the user says about the only station; "" for what is not said.

    Attributes:
        latitude: Degrees north.
        longitude: Degrees east.
        elevation: Metres.
        name: For people.
        timezone: IANA name.
    """

    latitude: str = ""
    longitude: str = ""
    elevation: str = ""
    name: str = ""
    timezone: str = ""


def described(
    sheets: Sequence[Sheet], given: Given, station_file: Path | None, left_out: LeftOut
) -> Stations:
    """Return the stations with what is said about them.

    Args:
        sheets: The files with readings.
        given: About the only station.
        station_file: A CSV file with a line for each station; None without one.
        left_out: Takes lines of that file that are of no use.

    Raises:
        CsvError: *given* is said about several stations, or the file has no places.
        FileError: The station file cannot be read.
    """
    stations = Stations()
    ids = {one for sheet in sheets for one in sheet.stations.texts if one}
    if any(given[:4]):
        names = {one: name for sheet in sheets for one, name in sheet.station_names.items()}
        _describe_only({one: names.get(one, "") for one in ids}, given, stations)
    if station_file:
        _describe_file(station_file, stations, left_out)
    for sheet in sheets:
        for one, fields in _rows_of(sheet):
            stations.describe(one, fields)
    return stations


def _describe_only(names: Mapping[str, str], given: Given, stations: Stations) -> None:
    """Describe the only station of *names*, which has the name of each id; "" for none."""
    if len(names) > 1:
        some = ", ".join(sorted(names)[:5])
        raise CsvError(
            f"--latitude, --longitude, --elevation and --name are for one station; there are "
            f"{len(names)}: {some}; describe them in a CSV file: --station-file FILE"
        )
    if not (given.latitude and given.longitude):
        raise CsvError("a station needs --latitude and --longitude")
    for one, name in names.items():
        for fault in stations.describe(one, given._replace(name=given.name or name)._asdict()):
            raise CsvError(f"station {one}: {fault.what}")


def _describe_file(path: Path, stations: Stations, left_out: LeftOut) -> None:
    text = read_text(path)
    table = read_table(text, left_out)
    roles = layout_of(table.cells.columns, {}).roles
    named = roles.get(STATION) or roles.get("name")
    if named is None or not {"latitude", "longitude"} <= roles.keys():
        raise CsvError(
            f"{path}: a file of stations needs columns station_id, latitude and longitude; found "
            f"{', '.join(text.header)}"
        )
    columns = {role: roles[role] for role in (*PLACE, *CREDIT) if role in roles}
    degrees = [table.cells[columns[role]] for role in _NUMBERS if role in columns]
    table = table._replace(mark=decimal_mark(degrees, text.separator))
    cells = table.cells.fill_null("")
    for row, (station, fields) in enumerate(
        zip(cells[named], _fields(table, columns, cells), strict=True)
    ):
        one = id_of(station)
        name = fields.get("name") or ("" if one == station.strip() else station)
        for fault in stations.describe(one, {**fields, "name": name}):
            left_out.count(fault.reason, 1, f"{table.where(row)}: {fault.what}")


def _rows_of(sheet: Sheet) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what the columns of a file say about its stations, each different thing once."""
    roles = sheet.layout.roles
    columns = {role: roles[role] for role in PLACE if role in roles}
    if not {"latitude", "longitude"} <= columns.keys():
        return
    codes = pl.Series("station", sheet.stations.codes)
    cells = sheet.table.cells.select(columns.values()).with_columns(codes)
    cells = cells.unique(keep="first", maintain_order=True).fill_null("")
    for code, fields in zip(cells["station"], _fields(sheet.table, columns, cells), strict=True):
        one = sheet.stations.texts[code]
        yield one, {**fields, "name": fields.get("name") or sheet.station_names.get(one, "")}


def _fields(
    table: Table, columns: Mapping[str, str], cells: pl.DataFrame
) -> Iterator[dict[str, str]]:
    """Yield the fields of a description, numbers with a decimal point."""
    for row in cells.select(columns.values()).iter_rows():
        fields = dict(zip(columns, row, strict=True))
        for role in _NUMBERS:
            if role in fields and table.mark == ",":
                fields[role] = fields[role].replace(",", ".")
        yield fields
