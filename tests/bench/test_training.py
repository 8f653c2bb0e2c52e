"""The figures of a large network's training, and the network."""

import json

from bench.harness.watched_process import Cost
from bench.training import figures_of, prepare, train, write_year
from tests.batch_jobs.training.archive_folder import manifest_of


def test_a_small_network(tmp_path):
    """Made-up weather becomes a set of every hour but those that are missing, and then a model."""
    write_year(tmp_path / "observations", stations=3, days=66)
    made = prepare(tmp_path)
    trained = train(tmp_path)
    manifest = manifest_of(tmp_path / "set")
    model = json.loads((tmp_path / "model" / "model.json").read_text())
    hours = {
        code: sum(part["hours"] for part in of_code.values())
        for code, of_code in manifest["parameters"].items()
    }

    assert manifest["until"] == "2025-01-01T00:00:00Z"
    assert len(hours) == 7
    assert all(0.9 < count / (3 * 66 * 24) < 1 for count in hours.values())
    assert model["training"]["stations"] == 3
    assert min(*made, *trained) > 0


def test_figures():
    """Time and memory of both steps together have targets, unless the run is a quick one."""
    made, trained = Cost(600.0, 900.0, 10**9), Cost(600.0, 800.0, 4 * 10**9)
    met = {f.name: (f.value, f.met) for f in figures_of(made, trained, has_targets=True)}

    assert met["set and model: wall"] == (20, True)
    assert met["set and model: peak memory"] == (4, False)
    assert {f.met for f in figures_of(made, trained, has_targets=False)} == {None}
