"""How a night grows: `python -m bench.growth`.

Nights of 11,000 stations and of up to ten times as many, each as a fresh process, into DynamoDB
Local, which really takes every item: nothing is simulated but the weather. There are not so many
airports, so the stations are copies of 11,000, with a number behind their ids. The smallest night
is made first, to warm the server up, which does not count; then nights from small to large, and the
smallest once more, so that growth is not the server's: it is measured from the mean of both.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import click
from rich.console import Console

from bench.harness.dynamodb import ENVIRONMENT, client_of, dynamodb_local, make_table
from bench.harness.figures import Figure, Report, machine, versions
from bench.harness.inputs import ABOUT, ISSUE_TIME, apart, make_compiled, make_copies, make_model
from bench.harness.night import REST, MeasuredNight, watch_night
from forecasts.stores.dynamodb.boto import DynamoDBStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Stations of the smallest night, and how many times as many the others have.
BASE, QUICK_BASE = 11_000, 500
TIMES = (1, 2, 5, 10)

#: Seconds for a station in the largest night / in the smallest; memory of any night.
GROWTH, PEAK_GB = 1.1, 1

_PACKAGES = ("stationcast", "numpy", "polars", "orjson", "boto3")
_GB, _MILLISECONDS = 1e9, 1e3
_progress = Console(stderr=True)


@click.command()
@click.option("--quick", is_flag=True, help=f"Nights of {QUICK_BASE} to {10 * QUICK_BASE}.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, quick: bool, as_json: bool) -> None:
    """Measure how seconds and memory grow with the number of stations."""
    before = machine()
    model = apart(make_model, None, Path(".stationcast"))
    base = QUICK_BASE if quick else BASE
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        compiled = apart(make_compiled, model.path, Path(name))
        nights = measure(Path(name), compiled, url, base)
    used = versions(*_PACKAGES) | {"observations": ABOUT, "model": f"{model.text}, compiled"}
    Report("growth", used, figures_of(nights, base)).show(before, as_json=as_json)


def measure(folder: Path, model: Path, url: str, base: int) -> list[tuple[int, MeasuredNight]]:
    """Run the nights; return each with its number of stations.

    Raises:
        NightError: One failed.
    """
    sources = {times: apart(make_copies, folder, base, times) for times in TIMES}
    nights = []
    for number, times in enumerate((TIMES[0], *TIMES, TIMES[0])):
        night = _night(sources[times], model, url, f"growth-{number}")
        _progress.print(f"{times * base:,} stations: {night.total.wall_seconds:.1f} s")
        nights.append((times * base, night))
    return nights[1:]


def _night(observations: Path, model: Path, url: str, table: str) -> MeasuredNight:
    client = client_of(url)
    make_table(client, table)
    environment = {**ENVIRONMENT, "AWS_ENDPOINT_URL_DYNAMODB": url}
    store = DynamoDBStore(table, lambda: datetime.now(UTC), client)
    with closing(store):
        night = watch_night(
            observations, model, f"dynamodb://{table}", ISSUE_TIME, store, environment
        )
        client.delete_table(TableName=table)
    return night


def figures_of(nights: Sequence[tuple[int, MeasuredNight]], base: int) -> list[Figure]:
    """Turn nights into figures; of each number of stations the mean of its nights."""
    by_size: dict[int, list[MeasuredNight]] = {}
    for stations, night in nights:
        by_size.setdefault(stations, []).append(night)
    smallest, largest = min(by_size), max(by_size)
    each = {
        stations: mean(night.total.wall_seconds for night in of_size) / stations
        for stations, of_size in by_size.items()
    }
    whole = base == BASE
    peak = max(night.total.peak_bytes for _, night in nights) / _GB
    return [
        Figure(
            f"seconds a station, {largest:,} / {smallest:,}",
            each[largest] / each[smallest],
            "x",
            GROWTH if whole else None,
        ),
        Figure("peak memory of all nights", peak, "GB", PEAK_GB if whole else None),
        *(figure for size, of_size in by_size.items() for figure in _figures(size, of_size, each)),
    ]


def _figures(
    stations: int, nights: Sequence[MeasuredNight], each: Mapping[int, float]
) -> list[Figure]:
    name = f"{stations:,} stations"
    totals = [night.total for night in nights]
    states = [state for state in nights[0].states if state != REST]
    return [
        Figure(f"{name}: wall", mean(total.wall_seconds for total in totals), "s"),
        Figure(f"{name}: CPU", mean(total.cpu_seconds for total in totals), "s"),
        Figure(f"{name}: peak memory", max(t.peak_bytes for t in totals) / _GB, "GB"),
        Figure(f"{name}: wall for a station", each[stations] * _MILLISECONDS, "ms"),
        *(
            Figure(
                f"{name}: {state}: wall", mean(n.states[state].wall_seconds for n in nights), "s"
            )
            for state in states
        ),
        *(
            Figure(
                f"{name}: {state}: peak memory",
                max(n.states[state].peak_bytes for n in nights) / _GB,
                "GB",
            )
            for state in states
        ),
    ]


if __name__ == "__main__":
    main()
