"""CSV files of people's own: how `stationcast import` would read a file that no reader takes."""

import csv
import re
import shlex

from batch_jobs.observations.headings import (
    CLOCK,
    DATE,
    PARAMETER,
    STATION,
    TIME,
    VALUE,
    Heading,
    heading,
)
from batch_jobs.observations.quantities import QUANTITIES

_ZONED = re.compile(
    r".*(Z|UTC|GMT|:\d\d(\.\d+)?\s*[-+]\d\d(:?\d\d)?)|\d{9,13}(\.\d+)?", re.IGNORECASE
)


def import_command(name: str, lines: list[str]) -> str:
    """Return the command that would import a file, with words in capitals for what it lacks.

    Args:
        name: The file.
        lines: Its first line, and the second if there is one.

    Returns:
        "" if it has no column of times or none of values.

    >>> import_command("a.csv", ["time;temp", "2026-11-28 07:00;3,5"])[:42]
    'stationcast import a.csv --into FOLDER --s'
    """
    try:
        header, row = max((_split(lines, mark) for mark in ",;\t|"), key=lambda both: len(both[0]))
    except csv.Error:  # an endless field, or a carriage return
        return ""
    found = [heading(text) for text in header]
    meanings = {one.meaning for one in found}
    has_values = {PARAMETER, VALUE} <= meanings or not meanings.isdisjoint(QUANTITIES)
    if not has_values or meanings.isdisjoint({TIME, DATE, CLOCK}):
        return ""
    words = ["stationcast import", shlex.quote(name), "--into FOLDER"]
    has_stations = not meanings.isdisjoint({STATION, "name"})
    if not has_stations:
        words.append("--station ID")
    if not {"latitude", "longitude"} <= meanings:
        words.append("--station-file FILE" if has_stations else "--latitude LAT --longitude LON")
    if not _has_zone(found, row):
        words.append("--timezone ZONE")
    return " ".join(words)


def _split(lines: list[str], separator: str) -> tuple[list[str], list[str]]:
    rows = [next(csv.reader([line], delimiter=separator), []) for line in lines[:2]]
    return rows[0], rows[-1]


def _has_zone(found: list[Heading], row: list[str]) -> bool:
    """Tell whether times have a zone, by the heading or in the first row."""
    if any(one.unit == "UTC" for one in found):
        return True
    times = (
        text for one, text in zip(found, row, strict=False) if one.meaning in {TIME, DATE, CLOCK}
    )
    return any(_ZONED.fullmatch(text.strip()) for text in times)
