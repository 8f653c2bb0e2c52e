"""The benchmark of real time: what is asked, and how figures are made of answers."""

import json
import os
from contextlib import closing

import numpy as np
import pytest
import xgboost

from batch_jobs.nightly import Night as NightlyRun
from batch_jobs.nightly import run_night
from batch_jobs.progress import quiet
from bench.harness.client import ask, post
from bench.harness.errors import InputError, ServerError
from bench.harness.server import CONSTANT_PATH, family_of, serving_constant
from bench.peers import sagemaker_serving
from bench.peers.mlserver import inferences, write_models
from bench.real_time.layers import BOTO3, POST, PREDICT, STACK, layer_figures, measure_layers
from bench.real_time.outage import (
    ELSEWHERE,
    LOOKUP,
    Outage,
    Sample,
    Schedule,
    outage_figures,
    turns_of,
)
from bench.real_time.plot import plot_outage
from bench.real_time.stations import Night, check_answer, serving_real_time, stations_of
from bench.real_time.throughput import Round, check_forecast, throughput_figures
from bench.real_time.weights import Answered, measure_weights, weight_figures
from forecasts.stores.sqlite import SQLiteStore
from local.standin.endpoint import Endpoint, running
from tests.factories import ISSUE_TIME, NOW

OUTAGE = Outage(
    schedule=Schedule(10, 20, 30),
    samples=[
        *(Sample(POST, sent, 0.01, "realtime") for sent in (1, 2, 28)),
        *(Sample(POST, sent, 1.9, "precomputed") for sent in (10.5, 11)),
        *(Sample(POST, sent, 0.002, "precomputed") for sent in (12, 13, 14)),
        # The machine is busier during the fault: every request takes twice as long.
        *(
            Sample(LOOKUP, sent / 2, 0.001 + 0.001 * (sent >= 20), "precomputed")
            for sent in range(60)
        ),
        *(Sample(ELSEWHERE, sent / 2, 0.002 + 0.002 * (sent >= 20), "") for sent in range(60)),
    ],
    opened=12,
    closed=22,
)


@pytest.fixture(scope="module")
def night(tmp_path_factory, model, model_path, observations):
    """A published night of the demo's stations, with the small model."""
    path = tmp_path_factory.mktemp("night") / "forecasts.db"

    # A night that does not expire for a long while: servers read the real clock.
    def clock():
        return NOW.replace(year=2100)

    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        run_night(NightlyRun(store, model, str(observations), ISSUE_TIME, clock, track=quiet))
    return Night(model_path, "small", path, stations_of(path))


@pytest.fixture
def aws(monkeypatch):
    """boto3's environment variables, which a benchmark changes, restored after the test."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "DEFAULT_REGION"):
        monkeypatch.setenv(f"AWS_{name}", "local")
    for name in ("SAGEMAKER", "SAGEMAKER_RUNTIME"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", "")


def values_of(figures):
    """Return figures by name."""
    return {figure.name: figure.value for figure in figures}


def test_what_is_asked(night):
    """Each station's reading moves its line by an hour; all else in it is the run's."""
    asked = night.asked[0]

    assert [each.station_id for each in night.asked] == ["EWR", "JFK", "LGA"]
    assert asked.line["issue_time"] == "2013-12-30T01:00:00Z"
    assert asked.line["history"]["temperature"][-1] == 4.1
    assert asked.line["history"]["pressure"][-1] is None


@pytest.fixture
def installed():
    """AWS's serving stack, in its own environment."""
    try:
        return sagemaker_serving.PEER.install()
    except InputError as error:
        strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        return (pytest.fail if strict else pytest.skip)(str(error))


@pytest.mark.usefixtures("aws", "installed")
def test_layers(night, tmp_path):
    """Every layer answers, from the model alone to the API."""
    layers = measure_layers(night, tmp_path, 1)

    assert list(layers) == [PREDICT, STACK, BOTO3, POST]
    assert all(seconds > 0 for (seconds,) in layers.values())


@pytest.mark.usefixtures("installed")
def test_the_stack_serves_the_artifact(night):
    """AWS's serving stack says what the model says, number for number, and refuses what it does."""
    first, second = night.asked[:2]
    with sagemaker_serving.serving_stack(night.model, 1) as stack:
        check_forecast(night, stack.server.port, first.invocation)
        with pytest.raises(ServerError, match="not the model's forecast"):
            check_forecast(night, stack.server.port, second.invocation)
        (refused,) = ask(stack.server.port, [post("/invocations", b"\n")])

    assert refused.status == 500


def test_figures_of_layers():
    """The time a layer adds excludes the layer behind it; ratios are of the same round."""
    layers = {PREDICT: [1.0, 2.0, 1.0], STACK: [1.5, 2.5, 1.5], POST: [2.0, 4.0, 9.0]}
    figures = values_of(layer_figures(layers))

    assert figures["POST with a reading / predict_fn"] == 2
    assert figures["of it AWS's serving stack"] == 500
    assert figures["of it API"] == 1500


