"""The four hooks of SageMaker's script mode, for batch, real time and one machine.

Input and output are JSON Lines, one station per line; `docs/transform-line.md` has the format. A
bad line costs only itself: it is answered with a line that names the station and the reason.
"""

import json
import math
import re
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.artifact import load
from model.errors import InputError
from model.features import HISTORY_HOURS, LEAD_HOURS, MIN_OBSERVATIONS, Batch, Floats
from model.prediction import LEAD_GROUPS, QUANTILES, SIDES, Model, Prediction

CONTENT_TYPES = ("application/jsonlines", "application/json")

#: Reasons why a parameter is not forecast at a station.
NO_OBSERVATIONS, TOO_FEW, LATE = "no_observations", "too_few_observations", "source_late"

#: The name of what stands in for the model; see `model.guard`.
REFERENCE = "reference"

Line = dict[str, Any]


def model_fn(model_dir: str) -> Model:
    """Load the model from the folder of the unpacked artifact.

    Raises:
        ArtifactError: The folder is not an artifact, or another version made it.
    """
    return load(Path(model_dir))


def input_fn(input_data: bytes | str, content_type: str) -> list[Line]:
    """Parse transform lines.

    Each line gets the fields `line`, its number from 1, and `error`: why it is not a transform
    line, None if it may be one.

    Raises:
        InputError: The content type is not JSON Lines, or there is no line.
    """
    if content_type.partition(";")[0].strip() not in CONTENT_TYPES:
        raise InputError(f"content type {content_type!r}; send {CONTENT_TYPES[0]}")
    body = input_data.encode() if isinstance(input_data, str) else input_data
    # Not splitlines(), because a station's name may contain one of Unicode's other line ends.
    texts = enumerate(body.split(b"\n"), 1)
    lines = [_parse(number, text) for number, text in texts if text.strip()]
    if not lines:
        raise InputError("the request has no lines")
    return lines


def predict_fn(data: list[Line], model: Model) -> list[Line]:
    """Forecast every station of the request; for a bad line, say what is wrong with it."""
    rows: list[_Row] = []
    errors: dict[int, str] = {}
    for line in data:
        try:
            rows.append(_row(line, model.parameters, model.covariates))
        except InputError as error:
            errors[line["line"]] = str(error)
    good = [line for line in data if line["line"] not in errors]
    forecasts = iter(_forecasts(good, _batch(rows, model), _factors(rows), model))
    return [
        _refusal(line, errors[line["line"]]) if line["line"] in errors else next(forecasts)
        for line in data
    ]


def output_fn(prediction: list[Line], accept: str) -> bytes:  # noqa: ARG001 -- the hook's signature
    """Return one line for each line of input, in order."""
    lines = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in prediction)
    return ("\n".join(lines) + "\n").encode()


class _Row(NamedTuple):
    """A transform line as a row of a batch; see `model.features.Batch` and `Model.predict`."""

    history: Floats
    latitude: float
    longitude: float
    elevation: float
    issue_hour: int
    ahead: Floats
    factors: NDArray[np.float64] | None


def _parse(number: int, text: bytes) -> Line:
    try:
        parsed = json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        # What is left of a damaged line may still name its station.
        found = _STATION_ID.search(text.decode(errors="replace"))
        station_id = json.loads(found[1], strict=False) if found else None
        return {"line": number, "station_id": station_id, "error": f"not JSON: {error}"}
    if not isinstance(parsed, dict):
        return {"line": number, "error": "not a JSON object"}
    return parsed | {"line": number, "error": None}


_STATION_ID = re.compile(r'"station_id"\s*:\s*("(?:[^"\\]|\\["\\/bfnrt])*")')


def _forecasts(
    lines: list[Line], batch: Batch, factors: NDArray[np.float64] | None, model: Model
) -> list[Line]:
    predictions = model.predict(batch, factors)
    values = {code: prediction.values.tolist() for code, prediction in predictions.items()}
    return [
        {
            "station_id": line["station_id"],
            "issue_time": line["issue_time"],
            "model": model.name,
            "values": {
                code: dict(zip(QUANTILES, values[code][row], strict=True))
                | _chance(prediction, row)
                for code, prediction in predictions.items()
                if prediction.forecast[row]
            },
            **_chance_24h(predictions, row),
            **_models(predictions, row),
            "missing": _missing(predictions, batch, row),
        }
        for row, line in enumerate(lines)
    ]


def _chance(prediction: Prediction, row: int) -> dict[str, list[float]]:
    """Return the chances of a station's hours; nothing of a parameter that has none."""
    chance = prediction.chance[row].tolist()
    return {} if math.isnan(chance[0]) else {"chance": chance}


def _chance_24h(predictions: dict[str, Prediction], row: int) -> dict[str, dict[str, float]]:
    """Return a station's chances of a wet hour, by parameter; nothing if there are none."""
    found = {code: float(each.chance_24h[row]) for code, each in predictions.items()}
    known = {code: chance for code, chance in found.items() if not math.isnan(chance)}
    return {"chance_24h": known} if known else {}


def _models(predictions: dict[str, Prediction], row: int) -> dict[str, dict[str, str]]:
    """Return what forecast a station's parameters, where it was not the model."""
    others = {code: REFERENCE for code, each in predictions.items() if each.reference[row]}
    return {"models": others} if others else {}


def _refusal(line: Line, error: str) -> Line:
    return {"station_id": _named(line), "error": f"line {line['line']}: {error}"}


def _named(line: Line) -> str | None:
    """Return the station's id; None if it is not text, or has half of a surrogate pair."""
    station_id = line.get("station_id")
    if not isinstance(station_id, str):
        return None
    try:
        station_id.encode()
    except UnicodeEncodeError:
        return None
    return station_id


