"""Candidates are let in only if they are nowhere worse, and better overall."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from local.training.training import train_model
from model.archive import TimeSplit
from model.evaluation import evaluate
from model.judgement import HELD_BACK, HELD_OUT, Judge
from tests.archives import demo_archive

NONE_OUT = np.zeros(3, np.bool_)


def judge_of(in_use, archive, out=NONE_OUT):
    """Return the judge beside a model in use, with some stations held out."""
    return Judge(in_use, archive.take(np.flatnonzero(~out)), archive.take(np.flatnonzero(out)))


def judgement_of(candidate, in_use, archive, out=NONE_OUT):
    """Judge a candidate as a training does, which has its scores."""
    learned = archive.take(np.flatnonzero(~out)).select(candidate.parameters)
    scores = evaluate(candidate, learned, TimeSplit.of(learned).held_back)
    return judge_of(in_use, archive, out).judge(candidate, scores)


@pytest.fixture(scope="module")
def archive(observations):
    """Twelve weeks of two parameters that a model forecasts better than any reference."""
    return demo_archive(observations, ("temperature", "relative_humidity"), hours=2016)


@pytest.fixture(scope="module")
def model(archive, tmp_path_factory):
    """A model that was trained on them."""
    path = tmp_path_factory.mktemp("model") / "model.tar.gz"
    train_model(archive, "small", path, quiet)
    return load_model(path)


@pytest.fixture(scope="module")
def spoilt(model):
    """The model with the forecasts of one parameter spoilt: it moves three times as far."""
    of = model.calibration["relative_humidity"]
    wild = replace(of, growth=tuple(3 * each for each in of.growth))
    return replace(
        model, name="spoilt", calibration={**model.calibration, "relative_humidity": wild}
    )


@pytest.fixture(scope="module")
def half(archive, tmp_path_factory):
    """A model of one of the two parameters."""
    path = tmp_path_factory.mktemp("half") / "model.tar.gz"
    train_model(archive.select(("temperature",)), "half", path, quiet)
    return load_model(path)


def test_the_first_model(model, archive):
    """Without a model in use, a candidate has to hold its own against the references only."""
    judgement = judgement_of(model, None, archive)

    assert judgement.accepted
    assert judgement.since == model.training["held_back_from"]
    assert judgement.to_json()["comparisons"][HELD_BACK]["relative_humidity"]["gain"] is None
    assert judgement.gain == pytest.approx(
        np.mean([each.skill for each in judgement.comparisons[HELD_BACK].values()])
    )


def test_a_worse_candidate(model, spoilt, archive):
    """It is refused, and the reasons name the parameter, the model in use and the reference."""
    judgement = judgement_of(spoilt, model, archive)
    of_model, of_reference, overall = judgement.reasons

    assert not judgement.accepted
    assert of_model.startswith("held-back time: the pinball loss of relative_humidity is ")
    assert "larger than that of small; 2% are allowed" in of_model
    assert "the error of relative_humidity is" in of_reference
    assert "larger than that of the best reference" in of_reference
    assert overall.startswith("not better overall: ")


def test_a_better_candidate(model, spoilt, archive):
    """It is accepted; what it gains is told by parameter and as a mean."""
    judgement = judgement_of(model, spoilt, archive)
    gains = {code: each.gain for code, each in judgement.comparisons[HELD_BACK].items()}

    assert judgement.accepted
    assert gains["temperature"] == 0
    assert judgement.gain == gains["relative_humidity"] / 2 > 0.1


def test_no_better(model, archive):
    """The same model again is not worth a release."""
    (reason,) = judgement_of(model, model, archive).reasons
    assert reason == (
        "not better overall: as the mean of all parameters, the pinball loss differs by +0.0% from "
        "that of small"
    )


def test_a_candidate_that_forecasts_less(model, half, archive):
    """A parameter that the model in use forecasts must not be lost; one more is welcome."""
    assert judgement_of(half, model, archive).reasons[0] == (
        "it does not forecast relative_humidity, as the model in use does"
    )
    more = judgement_of(model, half, archive).comparisons[HELD_BACK]
    assert more["relative_humidity"].gain is None


def test_stations_that_were_held_out(model, spoilt, archive):
    """They are judged by themselves, with more tolerance; the others without them."""
    out = np.array([True, False, False])
    judgement = judgement_of(spoilt, model, archive, out)
    hours = {scope: of["relative_humidity"].hours for scope, of in judgement.comparisons.items()}

    assert hours[HELD_BACK] + hours[HELD_OUT] == sum(
        each["relative_humidity"].hours
        for each in judgement_of(model, None, archive).comparisons.values()
    )
    assert any(
        reason.startswith("held-out stations: ") and "5% are allowed" in reason
        for reason in judgement.reasons
    )


def test_what_is_not_measured_at_held_out_stations(model, spoilt, archive):
    """A rare parameter may be measured at none of them; it is judged by the others."""
    values = archive.values.copy()
    values[0, archive.parameters.index("temperature")] = np.nan
    rare = replace(archive, values=values)
    judgement = judgement_of(model, spoilt, rare, np.array([True, False, False]))

    assert judgement.accepted, judgement.reasons
    assert list(judgement.comparisons[HELD_BACK]) == ["temperature", "relative_humidity"]
    assert list(judgement.comparisons[HELD_OUT]) == ["relative_humidity"]


def test_nothing_to_judge_by(model, archive):
    """A candidate that no hour can judge is refused, with the reason."""
    end = archive.time(archive.hours - 1)
    newer = replace(model, name="newer", training={**model.training, "held_back_from": end})
    judgement = judgement_of(model, newer, archive)

    (reason,) = judgement.reasons
    assert reason == (
        "held-back time: it cannot be judged: there is no hour yet that no model has learned from"
    )
    assert judgement.since == ""
    assert judgement.gain is None


def test_a_parameter_that_is_not_measured_any_more(model, half, archive):
    """The model in use cannot be compared, and the reason names what it needs."""
    judgement = judgement_of(half, model, archive.select(("temperature",)))
    lost, unjudged = judgement.reasons
    assert lost == "it does not forecast relative_humidity, as the model in use does"
    assert unjudged.endswith("no observations of relative_humidity, which small needs")


def test_several_candidates(model, spoilt, half, archive):
    """Each is judged as if it were alone, with its own scores or those of a shorter time."""
    newer = half.training | {"held_back_from": archive.time(archive.hours - 200)}
    in_use = replace(half, training=newer)
    judge = judge_of(in_use, archive)

    for each in (model, spoilt):
        judgement = judge.judge(each, {})
        assert judgement == judgement_of(each, in_use, archive)
        assert judgement.since == newer["held_back_from"]
