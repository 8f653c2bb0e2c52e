"""What station files say about stations."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import File, open_location
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.stations import Stations, is_station_file, read_station_file
from batch_jobs.observations.texts import texts
from batch_jobs.training.training_sets import row_of


class Described:
    """The stations that station files describe.

    Attributes:
        rows: Rows of `stations.parquet`, by station id.
    """

    def __init__(self, stations: Stations) -> None:
        self.rows: dict[str, list[Any]] = {
            station.id: row_of(station) for station in stations.all_located()
        }

    def check_sum(self, station_ids: Iterable[str]) -> str:
        """Return a check sum of what is said about some stations."""
        rows = {station_id: self.rows.get(station_id) for station_id in station_ids}
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def described_by(location: str, files: Sequence[File]) -> Described:
    """Read the station files among some files of a location."""
    stations, report = Stations(), ReadReport()
    for text in texts(open_location(location), [f for f in files if is_station_file(f.name)]):
        with reported(text.name, report):
            read_station_file(text, stations, report)
    return Described(stations)
