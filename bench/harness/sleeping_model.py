"""A model that does nothing for as long as it is told: what serves it is the real stand-in.

How long a request takes a container is then known beforehand, and no matter of who else uses the
processor, so that what is compared is the line in front of it.
"""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    """Keep the container."""
    time.sleep(input_data)
    return b"slept"


def output_fn(prediction, accept):
    """Say so."""
    return prediction
''',
    "code/model/__init__.py": "",
    "code/model/errors.py": '''"""What the container asks of a model's package."""


class InputError(Exception):
    """A request at fault."""
''',
    "code/model/inference.py": '''"""What the container asks of a model's package."""

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
