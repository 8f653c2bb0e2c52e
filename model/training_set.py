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

FORMAT = 1

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

    def archive(self, code: str, country: str) -> Archive:
        """Read the observations of a parameter.

        The archive has the stations that measure it, from the first to the last hour that was
        measured. Its values take 4 bytes for each station and hour.

        Args:
            code: The parameter.
            country: ISO 3166-1 alpha-2 code; "" for all.

        Raises:
            SetError: There are no such observations, or a file is missing or damaged.
        """
        target = self.target(code)
        chosen = [country] if country else sorted(self.files[code])
        names = [name for each in chosen for name in self.files[code].get(each, ())]
        stations = _stations(self.folder / "stations.parquet", country)
        values = self._values(names, stations["station_id"])
        known = ~np.isnan(values)
        if not known.any():
            where = f" in {country}" if country else ""
            raise SetError(self.folder, f"no observations of {code}{where}")
        measured, hours = np.flatnonzero(known.any(axis=1)), np.flatnonzero(known.any(axis=0))
        first, last = hours[[0, -1]].tolist()
        values = values[measured, None, first : last + 1]
        latitude, longitude, elevation = (
            np.array(stations[name], np.float32)[measured]
            for name in ("latitude", "longitude", "elevation")
        )
        return Archive(
            parameters=(code,),
            decimals=(target.decimals,),
            values=values,
            latitude=latitude,
            longitude=longitude,
            elevation=elevation,
            first_hour=self.first_hour + first,
            covariates=(),
            ahead=values[:, :0],
        )

    def _values(self, names: Sequence[str], stations: Sequence[str]) -> Floats:
        """Read files into an array float32 [S, T], NaN for an hour that has no value."""
        positions = {station: position for position, station in enumerate(stations)}
        values = np.full((len(stations), self.hours), np.nan, np.float32)
        rows = 0
        for path in (self.folder / name for name in names):
            for batch in _batches(path, _ROWS):
                station = _station_positions(path, batch.column("station_id"), positions)
                hour = batch.column("hour").to_numpy() - self.first_hour
                value = batch.column("value").to_numpy()
                if not ((hour >= 0) & (hour < self.hours)).all():
                    raise SetError(path, "has an hour outside of the set's time")
                if not np.isfinite(value).all():
                    raise SetError(path, "has a value that is not a finite number")
                values[station, hour] = value
                rows += len(batch)
        if rows != np.count_nonzero(~np.isnan(values)):
            raise SetError(self.folder, "an hour of a station has more than one value")
        return values


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
