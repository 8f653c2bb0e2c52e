"""Lookups from DynamoDB under a server, compared with others: `python -m bench.servers`.

Three servers with one worker each answer from the same DynamoDB Local. wrk asks them in turn over
16 connections, round after round:

- **ours**, `stationcast serve`: the stored answer, 7 parameters x 24 hours x 3 quantiles;
- **Feast**'s feature server: 7 numbers a station, the medians of the first hour;
- **Powertools**' HTTP resolver under uvicorn: the answer that ours has stored, as it is stored.

Requests are for one station or for a hundred. They go through all stations, which are more than
ours keeps in memory, and each round continues where the last one ended. A further case shows what
ours answers from memory: the same few stations, again and again. Processor time is that of all
processes of the server.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.harness.client import Answer, ask, get
from bench.harness.dynamodb import dynamodb_local
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME
from bench.harness.locations import new_table
from bench.harness.night import RUN_ID, PublishedNight, publish_night
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.server import Server, serving_api
from bench.harness.wrk import (
    Asked,
    asking,
    find_wrk,
    round_figures,
    write_requests,
    wrk_version,
)
from bench.peers import feast as feast_peer
from bench.peers import powertools as powertools_peer
from forecasts.gzip_bodies import decompress
from forecasts.item import forecast_key
from forecasts.stores.protocol import Store

Values = dict[str, dict[str, float]]

#: More than ours keeps in memory, also in a quick run.
STATIONS, QUICK_STATIONS = 11_000, 5500
STATIONS_OF_A_REQUEST = 100
#: Stations that are asked for again and again: ours has them in memory.
HOT = 200

ROUNDS, QUICK_ROUNDS = 7, 3
SECONDS, QUICK_SECONDS = 4, 1

#: Our processor time for a request over Feast's: for one station, and for a hundred.
RATIO, RATIO_SEVERAL = 0.20, 0.30

OURS, FEAST, POWERTOOLS = "ours", "Feast", "Powertools"
ONE, SEVERAL, AGAIN = "1 station", f"{STATIONS_OF_A_REQUEST} stations", "again"

TABLE = "stationcast"
_PACKAGES = ("fastapi", "starlette", "uvicorn", "uvloop", "httptools")
_GZIP = {"Accept-Encoding": "gzip"}


@benchmark(f"{QUICK_STATIONS} stations, {QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure lookups under a server, compared with Feast and Powertools."""
    find_wrk()
    homes = {
        FEAST: feast_peer.PEER.install(),
        POWERTOOLS: powertools_peer.PEER.install(),
    }
    count, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    stations = QUICK_STATIONS if quick else STATIONS
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        night = publish_night(Path(name), stations, new_table(url, TABLE))
        with night.location.opened() as store:
            values = first_hours(store, night.ids)
        feast_peer.materialize(homes[FEAST], Path(name, "feast"), url, values, ISSUE_TIME)
        with ExitStack() as stack:
            servers = start(stack, Path(name, "feast"), night, values, homes)
            cases = cases_of(Path(name), values, servers, seconds)
            rounds = measure_in_turn(cases, count, lambda each: each.text)
    used = versions(*_PACKAGES) | feast_peer.PEER.versions()
    used |= powertools_peer.PEER.versions()
    used |= {"wrk": wrk_version(), "stations": str(stations), "observations": ABOUT}
    return Report("servers", used, figures_of(rounds))


def first_hours(store: Store, ids: Sequence[str]) -> Values:
    """Read the medians of the first hour.

    Stations that lack a parameter are left out: Feast's features are the same for all.
    """
    items = store.get_many([forecast_key(station_id, RUN_ID) for station_id in ids])
    answers = [json.loads(decompress(item.body)) for item in items.values()]
    return {
        answer["station"]["id"]: {code: each["p50"][0] for code, each in answer["values"].items()}
        for answer in answers
        if not answer["missing"]
    }


def start(
    stack: ExitStack,
    features: Path,
    night: PublishedNight,
    values: Values,
    homes: Mapping[str, Path],
) -> dict[str, Server]:
    """Start the servers, and make sure that they answer what was stored.

    Args:
        stack: Ends them.
        features: Feast's repository.
        night: What ours and Powertools answer.
        values: What Feast answers.
        homes: The environments of the peers.

    Raises:
        ServerError: One does not start, or gives a wrong answer.
    """
    known = night.location.environment
    ours = stack.enter_context(serving_api(night.location.url, known))
    feast = stack.enter_context(feast_peer.serving_feast(homes[FEAST], features))
    powertools = stack.enter_context(
        powertools_peer.serving_powertools(homes[POWERTOOLS], known, TABLE, RUN_ID)
    )
    ids = list(values)
    feast_peer.check(feast.port, ids[0], values[ids[0]])
    check_same(ours, powertools, ids[:STATIONS_OF_A_REQUEST])
    return {OURS: ours, FEAST: feast, POWERTOOLS: powertools}


