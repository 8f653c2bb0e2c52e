"""How long the API function takes to start: `python -m bench.cold_start`.

A cold start is what the first event waits for: the process, the imports, the first answer. Three
functions start in Lambda's own runtime (`bench.harness.emulator`), in turn, round after round, and
answer the same lookup from DynamoDB Local: ours, from its bundle; the textbook's
(`bench/peers/textbook.py`) as `sam build` leaves it, without byte code; and the textbook's
precompiled. Their folders are never written to.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.harness.bundles import build_bundle, install_textbook
from bench.harness.dynamodb import dynamodb_local
from bench.harness.emulator import emulating
from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.locations import table_at
from bench.harness.one_station import PATH, TABLE, event_of, make_night
from bench.harness.rounds import measure_in_turn, ratio
from scripts import bundle

ROUNDS, QUICK_ROUNDS = 15, 4

#: Our cold start over the textbook's as `sam build` leaves it, and over the precompiled one.
RATIO, RATIO_COMPILED = 0.32, 0.75
MOST_ZIPPED_MB = 12

OURS, TEXTBOOK, COMPILED = "ours", "textbook as sam build leaves it", "textbook compiled"

_PACKAGES = ("fastapi", "pydantic", "mangum", "boto3", "aws-lambda-powertools")


class Start(NamedTuple):
    """A cold start.

    Attributes:
        wall: Seconds from the event to the answer.
        cpu: Seconds of processor time that the function's process used until then.
    """

    wall: float
    cpu: float


@benchmark(f"{QUICK_ROUNDS} rounds.")
def main(*, quick: bool) -> Report:
    """Measure cold starts of the API function: wall and processor time."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory(prefix="bench-") as name, dynamodb_local() as url:
        bundles = make_bundles(Path(name))
        make_night(url)
        known = {**table_at(url, TABLE).environment, "TABLE_NAME": TABLE}
        cases = {
            OURS: partial(start, bundles[OURS], "api.handler.handler", known),
            TEXTBOOK: partial(start, bundles[TEXTBOOK], "textbook.handler", known),
            COMPILED: partial(start, bundles[COMPILED], "textbook.handler", known),
        }
        starts = measure_in_turn(cases, rounds, lambda each: f"{each.wall * 1e3:.0f} ms")
        figures = [*figures_of(starts), *size_figures(bundles)]
    return Report("cold_start", versions(*_PACKAGES) | {"rounds": str(rounds)}, figures)


def make_bundles(folder: Path) -> dict[str, Path]:
    """Build the three functions below *folder*.

    Raises:
        BundleError: One cannot be built.
    """
    bundles = {
        OURS: build_bundle("ApiFunction", folder),
        TEXTBOOK: install_textbook(folder / "textbook"),
        COMPILED: install_textbook(folder / "compiled"),
    }
    bundle.compile_all(bundles[COMPILED], sys.executable)
    return bundles


def start(folder: Path, handler: str, environment: Mapping[str, str]) -> Start:
    """Start a function, send it a lookup, end it.

    Args:
        folder: Its bundle.
        handler: Its entry point.
        environment: Its variables.

    Raises:
        ServerError: Its answer is not 200.
    """
    log = folder.with_suffix(".log")
    with emulating(folder, handler, environment, log) as emulator:
        begin = time.perf_counter()
        answer = emulator.invoke(event_of(PATH))
        wall = time.perf_counter() - begin
        if answer.get("statusCode") != 200:  # noqa: PLR2004 -- OK
            raise ServerError(f"{folder.name}: {answer}\n{log.read_text()}")
        return Start(wall, emulator.cpu_seconds())


def figures_of(starts: Mapping[str, Sequence[Start]]) -> list[Figure]:
    """Turn starts into figures: ratios within a round, then medians."""
    clocks = {"wall": lambda start: start.wall, "CPU": lambda start: start.cpu}
    ratios = [
        Figure(f"{clock}, {OURS} / {other}", ratio(starts[OURS], starts[other], value), "x", most)
        for other, most in ((TEXTBOOK, RATIO), (COMPILED, RATIO_COMPILED))
        for clock, value in clocks.items()
    ]
    medians = [
        Figure(f"{name}: {clock}", median(map(value, of_case)) * 1e3, "ms")
        for clock, value in clocks.items()
        for name, of_case in starts.items()
    ]
    return [*ratios, *medians]


def size_figures(bundles: Mapping[str, Path]) -> Iterator[Figure]:
    """Yield how large our bundle and the textbook's are."""
    for name, target in ((OURS, MOST_ZIPPED_MB), (TEXTBOOK, None)):
        size = bundle.size_of(bundles[name])
        folder = bundles[name].name
        yield Figure(f"{folder}: zipped", size.zipped / 1e6, "MB", target)
        yield Figure(f"{folder}: unpacked", size.unpacked / 1e6, "MB")
        yield Figure(f"{folder}: packages", size.packages, "")


if __name__ == "__main__":
    main()
