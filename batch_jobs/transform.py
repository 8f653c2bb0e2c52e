"""Transform: on one machine, the hooks that SageMaker's container calls, in this process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from model.artifact import unpack
from model.inference import CONTENT_TYPES, input_fn, model_fn, output_fn, predict_fn

if TYPE_CHECKING:
    from model.artifact import Model


def load_model(path: Path) -> Model:
    """Load a model artifact, packed (`model.tar.gz`) or unpacked (a folder).

    Raises:
        ArtifactError: It is none, or another version made it.
    """
    if path.is_dir():
        return model_fn(str(path))
    with tempfile.TemporaryDirectory() as folder:
        unpack(path, Path(folder))
        return model_fn(folder)


def transform(model: Model, lines: bytes) -> bytes:
    """Turn transform input into transform output, line by line.

    Raises:
        InputError: A line is not transform input.
    """
    content_type = CONTENT_TYPES[0]
    return output_fn(predict_fn(input_fn(lines, content_type), model), content_type)
