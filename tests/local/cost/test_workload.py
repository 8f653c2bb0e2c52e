"""Workloads, from files and from options."""

import pytest

from local.cost.workload import DAY, Workload, read_workload
from local.errors import CostError


def read(tmp_path, text, **given):
    """Read a workload from a file with that text."""
    path = tmp_path / "workload.toml"
    path.write_text(text)
    return read_workload(path, given)


def test_defaults():
    """Without a file and options, the workload is the default one."""
    assert read_workload(None, {}) == Workload()
    assert sum(DAY) == pytest.approx(1)


def test_a_file(tmp_path):
    """Fields of the file override defaults, and options override both."""
    text = "stations = 500\nlookups = 240\ncontexts = [" + "2," * 24 + "]\ncontext_ms = 7"
    workload = read(tmp_path, text, stations=600)

    assert workload.stations == 600
    assert sum(workload.lookups) == pytest.approx(240)
    assert max(workload.lookups) == pytest.approx(240 * max(DAY))
    assert workload.contexts == (2,) * 24
    assert workload.context_ms == 7


def test_a_month():
    """730 hours are 30.4167 days, and as many nights."""
    workload = Workload(days=30.4167, runs=2)

    assert workload.hours == pytest.approx(730, abs=0.01)
    assert workload.nights == pytest.approx(60.83, abs=0.01)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("stations =", "workload.toml: "),
        ("station = 1", "unknown field 'station'; known fields: stations, parameters"),
        ("stations = 0", "stations 0 is not a number in the allowed range"),
        ("stations = 1.5", "stations 1.5 is not a whole number"),
        ("stations = 'many'", "stations 'many' is not a number"),
        ("stations = true", "stations True is not a number"),
        ("stations = [1]", r"stations \[1\] is not a number"),
        ("burst = nan", "burst nan is not a number in the allowed range"),
        ("days = inf", "days inf is not a number in the allowed range"),
        ("utilisation = 1.5", "utilisation 1.5"),
        ("spot_share = 1.5", "spot_share 1.5 is above 1"),
        ("feeds = -1", "feeds -1 is not a number in the allowed range"),
        ("training_instance = 'ml.m9.large'", "unknown instance type 'ml.m9.large'"),
        ("endpoint_instance = 3", "endpoint_instance 3 is not an instance type"),
        (
            "endpoint_instance = 'ml.m9.large'",
            "unknown instance type 'ml.m9.large'; known types: ml.t2",
        ),
        ("lookups = -1", "lookups -1 is not a number from 0 up"),
        ("lookups = true", "lookups True is not a number from 0 up"),
        ("lookups = [1, 2]", "there are 2 hours, and a day has 24"),
        ("contexts = [" + "1," * 23 + "-1]", "contexts, hour 23: -1"),
        ("contexts = [" + "1," * 23 + "'x']", "contexts, hour 23: 'x'"),
        ("contexts = [" + "1," * 23 + "true]", "contexts, hour 23: True"),
    ],
)
def test_invalid_workloads(tmp_path, text, reason):
    """The error names file and field."""
    with pytest.raises(CostError, match=reason):
        read(tmp_path, text)


def test_text_in_another_encoding(tmp_path):
    """The error names a file that is not UTF-8."""
    path = tmp_path / "workload.toml"
    path.write_bytes(b"# \xff\n")

    with pytest.raises(CostError, match=r"workload\.toml"):
        read_workload(path, {})
