"""What a lookup costs under uvicorn: `python -m bench.lookup`.

`stationcast serve` answers from a SQLite file with the night of 1,000 stations. Beside it runs the
least that FastAPI can do: one route that sends a constant of the same size. wrk
asks both over 16 connections in turn, round after round; the processor time of the server is
divided by the number of requests.

A second server has a DynamoDB that takes two seconds for every read. While a lookup waits for it,
`/healthz` is asked again and again. Needs Linux.
"""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from bench.harness.client import Answer, Caller, ask, get
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT
from bench.harness.locations import table_at
from bench.harness.loopback import answering
from bench.harness.night import publish_night
from bench.harness.rounds import measure_in_turn, ratio
from bench.harness.server import CONSTANT_PATH, Server, serving_api, serving_constant
from bench.harness.wrk import Asked, asking, round_figures, write_requests, wrk_version

STATIONS = 1000
STATIONS_OF_A_REQUEST = 100

#: A lookup may cost this many times what the constant costs.
RATIO = 1.5
#: Seconds that the slow DynamoDB takes, and milliseconds that `/healthz` may take meanwhile.
READ_SECONDS, HEALTH_MS = 2.0, 50

CONSTANT, PLAIN = "constant answer", "plain lookup"
HEALTH = f"/healthz while a read takes {READ_SECONDS:g} s: longest"

ROUNDS, QUICK_ROUNDS = 15, 5
#: Length of a round of one case.
SECONDS = 1

_GZIP = {"Accept-Encoding": "gzip"}
_PACKAGES = ("stationcast", "fastapi", "starlette", "uvicorn", "uvloop", "httptools")


@benchmark(f"{QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure lookups under uvicorn: processor time, latency, requests a second."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        rounds = measure(Path(name), QUICK_ROUNDS if quick else ROUNDS)
    used = versions(*_PACKAGES) | {"wrk": wrk_version(), "observations": ABOUT}
    return Report("lookup", used, figures_of(rounds, slowest_health()))


def measure(folder: Path, rounds: int) -> dict[str, list[Asked]]:
    """Publish a night, start both servers, ask them in turn."""
    night = publish_night(folder, STATIONS)
    with serving_api(night.location.url) as ours:
        answers = ask(ours.port, [get(_path(station_id), _GZIP) for station_id in night.ids])
        constant = folder / "constant"
        constant.write_bytes(_of_median_size(answers))
        with serving_constant(constant) as theirs:
            cases = _cases(folder, ours, theirs, night.ids, answers)
            return measure_in_turn(cases, rounds, lambda each: each.text)


def slowest_health() -> float:
    """Return the longest time, in seconds, that `/healthz` takes while a lookup waits."""

    def answer(_: bytes) -> bytes:
        time.sleep(READ_SECONDS)
        return b"{}"

    with (
        answering(answer) as url,
        serving_api("dynamodb://slow", table_at(url, "slow").environment) as server,
        closing(Caller(server.port)) as caller,
        ThreadPoolExecutor(1) as pool,
    ):
        lookup = pool.submit(ask, server.port, [get(_path("JFK"))])
        times = []
        while not lookup.done():
            begun = time.perf_counter()
            caller.ask(get("/healthz"))
            times.append(time.perf_counter() - begun)
            time.sleep(0.01)
        return max(times)


def _path(station_id: str) -> str:
    return f"/v1/stations/{station_id}/forecast"


def _of_median_size(answers: Sequence[Answer]) -> bytes:
    bodies = sorted((answer.body for answer in answers), key=len)
    return bodies[len(bodies) // 2]


def _cases(
    folder: Path, ours: Server, theirs: Server, ids: Sequence[str], answers: Sequence[Answer]
) -> dict[str, Callable[[], Asked]]:
    paths = [_path(station_id) for station_id in ids]
    groups = (ids[i : i + STATIONS_OF_A_REQUEST] for i in range(0, len(ids), STATIONS_OF_A_REQUEST))
    known = [
        get(path, _GZIP | {"If-None-Match": answer.headers["etag"]})
        for path, answer in zip(paths, answers, strict=True)
    ]
    part = "?parameters=temperature&hours=6"
    requests = {
        CONSTANT: [get(CONSTANT_PATH, _GZIP)],
        PLAIN: [get(path, _GZIP) for path in paths],
        "unchanged, 304": known,
        "1 parameter, 6 hours": [get(path + part, _GZIP) for path in paths],
        "without gzip": [get(path) for path in paths],
        f"{STATIONS_OF_A_REQUEST} stations": [
            get(f"/v1/forecasts?stations={','.join(group)}", _GZIP) for group in groups
        ],
    }
    cases = {}
    for number, (name, of_case) in enumerate(requests.items()):
        server = theirs if name == CONSTANT else ours
        path = write_requests(folder / f"{number}.requests", of_case)
        cases[name] = asking(server.port, server.cpu_seconds, path, SECONDS)
    return cases


def figures_of(rounds: Mapping[str, Sequence[Asked]], health: float) -> list[Figure]:
    """Turn rounds into figures: the median of ratios within a round, then medians.

    Args:
        rounds: The rounds by case.
        health: As `slowest_health` returns it.
    """
    cpu = ratio(rounds[PLAIN], rounds[CONSTANT], lambda each: each.cpu)
    return [
        Figure(f"CPU, {PLAIN} / {CONSTANT}", cpu, "x", RATIO),
        Figure(HEALTH, health * 1e3, "ms", HEALTH_MS),
        *(figure for name, of_case in rounds.items() for figure in round_figures(name, of_case)),
    ]


if __name__ == "__main__":
    main()
