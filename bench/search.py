"""What a search for stations costs: `python -m bench.search`.

The API, with the stations of one run in SQLite, answers `GET /v1/stations?q=` in this process:
11,000 synthetic stations (real airports) and the index of places. The texts are codes, towns,
words, beginnings, typing errors and nonsense. A figure is processor time, the application around
the search included, after a first search.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import httpx

from api.app import make_app
from api.reading.places import FILE, load_places
from api.reading.station_index import StationIndex
from api.reading.station_search import StationSearch
from bench.harness.figures import Figure, Report, benchmark, versions
from forecasts import runs
from forecasts.item import StationEntry, catalogue_item
from forecasts.run import Run, RunState, run_id
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now
from local.demo.synthetic import synthetic_stations

STATIONS, STATIONS_OF_A_PART = 11_000, 1000
ROUNDS, QUICK_ROUNDS = 15, 3

#: Targets, in milliseconds: of each text, and of the index of places at the first search.
SEARCH_MS, LOAD_MS = 20, 150

#: What is typed, by kind.
TEXTS = {
    "codes, towns, words and countries": (
        *("JFK", "New York", "Berlin", "Munchen", "Cologne", "東京", "san jose", "germany"),
        *("Portland, Oregon", "john f kennedy", "international airport", "40.7,-73.9"),
    ),
    "beginnings": ("a", "in", "san", "new y", "ken jo", "frankf", "intern"),
    "typing errors": (
        *("Munchn", "Frnakfurt", "Amstredam", "philadelpia", "los angelos", "Chrles de Gaule"),
        *("kenedy intl", "jonh f kenedy"),
    ),
    "nonsense": (
        *("qqqq", "mississipi", "abcdefgh ijklmnop qrstuvwx", "xyzzy plugh", "😀😀", "!!!"),
        *("x" * 100, "a b c d e f g h i j k l m n o p q r s t u v w x y z", "مطار القاهرة"),
    ),
}


@benchmark(f"{QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure searches among 11,000 stations: processor time."""
    entries = [StationEntry(station, ("temperature",)) for station in synthetic_stations(STATIONS)]
    loading, indexing = first_search(entries)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        costs = asyncio.run(measure(entries, Path(name), QUICK_ROUNDS if quick else ROUNDS))
    figures = [
        *figures_of(costs),
        Figure("first search: index of places", loading * 1000, "ms", LOAD_MS),
        Figure("first search of a run: its stations", indexing * 1000, "ms"),
        Figure("index of places: file", FILE.stat().st_size / 1e6, "MB"),
    ]
    return Report("search", versions("fastapi", "airportsdata"), figures)


def first_search(entries: Sequence[StationEntry]) -> tuple[float, float]:
    """Return the seconds of processor time to load the places, and to index the stations."""
    index = StationIndex(entries)
    load_places.cache_clear()
    start = time.process_time()
    places = load_places()
    loaded = time.process_time()
    StationSearch(index, places)
    return loaded - start, time.process_time() - loaded


async def measure(
    entries: Sequence[StationEntry], folder: Path, rounds: int
) -> dict[str, list[float]]:
    """Return the seconds of processor time of each text, round by round."""
    costs: dict[str, list[float]] = {text: [] for texts in TEXTS.values() for text in texts}
    store = SQLiteStore(str(folder / "bench.db"), utc_now, create=True)
    try:
        publish(store, entries)
        transport = httpx.ASGITransport(make_app(store, utc_now))
        async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:
            for _ in range(rounds + 1):
                for text, of_text in costs.items():
                    start = time.process_time()
                    answer = await client.get("/v1/stations", params={"q": text, "limit": 8})
                    of_text.append(time.process_time() - start)
                    answer.raise_for_status()
    finally:
        store.close()
    return {text: of_text[1:] for text, of_text in costs.items()}


def publish(store: SQLiteStore, entries: Sequence[StationEntry]) -> None:
    """Publish a run that has stations and nothing else, which is all that a search reads."""
    now = utc_now()
    issue_time = now.replace(hour=0, minute=0, second=0, microsecond=0)
    parts = [
        entries[start : start + STATIONS_OF_A_PART]
        for start in range(0, len(entries), STATIONS_OF_A_PART)
    ]
    run = Run(
        *(run_id(issue_time, 1), issue_time, RunState.LOADED, "bench", ("temperature",)),
        *(len(entries), len(parts), now),
    )
    store.put_many([catalogue_item(run, part, listed) for part, listed in enumerate(parts)])
    runs.put_run(store, run)
    runs.publish(store, run.id, now)


def figures_of(costs: dict[str, list[float]]) -> list[Figure]:
    """Return the median cost of each kind of text, and that of the most expensive text.

    Args:
        costs: Seconds by text, round by round.
    """
    medians = {text: median(of_text) * 1000 for text, of_text in costs.items()}
    figures = []
    for kind, texts in TEXTS.items():
        of_kind = [medians[text] for text in texts]
        figures += [
            Figure(f"{kind}: median", median(of_kind), "ms"),
            Figure(f"{kind}: the most expensive", max(of_kind), "ms", SEARCH_MS),
        ]
    return figures


if __name__ == "__main__":
    main()