def cases_of(
    folder: Path, values: Values, servers: Mapping[str, Server], seconds: int
) -> dict[str, Callable[[], Asked]]:
    """Return what measures each case; files of requests are written into *folder*."""
    ids = list(values)
    features = list(values[ids[0]])
    writers: dict[str, Callable[[Sequence[str]], bytes]] = {
        OURS: our_request,
        FEAST: lambda stations: feast_peer.features_request(stations, features),
        POWERTOOLS: powertools_peer.forecasts_request,
    }

    def cases(
        peer: str, ids: Sequence[str], suffix: str = ""
    ) -> Iterator[tuple[str, Callable[[], Asked]]]:
        groups: dict[str, list[Sequence[str]]] = {ONE: [[i] for i in ids], SEVERAL: groups_of(ids)}
        for what, wanted in groups.items():
            name = f"{peer}, {what}{suffix}"
            requests = [writers[peer](stations) for stations in wanted]
            path = write_requests(folder / f"{name}.requests", requests)
            yield name, asking(servers[peer].port, servers[peer].cpu_seconds, path, seconds)

    everyone = [case for peer in servers for case in cases(peer, ids)]
    return dict([*everyone, *cases(OURS, ids[:HOT], f", {AGAIN}")])


def our_request(stations: Sequence[str]) -> bytes:
    """Write the request for the forecast of one station, or of several."""
    if len(stations) == 1:
        return get(f"/v1/stations/{stations[0]}/forecast", _GZIP)
    return get(f"/v1/forecasts?stations={','.join(stations)}", _GZIP)


def groups_of(ids: Sequence[str]) -> list[Sequence[str]]:
    """Return the stations of each request for several; the remainder is left out."""
    firsts = range(0, len(ids) - STATIONS_OF_A_REQUEST + 1, STATIONS_OF_A_REQUEST)
    return [ids[first : first + STATIONS_OF_A_REQUEST] for first in firsts]


def check_same(ours: Server, powertools: Server, ids: Sequence[str]) -> None:
    """Make sure that ours and Powertools' answer the same for one station and for several.

    Raises:
        ServerError: They do not.
    """
    for stations in (ids[:1], ids):
        (mine,) = ask(ours.port, [our_request(stations)])
        (theirs,) = ask(powertools.port, [powertools_peer.forecasts_request(stations)])
        if mine.status != theirs.status or _values(mine) != _values(theirs):
            statuses = f"{mine.status} and {theirs.status}"
            raise ServerError(f"ours and Powertools answer different things: {statuses}")


def _values(answer: Answer) -> list[Any]:
    gzipped = answer.headers.get("content-encoding") == "gzip"
    content = json.loads(decompress(answer.body) if gzipped else answer.body)
    return [each["values"] for each in content.get("items", [content])]


def figures_of(rounds: Mapping[str, Sequence[Asked]]) -> list[Figure]:
    """Turn rounds into figures: medians of the ratios within each round, then of the rounds."""

    def compare(peer: str, other: str, what: str, value: Callable[[Asked], float]) -> float:
        return ratio(rounds[f"{peer}, {what}"], rounds[f"{other}, {what}"], value)

    figures = []
    for what, target in ((ONE, RATIO), (SEVERAL, RATIO_SEVERAL)):
        cpu = compare(OURS, FEAST, what, lambda each: each.cpu)
        rate = compare(POWERTOOLS, OURS, what, lambda each: each.rate)
        spared = compare(OURS, POWERTOOLS, what, lambda each: each.cpu)
        figures += [
            Figure(f"CPU a request, {OURS} / {FEAST}, {what}", cpu, "x", target),
            Figure(f"requests a second, {POWERTOOLS} / {OURS}, {what}", rate, "x", 1),
            Figure(f"CPU a request, {OURS} / {POWERTOOLS}, {what}", spared, "x"),
        ]
    return [*figures, *(each for name, one in rounds.items() for each in round_figures(name, one))]


if __name__ == "__main__":
    main()
