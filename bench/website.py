"""How small and how smooth the website is: `python -m bench.website`.

The site shows 11,000 synthetic stations, served by uvicorn, in this machine's headless Chromium.
The map and an empty Leaflet map are dragged in turn, each in a new window, under Chromium's
tracing. The time of a frame is the time since the previous frame was drawn; that of a hover passes
from the mouse's first move onto a station until its name and value are drawn.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.harness.errors import ServerError
from bench.harness.figures import Figure, Report, benchmark, versions
from bench.harness.inputs import ABOUT
from bench.harness.night import publish_night
from bench.harness.server import HOST, serving_api

STATIONS = 11_000
ROUNDS, QUICK_ROUNDS = 5, 1

#: Targets: the longest frame while panning, the size of a first visit, and the first hover.
FRAME_MS, FIRST_LOAD_KB, HOVER_MS = 50, 150, 100

_WEB = Path(__file__).parents[1] / "web"


@benchmark(f"{QUICK_ROUNDS} round.")
def main(*, quick: bool) -> Report:
    """Measure the website: frames while panning, size of a first visit, first hover."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        measured = measure(Path(name), QUICK_ROUNDS if quick else ROUNDS)
    used = versions("stationcast") | {"chromium": measured["browser"], "observations": ABOUT}
    return Report("website", used, figures_of(measured))


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Publish a night, serve it, and run `web/measure.mjs` on it.

    Raises:
        ServerError: The website is not built, or the browser failed; says how.
    """
    if not (_WEB / "dist").is_dir():
        raise ServerError("the website is not built; run `make web`")
    with serving_api(publish_night(folder, STATIONS).location.url) as server:
        url = f"http://{HOST}:{server.port}"
        command = ["node", "measure.mjs", url, str(rounds)]
        done = subprocess.run(command, cwd=_WEB, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    if done.returncode:
        raise ServerError(done.stderr)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def figures_of(measured: dict[str, Any]) -> list[Figure]:
    """Turn the measurements of all rounds into figures."""
    hovers = sorted(each["hover"] for each in measured["ours"])
    return [
        *_frames("map", measured["ours"], FRAME_MS),
        *_frames("empty Leaflet map", measured["empty"]),
        Figure("map: first hover, median round", hovers[len(hovers) // 2], "ms", HOVER_MS),
        Figure("map: first hover, worst round", hovers[-1], "ms"),
        Figure("map: script and style, gzip", _kilobytes(measured["ours"]), "kB", FIRST_LOAD_KB),
        Figure("station: script and style, gzip", measured["station"] / 1000, "kB", FIRST_LOAD_KB),
    ]


def _frames(name: str, rounds: list[dict[str, Any]], most: float | None = None) -> list[Figure]:
    frames = [frame for each in rounds for frame in each["frames"]]
    # Any machine stalls now and then, which is not the map's fault. The target therefore applies to
    # the median round; the worst round is reported beside it.
    worst = sorted(max(each["frames"]) for each in rounds)
    return [
        Figure(f"{name}: frame, median", quantiles(frames, n=100)[49], "ms"),
        Figure(f"{name}: frame, p99", quantiles(frames, n=100)[98], "ms"),
        Figure(f"{name}: longest frame, median round", worst[len(worst) // 2], "ms", most),
        Figure(f"{name}: longest frame, worst round", worst[-1], "ms"),
        Figure(f"{name}: longest task", max(each["longestTask"] for each in rounds), "ms"),
    ]


def _kilobytes(rounds: list[dict[str, Any]]) -> float:
    return max(float(each["bytes"]) for each in rounds) / 1000


if __name__ == "__main__":
    main()
