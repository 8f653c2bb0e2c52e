"""`make clients` and the examples: generated clients, used against a running server."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.command_line import free_port

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
TOOLS = ROOT / ".tools" / "clients" / "node_modules"

#: Uses what the example does not: a list of stations, a body, and an error.
IN_PYTHON = """\
import os
from stationcast_client import Client
from stationcast_client.api.forecasts import get_forecasts
from stationcast_client.api.real_time import forecast_station
from stationcast_client.api.stations import get_station
from stationcast_client.models import Forecast, Observation, ObservationsBody, Problem

client = Client(os.environ["STATIONCAST_URL"])
both = get_forecasts.sync(client=client, stations=["JFK", "LGA"], quantiles=["p50", "p90"])
assert all(isinstance(item, Forecast) for item in both.items), both
assert [item.station.id for item in both.items] == ["JFK", "LGA"]
assert set(both.items[0].values["temperature"].additional_keys) == {"p50", "p90"}
reading = {"parameter": "temperature", "time": "2013-12-30T05:10:00Z", "value": 20.5}
body = ObservationsBody([Observation.from_dict(reading)])
assert forecast_station.sync("JFK", client=client, body=body).source == "realtime"
problem = get_station.sync("JKF", client=client)
assert isinstance(problem, Problem) and problem.suggestions == ["JFK"], problem
"""
IN_TYPESCRIPT = """\
import { forecastStation, getForecasts, getStation, type Forecast } from "stationcast-client";
import { client } from "stationcast-client/client";
import { deepEqual, equal } from "node:assert/strict";

client.setConfig({ baseUrl: process.env.STATIONCAST_URL! });
const { data: both } = await getForecasts({
  query: { stations: ["JFK", "LGA"], quantiles: ["p50", "p90"] },
});
const forecasts = both!.items as Forecast[];
deepEqual(forecasts.map((each) => each.station.id), ["JFK", "LGA"]);
deepEqual(Object.keys(forecasts[0].values.temperature!), ["p50", "p90"]);
const { data: again } = await forecastStation({
  path: { station_id: "JFK" },
  body: { observations: [{ parameter: "temperature", time: "2013-12-30T05:10:00Z", value: 20.5 }] },
});
equal(again!.source, "realtime");
const { error } = await getStation({ path: { station_id: "JKF" } });
deepEqual(error!.suggestions, ["JFK"]);
"""


def run(*command, folder=ROOT, **environment):
    """Run a program; return what it prints."""
    everything = os.environ | environment  # noqa: TID251 -- PATH, and what uv and npm go by
    done = subprocess.run(
        command, cwd=folder, env=everything, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """A folder with both clients, just made."""
    if not shutil.which("npm"):
        in_ci = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        (pytest.fail if in_ci else pytest.skip)("Node.js is not installed")
    folder = tmp_path_factory.mktemp("clients")
    # Other workers install the same tools into the same folder.
    (ROOT / ".tools").mkdir(exist_ok=True)
    with (ROOT / ".tools" / "clients.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run("make", "clients", f"CLIENTS={folder}")
    return folder


@pytest.fixture
def in_typescript(clients, tmp_path, api_url):
    """A function that checks the types of a program, and runs it."""
    modules = tmp_path / "node_modules"
    (modules / "@types").mkdir(parents=True)
    (modules / "stationcast-client").symlink_to(clients / "typescript")
    (modules / "@types" / "node").symlink_to(TOOLS / "@types" / "node")
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def compiled(text):
        (tmp_path / "program.ts").write_text(text)
        options = ("--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext")
        run(TOOLS / ".bin" / "tsc", *options, "--types", "node", "program.ts", folder=tmp_path)
        return run("node", "program.js", folder=tmp_path, STATIONCAST_URL=api_url)

    return compiled


@pytest.fixture
def in_python(clients, api_url):
    """A function that runs a program with the Python client."""
    paths = {"PYTHONPATH": str(clients / "python"), "STATIONCAST_URL": api_url}
    return lambda text: run(sys.executable, "-c", text, **paths)


def test_python(in_python):
    """Lists, bodies and errors have types, and reach the server as it wants them."""
    in_python(IN_PYTHON)


def test_typescript(in_typescript):
    """Lists, bodies and errors have types, and reach the server as it wants them."""
    in_typescript(IN_TYPESCRIPT)


def test_no_server_is_no_success():
    """The shell, too, says that there is nothing, and asks no second time."""
    environment = {"STATIONCAST_URL": f"http://127.0.0.1:{free_port()}", "PATH": os.defpath}
    ended = subprocess.run(
        ["/bin/sh", EXAMPLES / "forecast.sh"],
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )

    assert (ended.returncode != 0, ended.stdout) == (True, "")
    assert "station: not found" in ended.stderr
    assert ended.stderr.count("curl: ") == 1


def test_examples_agree(in_python, in_typescript, api_url):
    """Three languages, one forecast: that of the server."""
    asked = {"parameters": "temperature", "hours": 6, "tz": "station"}
    forecast = httpx.get(f"{api_url}/v1/stations/JFK/forecast", params=asked).json()
    series = forecast["values"]["temperature"]
    expected = "".join(
        f"{time} {middle} °C ({low} to {high})\n"
        for time, low, middle, high in zip(forecast["time"], *series.values(), strict=True)
    )

    assert len(forecast["time"]) == 6
    assert run("sh", EXAMPLES / "forecast.sh", STATIONCAST_URL=api_url) == expected
    assert in_python((EXAMPLES / "forecast.py").read_text()) == expected
    assert in_typescript((EXAMPLES / "forecast.ts").read_text()) == expected
