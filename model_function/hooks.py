"""The hooks of an artifact's own code, called in turn, as SageMaker's inference toolkit does."""

from __future__ import annotations

import gzip
import io
import json
import runpy
import sys
import tarfile
import zlib
from typing import TYPE_CHECKING, Any

from model_function.errors import HooksError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

JSON_LINES = "application/jsonlines"

_NAMES = ("model_fn", "input_fn", "predict_fn", "output_fn")


class Hooks:
    """A loaded model.

    Args:
        url: Of the artifact, for errors.
        hooks: Of its code, by name.
        folder: Where it was unpacked to.

    Raises:
        HooksError: The model is one that needs XGBoost.
        Exception: Whatever else the artifact's code raises, which says why.
    """

    def __init__(self, url: str, hooks: dict[str, Callable[..., Any]], folder: Path) -> None:
        self._hooks = hooks
        try:
            self._model = hooks["model_fn"](str(folder))
        except ModuleNotFoundError as error:
            raise _lacking(url, error) from error

    def answer(self, line: object) -> bytes:
        """Answer a transform line, as it was parsed; whatever is wrong with it the code says."""
        data = self._hooks["input_fn"](json.dumps(line), JSON_LINES)
        prediction = self._hooks["predict_fn"](data, self._model)
        output: bytes = self._hooks["output_fn"](prediction, JSON_LINES)
        return output


def open_artifact(url: str, content: bytes, folder: Path) -> Hooks:
    """Unpack an artifact, import its code, load its model.

    Args:
        url: Where it came from, for errors.
        content: Of `model.tar.gz`.
        folder: Empty; the model stays there.

    Raises:
        HooksError: It is no artifact, or has no code, or needs what the function does not carry.
    """
    try:
        # Not with model.artifact: the only `model` here is the one that the artifact brings.
        # Decompressed first: gzip checks length and sum, and tarfile would miss a lost end.
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise HooksError(f"{url}: not a model artifact: {error}") from error
    code = folder / "code"
    if not (code / "inference.py").is_file():
        raise HooksError(f"{url}: has no code/inference.py, so it is no model artifact")
    # Before all others: the artifact's own package `model` is the one that fits it.
    sys.path.insert(0, str(code))
    try:
        found = runpy.run_path(str(code / "inference.py"))
    except ModuleNotFoundError as error:
        raise _lacking(url, error) from error
    return Hooks(url, {name: found[name] for name in _NAMES}, folder)


def _lacking(url: str, error: ModuleNotFoundError) -> HooksError:
    if error.name == "xgboost":
        return HooksError(
            f"{url}: its trees are XGBoost's own, which the function does not carry; "
            "make an artifact with compiled trees of it: stationcast compile model.tar.gz"
        )
    return HooksError(f"{url}: needs {error.name}, which the function does not carry")
