"""Candidates are let in only if they are nowhere worse, and better overall."""

from dataclasses import replace

import numpy as np
import pytest

from batch_jobs.progress import quiet
from batch_jobs.training.judgement import held_out, judge
from batch_jobs.training.registry import HELD_BACK, HELD_OUT
from batch_jobs.transform import load_model
from local.training.training import train_model
from tests.archives import demo_archive

NONE_OUT = np.zeros(3, np.bool_)


def judgement_of(candidate, *others):
    """Judge a single candidate."""
    (judgement,) = judge([candidate], *others)
    return judgement


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
    judgement = judgement_of(model, None, archive, NONE_OUT)

    assert judgement.accepted
    assert judgement.since == model.training["held_back_from"]
    assert judgement.to_json()["comparisons"][HELD_BACK]["relative_humidity"]["gain"] is None
    assert judgement.gain == pytest.approx(
        np.mean([each.skill for each in judgement.comparisons[HELD_BACK].values()])
    )


def test_a_worse_candidate(model, spoilt, archive):
    """It is refused, and the reasons name the parameter, the model in use and the reference."""
    judgement = judgement_of(spoilt, model, archive, NONE_OUT)
    of_model, of_reference, overall = judgement.reasons

    assert not judgement.accepted
    assert of_model.startswith("held-back time: the pinball loss of relative_humidity is ")
    assert "larger than that of small; 2% are allowed" in of_model
    assert "the error of relative_humidity is" in of_reference
    assert "larger than that of the best reference" in of_reference
    assert overall.startswith("not better overall: ")


def test_a_better_candidate(model, spoilt, archive):
    """It is accepted; what it gains is told by parameter and as a mean."""
    judgement = judgement_of(model, spoilt, archive, NONE_OUT)
    gains = {code: each.gain for code, each in judgement.comparisons[HELD_BACK].items()}

    assert judgement.accepted
    assert gains["temperature"] == 0
    assert judgement.gain == gains["relative_humidity"] / 2 > 0.1


def test_no_better(model, archive):
    """The same model again is not worth a release."""
    (reason,) = judgement_of(model, model, archive, NONE_OUT).reasons
    assert reason == (
        "not better overall: as the mean of all parameters, the pinball loss differs by +0.0% from "
        "that of small"
    )


def test_a_candidate_that_forecasts_less(model, half, archive):
    """A parameter that the model in use forecasts must not be lost; one more is welcome."""
    assert judgement_of(half, model, archive, NONE_OUT).reasons[0] == (
        "it does not forecast relative_humidity, as the model in use does"
    )
    more = judgement_of(model, half, archive, NONE_OUT).comparisons[HELD_BACK]
    assert more["relative_humidity"].gain is None


def test_stations_that_were_held_out(model, spoilt, archive):
    """They are judged by themselves, with more tolerance; the others without them."""
    out = np.array([True, False, False])
    judgement = judgement_of(spoilt, model, archive, out)
    hours = {scope: of["relative_humidity"].hours for scope, of in judgement.comparisons.items()}

    assert hours[HELD_BACK] + hours[HELD_OUT] == sum(
        each["relative_humidity"].hours
        for each in judgement_of(model, None, archive, NONE_OUT).comparisons.values()
    )
    assert any(
        reason.startswith("held-out stations: ") and "5% are allowed" in reason
        for reason in judgement.reasons
    )


def test_nothing_to_judge_by(model, archive):
    """A candidate that no hour can judge is refused, with the reason."""
    end = archive.time(archive.hours - 1)
    newer = replace(model, name="newer", training={**model.training, "held_back_from": end})
    judgement = judgement_of(model, newer, archive, NONE_OUT)

    (reason,) = judgement.reasons
    assert reason == (
        "held-back time: it cannot be judged: there is no hour yet that no model has learned from"
    )
    assert judgement.since == ""
    assert judgement.gain == -np.inf


def test_a_parameter_that_is_not_measured_any_more(model, half, archive):
    """The model in use cannot be compared, and the reason names what it needs."""
    judgement = judgement_of(half, model, archive.select(("temperature",)), NONE_OUT)
    lost, unjudged = judgement.reasons
    assert lost == "it does not forecast relative_humidity, as the model in use does"
    assert unjudged.endswith("no observations of relative_humidity, which small needs")


def test_several_candidates(model, spoilt, half, archive):
    """Each is judged as if it were alone."""
    alone = [judgement_of(each, half, archive, NONE_OUT) for each in (model, spoilt)]
    assert judge([model, spoilt], half, archive, NONE_OUT) == alone


def test_every_twentieth_station_is_held_out():
    """Always the same ones, whatever other stations there are; none of a small network."""
    ids = [f"station-{number}" for number in range(11_000)]
    out = dict(zip(ids, held_out(ids).tolist(), strict=True))

    assert 450 < sum(out.values()) < 650
    assert held_out(ids[:99]).tolist() == [False] * 99
    assert held_out(ids[300:100:-1]).tolist() == [out[name] for name in ids[300:100:-1]]
