"""Bodies of the answers about all stations of a run, for a map.

All are columns rather than lists of objects, which makes them a third as long, and list the
stations in the same order. Each is made once for a run and kept compressed, because it is long, and
everyone who opens the map asks for the same ones.
"""

import gzip
from collections.abc import Sequence
from functools import partial

from api.errors import MapNotFoundError
from api.reading.async_store import AsyncStore
from api.reading.published_runs import PublishedRuns
from api.reading.recent import Recent
from api.reading.snapshot import Snapshot
from api.schemas.run_responses import ForecastRun
from forecasts.forecast import dumps, valid_times
from forecasts.item import map_json, map_key
from forecasts.parameter import PARAMETERS
from forecasts.run import Run
from forecasts.skill_map import DAYS, StationSkill, skill_map
from forecasts.station import Station
from forecasts.stores.protocol import Reader

#: Bodies kept, each of some hundred kilobytes if there are 11,000 stations.
BODIES = 16

#: Decimals of a degree: 11 metres.
_DECIMALS = 4


class MapBodies:
    """Makes and keeps the bodies.

    Args:
        store: Holds the medians.
        published: Has the runs and their stations.
    """

    def __init__(self, store: AsyncStore, published: PublishedRuns) -> None:
        self._store = store
        self._published = published
        self._bodies: Recent[bytes] = Recent(BODIES)

    async def stations(self, snapshot: Snapshot) -> bytes:
        """Return the places of all stations of a run: JSON, gzip.

        Raises:
            UnknownRunError: There is no such run.
        """
        key = (snapshot.run_id, snapshot.edition, None)
        return await self._bodies.get(key, partial(self._make_stations, snapshot))

    async def medians(self, snapshot: Snapshot, parameter: str) -> bytes:
        """Return the medians of a parameter at all stations of a run: JSON, gzip.

        Raises:
            MapNotFoundError: The run has no map of the parameter.
            UnknownRunError: There is no such run.
        """
        key = (snapshot.run_id, snapshot.edition, parameter)
        return await self._bodies.get(key, partial(self._make_medians, snapshot.run_id, parameter))

    async def skill(self, snapshot: Snapshot, parameter: str) -> bytes:
        """Return how well all stations of a run were forecast: JSON, gzip.

        Raises:
            MapNotFoundError: The run does not forecast the parameter.
            UnknownRunError: There is no such run.
        """
        key = (snapshot.run_id, snapshot.edition, parameter, "skill")
        return await self._bodies.get(key, partial(self._make_skill, snapshot, parameter))

    async def _make_skill(self, snapshot: Snapshot, parameter: str) -> bytes:
        run = await self._published.run(snapshot.run_id)
        if parameter not in run.parameters:
            raise MapNotFoundError(parameter, run.id, run.parameters)
        index = await self._published.stations(snapshot)
        ids = [entry.station.id for entry in index.entries]
        return await self._store.run(_skill, run, ids, parameter)

    async def _make_stations(self, snapshot: Snapshot) -> bytes:
        run = await self._published.run(snapshot.run_id)
        index = await self._published.stations(snapshot)
        return await self._store.run(_stations, run, [entry.station for entry in index.entries])

    async def _make_medians(self, run_id: str, parameter: str) -> bytes:
        return await self._store.run(_medians, await self._published.run(run_id), parameter)


def _stations(_store: Reader, run: Run, stations: Sequence[Station]) -> bytes:
    columns = {
        "id": [each.id for each in stations],
        "name": [each.name for each in stations],
        "country": [each.country for each in stations],
        "latitude": [round(each.latitude, _DECIMALS) for each in stations],
        "longitude": [round(each.longitude, _DECIMALS) for each in stations],
    }
    body = {"run": _shown(run), "parameters": run.parameters, "stations": columns}
    return _compressed(dumps(body))


def _medians(store: Reader, run: Run, parameter: str) -> bytes:
    keys = [map_key(run.id, parameter, part) for part in range(run.parts)]
    items = store.get_many(keys)
    if len(items) < len(keys):
        known = run.parameters if parameter not in run.parameters else ()
        raise MapNotFoundError(parameter, run.id, known)
    head = {
        "run": _shown(run),
        "parameter": parameter,
        "unit": PARAMETERS[parameter].unit,
        "time": valid_times(run.issue_time),
    }
    medians = map_json(items[key] for key in keys)
    return _compressed(b'%s,"p50":%s}' % (dumps(head)[:-1], medians))


def _skill(store: Reader, run: Run, ids: Sequence[str], parameter: str) -> bytes:
    found = skill_map(store, run.id, parameter)
    known = found.stations if found else {}
    stations = [known.get(name, StationSkill()) for name in ids]
    body = {
        "run": _shown(run),
        "parameter": parameter,
        "days": DAYS,
        "as_of": found and found.as_of,
        "reference": found and found.reference,
    }
    columns = {name: [getattr(each, name) for each in stations] for name in StationSkill._fields}
    return _compressed(dumps(body | columns))


def _shown(run: Run) -> dict[str, str]:
    return ForecastRun.of_run(run).model_dump()


def _compressed(body: bytes) -> bytes:
    # Level 9 takes three times as long and saves a thirtieth.
    return gzip.compress(body, 6, mtime=0)
