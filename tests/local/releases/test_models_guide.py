"""The commands in docs/models.md exist, and print what the page shows."""

import json
import re
import shlex
import shutil
from contextlib import closing
from pathlib import Path

import boto3
import pytest
from click.testing import CliRunner

from api.app import make_app
from api.connect import open_realtime
from api.realtime.routing import read_split
from api.settings import Settings
from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.read import read_observations
from batch_jobs.progress import quiet
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now as now
from local.commands.main import main
from local.releases.target_models import TargetModel
from local.standin.endpoint import Endpoint, running
from local.training.model_plan import Local, Measured, train_each
from tests.client import Client
from tests.factories import ISSUE_TIME

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text()
#: Blocks of commands, each with what it has printed; "" where that is of no interest.
STEPS = re.findall(
    r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", PAGE, re.DOTALL | re.MULTILINE
)


def commands(block):
    """Return the `stationcast` commands of a block as lists of words, without redirections."""
    lines = block.replace("\\\n", " ").splitlines()
    found = [shlex.split(line, comments=True) for line in lines if "stationcast " in line]
    for words in found:
        start = next((at for at, word in enumerate(words) if word == "stationcast"), None)
        if start is not None:
            ends = [at for at, word in enumerate(words) if word in (">", "|", "||", "&")]
            yield words[start + 1 : min(ends, default=None)]


def invoke(words):
    """Run a command; return its result."""
    return CliRunner().invoke(main, list(words))


def expanded(words, models):
    """Return words with variables and stars expanded, as a shell does."""
    for word in words:
        path = Path(word.replace("$MODELS", str(models)))
        if "*" in word:
            yield from sorted(str(found) for found in path.parent.glob(path.name))
        else:
            yield str(path) if "$" in word else word


def told(text):
    """Return an output without frames, spaces and times."""
    words = re.sub(r"\d{8}T\d{6}Z", "TIME", text)
    return re.sub(r"[\s│┃┏┓┡┩└┘┗┛┳╇┴━─]+", " ", words).strip()


def test_commands_exist():
    """Every command on the page exists, and so do its options."""
    found = [words for block, _ in STEPS for words in commands(block)]
    refused = [" ".join(words) for words in found if invoke([*words, "--help"]).exit_code]

    assert len(found) > 20
    assert refused == []


@pytest.fixture
def two_variants(model_path, tmp_path):
    """The page's endpoint: two variants, all requests on the first."""
    variants = {}
    for name in ("depth5", "depth10"):
        variants[name] = str(shutil.copy(model_path, tmp_path / f"{name}.tar.gz"))
    weights = {"depth5": 100.0, "depth10": 0.0}
    with running(Endpoint(variants=variants, weights=weights, seed=1)) as endpoint:
        yield endpoint


@pytest.fixture
def surroundings(two_variants, tmp_path, monkeypatch):
    """The variables that the page exports."""
    store = f"sqlite:///{tmp_path}/forecasts.db"
    names = {"STATIONCAST_ENDPOINT": "sagemaker://stationcast", "STATIONCAST_STORE": store}
    credentials = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    region = {"AWS_DEFAULT_REGION": "eu-central-1"}
    for name, value in (names | credentials | region | two_variants.environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return Settings.of(names | {"STATIONCAST_VARIANTS": "depth5=50,depth10=50"})


@pytest.mark.usefixtures("surroundings")
def test_requests_are_moved():
    """From 100 to 5, 50, 100 % and back, each command prints what the page shows."""
    followed = 0
    for block, printed in STEPS:
        moves = [c for c in commands(block) if c[0] == "variants" and c[1] != "report"]
        if "--shadow" in block:
            break
        if moves:
            output = "".join(invoke(words).output for words in moves)
            assert told(output) == told(printed)
            followed += len(moves)

    assert followed == 8


@pytest.fixture
def ask(surroundings, model, observations, tmp_path):
    """A function that sends the page's request to the API, which writes a log."""
    with (
        closing(SQLiteStore(str(tmp_path / "forecasts.db"), now, create=True)) as store,
        (tmp_path / "api.jsonl").open("w", buffering=1) as log,
    ):
        run_night(Night(store, model, str(observations), ISSUE_TIME, now))
        realtime = open_realtime(surroundings, store, now, lambda line: print(line, file=log))
        client = Client(make_app(store, now, realtime))
        yield lambda **headers: client.post(
            "/v1/stations/JFK/forecast", {"observations": []}, **headers
        )
        realtime.close()


def test_answers_are_compared(ask, observations, tmp_path):
    """The report counts the API's log; each caller stays with one variant."""
    answers = [ask() for _ in range(3)]
    invoke(["variants", "promote", "depth10"])
    answers += [ask() for _ in range(2)]
    clients = {
        name: {ask(X_Client_Id=name).headers["forecast-variant"] for _ in range(3)}
        for name in ("ada", "ben", "cleo")
    }
    reports = [c for block, _ in STEPS for c in commands(block) if c[:2] == ["variants", "report"]]
    places = {"$MODELS": str(tmp_path), "$OBSERVATIONS": str(observations)}
    words = [re.sub(r"\$\w+", lambda found: places[found[0]], word) for word in reports[1]]
    result = invoke([*words, "--json"])
    report = json.loads(result.stdout)

    variants = [answer.headers["forecast-variant"] for answer in answers]
    assert variants == ["depth5"] * 3 + ["depth10"] * 2
    split = read_split("depth5=50,depth10=50")
    assert clients == {name: {split.variant_of(name)} for name in clients}
    assert sum(variant["answers"] for variant in report["variants"].values()) == 14
    assert set(report["variants"]) == {"depth5", "depth10"}
    assert set(report["parameters"]) == {"temperature", "pressure"}
    assert (tmp_path / "variants.png").read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def models(observations, tmp_path):
    """The page's models for a multi-model endpoint, trained on ten weeks only."""
    codes = ("temperature", "pressure")
    read = read_observations(str(observations), end=ISSUE_TIME, hours=1680, parameters=codes)
    each = [TargetModel(code, country) for code in codes for country in ("", "US")]
    measured = Measured(read)
    list(train_each(Local(measured, "v1", 2), each, tmp_path / "each", quiet))
    list(train_each(Local(measured, "v2", 1), [TargetModel("pressure")], tmp_path / "v2", quiet))
    (tmp_path / "endpoint-models").mkdir()
    return tmp_path


def test_models_are_added_and_replaced(models):
    """Each command prints what the page shows; the routes lead to existing files."""
    followed = 0
    for block, printed in STEPS:
        output = ""
        for words in commands(block):
            if words[0] == "models":
                output += invoke(expanded(words, models)).output
                followed += 1
        # A block may print more, of other tools.
        assert told(printed).startswith(told(output))

    assert followed == 7
