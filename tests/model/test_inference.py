"""The four hooks, and the artifact that runs by itself."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    """Unmeasured, rarely measured and late have different reasons; the others are forecast."""
    silent, quiet, late = to_lines(archive, 3)
    del silent["history"]["pressure"]
    quiet["history"]["pressure"] = [1013.0] * 5 + [None] * 163
    late["history"]["pressure"] = [1013.0] * 156 + [None] * 12
    answers = answer(model, encode([silent, quiet, late]))

    assert [a["missing"] for a in answers] == [
        {"pressure": "no_observations"},
        {"pressure": "too_few_observations"},
        {"pressure": "source_late"},
    ]
    assert all("temperature" in a["values"] for a in answers)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"history": {"pressure": [1.0]}}, "history of 'pressure' has 1 values, not 168"),
        ({"history": {"pressure": ["x"] * 168}}, "history of 'pressure' is not a list of numbers"),
        ({"history": {"pressure": [10**400] * 168}}, "history of 'pressure' is not a list"),
        ({"history": {"pressure": [1e39] * 168}}, "history of 'pressure' has a number that is not"),
        ({"history": []}, "'history' is not an object"),
        (
            {"issue_time": "2013-12-30T00:30:00Z"},
            "issue_time '2013-12-30T00:30:00Z' is not a whole",
        ),
        ({"issue_time": "2013-12-30T00:00:00"}, "issue_time '2013-12-30T00:00:00' is not a whole"),
        ({"issue_time": "tonight"}, "issue_time 'tonight' is not a time"),
        ({"issue_time": 5}, "issue_time 5 is not a time"),
        ({"elevation": "high"}, "'elevation' is not a number"),
        ({"latitude": "north"}, "'latitude' is not a number"),
        ({"latitude": float("nan")}, "'latitude' is not a finite number"),
        ({"longitude": 10**400}, "'longitude' is not a finite number"),
        ({"longitude": 1e30}, "'longitude' is not within -180..180"),
        ({"latitude": -90.5}, "'latitude' is not within -90..90"),
        ({"station_id": None}, "'station_id' is not text"),
        ({"station_id": 7}, "'station_id' is not text"),
        ({"station_id": "\ud800"}, "'station_id' has half of a surrogate pair"),
    ],
)
def test_a_bad_line_costs_only_itself(archive, model, change, words):
    """A bad line is answered with station, line and field; the others are forecast as ever."""
    first, bad, last = to_lines(archive, 3)
    bad |= change
    answers = answer(model, encode([first, bad, last]))
    named = bad["station_id"] if bad["station_id"] not in (None, 7, "\ud800") else None

    assert [answers[0], answers[2]] == answer(model, encode([first, last]))
    assert answers[1]["station_id"] == named
    assert answers[1].keys() == {"station_id", "error"}
    assert answers[1]["error"].startswith(f"line 2: {words}")


@pytest.mark.parametrize("field", ["station_id", "latitude", "longitude", "issue_time", "history"])
def test_a_missing_field_is_named(archive, model, field):
    """The answer says which line and which field; a request may have nothing else."""
    (line,) = to_lines(archive, 1)
    expected = None if field == "station_id" else line["station_id"]
    del line[field]

    assert answer(model, encode([line])) == [
        {"station_id": expected, "error": f"line 1: no field '{field}'"}
    ]


@pytest.mark.parametrize(
    ("text", "station_id", "words"),
    [
        (b"{", None, "not JSON"),
        (b"[]", None, "not a JSON object"),
        (b"[" * 100_000, None, "not JSON"),
        (b"\xff", None, "not JSON: 'utf-8' codec"),
        (b'{"station_id":"Z\xc3\xbcrich","latitude":47', "Zürich", "not JSON"),
        (b'{"station_id": "a \\"b\\"", "name":"\xff"}', 'a "b"', "not JSON: 'utf-8' codec"),
        (b'{"station_id":"JF', None, "not JSON"),
    ],
)
def test_a_damaged_line_costs_only_itself(archive, model, text, station_id, words):
    """What is left of a line names its station if it can; blank lines are nothing."""
    (good,) = to_lines(archive, 1)
    body = b"\n" + text + b"\n\r\n" + encode([good])
    refused, forecast = answer(model, body)

    assert [forecast] == answer(model, encode([good]))
    assert refused["station_id"] == station_id
    assert refused["error"].startswith(f"line 2: {words}")


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"\n", "application/jsonlines", "the request has no lines"),
        (b"1,2", "text/csv", "content type 'text/csv'"),
    ],
)
def test_a_malformed_body_is_refused(body, content_type, words):
    """The container answers 400 with these words."""
    with pytest.raises(InputError, match=words):
        input_fn(body, content_type)


@given(st.binary(max_size=60))
def test_any_bytes_are_answered_or_refused(model, body):
    """Whatever a request holds, each line that is not blank has one answer."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    if lines:
        assert len(answer(model, body)) == len(lines)


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
