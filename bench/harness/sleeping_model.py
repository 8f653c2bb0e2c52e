"""A model that sleeps as long as the request says, served by the real stand-in.

The time that a request takes in a container is then known beforehand and does not depend on the
load of the processor, so that only the queue in front of the container is compared.
"""

import io
import tarfile
from pathlib import Path

_FILES = {
    "code/inference.py": '''"""Sleep for as many seconds as the request says."""

import time


def model_fn(model_dir):
    """There is nothing to load."""


def input_fn(request_body, content_type):
    """Read the seconds."""
    return float(request_body)


def predict_fn(input_data, model):
    """Keep the container busy."""
    time.sleep(input_data)
    return b"slept"


def output_fn(prediction, accept):
    """Return the answer."""
    return prediction
''',
    "code/model/__init__.py": "",
    "code/model/errors.py": '''"""The part of a model's package that the container needs."""


class InputError(Exception):
    """A bad request."""
''',
    "code/model/inference.py": '''"""The part of a model's package that the container needs."""

CONTENT_TYPES = ("text/plain",)
''',
}


def write_sleeper(path: Path) -> Path:
    """Write the artifact, a `model.tar.gz`."""
    with tarfile.open(path, "w:gz") as tar:
        for name, text in _FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path
