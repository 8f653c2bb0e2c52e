"""The four hooks of SageMaker's script mode, for batch, real time and one machine.

Input and output are JSON Lines, one station per line; `docs/transform-line.md` has the format.
"""

import json
import math
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np

from model.artifact import load
from model.errors import InputError
from model.features import HISTORY_HOURS, Batch, Floats
from model.prediction import QUANTILES, Model, Prediction

CONTENT_TYPES = ("application/jsonlines", "application/json")

#: Reasons why a parameter is not forecast at a station.
NO_OBSERVATIONS, TOO_FEW = "no_observations", "too_few_observations"

Line = dict[str, Any]


def model_fn(model_dir: str) -> Model:
    """Load the model from the folder of the unpacked artifact.

    Raises:
        ArtifactError: The folder is not an artifact, or another version made it.
    """
    return load(Path(model_dir))


def input_fn(input_data: bytes | str, content_type: str) -> list[Line]:
    """Parse transform lines.

    Raises:
        InputError: The content type is not JSON Lines, or a line is not a JSON object.
    """
    if content_type.partition(";")[0].strip() not in CONTENT_TYPES:
        raise InputError(f"content type {content_type!r}; send {CONTENT_TYPES[0]}")
    text = input_data if isinstance(input_data, str) else _decode(input_data)
    # Not splitlines(), because a station's name may contain one of Unicode's other line ends.
    lines = [_parse(number, line) for number, line in enumerate(text.split("\n"), 1) if line]
    if not lines:
        raise InputError("the request has no lines")
    return lines


def predict_fn(data: list[Line], model: Model) -> list[Line]:
    """Forecast every station of the request.

    Raises:
        InputError: A line lacks a field, or has a series of the wrong length.
    """
    batch = _to_batch(data, model.parameters)
    predictions = model.predict(batch)
    values = {code: prediction.values.tolist() for code, prediction in predictions.items()}
    return [
        {
            "station_id": line["station_id"],
            "issue_time": line["issue_time"],
            "model": model.name,
            "values": {
                code: dict(zip(QUANTILES, values[code][row], strict=True))
                for code, prediction in predictions.items()
                if prediction.forecast[row]
            },
            "missing": _missing(predictions, batch, row),
        }
        for row, line in enumerate(data)
    ]


def output_fn(prediction: list[Line], accept: str) -> bytes:  # noqa: ARG001 -- the hook's signature
    """Return one line for each line of input, in order."""
    lines = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in prediction)
    return ("\n".join(lines) + "\n").encode()


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: {error}") from error


def _parse(number: int, line: str) -> Line:
    try:
        parsed = json.loads(line)
    except ValueError as error:
        raise InputError(f"line {number}: not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise InputError(f"line {number}: not a JSON object")
    return parsed | {"line": number}


def _to_batch(data: list[Line], parameters: tuple[str, ...]) -> Batch:
    history = np.full((len(data), len(parameters), HISTORY_HOURS), np.nan, np.float32)
    for row, line in enumerate(data):
        _field(line, "station_id", str, "text")
        series = _field(line, "history", dict, "an object")
        for index, code in enumerate(parameters):
            if code in series:
                history[row, index] = _series(line, code, series[code])
    return Batch(
        history=history,
        latitude=_numbers(data, "latitude"),
        longitude=_numbers(data, "longitude"),
        elevation=np.array([_elevation(line) for line in data], np.float32),
        issue_hour=np.array([_issue_hour(line) for line in data], np.int64),
    )


def _field(line: Line, name: str, kind: type | UnionType, words: str) -> Any:
    if name not in line:
        raise InputError(f"line {line['line']}: no field {name!r}")
    if not isinstance(line[name], kind):
        raise InputError(f"line {line['line']}: {name!r} is not {words}")
    return line[name]


def _numbers(data: list[Line], name: str) -> Floats:
    return np.array([_field(line, name, int | float, "a number") for line in data], np.float32)


def _elevation(line: Line) -> float:
    if line.get("elevation") is None:
        return math.nan
    return float(_field(line, "elevation", int | float, "a number"))


def _series(line: Line, code: str, series: list[float | None]) -> Floats:
    where = f"line {line['line']}: history of {code!r}"
    try:
        values = np.array(series, np.float32)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} is not a list of numbers and nulls") from error
    if values.shape != (HISTORY_HOURS,):
        raise InputError(f"{where} has {values.size} values, not {HISTORY_HOURS}")
    return values


def _issue_hour(line: Line) -> int:
    text = line.get("issue_time")
    if text is None:
        raise InputError(f"line {line['line']}: no field 'issue_time'")
    try:
        hours = datetime.fromisoformat(text).timestamp() / 3600
    except (TypeError, ValueError) as error:
        raise InputError(f"line {line['line']}: issue_time {text!r} is not a time") from error
    if not text.endswith("Z") or hours != int(hours):
        raise InputError(f"line {line['line']}: issue_time {text!r} is not a whole hour in UTC")
    return int(hours)


def _missing(predictions: dict[str, Prediction], batch: Batch, row: int) -> dict[str, str]:
    return {
        code: NO_OBSERVATIONS if np.isnan(batch.history[row, index]).all() else TOO_FEW
        for index, (code, prediction) in enumerate(predictions.items())
        if not prediction.forecast[row]
    }
