"""A training set: the hours of each parameter, as Parquet files by country and year.

| file                                                     | is                                  |
|----------------------------------------------------------|-------------------------------------|
| `manifest.json`                                          | what belongs to the set             |
| `stations.parquet`                                       | the stations, in order of id        |
| `parameter=pm25/country=US/year=2024/part-….parquet`     | `station_id, hour, value`           |
| `groups/….json`                                          | for the next preparation: `groups`  |

The manifest is written last, and readers use only the files that it names. No file that a manifest
names is ever changed. So a set that is being made anew is the old one until it is the new one.
"""

import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.observations.files import Location, content_so_far
from batch_jobs.observations.read import Observations
from batch_jobs.observations.window import HOUR_SECONDS
from batch_jobs.training.errors import TrainingSetError
from forecasts.station import Station

#: Another one if files of earlier versions cannot be used.
FORMAT = 1

MANIFEST, STATIONS = "manifest.json", "stations.parquet"
_KEYS = ("format", "since", "until", "targets", "parameters", "sources", "faults", "plan", "groups")
#: Of stations whose country is not known, in the path of a file.
NO_COUNTRY = "__"

#: `hour`: hours since 1970 UTC; `value`: in the parameter's unit, not rounded.
HOURS = pl.Schema({"station_id": pl.String, "hour": pl.Int32, "value": pl.Float32})
PLACES = pl.Schema(
    {
        "station_id": pl.String,
        "name": pl.String,
        "latitude": pl.Float64,
        "longitude": pl.Float64,
        "elevation": pl.Float64,
        "country": pl.String,
    }
)


class Fault(NamedTuple):
    """Something that a set lacks.

    Attributes:
        location: The station or location; "" if it is not known.
        reason: Why, for people.
    """

    location: str
    reason: str


@dataclass(frozen=True)
class Part:
    """A file of hours.

    Attributes:
        name: Its path in the set.
        parameter: Code.
        country: Of the stations; "" if it is not known.
        year: Of the hours, UTC.
        stations: The stations, as places in the list of the group.
        hours: Number of hours.
        first: The first of them, since 1970 UTC.
        last: The last of them.
    """

    name: str
    parameter: str
    country: str
    year: int
    stations: list[int]
    hours: int
    first: int
    last: int


@dataclass(frozen=True)
class GroupRecord:
    """What a group has become; written when its files are there.

    Attributes:
        inputs: Check sum of what it was made of; see `Group.inputs`.
        described: Check sum of what station files say about the stations.
        stations: Those that have observations, and those without a known place, as rows of
            `stations.parquet`; without a place they have only the id.
        parts: Its files.
        faults: What it lacks.
        lost: Stations that are left out because reading them failed.
    """

    inputs: str
    described: str
    stations: list[list[Any]]
    parts: list[Part]
    faults: list[Fault]
    lost: list[str]

    def to_json(self) -> bytes:
        """Return the record as a file."""
        fields = asdict(self) | {"faults": [fault._asdict() for fault in self.faults]}
        return json.dumps(fields, ensure_ascii=False, indent=0).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "GroupRecord":
        """Read a record.

        Raises:
            ValueError, KeyError, TypeError: It is not one.
        """
        fields = json.loads(content)
        fields["parts"] = [Part(**part) for part in fields["parts"]]
        fields["faults"] = [Fault(**fault) for fault in fields["faults"]]
        return cls(**fields)


def record_name(group: str) -> str:
    """Return the place of a group's record in the set."""
    return f"groups/{group}.json"


def row_of(station: Station) -> list[Any]:
    """Show a station as a row of `stations.parquet`."""
    place = station.latitude, station.longitude, station.elevation
    return [station.id, station.name, *place, station.country]


def write_parts(
    into: Location,
    observations: Observations,
    name: str,
    countries: Collection[str] | None,
) -> list[Part]:
    """Write the hours of a group that lies in one year.

    Args:
        into: The set.
        observations: Its hours.
        name: What the names of its files contain.
        countries: Codes; None for all.
    """
    of_station = np.array([station.country for station in observations.stations])
    parts = []
    for index, parameter in enumerate(observations.parameters):
        for country in sorted(set(of_station.tolist())):
            table, met = _table(observations, index, np.flatnonzero(of_station == country))
            if table.height and (countries is None or country in countries):
                year = observations.end.year
                folder = f"parameter={parameter}/country={country or NO_COUNTRY}/year={year:04}"
                path = f"{folder}/part-{name}.parquet"
                into.write(path, _parquet(table))
                hour = table["hour"].to_numpy()
                ends = int(hour.min()), int(hour.max())
                parts.append(Part(path, parameter, country, year, met, table.height, *ends))
    return parts


def _table(
    observations: Observations, index: int, chosen: NDArray[np.int64]
) -> tuple[pl.DataFrame, list[int]]:
    """Return the hours of a parameter at some stations, and which of them have any."""
    values = observations.values[chosen, index]
    rows, columns = np.nonzero(~np.isnan(values))
    last = int(observations.end.timestamp()) // HOUR_SECONDS
    ids = [observations.stations[number].id for number in chosen.tolist()]
    table = pl.DataFrame(
        {
            "station_id": pl.Series(ids, dtype=pl.String).gather(rows),
            "hour": (columns + (last + 1 - values.shape[1])).astype(np.int32),
            "value": values[rows, columns],
        },
        schema=HOURS,
    )
    return table, chosen[np.unique(rows)].tolist()


def _parquet(table: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    table.write_parquet(content)
    return content.getvalue()


def write_stations(into: Location, stations: Iterable[Sequence[Any]]) -> None:
    """Write the stations of a set: rows of `PLACES`."""
    into.write(STATIONS, _parquet(pl.DataFrame(sorted(stations), schema=PLACES, orient="row")))


def read_stations(location: Location) -> pl.DataFrame:
    """Read the stations of a set, in order of id: columns of `PLACES`.

    Raises:
        FileError: They cannot be read.
    """
    return pl.read_parquet(location.read(STATIONS), glob=False)


def write_manifest(into: Location, manifest: Mapping[str, Any]) -> None:
    """Write the manifest, which makes all other files the set."""
    into.write(MANIFEST, (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode())


def read_manifest(location: Location) -> dict[str, Any] | None:
    """Read the manifest of a set; None if there is none.

    Raises:
        FileError: It cannot be read.
        TrainingSetError: It is damaged, or of another version.
    """
    content = content_so_far(location, MANIFEST)
    if content is None:
        return None
    try:
        manifest = json.loads(content)
        if manifest["format"] == FORMAT:
            return {key: manifest[key] for key in _KEYS}
    except (ValueError, KeyError, TypeError) as error:
        reason = f"not the manifest of a training set: {error!r}; delete it to make the set anew"
        raise TrainingSetError(f"{MANIFEST}: {reason}") from error
    raise TrainingSetError(
        f"{MANIFEST}: format {manifest['format']} instead of {FORMAT}; prepare the set anew in "
        "another folder"
    )
