"""The four hooks, and the artifact that runs by itself."""

import json
import subprocess
import sys

import numpy as np
import pytest

from model.archive import TimeSplit
from model.artifact import unpack
from model.errors import InputError
from model.inference import CONTENT_TYPES, input_fn, output_fn, predict_fn


def to_lines(archive, count=4):
    """Return transform lines of the archive's stations, as BuildInput writes them."""
    stations = np.arange(count) % len(archive.values)
    hours = TimeSplit.of(archive).held_back + np.arange(count)
    batch = archive.batch(stations, hours)
    return [
        {
            "station_id": f"S{row}",
            "latitude": float(batch.latitude[row]),
            "longitude": float(batch.longitude[row]),
            "elevation": float(batch.elevation[row]),
            "issue_time": archive.time(int(hours[row])),
            "history": {
                code: [None if np.isnan(v) else round(float(v), 1) for v in batch.history[row, i]]
                for i, code in enumerate(archive.parameters)
            },
        }
        for row in range(count)
    ]


def encode(lines):
    """Write lines as JSON Lines."""
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def answer(model, body):
    """Run the hooks as the container does."""
    output = output_fn(predict_fn(input_fn(body, CONTENT_TYPES[0]), model), CONTENT_TYPES[0])
    return [json.loads(line) for line in output.splitlines()]


def test_each_line_is_answered_in_order(archive, model):
    """Each line has one output: id, issue time, model, 24 hours of each quantile."""
    lines = to_lines(archive)
    answers = answer(model, encode(lines))

    assert [a["station_id"] for a in answers] == [line["station_id"] for line in lines]
    for line, result in zip(lines, answers, strict=True):
        assert result["issue_time"] == line["issue_time"]
        assert result["model"] == "small"
        assert set(result["values"]) == {"temperature", "pressure"}
        assert {len(v) for q in result["values"].values() for v in q.values()} == {24}


def test_a_line_alone_gets_the_same_numbers(archive, model):
    """Batch and real time give exactly the same numbers."""
    lines = to_lines(archive, 6)
    together = answer(model, encode(lines))

    assert [answer(model, encode([line]))[0] for line in lines] == together


def test_an_unknown_elevation_is_no_error(archive, model):
    """An elevation that is null gives the same forecast as one that is absent."""
    null, absent = to_lines(archive, 1) * 2
    absent = {key: value for key, value in absent.items() if key != "elevation"}
    answers = answer(model, encode([null | {"elevation": None}, absent]))

    assert answers[0] == answers[1]


def test_missing_parameters_have_a_reason(archive, model):
    """Unmeasured and rarely measured have different reasons; the other parameter is forecast."""
    silent, quiet = to_lines(archive, 2)
    del silent["history"]["pressure"]
    quiet["history"]["pressure"] = [1013.0] * 5 + [None] * 163
    answers = answer(model, encode([silent, quiet]))

    assert [a["missing"] for a in answers] == [
        {"pressure": "no_observations"},
        {"pressure": "too_few_observations"},
    ]
    assert all("temperature" in a["values"] for a in answers)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"history": {"pressure": [1.0]}}, "line 2: history of 'pressure' has 1 values, not 168"),
        ({"issue_time": "2013-12-30T00:30:00Z"}, "line 2: .* is not a whole hour in UTC"),
        ({"issue_time": "2013-12-30T00:00:00"}, "line 2: .* is not a whole hour in UTC"),
        ({"issue_time": "tonight"}, "line 2: issue_time 'tonight' is not a time"),
        ({"issue_time": 5}, "line 2: issue_time 5 is not a time"),
        ({"history": {"pressure": ["x"] * 168}}, "line 2: history of 'pressure' .*numbers"),
        ({"history": []}, "line 2: 'history' is not an object"),
        ({"elevation": "high"}, "line 2: 'elevation' is not a number"),
        ({"latitude": "north"}, "line 2: 'latitude' is not a number"),
        ({"station_id": None}, "line 2: 'station_id' is not text"),
    ],
)
def test_a_bad_line_is_named(archive, model, change, words):
    """The error says which line and which field."""
    good, bad = to_lines(archive, 2)

    with pytest.raises(InputError, match=words):
        answer(model, encode([good, bad | change]))


@pytest.mark.parametrize("field", ["station_id", "latitude", "longitude", "issue_time", "history"])
def test_a_missing_field_is_named(archive, model, field):
    """The error says which line and which field."""
    (line,) = to_lines(archive, 1)
    del line[field]

    with pytest.raises(InputError, match=f"line 1: no field '{field}'"):
        answer(model, encode([line]))


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"{}\n{", "application/jsonlines", "line 2: not JSON"),
        (b"[]", "application/jsonlines", "line 1: not a JSON object"),
        (b"\n", "application/jsonlines", "the request has no lines"),
        (b"\xff", "application/jsonlines", "not UTF-8"),
        (b"1,2", "text/csv", "content type 'text/csv'"),
    ],
)
def test_a_malformed_body_is_refused(body, content_type, words):
    """The container answers 400 with these words."""
    with pytest.raises(InputError, match=words):
        input_fn(body, content_type)


def test_the_artifact_runs_alone(archive, model, model_path, tmp_path):
    """With only numpy, xgboost and its own code, the artifact gives the same answer as ours."""
    unpack(model_path, tmp_path)
    body = encode(to_lines(archive, 2))
    alone = """
import sys
sys.path[:0] = [sys.argv[1] + "/code"]
import inference
assert inference.model_fn.__module__ == "model.inference"
import model
assert model.__file__.startswith(sys.argv[1]), model.__file__
loaded = inference.model_fn(sys.argv[1])
data = inference.input_fn(sys.stdin.buffer.read(), "application/jsonlines")
predicted = inference.predict_fn(data, loaded)
sys.stdout.buffer.write(inference.output_fn(predicted, "application/jsonlines"))
"""
    done = subprocess.run(
        [sys.executable, "-c", alone, str(tmp_path)],
        input=body,
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )

    assert [json.loads(line) for line in done.stdout.splitlines()] == answer(model, body)