def _batch(rows: list[_Row], model: Model) -> Batch:
    histories = np.array([row.history for row in rows], np.float32)
    ahead = np.array([row.ahead for row in rows], np.float32)
    return Batch(
        history=histories.reshape(len(rows), len(model.parameters), HISTORY_HOURS),
        latitude=np.array([row.latitude for row in rows], np.float32),
        longitude=np.array([row.longitude for row in rows], np.float32),
        elevation=np.array([row.elevation for row in rows], np.float32),
        issue_hour=np.array([row.issue_hour for row in rows], np.int64),
        ahead=ahead.reshape(len(rows), len(model.covariates), LEAD_HOURS),
    )


def _factors(rows: list[_Row]) -> NDArray[np.float64] | None:
    """Return the factors of all rows; None if no line has any, which is quicker."""
    known = [row.factors for row in rows if row.factors is not None]
    if not known:
        return None
    none = np.ones_like(known[0])
    return np.array([none if row.factors is None else row.factors for row in rows])


def _row(line: Line, parameters: tuple[str, ...], covariates: tuple[str, ...]) -> _Row:
    """Check a line.

    Raises:
        InputError: It has no such row; the message does not name the line.
    """
    if line["error"]:
        raise InputError(line["error"])
    _field(line, "station_id", str, "text")
    if _named(line) is None:
        raise InputError("'station_id' has half of a surrogate pair")
    history = _all_series(line, "history", parameters, HISTORY_HOURS)
    is_known = line.get("covariates") is not None
    ahead = _all_series(
        line if is_known else {"covariates": {}}, "covariates", covariates, LEAD_HOURS
    )
    known = line.get("elevation") is not None
    return _Row(
        history,
        _degrees(line, "latitude", 90),
        _degrees(line, "longitude", 180),
        _number(line, "elevation") if known else math.nan,
        _issue_hour(line),
        ahead,
        _factors_of(line, parameters),
    )


def _all_series(line: Line, name: str, codes: tuple[str, ...], hours: int) -> Floats:
    """Return the series of a field that holds some of them by code, [code, hours]."""
    series = _field(line, name, dict, "an object")
    values = np.full((len(codes), hours), np.nan, np.float32)
    for index, code in enumerate(codes):
        if code in series:
            values[index] = _series(f"{name} of {code!r}", series[code], hours)
    return values


def _factors_of(line: Line, parameters: tuple[str, ...]) -> NDArray[np.float64] | None:
    """Return the factors of a line, [parameter, 2, 4]; None if it has none."""
    if line.get("calibration") is None:
        return None
    calibration = _field(line, "calibration", dict, "an object")
    factors = np.ones((len(parameters), len(SIDES), LEAD_GROUPS))
    for index, code in enumerate(parameters):
        if code in calibration:
            factors[index] = _sides(f"calibration of {code!r}", calibration[code])
    return factors


def _sides(what: str, sides: object) -> list[NDArray[np.float64]]:
    if not isinstance(sides, dict) or set(sides) != set(SIDES):
        raise InputError(f"{what} is not an object with {' and '.join(SIDES)}")
    factors = [_series(f"{side} of {what}", sides[side], LEAD_GROUPS) for side in SIDES]
    # NaN, for null, fails the comparison, too.
    if not ((np.array(factors) >= _NARROWEST) & (np.array(factors) <= _WIDEST)).all():
        raise InputError(f"{what} has a factor that is not within {_NARROWEST}..{_WIDEST}")
    return factors


#: Factors beyond would not be a calibration any more.
_NARROWEST, _WIDEST = 0.5, 3


def _field(line: Line, name: str, kind: type | UnionType, words: str) -> Any:
    if name not in line:
        raise InputError(f"no field {name!r}")
    if not isinstance(line[name], kind):
        raise InputError(f"{name!r} is not {words}")
    return line[name]


def _number(line: Line, name: str) -> float:
    value = _field(line, name, int | float, "a number")
    # NaN fails the comparison, too.
    if not abs(value) <= _LARGEST:
        raise InputError(f"{name!r} is not a finite number")
    return float(value)


def _degrees(line: Line, name: str, most: int) -> float:
    value = _number(line, name)
    if abs(value) > most:
        raise InputError(f"{name!r} is not within -{most}..{most}")
    return value


#: Python reads numbers of any size.
_LARGEST = float(np.finfo(np.float32).max)


def _series(what: str, series: object, hours: int) -> NDArray[np.float64]:
    try:
        values = np.array(series, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{what} is not a list of numbers and nulls") from error
    if values.shape != (hours,):
        raise InputError(f"{what} has {values.size} values, not {hours}")
    if (abs(values) > _LARGEST).any():
        raise InputError(f"{what} has a number that is not finite")
    return values


def _issue_hour(line: Line) -> int:
    text = line.get("issue_time")
    if text is None:
        raise InputError("no field 'issue_time'")
    try:
        hours = datetime.fromisoformat(text).timestamp() / 3600
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"issue_time {text!r:.60} is not a time") from error
    if not text.endswith("Z") or hours != int(hours):
        raise InputError(f"issue_time {text!r} is not a whole hour in UTC")
    return int(hours)


def _missing(predictions: dict[str, Prediction], batch: Batch, row: int) -> dict[str, str]:
    return {
        code: _reason(batch.history[row, index])
        for index, (code, prediction) in enumerate(predictions.items())
        if not prediction.forecast[row]
    }


def _reason(series: Floats) -> str:
    """Say why a series [168] is not forecast."""
    observations = np.count_nonzero(~np.isnan(series))
    if observations >= MIN_OBSERVATIONS:
        return LATE  # as none of them is recent
    return TOO_FEW if observations else NO_OBSERVATIONS
