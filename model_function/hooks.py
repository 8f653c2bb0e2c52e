"""Calls the hooks of an artifact's own code in turn, as SageMaker's inference toolkit does."""

import gzip
import io
import json
import runpy
import sys
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model_function.errors import HooksError

JSON_LINES = "application/jsonlines"

_NAMES = ("model_fn", "input_fn", "predict_fn", "output_fn")


class Hooks:
    """A loaded model.

    Args:
        url: The artifact's URL, for error messages.
        hooks: The hooks of its code, by name.
        folder: The folder that it was unpacked to.

    Raises:
        HooksError: The model needs a package that the function does not include, e.g. XGBoost.
        Exception: Any other error that the artifact's code raises.
    """

    def __init__(self, url: str, hooks: dict[str, Callable[..., Any]], folder: Path) -> None:
        self._hooks = hooks
        try:
            self._model = hooks["model_fn"](str(folder))
        except ModuleNotFoundError as error:
            raise _lacking(url, error) from error

    def answer(self, line: object) -> bytes:
        """Answer a parsed transform line; if it is invalid, the artifact's code raises an error."""
        data = self._hooks["input_fn"](json.dumps(line), JSON_LINES)
        prediction = self._hooks["predict_fn"](data, self._model)
        output: bytes = self._hooks["output_fn"](prediction, JSON_LINES)
        return output


def open_artifact(url: str, content: bytes, folder: Path) -> Hooks:
    """Unpack an artifact, import its code, load its model.

    Args:
        url: The artifact's URL, for error messages.
        content: The content of `model.tar.gz`.
        folder: An empty folder, in which the model stays.

    Raises:
        HooksError: *content* is not an artifact, has no code, or needs a package that the function
            does not include.
    """
    try:
        # `model.artifact` is not used: the only `model` here is the one in the artifact.
        # gzip checks length and checksum first; tarfile would not notice a missing end.
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise HooksError(f"{url}: not a model artifact: {error}") from error
    code = folder / "code"
    if not (code / "inference.py").is_file():
        raise HooksError(f"{url}: has no code/inference.py, so it is not a model artifact")
    # First on the path: the model needs the package `model` of its own artifact.
    sys.path.insert(0, str(code))
    try:
        found = runpy.run_path(str(code / "inference.py"))
    except ModuleNotFoundError as error:
        raise _lacking(url, error) from error
    return Hooks(url, {name: found[name] for name in _NAMES}, folder)


def _lacking(url: str, error: ModuleNotFoundError) -> HooksError:
    if error.name == "xgboost":
        return HooksError(
            f"{url}: its trees need XGBoost, which the function does not carry; "
            "compile them: stationcast compile model.tar.gz"
        )
    return HooksError(f"{url}: needs {error.name}, which the function does not carry")
