"""What a lookup costs in Lambda: `python -m bench.hot_path`.

Processes answer the same API Gateway events in turn, round after round, each from a table in
DynamoDB Local:

- ours: stations that the process does not have in memory, the same station again, a client that has
  the answer already, and a hundred stations at once;
- boto3's bare `get_item` of the same items;
- the textbook's function (`bench/peers/textbook.py`) with its own packages.

Three more cases start a process in every round and ask it once, with no connection open yet: our
first lookup and the textbook's, which is what remains to be done after Lambda has restored a
snapshot (SnapStart), and our first POST with a reading, in a process that was started on demand.
The model's function is then a service on this machine that answers at once.

A figure is the processor time of the process that answers. Needs Linux.
"""

import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from api.reading.async_store import AsyncStore, run_here
from api.reading.published_runs import PublishedRuns
from bench.harness.bundles import install_textbook
from bench.harness.dynamodb import dynamodb_local
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.handlers import running_handler
from bench.harness.locations import Location, table_at
from bench.harness.loopback import answering
from bench.harness.one_station import (
    PATH,
    STATION,
    TABLE,
    event_of,
    make_night,
    model_answer,
    reading_event,
)
from bench.harness.rounds import measure_in_turn, ratio
from forecasts.item import forecast_key
from forecasts.stores.dynamodb.attributes import key_attributes
from forecasts.times import utc_now

Event = dict[str, Any]

ROUNDS, QUICK_ROUNDS = 15, 5
REQUESTS, QUICK_REQUESTS = 200, 60

#: More than a process keeps in memory: each is read from the table whenever its turn comes.
STATIONS = 8_000
STATIONS_OF_A_REQUEST = 100

OURS, AGAIN, KNOWN, SEVERAL = "lookup", "the same again", "304", "100 stations"
BARE, TEXTBOOK = "bare get_item", "textbook"
FIRST, FIRST_TEXTBOOK = "first lookup of a process", "the textbook's first"
FIRST_POST = "first POST of an on-demand process"

_HANDLER, _TEXTBOOK = "api.handler.handler", "textbook.handler"
_PACKAGES = ("boto3", "fastapi", "mangum", "starlette", "aws-lambda-powertools")


@benchmark(f"{QUICK_ROUNDS} rounds of {QUICK_REQUESTS} requests.")
def main(*, quick: bool) -> Report:
    """Measure lookups through the Lambda handler: processor time."""
    rounds, requests = (QUICK_ROUNDS, QUICK_REQUESTS) if quick else (ROUNDS, REQUESTS)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        url = stack.enter_context(dynamodb_local())
        model = stack.enter_context(answering(model_answer))
        textbook = install_textbook(Path(name, "textbook"))
        run_id = make_stations(url)
        table = table_at(url, TABLE)
        environment = {
            **table.environment,
            "AWS_LAMBDA_FUNCTION_NAME": "bench",
            "TABLE_NAME": TABLE,
        }
        cases = {
            **warm_cases(stack, environment, textbook, run_id, known_event(table), requests),
            **first_cases(environment, textbook, model),
        }
        costs = measure_in_turn(cases, rounds, lambda cost: f"{cost:.0f} µs")
    used = versions(*_PACKAGES) | {"rounds": str(rounds), "requests": str(requests)}
    return Report("hot_path", used, figures_of(costs))


