"""What real time is measured with: stations of seven parameters, each with one fresh reading."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from api.realtime.readings import merge
from api.realtime.sagemaker import JSON_LINES
from api.schemas.requests import Observation
from bench.harness import night as nights
from bench.harness.client import ask, get, post
from bench.harness.errors import ServerError
from bench.harness.locations import sqlite_file
from bench.harness.server import Server, serving_api
from bench.peers.sagemaker_serving import ServingStack
from forecasts.forecast import dumps
from forecasts.gzip_bodies import decompress
from forecasts.item import TransformLine, forecast_key, history_key, history_of
from forecasts.run import Run
from forecasts.runs import current_pointer, get_catalogue, get_run
from forecasts.station import Station
from forecasts.stores.protocol import Store
from forecasts.times import utc_text
from local.serving.api import lead_boto3
from local.standin.endpoint import RunningEndpoint

STATIONS = 100

#: When the reading is taken, after the run was issued: it moves the issue time by an hour.
READ_AFTER = timedelta(minutes=40)


class Night(NamedTuple):
    """A published night.

    Attributes:
        model: The artifact.
        about: What is said of the model.
        store: The SQLite file.
        asked: The stations that have a forecast of every parameter.
    """

    model: Path
    about: str
    store: Path
    asked: list["Asked"]


class Asked(NamedTuple):
    """A station, and what is asked about it.

    Attributes:
        station_id: Its id.
        body: Of the POST: one fresh reading of the temperature.
        line: The transform line that the API makes of it.
    """

    station_id: str
    body: bytes
    line: TransformLine

    @property
    def path(self) -> str:
        """Where the API is asked about it."""
        return f"/v1/stations/{self.station_id}/forecast"

    @property
    def post(self) -> bytes:
        """The request for a forecast from the reading."""
        return post(self.path, self.body)

    @property
    def invocation(self) -> bytes:
        """The request to a container for the forecast of the line."""
        types = {"Content-Type": JSON_LINES, "Accept": JSON_LINES}
        return post("/invocations", self.text, types)

    @property
    def lookup(self) -> bytes:
        """The request for the stored forecast."""
        return get(self.path, {"Accept-Encoding": "gzip"})

    @property
    def text(self) -> bytes:
        """The line as the endpoint gets it."""
        return dumps(self.line)


def publish_night(folder: Path) -> Night:
    """Publish a night of `STATIONS` stations below *folder*, with the demo's model."""
    store = folder / "forecasts.db"
    model = nights.publish_night(folder, STATIONS, sqlite_file(store)).model
    return Night(model.path.absolute(), model.text, store, stations_of(store))


def stations_of(path: Path) -> list[Asked]:
    """Say what is asked about the stations of the run that is published in the SQLite file *path*.

    Those that lack the forecast of a parameter are left out.
    """
    with sqlite_file(path).opened() as store:
        pointer = current_pointer(store)
        run = get_run(store, pointer.current if pointer else "")
        asked = [_asked(store, run, entry.station) for entry in get_catalogue(store, run)]
    return [each for each in asked if each is not None]


@contextmanager
def serving_real_time(
    night: Night,
    endpoint: RunningEndpoint | ServingStack,
    journal: Path,
    more: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run the API over *night* and *endpoint*; *more* are further settings of it.

    Raises:
        ServerError: The first answer is not one of the real-time model alone.
    """
    lead_boto3(endpoint.environment)
    settings = {
        "STATIONCAST_ENDPOINT": f"sagemaker://{endpoint.name}",
        **(more or {}),
    }
    with serving_api(f"sqlite:///{night.store}", settings, journal) as server:
        check_answer(night, server.port)
        yield server


def check_answer(night: Night, port: int) -> None:
    """Make sure that what is measured is a forecast of the model: every parameter, 24 hours.

    Raises:
        ServerError: It is not.
    """
    (answer,) = ask(port, [night.asked[0].post])
    found = json.loads(answer.body)
    codes = set(night.asked[0].line["history"])
    if answer.status != 200 or found["degraded"] or set(found["values"]) != codes:  # noqa: PLR2004 -- OK
        reason = found.get("degraded") or found
        raise ServerError(f"no forecast of the real-time model: {str(reason)[:400]}")


def _asked(store: Store, run: Run, station: Station) -> Asked | None:
    keys = forecast_key(station.id, run.id), history_key(station.id, run.id)
    items = store.get_many(keys)
    if json.loads(decompress(items[keys[0]].body))["missing"]:
        return None
    now = run.issue_time + READ_AFTER
    reading = {"parameter": "temperature", "time": utc_text(now), "value": 4.1}
    line, _ = merge(history_of(items[keys[1]]), [Observation.model_validate(reading)], now)
    return Asked(station.id, json.dumps({"observations": [reading]}).encode(), line)
