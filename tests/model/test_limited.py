"""What is never beyond something else is not forecast so either."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.training.targets import targets_of
from model.training import train
from tests.archives import demo_archive
from tests.model.test_artifact import some_batch
from tests.model.test_inference import answer, encode, to_lines

CODES = ("temperature", "dew_point")


@pytest.fixture(scope="module")
def humid(observations):
    """Ten weeks of the demo's temperature and dew point."""
    return demo_archive(observations, CODES)


@pytest.fixture(scope="module")
def trained(humid):
    """A model of both."""
    return train(humid, targets_of(CODES), "humid", quiet, depth=2)


def called(model, codes):
    """Return the model with other names of its parameters."""
    names = dict(zip(CODES, codes, strict=True))
    return replace(
        model,
        targets=tuple(replace(each, code=names[each.code]) for each in model.targets),
        forests={names[code]: forest for code, forest in model.forests.items()},
        calibration={names[code]: each for code, each in model.calibration.items()},
    )


@pytest.mark.parametrize(
    ("codes", "sign"),
    [
        (("temperature", "dew_point"), 1),
        (("wind_speed", "wind_gust"), -1),
        (("pm10", "pm25"), 1),
    ],
)
def test_order(humid, trained, codes, sign):
    """The second is limited by the first, at each quantile; the first does not change."""
    batch = some_batch(humid)
    batch.history[:, 1] = batch.history[:, 0] + sign * np.float32(3)
    free = called(trained, ("temperature", "pressure")).predict(batch)
    limit, own = (each.values for each in called(trained, codes).predict(batch).values())
    alone = free["pressure"].values

    assert (sign * (alone - limit) > 0).any()
    assert (sign * (own - limit) <= 0).all()
    assert (np.diff(own, axis=1) >= 0).all()
    np.testing.assert_array_equal(limit, free["temperature"].values)
    unaffected = sign * (alone - limit) <= 0
    np.testing.assert_array_equal(own[unaffected], alone[unaffected])


def test_without_the_other(humid, trained):
    """Where temperature is not forecast, the dew point is what it is."""
    lines = to_lines(humid)
    lines[0]["history"]["temperature"] = [None] * 168
    (first, *_) = answer(trained, encode(lines))
    alone = answer(called(trained, ("temperature", "pressure")), encode(_renamed(lines)))

    assert list(first["values"]) == ["dew_point"]
    assert first["values"]["dew_point"] == alone[0]["values"]["pressure"]


def _renamed(lines):
    return [
        line
        | {
            "history": {
                "temperature": line["history"]["temperature"],
                "pressure": line["history"]["dew_point"],
            }
        }
        for line in lines
    ]