def warm_cases(
    stack: ExitStack,
    environment: Mapping[str, str],
    textbook: Path,
    run_id: str,
    known: Event,
    requests: int,
) -> dict[str, Callable[[], float]]:
    """Start the processes that answer all rounds; return what measures each case.

    Args:
        stack: Ends the processes.
        environment: Variables of our function.
        textbook: Packages of the textbook's function.
        run_id: The published run.
        known: As `known_event` makes it.
        requests: Requests of a round.
    """

    def case(
        name: str,
        events: Sequence[Event],
        status: int = 200,
        share: float = 1.0,
        packages: Path | None = None,
    ) -> Callable[[], float]:
        handler = stack.enter_context(running_handler(name, environment, packages))
        following = cycle(events)
        return lambda: handler.cost(list(islice(following, round(requests * share))), status)

    ids = [_station_id(number) for number in range(STATIONS)]
    keys = [key_attributes(forecast_key(station_id, run_id)) for station_id in ids]
    lookups = [event_of(f"/v1/stations/{station_id}/forecast") for station_id in ids]
    # Shares are such that all cases take about as long.
    return {
        BARE: case("bench.peers.bare_get_item.handler", keys),
        OURS: case(_HANDLER, lookups),
        AGAIN: case(_HANDLER, [event_of(PATH)]),
        KNOWN: case(_HANDLER, [known], status=304),
        SEVERAL: case(_HANDLER, list(_lists(ids)), share=0.1),
        TEXTBOOK: case(_TEXTBOOK, [event_of(PATH)], share=0.3, packages=textbook),
    }


def first_cases(
    environment: Mapping[str, str], textbook: Path, model: str
) -> dict[str, Callable[[], float]]:
    """Return what starts a process and measures its first answer; *model* is a function's URL."""
    on_demand = {
        **environment,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_ENDPOINT_URL_LAMBDA": model,
        "STATIONCAST_ENDPOINT": "lambda://model",
    }
    return {
        FIRST: partial(first_cost, _HANDLER, environment, event_of(PATH)),
        FIRST_TEXTBOOK: partial(first_cost, _TEXTBOOK, environment, event_of(PATH), textbook),
        FIRST_POST: partial(first_cost, _HANDLER, on_demand, reading_event()),
    }


def first_cost(
    name: str, environment: Mapping[str, str], event: Event, packages: Path | None = None
) -> float:
    """Start a handler; return the processor time of its first answer, in microseconds.

    The time until it waits for the event does not count.
    """
    with running_handler(name, environment, packages) as handler:
        return handler.cost([event], 200)


def figures_of(costs: Mapping[str, Sequence[float]]) -> list[Figure]:
    """Turn costs into figures: ratios within a round, then medians."""

    def compare(name: str, other: str, target: float | None = None) -> Figure:
        value = ratio(costs[name], costs[other], lambda cost: cost)
        return Figure(f"{name} / {other}", value, "x", target)

    first_post = median(costs[FIRST_POST]) / 1e3
    others = {name: median(of_case) for name, of_case in costs.items() if name != FIRST_POST}
    return [
        compare(OURS, BARE, 0.28),
        compare(OURS, TEXTBOOK, 1 / 13),
        compare(AGAIN, BARE, 0.15),
        compare(SEVERAL, OURS, 15),
        Figure(f"{FIRST_POST}: CPU", first_post, "ms", 30),
        compare(FIRST, FIRST_TEXTBOOK),
        *(Figure(f"{name}: CPU", value, "µs") for name, value in others.items()),
    ]


def known_event(location: Location) -> Event:
    """Make the event of a lookup by a client that has the answer already."""
    with location.opened() as store:
        published = PublishedRuns(AsyncStore(store, run_here), utc_now)
        etag = asyncio.run(published.current()).etag(STATION.id)
    return event_of(PATH, **{"if-none-match": etag})


def make_stations(url: str) -> str:
    """Publish a night of `STATIONS` equal forecasts into the DynamoDB at *url*; return its id."""
    run = make_night(url)
    with table_at(url, TABLE).opened() as store:
        item = store.get(forecast_key(STATION.id, run.id))
        if item is None:
            raise ServerError("the night has no forecast")
        keys = (forecast_key(_station_id(number), run.id) for number in range(STATIONS))
        store.put_many(item._replace(key=key) for key in keys)
    return run.id


def _station_id(number: int) -> str:
    return f"S{number:05d}"


def _lists(ids: Sequence[str]) -> Iterator[Event]:
    for first in range(0, len(ids), STATIONS_OF_A_REQUEST):
        stations = ",".join(ids[first : first + STATIONS_OF_A_REQUEST])
        yield event_of("/v1/forecasts", f"stations={stations}")


if __name__ == "__main__":
    main()
