"""The package as users install it: a wheel in a new environment, outside the repository."""

import shutil
import subprocess
import sys

import pytest

from scripts.locked_packages import ROOT, uv
from tests.command_line import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def source(tmp_path):
    """A copy of the files that are under version control."""
    folder = tmp_path / "source"
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True)  # noqa: S607
    for name in filter(None, listed.split("\0")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, path)
    if (ROOT / "web" / "node_modules").exists():
        (folder / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    return folder


@pytest.fixture
def environment(source, tmp_path):
    """A folder with an environment that has the wheel and its requirements in locked versions."""
    locked, made = tmp_path / "locked.txt", tmp_path / "environment"
    uv("build", "--wheel", "--quiet", f"--out-dir={tmp_path}", str(source))
    uv("export", "--locked", "--quiet", "--no-dev", "--no-emit-project", f"--output-file={locked}")
    uv("venv", "--quiet", f"--python={sys.executable}", str(made))
    (wheel,) = tmp_path.glob("*.whl")
    python = f"--python={made / 'bin' / 'python'}"
    uv("pip", "install", "--quiet", python, f"--constraints={locked}", str(wheel))
    return made


def test_the_installed_command(environment, observations, tmp_path):
    """The command trains, publishes a night, serves a lookup and the website, and lists the run."""
    home, stationcast = tmp_path / "home", environment / "bin" / "stationcast"
    home.mkdir()
    model = home / ".stationcast" / "model.tar.gz"
    train = ("train", "--observations", observations, "--parameters", "pressure")
    subprocess.run([stationcast, *train, "--output", model], cwd=home, check=True)
    with Server("demo", command=[stationcast], folder=home) as server:
        forecast = server.get("/v1/stations/JFK/forecast").json()
        found = server.get("/v1/stations?q=New+York").json()
        page = server.get("/", accept="text/html").text
    listed = subprocess.check_output([stationcast, "runs", "list"], cwd=home, text=True)
    (packages,) = environment.glob("lib/*/site-packages")
    typed = {path.parent.name for path in packages.glob("*/py.typed")}

    assert list(forecast["values"]) == ["pressure"]
    assert page.startswith("<!doctype html>") == bool(shutil.which("npm"))
    assert forecast["run"]["id"] in listed
    assert {"api", "batch_jobs", "forecasts", "local", "model", "model_function"} <= typed
    assert (packages / "local" / "compiling" / "walker.c").exists()
    assert found["items"][0]["place"] == "New York City, New York, United States"
