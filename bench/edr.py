"""What OGC API EDR costs: `python -m bench.edr`.

The API answers in this process, without a server: 11,000 synthetic stations (real airports) in
SQLite, and a made-up forecast of nine parameters for one of them. A figure is processor time.

A location and a plain lookup take turns in an order that changes, so that a busy machine slows all
of them down alike. Both are asked uncompressed, after a first request. A second application has no
address of EDR: its lookups show whether the others are slower for EDR.

The list of all stations is read as it is sent, part by part. Its memory is what Python has in use
at most meanwhile, beside what it had before.
"""

import asyncio
import random
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from fastapi import FastAPI
from starlette.types import Message, Scope

from api.app import make_app
from api.routes import edr, edr_locations, edr_places
from bench.harness.figures import Figure, Report, benchmark, versions
from forecasts import runs
from forecasts.forecast import Forecast, Quantiles
from forecasts.item import StationEntry, catalogue_item, forecast_item
from forecasts.parameter import PARAMETERS
from forecasts.run import CHANCE, LEAD_HOURS, QUANTILES, Run, RunState, run_id
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now
from local.demo.synthetic import synthetic_stations

STATIONS, STATIONS_OF_A_PART = 11_000, 1000
ROUNDS, QUICK_ROUNDS = 3000, 50
LISTS, QUICK_LISTS = 7, 1

CODES = (
    *("temperature", "dew_point", "relative_humidity", "wind_speed", "wind_gust"),
    *("pressure", "visibility", "precipitation", "wind_direction"),
)

#: Targets: a location in lookups, a lookup in those without EDR, the list in seconds and in MB.
LOCATION_RATIO, LOOKUP_RATIO, LIST_SECONDS, LIST_MB = 3, 1.02, 1, 100

#: What takes turns.
LOOKUP, WITHOUT_EDR, LOCATION = "lookup", "lookup without EDR", "location"

_GZIP = ((b"accept-encoding", b"gzip"),)
_LIST = "/edr/collections/forecasts/locations"


@benchmark(f"{QUICK_ROUNDS} rounds and {QUICK_LISTS} list.")
def main(*, quick: bool) -> Report:
    """Measure OGC API EDR beside plain lookups: processor time, and memory."""
    entries = [StationEntry(station, CODES) for station in synthetic_stations(STATIONS)]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        store = SQLiteStore(str(Path(name) / "bench.db"), utc_now, create=True)
        try:
            publish(store, entries)
            apps = make_app(store, utc_now), without_edr(make_app(store, utc_now))
            station_id = entries[0].station.id
            costs = asyncio.run(take_turns(*apps, station_id, QUICK_ROUNDS if quick else ROUNDS))
            lists = asyncio.run(measure_lists(apps[0], QUICK_LISTS if quick else LISTS))
        finally:
            store.close()
    return Report("edr", versions("fastapi"), [*figures_of(costs), *lists])


def publish(store: SQLiteStore, entries: Sequence[StationEntry]) -> None:
    """Publish a run that has stations, and the forecast of the first one."""
    now = utc_now()
    issue_time = now.replace(hour=0, minute=0, second=0, microsecond=0)
    parts = [
        entries[start : start + STATIONS_OF_A_PART]
        for start in range(0, len(entries), STATIONS_OF_A_PART)
    ]
    run = Run(
        *(run_id(issue_time, 1), issue_time, RunState.LOADED, "bench", CODES),
        *(len(entries), len(parts), now),
    )
    numbers, station = random.Random(1), entries[0].station  # noqa: S311 -- the same each time
    values = {code: _made_up(code, numbers) for code in CODES}
    forecast = Forecast(station, run.id, issue_time, run.model, values, {})
    store.put_many([catalogue_item(run, part, listed) for part, listed in enumerate(parts)])
    store.put_many([forecast_item(station.id, run, forecast.to_body())])
    runs.put_run(store, run)
    runs.publish(store, run.id, now)


