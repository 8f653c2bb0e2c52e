"""A year of hourly files, for the benchmark of its reading."""

import pytest

from batch_jobs.observations.read import read_observations
from bench.harness.errors import InputError
from bench.harness.hourly_year import write_compacted, write_daily, write_hourly
from bench.harness.inputs import ISSUE_TIME
from bench.hourly_files import COMPACTED, DAILY, HOURLY, Reading, figures_of

READINGS = {
    DAILY: [Reading(2.0, 3.0, 10**9, 9, "same")],
    COMPACTED: [Reading(2.5, 3.0, 10**9, 70, "same")],
    HOURLY: [Reading(3.0, 3.0, 10**9, 400, "same")],
}


def test_the_same_readings(tmp_path):
    """All three folders have the same values for a night, in more and fewer files."""
    write_daily(tmp_path / "daily", 4)
    write_hourly(tmp_path / "hourly", 4, 240)
    write_compacted(tmp_path / "compacted", tmp_path / "hourly")

    daily, hourly, compacted = (
        read_observations(str(tmp_path / name), end=ISSUE_TIME, hours=168)
        for name in ("daily", "hourly", "compacted")
    )

    assert hourly.values.tobytes() == compacted.values.tobytes() == daily.values.tobytes()
    assert len([*tmp_path.glob("hourly/source=*/*/*")]) == 2 * 240
    assert daily.report.files == 1 + 8
    assert 2 * 24 < compacted.report.files < hourly.report.files / 4


def test_figures():
    """Ratios have a target, unless the run is a quick one."""
    met = {figure.name: figure.met for figure in figures_of(READINGS, has_targets=True)}

    assert met[f"{COMPACTED} / {DAILY}: reading"]
    assert met[f"{HOURLY} / {DAILY}: reading"] is False
    assert {figure.met for figure in figures_of(READINGS, has_targets=False)} == {None}


def test_other_values():
    """A comparison of different values is none."""
    other = READINGS | {DAILY: [Reading(2.0, 3.0, 10**9, 9, "other")]}

    with pytest.raises(InputError, match="other values"):
        figures_of(other, has_targets=True)
