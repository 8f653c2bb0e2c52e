"""Transform on one machine does what the container's hooks do, but faster."""

import json

import pytest

from batch_jobs.build_input import build_input
from batch_jobs.observations.read import read_observations
from batch_jobs.plan_run import cut
from batch_jobs.transform import transform
from model.errors import InputError
from model.inference import CONTENT_TYPES, input_fn, output_fn, predict_fn
from tests.factories import ISSUE_TIME


@pytest.fixture(scope="module")
def lines(observations, model):
    """Transform input of the demo stations."""
    read = read_observations(
        str(observations), end=ISSUE_TIME, hours=168, parameters=model.parameters
    )
    (part,) = cut(read.stations)
    return build_input(read, part)


def test_the_output_is_that_of_the_hooks(model, lines):
    """The output is that of the hooks, line by line and number by number."""
    data = input_fn(lines, CONTENT_TYPES[0])
    hooks = output_fn(predict_fn(data, model), CONTENT_TYPES[0])
    output = transform(model, lines)

    assert len(output.splitlines()) == 3
    assert list(map(json.loads, output.splitlines())) == list(map(json.loads, hooks.splitlines()))


def test_nan_is_a_missing_value(model, lines):
    """NaN is not JSON, but Python writes it, and the hooks read it."""
    assert transform(model, lines.replace(b"null", b"NaN")) == transform(model, lines)


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"no line", "line 4: not JSON"), (b"[1]", "line 4: not a JSON object")],
)
def test_malformed_lines_are_named(model, lines, line, reason):
    """A malformed line is answered by its number, and the others are forecast as without it."""
    *good, refused = transform(model, lines + line + b"\n").splitlines(keepends=True)

    assert b"".join(good) == transform(model, lines)
    assert json.loads(refused)["error"].startswith(reason)


def test_a_line_with_an_error_of_its_own(model, lines):
    """Fields that the model does not know are ignored, whatever their names."""
    named = lines.replace(b'{"station_id"', b'{"error":"mine","station_id"')

    assert transform(model, named) == transform(model, lines)


def test_no_lines(model):
    """Input without a line is an error."""
    with pytest.raises(InputError, match="no lines"):
        transform(model, b"\n")
