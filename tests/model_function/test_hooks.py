"""The hooks of an artifact's code are called in turn; a missing hook is named."""

import io
import json
import sys
import tarfile

import pytest

from model_function.errors import HooksError
from model_function.hooks import open_artifact

URL = "s3://stationcast/models/v1/model.tar.gz"

#: The least that script mode takes: hooks that say what they were called with.
HOOKS = """
import json
from pathlib import Path
from helper import NAME

def model_fn(folder):
    return {"name": NAME, "files": Path(folder, "model.json").read_text()}

def input_fn(data, content_type):
    return [content_type, json.loads(data)]

def predict_fn(data, model):
    return {"data": data, "model": model}

def output_fn(prediction, accept):
    return json.dumps([accept, prediction]).encode() + b"\\n"
"""


@pytest.fixture(autouse=True)
def clean_imports(monkeypatch):
    """The paths and modules of this process are as they were when the test is over."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    yield
    sys.modules.pop("helper", None)


def artifact(**files):
    """Pack an artifact: `__` in a name is `/`, and names have no `.py`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in {"model.json": "{}", **files}.items():
            path = name if "." in name else name.replace("__", "/") + ".py"
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def test_hooks_in_turn(tmp_path):
    """A line goes through all four hooks of the artifact, which find their own modules first."""
    content = artifact(code__inference=HOOKS, code__helper="NAME = 'v1'")
    hooks = open_artifact(URL, content, tmp_path)
    accept, prediction = json.loads(hooks.answer({"station_id": "JFK"}))

    assert accept == "application/jsonlines"
    assert prediction == {
        "data": ["application/jsonlines", {"station_id": "JFK"}],
        "model": {"name": "v1", "files": "{}"},
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>", "not a model artifact"),
        (artifact(code__inference=HOOKS)[:-20], "not a model artifact"),
        (artifact(), "has no code/inference.py"),
        (artifact(code__inference="import xgboost_of_old"), "needs xgboost_of_old"),
        (
            artifact(code__inference="raise ModuleNotFoundError(name='xgboost')"),
            "stationcast compile",
        ),
        (
            artifact(
                code__inference=HOOKS + "def model_fn(folder):\n    import no_such_module\n",
                code__helper="NAME = ''",
            ),
            "needs no_such_module, which the function does not carry",
        ),
    ],
)
def test_refused(tmp_path, content, words):
    """What is no artifact, or needs what the function has not, is named with what to do."""
    with pytest.raises(HooksError, match=words) as raised:
        open_artifact(URL, content, tmp_path)

    assert str(raised.value).startswith(URL)


def test_nothing_is_written_outside(tmp_path):
    """An artifact that reaches out of its folder is refused."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../outside"), io.BytesIO())
    folder = tmp_path / "model"
    with pytest.raises(HooksError, match="not a model artifact"):
        open_artifact(URL, buffer.getvalue(), folder)

    assert not (tmp_path / "outside").exists()
