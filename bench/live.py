"""How soon `stationcast live` serves: `python -m bench.live`.

A first start for the five airports nearest to a place, as a user would run it, from a stand-in of
the Iowa Environmental Mesonet that answers at once with 400 days of made-up weather: rain in some
hours, gusts in few. Then a later start in the same folder. The seconds that the real service needs
for its answers come on top.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx
import numpy as np
import polars as pl

from bench.harness.errors import NightError
from bench.harness.figures import Figure, Report, benchmark, versions
from forecasts.station import Station
from forecasts.times import HOUR, utc_now
from local.demo.synthetic import CODES, synthetic_stations, synthetic_values

DAYS, QUICK_DAYS = 400, 70
#: The most seconds that a first start may take.
SECONDS = 180

_NEAR = "40.7,-74.0"
_IDS = ("KJFK", "KLGA", "KEWR", "KTEB", "KCDW")
#: A routine report is taken so many minutes before the hour.
_BEFORE = timedelta(minutes=9)
#: The share of reports without a gust.
_CALM = 0.85
#: Column of the service: parameter, and factor and offset from our unit to the service's.
_COLUMNS = {
    "tmpf": ("temperature", 1.8, 32.0),
    "dwpf": ("dew_point", 1.8, 32.0),
    "relh": ("relative_humidity", 1.0, 0.0),
    "sknt": ("wind_speed", 1.944, 0.0),
    "mslp": ("pressure", 1.0, 0.0),
    "vsby": ("visibility", 0.621, 0.0),
    "p01i": ("precipitation", 0.0394, 0.0),
}


class Start(NamedTuple):
    """A start of the command.

    Attributes:
        seconds: Until it served.
        fetched: Of these, until the readings were stored; 0 if it served before that.
        cpu_seconds: Processor time, until it had ended.
        peak_bytes: The most memory that its largest process held.
    """

    seconds: float
    fetched: float
    cpu_seconds: float
    peak_bytes: int


@benchmark(f"{QUICK_DAYS} days of weather.")
def main(*, quick: bool) -> Report:
    """Measure starts of `stationcast live`."""
    days = QUICK_DAYS if quick else DAYS
    stations = [station for station in synthetic_stations(20_000) if station.id in _IDS]
    lines = reports(stations, utc_now(), days)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        serving(lambda path, query: _answer(stations, lines, path, query)) as url,
    ):
        first, later = (start(Path(name), url) for _ in range(2))
    inputs = {
        "stations": str(len(stations)),
        "days": str(days),
        "readings": f"{len(lines):,} lines",
    }
    used = versions("stationcast", "xgboost-cpu", "numpy", "polars") | inputs
    return Report("live", used, figures_of(first, later, None if quick else SECONDS))


def reports(stations: list[Station], now: datetime, days: int) -> pl.DataFrame:
    """Make up hourly reports in the columns of the service, in order of time."""
    end = now.replace(minute=0, second=0, microsecond=0)
    values = synthetic_values(stations, end, days * 24)
    hours = [end - _BEFORE - HOUR * back for back in reversed(range(days * 24))]
    count = len(stations)
    keys = {
        "station": np.repeat([station.id[1:] for station in stations], len(hours)),
        "valid": pl.Series(hours * count).dt.replace_time_zone(None),
        "lon": np.repeat([station.longitude for station in stations], len(hours)),
        "lat": np.repeat([station.latitude for station in stations], len(hours)),
        "elevation": np.repeat([station.elevation or 0.0 for station in stations], len(hours)),
    }
    measured = {
        column: values[:, CODES.index(code)].ravel() * factor + offset
        for column, (code, factor, offset) in _COLUMNS.items()
    }
    # Gusts are reported only if there are any.
    wind = measured["sknt"]
    gusts = np.where(wind > np.nanquantile(wind, _CALM), wind * 1.5, np.nan)
    numbers = pl.col(*_COLUMNS, "gust").round(2).fill_nan(None)
    return pl.DataFrame({**keys, **measured, "gust": gusts}).with_columns(numbers).sort("valid")


def _answer(
    stations: list[Station], lines: pl.DataFrame, path: str, query: dict[str, str]
) -> bytes:
    """Answer as the service does."""
    if path == "/geojson/network.py":
        return json.dumps({"features": [_feature(station) for station in stations]}).encode()
    since, until = (
        datetime.fromisoformat(query[name]).replace(tzinfo=None) for name in ("sts", "ets")
    )
    chosen = lines.filter(pl.col("valid").is_between(since, until, closed="left"))
    if "station" in query:
        chosen = chosen.filter(pl.col("station").is_in(query["station"].split(",")))
    return chosen.write_csv(datetime_format="%Y-%m-%d %H:%M").encode()


def _feature(station: Station) -> dict[str, object]:
    about = {
        "sname": station.name,
        "country": station.country,
        "tzname": station.timezone,
        "elevation": station.elevation,
    }
    return {"id": station.id[1:], "properties": about}


@contextmanager
def serving(answer: Callable[[str, dict[str, str]], bytes]) -> Iterator[str]:
    """Answer GET requests on this machine; yield the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            body = answer(url.path, dict(parse_qsl(url.query)))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write nothing to standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def start(folder: Path, url: str) -> Start:
    """Start the command, ask it for a forecast, and stop it as Ctrl-C does.

    Raises:
        NightError: It did not serve a forecast; says what it printed.
    """
    options = ("--near", _NEAR, "--folder", str(folder / "live"), "--port", "0")
    # Byte code is kept, as it is of an installed program.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 -- ours
        (sys.executable, "-m", "local", "live", *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**inherited, "STATIONCAST_IEM_URL": url, "PYTHONUNBUFFERED": "1"},
    ) as process:
        fetched, served = _until_served(process, begun)
        process.send_signal(signal.SIGINT)
        # Not `wait`: only this call returns what the process and its children used.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Start(served, fetched, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _until_served(process: subprocess.Popen[str], begun: float) -> tuple[float, float]:
    """Return after how many seconds readings were stored, and a forecast was served.

    Raises:
        NightError: No forecast was served.
    """
    said, fetched = [], 0.0
    for line in process.stdout or ():
        said.append(line)
        if "new readings" in line:
            fetched = time.perf_counter() - begun
        if line.startswith("Serving on "):
            forecast = f"{line.split()[-1]}/v1/stations/JFK/forecast"
            httpx.get(forecast, timeout=60).raise_for_status()
            return fetched, time.perf_counter() - begun
    raise NightError("".join(said))


def figures_of(first: Start, later: Start, target: float | None) -> list[Figure]:
    """Turn what was measured into figures."""
    return [
        Figure("first start: serving after", first.seconds, "s", target),
        Figure("first start: readings stored after", first.fetched, "s"),
        Figure("first start: CPU", first.cpu_seconds, "s"),
        Figure("first start: peak memory", first.peak_bytes / 1e9, "GB"),
        Figure("later start: serving after", later.seconds, "s"),
    ]


if __name__ == "__main__":
    main()
