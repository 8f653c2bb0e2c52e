"""A training set: the hourly observations of stations, by parameter, country and year.

    manifest.json                                            what there is, and in which files
    stations.parquet                                         station_id, place, country
    parameter=pm25/country=US/year=2024/part-0007.parquet    station_id, hour, value

Hours are counted since 1970 UTC; only those with a value have a row. Values are in the parameter's
unit and not rounded. Only files that the manifest names are read, so what an interrupted job left
behind does no harm.

It is read with pyarrow, which is in SageMaker's XGBoost image.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from model.archive import Archive
from model.errors import SetError
from model.features import Floats
from model.prediction import ForecastParameter
from model.stations import are_enough, drawn, is_held_out

FORMAT = 1

#: Of an archive: 4 bytes each.
MOST_VALUES = 250_000_000

#: Names and types of columns. Those of text differ with the program that wrote them.
_TEXT = ("string", "large_string", "string_view")
_NUMBER = ("double",)
_STATIONS = {
    "station_id": _TEXT,
    "latitude": _NUMBER,
    "longitude": _NUMBER,
    "elevation": _NUMBER,
    "country": _TEXT,
}
_ROWS = {"station_id": _TEXT, "hour": ("int32",), "value": ("float",)}


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """A training set in a folder.

    Attributes:
        folder: The folder.
        first_hour: First hour of the set's time, in hours since 1970 UTC.
        hours: Length of its time.
        targets: The parameters that it has observations of.
        files: Names of files, by parameter code and country.
    """

    folder: Path
    first_hour: int
    hours: int
    targets: tuple[ForecastParameter, ...]
    files: Mapping[str, Mapping[str, Sequence[str]]]

    @classmethod
    def open(cls, folder: Path) -> "TrainingSet":
        """Read the manifest of a set.

        Raises:
            SetError: It is missing, damaged, or of another format.
        """
        path = folder / "manifest.json"
        try:
            manifest = json.loads(path.read_bytes())
            if manifest["format"] != FORMAT:
                raise SetError(
                    path, f"has format {manifest['format']}; this version reads {FORMAT}"
                )
            return cls._of(folder, manifest)
        except FileNotFoundError as error:
            reason = "there is no such file; `stationcast training prepare` makes a set"
            raise SetError(path, reason) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SetError(path, f"not the manifest of a training set: {error!r}") from error

    @classmethod
    def _of(cls, folder: Path, manifest: dict[str, Any]) -> "TrainingSet":
        first, last = (_hour(manifest[name]) for name in ("since", "until"))
        targets = tuple(ForecastParameter(**target) for target in manifest["targets"])
        files = {
            target.code: {
                country: part["files"]
                for country, part in manifest["parameters"][target.code].items()
            }
            for target in targets
        }
        return cls(folder, first, last - first + 1, targets, files)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Codes of the parameters that the set has observations of."""
        return tuple(target.code for target in self.targets)

    def target(self, code: str) -> ForecastParameter:
        """Return a parameter of the set.

        Raises:
            SetError: The set has no observations of it.
        """
        for target in self.targets:
            if target.code == code:
                return target
        there = ", ".join(self.parameters)
        raise SetError(self.folder, f"no observations of {code}; there are those of {there}")

    def archive(self, codes: Sequence[str], country: str) -> Archive:
        """Read the observations of some parameters.

        The archive has the stations that measure one of them, those that are held out last, from
        the first to the last hour that was measured. Its values take 4 bytes for each station,
        parameter and hour. If that were more than 1 GB, it has only as many stations as fit, drawn
        by a hash of their ids; a rare parameter may be measured at none of these.

        Args:
            codes: The parameters.
            country: ISO 3166-1 alpha-2 code; "" for all.

        Raises:
            SetError: There are no observations of a parameter, or of any at the stations that were
                drawn, or a file is missing or damaged.
        """
        targets = [self.target(code) for code in codes]
        table = _stations(self.folder / "stations.parquet", country)
        ids = table["station_id"]
        chosen = drawn(ids, MOST_VALUES // (self.hours * len(codes)))
        if are_enough(chosen):
            chosen.sort(key=is_held_out)
        rows = {station: row for row, station in enumerate(chosen)}
        # For each station of the table, its row; those that were not drawn have none.
        positions = {station: rows.get(station, -1) for station in ids}
        values = np.full((len(chosen), len(codes), self.hours), np.nan, np.float32)
        for index, code in enumerate(codes):
            self._read(code, country, positions, values[:, index])
        measured, hours = self._measured(values)
        of_station = {station: row for row, station in enumerate(ids)}
        at = [of_station[chosen[row]] for row in measured]
        latitude, longitude, elevation = (
            np.array(table[name], np.float32)[at] for name in ("latitude", "longitude", "elevation")
        )
        values = values[:, :, hours] if len(at) == len(chosen) else values[measured, :, hours]
        return Archive(
            stations=tuple(chosen[row] for row in measured),
            parameters=tuple(codes),
            decimals=tuple(target.decimals for target in targets),
            values=values,
            latitude=latitude,
            longitude=longitude,
            elevation=elevation,
            first_hour=self.first_hour + hours.start,
            covariates=(),
            ahead=values[:, :0],
        )

    def _measured(self, values: Floats) -> tuple[NDArray[np.intp], slice]:
        """Return the rows of stations that measure anything, and the time in which they do."""
        stations = np.array([(~np.isnan(each)).any() for each in values], np.bool_)
        hours = np.zeros(self.hours, np.bool_)
        for each in values:
            hours |= (~np.isnan(each)).any(axis=0)
        if not stations.any():
            fitting = f"none of the {len(stations)} stations that fit into memory measures it"
            raise SetError(self.folder, f"{fitting}; prepare a set of fewer hours")
        first, last = np.flatnonzero(hours)[[0, -1]].tolist()
        return np.flatnonzero(stations), slice(first, last + 1)

    def _read(self, code: str, country: str, positions: Mapping[str, int], values: Floats) -> None:
        """Read a parameter into an array float32 [S, T] of NaN; *positions* are rows, or -1."""
        countries = [country] if country else sorted(self.files[code])
        names = [name for each in countries for name in self.files[code].get(each, ())]
        rows = others = 0
        for path in (self.folder / name for name in names):
            for batch in _batches(path, _ROWS):
                station = _station_positions(path, batch.column("station_id"), positions)
                hour = batch.column("hour").to_numpy() - self.first_hour
                value = batch.column("value").to_numpy()
                if not ((hour >= 0) & (hour < self.hours)).all():
                    raise SetError(path, "has an hour outside of the set's time")
                if not np.isfinite(value).all():
                    raise SetError(path, "has a value that is not a finite number")
                known = station >= 0
                values[station[known], hour[known]] = value[known]
                rows += int(known.sum())
                others += int((~known).sum())
        if not rows + others:
            where = f" in {country}" if country else ""
            raise SetError(self.folder, f"no observations of {code}{where}")
        if rows != np.count_nonzero(~np.isnan(values)):
            raise SetError(self.folder, "an hour of a station has more than one value")


def _hour(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) // 3600


def _stations(path: Path, country: str) -> dict[str, list[Any]]:
    """Return the columns of the stations of a country, or of all; unknown elevations are NaN."""
    columns: dict[str, list[Any]] = {name: [] for name in _STATIONS}
    for batch in _batches(path, _STATIONS, may_be_null=("elevation",)):
        for row in batch.to_pylist():
            if country in ("", row["country"]):
                for name, value in row.items():
                    columns[name].append(np.nan if value is None else value)
    if len({*columns["station_id"]}) < len(columns["station_id"]):
        raise SetError(path, "names a station more than once")
    return columns


def _station_positions(
    path: Path, column: pa.Array, positions: Mapping[str, int]
) -> NDArray[np.intp]:
    encoded = column.dictionary_encode()
    ids = encoded.dictionary.to_pylist()
    if unknown := [station for station in ids if station not in positions]:
        raise SetError(
            path,
            f"has station {unknown[0]!r}, which stations.parquet does not list for its country",
        )
    found = np.array([positions[station] for station in ids], np.intp)
    rows: NDArray[np.intp] = found[encoded.indices.to_numpy()]
    return rows


def _batches(
    path: Path, columns: Mapping[str, Sequence[str]], may_be_null: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file, some thousand rows at a time.

    Args:
        path: The file.
        columns: Names of the columns to read, and the types that each may have.
        may_be_null: Names of the columns that may have nulls.

    Raises:
        SetError: The file is missing, damaged, or has other columns.
    """
    try:
        with pq.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow, columns)
            for batch in file.iter_batches(columns=list(columns)):
                for name in columns:
                    if batch.column(name).null_count and name not in may_be_null:
                        raise SetError(path, f"column {name!r} has a null")
                yield batch
    except (OSError, pa.ArrowException) as error:
        raise SetError(path, f"cannot be read: {error}") from error


def _check_columns(path: Path, schema: pa.Schema, columns: Mapping[str, Sequence[str]]) -> None:
    for name, types in columns.items():
        index = schema.get_field_index(name)
        if index < 0 or str(schema.field(index).type) not in types:
            raise SetError(path, f"has no column {name!r} of type {types[0]}")
