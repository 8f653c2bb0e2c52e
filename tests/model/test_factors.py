"""Factors of intervals in transform lines: what they do, and that every form does the same."""

import numpy as np
import pytest

from batch_jobs.transform import load_model
from tests.model.test_inference import answer, encode, to_lines

WIDE = {"low": [1.0, 2.0, 2.974, 1.0], "high": [0.502, 1.0, 1.105, 1.0]}


def distances(values):
    """Return p50 - p10 and p90 - p50, [2, 24]."""
    low, median, high = (np.array(values[name]) for name in ("p10", "p50", "p90"))
    return np.array([median - low, high - median])


def test_each_side_and_group_has_its_own_factor(archive, model):
    """Distances from the median are multiplied; the median and other parameters stay."""
    (line,) = to_lines(archive, 1)
    plain = answer(model, encode([line]))[0]["values"]
    found = answer(model, encode([line | {"calibration": {"temperature": WIDE}}]))[0]["values"]
    factors = np.repeat([WIDE["low"], WIDE["high"]], 6, axis=-1)

    assert found["pressure"] == plain["pressure"]
    assert found["temperature"]["p50"] == plain["temperature"]["p50"]
    expected = distances(plain["temperature"]) * factors
    # What is rounded to tenths differs by up to 0.1 before it is multiplied.
    off = np.abs(distances(found["temperature"]) - expected)
    assert (off <= 0.1 * factors + 0.1001).all()


def test_limits_hold(archive, model):
    """Wider intervals stay in order and within the parameter's limits."""
    (line,) = to_lines(archive, 1)
    limit = next(each.minimum for each in model.targets if each.code == "pressure")
    series = [limit + hour % 5 for hour in range(168)]
    wide = {"pressure": {"low": [3, 3, 3, 3], "high": [3, 3, 3, 3]}}
    line["history"]["pressure"] = series
    values = answer(model, encode([line | {"calibration": wide}]))[0]["values"]["pressure"]

    assert min(values["p10"]) >= limit
    assert (distances(values) >= 0).all()


def test_factors_of_one_change_nothing(archive, model):
    """Among lines with factors, a line without any, or with ones, has the numbers it has alone."""
    line, other = to_lines(archive, 2)
    ones = {"calibration": {"temperature": {"low": [1, 1, 1, 1], "high": [1, 1, 1, 1]}}}
    wide = other | {"calibration": {"temperature": WIDE, "moonlight": {}}}
    (alone,) = answer(model, encode([line]))

    assert answer(model, encode([line, wide]))[0] == alone
    assert answer(model, encode([line | ones]))[0] == alone
    assert answer(model, encode([line | {"calibration": None}]))[0] == alone


def test_the_same_alone_together_and_compiled(archive, model, compiled_path):
    """A batch, each line alone and the compiled model give exactly the same numbers."""
    random = np.random.default_rng(7)
    lines = to_lines(archive, 8)
    for line in lines[1:]:
        factors = np.exp(random.uniform(np.log(0.5), np.log(3), (2, 2, 4))).tolist()
        line["calibration"] = {
            code: {"low": low, "high": high}
            for code, (low, high) in zip(("temperature", "pressure"), factors, strict=True)
        }
    together = answer(model, encode(lines))

    assert [answer(model, encode([line]))[0] for line in lines] == together
    assert answer(load_model(compiled_path), encode(lines)) == together


@pytest.mark.parametrize(
    ("calibration", "error"),
    [
        ([], "'calibration' is not an object"),
        ({"pressure": 2}, "calibration of 'pressure' is not an object with low and high"),
        (
            {"pressure": {"low": [1, 1, 1, 1]}},
            "calibration of 'pressure' is not an object with low and high",
        ),
        (
            {"pressure": WIDE | {"high": [1, 1, 1]}},
            "high of calibration of 'pressure' has 3 values, not 4",
        ),
        (
            {"pressure": WIDE | {"low": [1, 1, "wide", 1]}},
            "low of calibration of 'pressure' is not a list of numbers and nulls",
        ),
        *(
            (
                {"pressure": WIDE | {"low": [1, 1, wrong, 1]}},
                "calibration of 'pressure' has a factor that is not within 0.5..3",
            )
            for wrong in (None, 0.499, 3.001, -1)
        ),
    ],
)
def test_malformed_factors_cost_only_their_line(archive, model, calibration, error):
    """A line with malformed factors is refused, and the error names the field."""
    line, other = to_lines(archive, 2)
    refused, good = answer(model, encode([line | {"calibration": calibration}, other]))

    assert refused == {"station_id": "S0", "error": f"line 1: {error}"}
    assert good == answer(model, encode([other]))[0]