@pytest.mark.usefixtures("aws")
def test_a_wrong_answer_is_not_measured(night, tmp_path):
    """If the endpoint does not answer, there are no figures of the fallback."""
    with (
        running(Endpoint(variants={"demo": str(night.model)})) as endpoint,
        serving_real_time(night, endpoint, tmp_path / "journal") as server,
    ):
        endpoint.put_faults(error_rate=1)

        with pytest.raises(ServerError, match=r"real-time model: .*endpoint_error"):
            check_answer(night, server.port)


@pytest.mark.usefixtures("aws")
def test_weights(night, tmp_path):
    """All calls are answered, by weight and by name, and no caller changes its variant."""
    answered = measure_weights(night, tmp_path, 20, 3)
    figures = values_of(weight_figures(answered))

    assert [len(variants) for variants in answered.variants.values()] == [5, 5, 5]
    assert figures["callers that changed variant, of 3"] == 0


@pytest.mark.parametrize(("count", "outside"), [(429, 1), (430, 0), (573, 0), (575, 2)])
def test_figures_of_weights(count, outside):
    """It counts how far outside the interval the number of calls is."""
    variants = {"a": ["depth10", "depth10"], "b": ["depth5", "depth10"]}
    figures = values_of(weight_figures(Answered(10_000, count, variants)))

    assert figures["depth10, calls outside 430 to 573"] == outside
    assert figures["callers that changed variant, of 2"] == 1
    assert figures["depth10, callers by name"] == 1


def test_figures_of_throughput():
    """The best configuration of each side counts, round by round."""

    def rounds(*rates):
        return [Round(rate, 1000 / rate) for rate in rates]

    cases = {
        "AWS's serving stack, 1": rounds(50, 50, 50),
        "AWS's serving stack, 2": rounds(100, 200, 100),
        "Lambda function": rounds(20, 25, 40),
        "MLServer, 0": rounds(50, 50, 90),
        "MLServer, 2": rounds(40, 40, 40),
    }
    figures = values_of(throughput_figures(cases))

    assert figures["throughput, MLServer, 0 / AWS's serving stack, 2"] == 0.5
    assert figures["CPU a forecast, AWS's serving stack, 2 / MLServer, 0"] == 0.5
    assert figures["CPU a forecast, Lambda function / MLServer, 0"] == 2.25


def test_processes_of_a_server(tmp_path):
    """Processor time is counted of a process and all below it."""
    path = tmp_path / "body"
    path.write_bytes(b"")
    with serving_constant(path) as server:
        family = family_of(os.getpid())

        assert ask(server.port, [b"GET %b HTTP/1.1\r\n\r\n" % CONSTANT_PATH.encode()])

    assert (family[0], server.pid in family) == (os.getpid(), True)


def test_the_peer_has_the_same_work(night, model, tmp_path):
    """For the same rows, the peer's models predict what the boosters predict."""
    write_models(night.model, tmp_path)
    (inference,) = inferences(night.model, night.asked[:1])
    for code, request in zip(model.parameters, inference.requests, strict=True):
        (tensor,) = json.loads(request.partition(b"\r\n\r\n")[2])["inputs"]
        rows = np.reshape(np.array(tensor["data"], np.float32), tensor["shape"])
        theirs = xgboost.Booster(model_file=tmp_path / code / "model.ubj")

        np.testing.assert_array_equal(
            theirs.inplace_predict(rows), model.forests[code].predict(rows)
        )


def test_figures_of_an_outage():
    """Answers count by the time of their request; lookups are compared with others of that time."""
    figures = values_of(outage_figures(OUTAGE))

    assert figures["POST while the endpoint hangs, longest"] == 1.9
    assert figures["POST with the circuit open / lookup, p50"] == 1
    assert figures["lookup before the fault: p50"] == 1
    assert figures["lookup during the fault: p50"] == 2
    assert figures["lookup during the fault / before, p50"] == 1
    assert figures["circuit opens, after the fault begins"] == 2
    assert figures["circuit closes, after the end of the fault"] == 2


def test_turns_of_the_circuit(tmp_path):
    """The first time of each state counts; lines about answers are ignored."""
    journal = tmp_path / "journal"
    states = [(5, "open"), (8, "half_open"), (9, "open"), (11, "closed")]
    lines = [{"_aws": {"Timestamp": 1000 * at}, "circuit": state} for at, state in states]
    journal.write_text("\n".join(map(json.dumps, [{"source": "realtime"}, *lines])))

    assert turns_of(journal, 3) == {"open": 2, "half_open": 5, "closed": 8}


def test_plot_of_an_outage(tmp_path):
    """The plot is a PNG."""
    path = tmp_path / "real-time.png"
    plot_outage(OUTAGE, path)

    assert path.read_bytes().startswith(b"\x89PNG")
