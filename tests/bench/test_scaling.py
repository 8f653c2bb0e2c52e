"""The benchmark of the simulator: its predictions and its figures."""

import numpy as np
import pytest
import uvloop

from bench.harness.errors import ServerError
from bench.harness.sleeping_model import write_sleeper
from bench.scaling import DEMO, SLEEPING, Kind, Times, closed_loop, figures_of, open_loop, predict
from local.standin.endpoint import Endpoint, running


@pytest.fixture(scope="module")
def sleeper(tmp_path_factory):
    """The stand-in over a model that sleeps."""
    artifact = write_sleeper(tmp_path_factory.mktemp("sleeper") / "model.tar.gz")
    with running(Endpoint(variants={"one": str(artifact)})) as endpoint:
        yield endpoint


def test_the_model_keeps_its_container(sleeper):
    """A request takes at least its service time, and the next one waits for it."""
    (alone,) = uvloop.run(closed_loop(sleeper, 1, [b"0.05"]))
    first, second = sorted(uvloop.run(open_loop(sleeper, np.zeros(2), [b"0.05"] * 2)))

    assert alone >= 0.05
    assert first >= 0.05
    assert second >= 0.1


def test_clients_take_turns(sleeper):
    """All requests are sent, each client's one after the other."""
    assert len(uvloop.run(closed_loop(sleeper, 3, [b"0"] * 10))) == 10


def test_a_failed_request(sleeper):
    """The benchmark ends with the endpoint's error."""
    with pytest.raises(ServerError, match="wanted 200"):
        uvloop.run(closed_loop(sleeper, 1, [b"long"]))


def test_a_prediction():
    """Two containers, three requests at once: the third waits for one of the others."""
    assert predict(np.zeros(3), np.array([1.0, 2.0, 3.0]), 2) == [1.0, 2.0, 4.0]


def test_figures():
    """They compare measured and predicted latencies; only the queue has a target."""
    compared = {
        Kind(SLEEPING, 1, 0.4): Times([0.11, 0.22], [0.1, 0.2]),
        Kind(DEMO, 2, 0.7): Times([0.3], [0.1]),
    }
    figures = {figure.name: figure for figure in figures_of(compared)}
    apart = figures[f"{SLEEPING}, 1 container, 40% busy, p99: apart by"]
    demo = figures[f"{DEMO}, 2 containers, 70% busy, p50: apart by"]

    assert apart.value == pytest.approx(10)
    assert apart.met
    assert demo.value == pytest.approx(200)
    assert demo.met is None
