"""What ways of hosting cost a month: `python -m bench.cost`.

`stationcast cost` compares them for two workloads: its default one at today's prices, and the
book's at the book's prices. A training a month and two feeds cost the same for each of these ways.
Nothing is measured, so the figures are the same each time. Ways that AWS does not accept
(docs/cost.md says why), that answer later or that cost nothing are left out.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.harness.errors import InputError
from bench.harness.figures import Figure, Report, benchmark, versions

#: Names that the planner gives to two of the ways.
PRECOMPUTED, ALWAYS_ON = "batch transform, table, API", "endpoint, always on"
TODAY, BOOK = "today", "book"

#: The most dollars that a training a month may cost.
TRAINING_USD = 5

_BOOK = Path(__file__).parents[1] / "docs" / "cost-book.toml"


@benchmark("Changes nothing: there is nothing to wait for.")
def main(*, quick: bool) -> Report:  # noqa: ARG001 -- all benchmarks have it
    """Compare ways of hosting by what they cost a month."""
    costs = {
        TODAY: compare("--trainings", "1", "--feeds", "2"),
        BOOK: compare("--workload", str(_BOOK), "--prices", "book"),
    }
    prices = {f"prices: {name}": _about(cost["prices"]) for name, cost in costs.items()}
    return Report("cost", versions("stationcast") | prices, figures_of(costs))


def compare(*options: str) -> dict[str, Any]:
    """Run the planner.

    Raises:
        InputError: It failed; says what it printed.
    """
    command = [str(Path(sys.executable).with_name("stationcast")), "cost", "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own command
    if done.returncode:
        raise InputError(done.stderr)
    cost: dict[str, Any] = json.loads(done.stdout)
    return cost


def figures_of(costs: dict[str, dict[str, Any]]) -> list[Figure]:
    """Turn comparisons into figures: dollars a month by way, and the break-evens."""
    compared = [
        figure
        for name, cost in costs.items()
        for comparison in cost["comparisons"]
        for figure in (*_ways(name, comparison), *_break_evens(name, comparison))
    ]
    targets = {"training": TRAINING_USD}
    added = [
        Figure(f"{name}: {bill['way']}", bill["usd"], "$", targets.get(bill["way"]))
        for name, cost in costs.items()
        for bill in cost["additions"]
    ]
    return [*compared, *added]


def _ways(name: str, comparison: dict[str, Any]) -> Iterator[Figure]:
    about = comparison["about"]
    usd = {w["way"]: w["usd"] for w in comparison["ways"] if w["usd"] and not w["caveat"]}
    if PRECOMPUTED in usd:
        share = usd[PRECOMPUTED] / usd[ALWAYS_ON]
        yield Figure(f"{name}, {about}: {PRECOMPUTED} / {ALWAYS_ON}", share, "x")
    for way, cost in usd.items():
        yield Figure(f"{name}, {about}: {way}", cost, "$")


def _break_evens(name: str, comparison: dict[str, Any]) -> Iterator[Figure]:
    about = comparison["about"]
    for each in comparison["break_evens"]:
        change = f"{each['above']} costs less than {each['below']} from"
        yield Figure(f"{name}, {about}: {change}", each["requests_a_month"], "a month")


def _about(prices: dict[str, str]) -> str:
    return f"{prices['region']}, {prices['read']}"


if __name__ == "__main__":
    main()
