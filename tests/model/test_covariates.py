"""Covariates known ahead: from the archive to the features, in transform lines, in artifacts."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.training.targets import targets_of
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from model.archive import TimeSplit
from model.artifact import load, save, unpack
from model.covariates import covariate_features, covariate_names
from model.errors import TrainingError
from model.evaluation import evaluate
from model.features import LEAD_HOURS, feature_names
from model.training import train
from tests.model.test_inference import answer, encode, to_lines


@pytest.fixture(scope="module")
def knowing(archive):
    """The archive with pressure as a covariate that says what temperature will be."""
    values = archive.values.copy()
    values[:, 1] = values[:, 0] * 2
    return replace(archive, values=values).knowing(("pressure",))


@pytest.fixture(scope="module")
def told(knowing):
    """A model of temperature that knows the covariate."""
    return train(knowing, targets_of(("temperature",)), "told", quiet)


def lines_of(archive, count=4):
    """Return transform lines with the covariates of the archive."""
    lines = to_lines(archive, count)
    hours = TimeSplit.of(archive).held_back + np.arange(count)
    batch = archive.batch(np.arange(count) % len(archive.values), hours)
    for row, line in enumerate(lines):
        known = [None if np.isnan(value) else float(value) for value in batch.ahead[row, 0]]
        line["covariates"] = {"pressure": known, "moonlight": "unknown to the model"}
    return lines


def test_the_columns():
    """A covariate's value at the valid time, and the mean of what is known until then."""
    ahead = np.array([[[np.nan, 4, np.nan, 8], [1, 2, 3, 4]]], np.float32)
    columns = covariate_features(ahead)[0]

    assert covariate_names(["a", "b"]) == ["a_ahead", "a_ahead_mean", "b_ahead", "b_ahead_mean"]
    np.testing.assert_array_equal(columns[:, 0], [np.nan, 4, np.nan, 8])
    np.testing.assert_array_equal(columns[:, 1], [np.nan, 4, 4, 6])
    np.testing.assert_array_equal(columns[:, 3], [1, 1.5, 2, 2.5])
    assert covariate_features(ahead[:, :0]).shape == (1, 4, 0)


def test_the_archive_cuts_the_hours_after_the_issue_time(knowing):
    """What is known ahead is what was observed after the issue time, as the labels are."""
    stations, hours = np.array([0, 1]), np.array([400, 500])
    batch = knowing.batch(stations, hours)

    assert batch.ahead.shape == (2, 1, LEAD_HOURS)
    np.testing.assert_array_equal(batch.ahead[:, 0], 2 * knowing.after(0, stations, hours))
    assert knowing.parameters == ("temperature",)
    np.testing.assert_array_equal(knowing.take(stations).batch(stations, hours).ahead, batch.ahead)


def test_what_cannot_be_known_ahead(archive):
    """Errors name a covariate that nobody observed, and refuse to leave nothing to forecast."""
    with pytest.raises(TrainingError, match="no observations of humidity to take as known"):
        archive.knowing(("humidity",))
    with pytest.raises(TrainingError, match="nothing is left to forecast"):
        archive.knowing(archive.parameters)


def test_a_model_uses_what_it_is_told_and_does_without(knowing, told):
    """The covariate makes the error a quarter smaller; without it there is still a forecast."""
    start = TimeSplit.of(knowing).held_back
    with_it = evaluate(told, knowing, start)["temperature"].overall("mae")
    nothing = replace(knowing, ahead=np.full_like(knowing.ahead, np.nan))
    without = evaluate(told, nothing, start)["temperature"].overall("mae")
    alone = replace(knowing, covariates=(), ahead=knowing.ahead[:, :0])
    never_told = train(alone, targets_of(("temperature",)), "alone", quiet)
    plain = evaluate(never_told, alone, start)["temperature"].overall("mae")

    assert with_it < 0.75 * plain
    assert without < 1.25 * plain


def test_lines_bring_covariates(knowing, told):
    """A line's covariates give what the archive gives; a line may lack them all or some hours."""
    lines = lines_of(knowing)
    batch = knowing.batch(
        np.arange(4) % len(knowing.values), TimeSplit.of(knowing).held_back + np.arange(4)
    )
    expected = told.predict(batch)["temperature"].values

    answers = answer(told, encode(lines))
    assert [a["values"]["temperature"]["p50"] for a in answers] == expected[:, 1].tolist()
    bare = [line | {"covariates": None} for line in lines]
    unknown = [line | {"covariates": {"pressure": [None] * 24}} for line in lines]
    assert answer(told, encode(bare)) == answer(told, encode(unknown)) != answers


@pytest.mark.parametrize(
    ("covariates", "words"),
    [
        ([], "'covariates' is not an object"),
        ({"pressure": [1.0] * 23}, "covariates of 'pressure' has 23 values, not 24"),
        ({"pressure": "rising"}, "covariates of 'pressure' is not a list of numbers and nulls"),
        ({"pressure": [1e39] * 24}, "covariates of 'pressure' has a number that is not finite"),
    ],
)
def test_bad_covariates_cost_only_their_line(knowing, told, covariates, words):
    """The field is named, and the other lines are forecast as ever."""
    first, bad = lines_of(knowing, 2)
    answers = answer(told, encode([first, bad | {"covariates": covariates}]))

    assert answers[0] == answer(told, encode([first]))[0]
    assert answers[1]["error"] == f"line 2: {words}"


def test_artifacts_name_their_covariates(knowing, told, tmp_path):
    """Saved, loaded and compiled, a model gives the same numbers; the manifest names them."""
    save(told, tmp_path / "told.tar.gz")
    compile_model(tmp_path / "told.tar.gz", tmp_path / "compiled.tar.gz", find_compiler(), quiet)
    body = encode(lines_of(knowing))

    for name in ("told", "compiled"):
        unpack(tmp_path / f"{name}.tar.gz", tmp_path / name)
        loaded = load(tmp_path / name)
        assert loaded.covariates == ("pressure",)
        assert answer(loaded, body) == answer(told, body)
    assert feature_names(("temperature",), "temperature", ("pressure",))[-1] == (
        "pressure_ahead_mean"
    )
