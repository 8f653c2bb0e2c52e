"""The commands for compiled models in docs/models.md, with both forms behind one endpoint."""

import json
import re
import shutil
from contextlib import closing
from itertools import pairwise

import boto3
import pytest

from api.app import make_app
from api.connect import open_realtime
from api.settings import Settings
from batch_jobs.nightly import Night, run_night
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now as now
from local.standin.endpoint import Endpoint, running
from tests.client import Client
from tests.factories import ISSUE_TIME
from tests.local.releases.test_models_guide import PAGE, commands, invoke, told

SECTION = PAGE.partition("## Compiled")[2].partition("\n## ")[0]
BLOCKS = re.findall(
    r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", SECTION, re.MULTILINE | re.DOTALL
)


def without_numbers(text):
    """Return an output without the figures of a machine."""
    return re.sub(r"\d+(\.\d+)?(e-?\d+)?", "N", told(text))


@pytest.fixture
def folder(model_path, tmp_path):
    """The page's folder, with a trained model."""
    shutil.copy(model_path, tmp_path / "depth5.tar.gz")
    return tmp_path


@pytest.fixture
def compiled(folder):
    """The output of the page's first block, and the commands of its endpoint and report."""
    (first, printed), (second, _) = BLOCKS
    replaced = [
        [word.replace("$MODELS", str(folder)) for word in words]
        for block in (first, second)
        for words in commands(block)
    ]
    return invoke(replaced[0]), printed, replaced[1], replaced[-1]


@pytest.fixture
def client(compiled, folder, model, observations, monkeypatch):
    """A client of the API before the page's endpoint; the API writes the page's log."""
    words = compiled[2]
    variants = dict(w.split("=") for o, w in pairwise(words) if o == "--variant")
    settings = {"STATIONCAST_ENDPOINT": "sagemaker://stationcast", "STATIONCAST_STORE": "-"}
    local = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    with (
        running(
            Endpoint(variants=variants, weights={"boosters": 70, "compiled": 30}, seed=1)
        ) as at,
        closing(SQLiteStore(str(folder / "forecasts.db"), now, create=True)) as store,
        (folder / "compiled.jsonl").open("w", buffering=1) as log,
    ):
        for name, value in (local | {"AWS_DEFAULT_REGION": "xx"} | at.environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        run_night(Night(store, model, str(observations), ISSUE_TIME, now))
        realtime = open_realtime(
            Settings.of(settings), store, now, lambda line: print(line, file=log)
        )
        yield Client(make_app(store, now, realtime))
        realtime.close()


def test_the_command_prints_what_the_page_says(compiled, folder):
    """The page shows the command's output, except for the numbers."""
    result, printed, *_ = compiled
    output = result.stdout.replace(str(folder), ".stationcast/models").splitlines()
    said = printed.splitlines()

    assert result.exit_code == 0, result.output
    assert [without_numbers(line) for line in output[1:]] == [without_numbers(s) for s in said[1:]]
    assert output[0].startswith("For linux-")


def test_both_forms_answer_the_same(client, compiled):
    """Both variants return the night's values; the report counts both."""
    answers = [client.post("/v1/stations/JFK/forecast", {"observations": []}) for _ in range(20)]
    variants = {answer.headers["forecast-variant"] for answer in answers}
    night = client.get("/v1/stations/JFK/forecast").json()["values"]
    report = json.loads(invoke([*compiled[3], "--json"]).stdout)

    assert variants == {"boosters", "compiled"}
    assert all(answer.json()["values"] == night for answer in answers)
    assert set(report["variants"]) == variants
