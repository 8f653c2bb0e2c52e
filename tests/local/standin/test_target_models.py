"""Several models behind one endpoint, through boto3: loaded, kept, and unloaded to make room."""

import asyncio
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local.standin.endpoint import Endpoint, running
from local.standin.instance import Instance
from local.standin.target_models import TargetModels
from model.inference import input_fn, output_fn, predict_fn
from tests.artifacts import changed_artifact
from tests.endpoint import JSON_LINES, a_line, control_client, invoke, runtime_client

#: A model that loads slowly.
SLOW = """
import time

def model_fn(model_dir, model_fn=model_fn):
    time.sleep(0.5)
    return model_fn(model_dir)
"""

#: A model that cannot be loaded.
BROKEN = "def model_fn(model_dir):\n    raise RuntimeError('no such luck')"


@pytest.fixture(scope="module")
def folder(model_path, tmp_path_factory):
    """A folder with four working models, a slow one, a broken one and a malformed one."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "us").mkdir()
    for name in ("pm25.tar.gz", "o3.tar.gz", "no2.tar.gz", "us/pm25.tar.gz"):
        shutil.copy(model_path, folder / name)
    changed_artifact(model_path, folder / "slow.tar.gz", inference=SLOW)
    changed_artifact(model_path, folder / "broken.tar.gz", inference=BROKEN)
    (folder / "none.tar.gz").write_text("not a model")
    (folder.parent / "outside.tar.gz").write_bytes(model_path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def endpoint(folder):
    """A multi-model endpoint with room for two models."""
    options = {"most_models": 2, "load_seconds": 0.1}
    with running(Endpoint(models=str(folder), **options)) as endpoint:
        yield endpoint


@pytest.fixture
def client(endpoint):
    """A boto3 client of the endpoint."""
    client = runtime_client(endpoint)
    yield client
    client.close()


def error_of(client, **request):
    """Send a request that fails; return boto3's error."""
    with pytest.raises(ClientError) as caught:
        invoke(client, a_line(), **request)
    return caught.value


def message_of(error):
    """Return the service's message."""
    return error.response["Error"]["Message"]


def when_ready(client, target):
    """Ask a model for an answer, again while it is not ready."""
    while True:
        try:
            return invoke(client, a_line(), TargetModel=target)
        except client.exceptions.ModelNotReadyException:
            time.sleep(0.01)


def test_an_answer(client, model):
    """The target model gives the same answer as in this process."""
    answer = when_ready(client, "pm25.tar.gz")
    body = json.dumps(a_line())

    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["Body"] == output_fn(predict_fn(input_fn(body, JSON_LINES), model), JSON_LINES)


def test_more_models_than_fit(client):
    """Every model answers; the least recently used ones are unloaded to make room."""
    names = ["pm25.tar.gz", "o3.tar.gz", "us/pm25.tar.gz", "no2.tar.gz"] * 2

    assert len({when_ready(client, name)["Body"] for name in names}) == 1


def test_many_at_once(client):
    """Models that push each other out of memory all answer without an error."""
    names = ["pm25.tar.gz", "o3.tar.gz", "no2.tar.gz", "us/pm25.tar.gz"] * 6
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda name: when_ready(client, name)["Body"], names))

    assert len(set(answers)) == 1


def test_a_model_that_is_loading(client):
    """While a model loads, requests get status 429; then they are answered."""
    error = error_of(client, TargetModel="slow.tar.gz")

    assert isinstance(error, client.exceptions.ModelNotReadyException)
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert when_ready(client, "slow.tar.gz")["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("target", ["pm10.tar.gz", "../outside.tar.gz", "us", "/etc/passwd"])
def test_a_model_that_is_not_there(client, target):
    """A missing model is a ValidationError; nothing outside the folder is read."""
    error = error_of(client, TargetModel=target)

    assert isinstance(error, client.exceptions.ValidationError)
    assert message_of(error).startswith(f"Failed to download model data ({target}).")


def test_a_malformed_model(client):
    """A malformed model is a ValidationError."""
    error = error_of(client, TargetModel="none.tar.gz")

    assert isinstance(error, client.exceptions.ValidationError)
    assert message_of(error).startswith("Failed to extract model data (none.tar.gz)")


def test_a_model_that_does_not_load(client):
    """It is a ModelError with the container's message, and the other models answer."""
    while isinstance(
        error := error_of(client, TargetModel="broken.tar.gz"),
        client.exceptions.ModelNotReadyException,
    ):
        time.sleep(0.01)

    assert isinstance(error, client.exceptions.ModelError)
    assert error.response["OriginalStatusCode"] == 500
    assert error.response["OriginalMessage"].endswith("cannot be loaded: no such luck")
    assert when_ready(client, "pm25.tar.gz")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_no_target_model(client):
    """A request without a target model is a ValidationError."""
    error = error_of(client)

    assert isinstance(error, client.exceptions.ValidationError)
    assert message_of(error).endswith("is missing a target model header.")


def test_a_model_that_is_added_and_removed(client, folder, model_path):
    """A new file in the folder is a model at once; a loaded model outlives its file."""
    path = folder / "new.tar.gz"
    before = error_of(client, TargetModel="new.tar.gz")
    shutil.copy(model_path, path)
    when_ready(client, "new.tar.gz")
    path.unlink()

    assert isinstance(before, client.exceptions.ValidationError)
    assert invoke(client, a_line(), TargetModel="new.tar.gz")["Body"]


def test_the_control_plane(endpoint):
    """A multi-model endpoint has one variant, whose model is the folder."""
    client = control_client(endpoint)
    (variant,) = client.describe_endpoint(EndpointName="stationcast")["ProductionVariants"]
    config = client.describe_endpoint_config(EndpointConfigName="stationcast-config")

    assert variant["VariantName"] == "AllTraffic"
    assert config["ProductionVariants"][0]["ModelName"].startswith("models")


def test_a_model_that_was_pushed_out_meanwhile(folder):
    """If a container no longer has a model that the front expects, it is loaded again."""

    async def run():
        instance = Instance("the folder", ["--models", "1"])
        models = TargetModels(Endpoint(models=str(folder)), str(folder))
        line = json.dumps(a_line()).encode()
        invocation = ({"content-type": JSON_LINES}, line)
        await instance.start()
        try:
            first = await models.ask(instance, "o3.tar.gz", *invocation)
            kept = [Path(folder.name) for folder in instance.loaded.values()]
            await instance.ask("DELETE", "/models/o3.tar.gz")
            second = await models.ask(instance, "o3.tar.gz", *invocation)
            return first, second, kept
        finally:
            await instance.stop()

    first, second, kept = asyncio.run(run())

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert not any(path.exists() for path in kept)
