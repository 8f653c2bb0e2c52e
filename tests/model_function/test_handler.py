"""The entry point of the model's Lambda function, imported as Lambda does it."""

import importlib
import json
import sys

import pytest

from model_function.errors import FetchError, SettingsError
from tests.model_function.test_hooks import HOOKS, artifact
from tests.wire import answer, sends, wire

MODULE = "model_function.handler"


@pytest.fixture
def start(monkeypatch, tmp_path):
    """A function that starts the function over an S3 that holds an artifact."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.delitem(sys.modules, MODULE, raising=False)

    def importing(reply, url="s3://stationcast/models/v1/model.tar.gz"):
        monkeypatch.setenv("STATIONCAST_ARTIFACT", url)
        with wire() as server:
            server.replies = [reply]
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url)
            return importlib.import_module(MODULE).handler

    yield importing
    for name in ("helper", MODULE):
        sys.modules.pop(name, None)


def test_answer(start, tmp_path):
    """The event is the line, and the answer the bytes of the artifact's own code."""
    content = artifact(code__inference=HOOKS, code__helper="NAME = 'v1'")
    handler = start(sends(answer(content)))
    body = handler({"station_id": "JFK"}, None)

    assert json.loads(body)[1]["data"][1] == {"station_id": "JFK"}
    # The model stays: it may read its folder later.
    assert len(list(tmp_path.glob("model-*/model.json"))) == 1


def test_without_an_artifact(start):
    """Without the artifact the function does not start, and says what is missing."""
    with pytest.raises(FetchError, match="there is no such object"):
        start(sends(answer(b"<Code>NoSuchKey</Code>", 404)))


def test_without_its_setting(start):
    """A function that is not told its artifact names the variable."""
    with pytest.raises(SettingsError, match="STATIONCAST_ARTIFACT is not set"):
        start(None, url="")
