"""The figures of training sets, and the observations that they are made of."""

import pytest

from bench.training_sets import (
    HALF,
    ON_SPARK,
    PARAMETERS,
    PLAIN,
    Cost,
    figures_of,
    prepare_once,
    write_archive,
    write_month,
)
from tests.batch_jobs.training.archive_folder import prepared
from tests.training_sets import Table

COSTS = {
    PLAIN: [Cost(9.0, 18.0, 10**9)],
    ON_SPARK: [Cost(12.0, 36.0, 2 * 10**9)],
    HALF: [Cost(3.0, 8.0, 10**9)],
}


def test_what_is_prepared(tmp_path):
    """Both kinds of observations become sets with every hour."""
    write_archive(tmp_path / "archive", range(2), 3)
    write_month(tmp_path / "month", 2)
    archive = prepared(tmp_path / "archive", tmp_path / "a").manifest
    month = prepared(tmp_path / "month", tmp_path / "m").manifest

    assert {code: c[""]["hours"] for code, c in archive["parameters"].items()} == {
        "o3": 144,
        "pm25": 144,
    }
    assert {code: c["DE"]["hours"] for code, c in month["parameters"].items()} == dict.fromkeys(
        PARAMETERS, 2 * 31 * 24
    )
    assert Table(tmp_path / "m").stations.height == 2


def test_a_cost(tmp_path):
    """A preparation is measured, and leaves nothing."""
    write_archive(tmp_path / "archive", range(1), 1)
    cost = prepare_once(tmp_path / "archive")

    assert min(cost) > 0
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_figures():
    """Ratios and memory have targets, unless the run is a quick one."""
    group = Cost(5.0, 6.0, 6 * 10**8)
    met = {f.name: (f.value, f.met) for f in figures_of(COSTS, group, has_targets=True)}

    assert met["Spark local[2] / this machine: CPU"] == (2, True)
    assert met["largest group: peak memory"] == (pytest.approx(0.6), True)
    assert met["twice the locations: wall"] == (3, False)
    assert {f.met for f in figures_of(COSTS, group, has_targets=False)} == {None}