def _made_up(code: str, numbers: random.Random) -> Quantiles:
    parameter = PARAMETERS[code]
    middle = (parameter.minimum + parameter.maximum) / 2
    values = {
        level: [parameter.rounded(middle + numbers.gauss(0, 5)) for _ in range(LEAD_HOURS)]
        for level in QUANTILES
    }
    chances = [round(numbers.random(), 2) for _ in range(LEAD_HOURS)]
    return values | ({CHANCE: chances} if parameter.zeros else {})


def without_edr(app: FastAPI) -> FastAPI:
    """Take the routes of EDR out of an application."""
    own = [edr.router, edr_locations.router, edr_places.router]
    app.router.routes[:] = [
        route
        for route in app.router.routes
        if getattr(route, "original_router", None) not in own
        and not getattr(route, "path", "").startswith("/edr")
    ]
    return app


async def take_turns(
    app: FastAPI, bare: FastAPI, station_id: str, rounds: int
) -> dict[str, list[float]]:
    """Return the seconds of processor time of each kind of request, round by round."""
    lookup = f"/v1/stations/{station_id}/forecast"
    kinds = {
        LOOKUP: (app, lookup),
        WITHOUT_EDR: (bare, lookup),
        LOCATION: (app, f"{_LIST}/{station_id}"),
    }
    costs: dict[str, list[float]] = {kind: [] for kind in kinds}
    order, numbers = list(kinds), random.Random(1)  # noqa: S311 -- the same each time
    for _ in range(rounds + 1):
        numbers.shuffle(order)
        for kind in order:
            start = time.process_time()
            await ask(*kinds[kind], lambda _: None)
            costs[kind].append(time.process_time() - start)
    return {kind: of_kind[1:] for kind, of_kind in costs.items()}


async def measure_lists(app: FastAPI, times: int) -> list[Figure]:
    """Return the time and memory of the list of all stations, which is asked for once before."""
    figures = []
    for name, headers in (("list of stations", ()), ("list of stations, gzip", _GZIP)):
        parts: list[bytes] = []
        await ask(app, _LIST, parts.append, headers)
        seconds = []
        for _ in range(times):
            start = time.process_time()
            await ask(app, _LIST, lambda _: None, headers)
            seconds.append(time.process_time() - start)
        tracemalloc.start()
        await ask(app, _LIST, lambda _: None, headers)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        figures += [
            Figure(name, median(seconds), "s", LIST_SECONDS),
            Figure(f"{name}: memory", peak / 1e6, "MB", LIST_MB),
            Figure(f"{name}: size", sum(map(len, parts)) / 1e6, "MB"),
        ]
    return figures


async def ask(
    app: FastAPI,
    path: str,
    take: Callable[[bytes], object],
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send a GET to an application, and give it each part of the body.

    Raises:
        RuntimeError: The answer is not 200.
    """
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"bench"), *headers],
        "scheme": "http",
        "server": ("bench", 80),
        "client": ("127.0.0.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message.get("status", 200) != 200:  # noqa: PLR2004 -- OK
            raise RuntimeError(f"{path}: {message['status']}")
        take(message.get("body", b""))

    await app(scope, receive, send)


def figures_of(costs: Mapping[str, Sequence[float]]) -> list[Figure]:
    """Return the median of each kind, and the ratios.

    Args:
        costs: Seconds by kind, round by round.
    """
    medians = {kind: median(of_kind) for kind, of_kind in costs.items()}
    location, lookup = medians[LOCATION] / medians[LOOKUP], medians[LOOKUP] / medians[WITHOUT_EDR]
    return [
        *(Figure(kind, seconds * 1e6, "µs") for kind, seconds in medians.items()),
        Figure("location / lookup", location, "", LOCATION_RATIO),
        Figure("lookup / lookup without EDR", lookup, "", LOOKUP_RATIO),
    ]


if __name__ == "__main__":
    main()
