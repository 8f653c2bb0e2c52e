"""The stations of a reading: those of station files, and those that the readings describe.

A reading names its station by id. The coordinates that make a station usable may be in another
file that is read later, so readings are kept under a station number and checked at the end.
"""

import csv
from collections.abc import Iterator, Mapping

from batch_jobs.errors import FileError
from batch_jobs.observations.metadata import Fault, country_of, metres, place, timezone_of, words
from batch_jobs.observations.names import plain_id
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.texts import Text
from forecasts.errors import InvalidStationError
from forecasts.station import STATION_ID, Station

STATION_FILE = "stations.csv"
REQUIRED = ("station_id", "latitude", "longitude")
OPTIONAL = ("name", "country", "elevation", "timezone", "attribution", "licence")


class Stations:
    """Every station id read so far, numbered from 0, and what is known about it."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._numbers: dict[str, int] = {}
        self._known: dict[str, Station] = {}
        self._faults: dict[str, str] = {}

    def number(self, station_id: str) -> int | None:
        """Return the number of a station, assigned on first use; None for a malformed id."""
        station_id = plain_id(station_id)
        number = self._numbers.get(station_id)
        if number is None and STATION_ID.fullmatch(station_id):
            number = self._numbers[station_id] = len(self.ids)
            self.ids.append(station_id)
        return number

    @property
    def described(self) -> set[str]:
        """Ids of all stations that were described, well or badly."""
        return self._known.keys() | self._faults.keys()

    def is_located(self, station_id: str) -> bool:
        """Tell whether the coordinates of a station are known."""
        return plain_id(station_id) in self._known

    def all_located(self) -> list[Station]:
        """Return the stations whose coordinates are known."""
        return list(self._known.values())

    def located(self, station_id: str) -> Station:
        """Return a station whose coordinates are known.

        Raises:
            KeyError: They are not known.
        """
        return self._known[station_id]

    def fault(self, station_id: str) -> str:
        """Return why a station cannot be used."""
        return self._faults.get(station_id, "it has no coordinates")

    def describe(self, station_id: str, fields: Mapping[str, str]) -> list[Fault]:
        """Describe a station by text; the first description with usable coordinates is kept.

        Args:
            station_id: Its id.
            fields: By the names of a station file's columns: those of `OPTIONAL` may be missing.

        Returns:
            The faults of the description. An optional field that is bad costs only itself.
        """
        station_id = plain_id(station_id)
        if station_id in self._known:
            return []
        faults: list[Fault] = []
        known = {**dict.fromkeys(OPTIONAL, ""), **fields}
        try:
            self._known[station_id] = Station(
                station_id,
                words("name", known["name"], faults) or station_id,
                country_of(known["country"], faults),
                *place(station_id, known["latitude"], known["longitude"]),
                metres(known["elevation"], faults),
                timezone_of(known["timezone"], faults),
                words("attribution", known["attribution"], faults),
                words("licence", known["licence"], faults),
            )
        except InvalidStationError as error:
            self._faults[station_id] = error.reason
            return [Fault("bad_station_line", error.reason)]
        return faults


def is_station_file(name: str) -> bool:
    """Tell whether a file describes stations, by its name."""
    return name.rpartition("/")[2] == STATION_FILE


def read_station_file(text: Text, stations: Stations, report: ReadReport) -> None:
    """Read the stations of a station file; bad lines are reported.

    Raises:
        FileError: A required column is missing.
    """
    for line, row in _rows(text):
        for fault in [_MALFORMED] if row is None else stations.describe(row["station_id"], row):
            report.fault(fault.reason, f"{text.name}:{line}: {fault.what}")


_MALFORMED = Fault("bad_station_line", "the line is malformed")


def _rows(text: Text) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Yield line numbers and fields by column; None for a malformed line."""
    lines = _lines(text)
    columns = next(lines, (0, None))[1] or []
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        reason = f"no column {', '.join(missing)}; found {', '.join(columns) or 'nothing'}"
        raise FileError(text.name, "missing_column", reason)
    for line, fields in lines:
        if fields is None or len(fields) != len(columns):
            yield line, None
        else:
            yield line, dict(zip(columns, fields, strict=True))


def _lines(text: Text) -> Iterator[tuple[int, list[str] | None]]:
    """Yield line numbers and fields of lines that are not blank; None for a malformed line."""
    for number, line in enumerate(text.body.decode("utf-8", "replace").split("\n"), start=1):
        try:
            # Each line alone: a quote that is never closed would take the lines after it along.
            fields = [field.strip() for field in next(csv.reader([line], strict=True), [])]
        except csv.Error:
            yield number, None
        else:
            if any(fields):
                yield number, fields
