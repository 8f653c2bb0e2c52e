"""`stationcast training`."""

import fcntl

from tests.batch_jobs.training.archive_folder import describe, manifest_of, write_archive
from tests.command_line import run, said


def test_prepare(tmp_path):
    """The command makes a set, shows what is in it, and what it lacks; the second time nothing."""
    observations = write_archive(tmp_path / "archive", codes=("pm25", "o3"))
    describe(observations, S12="DE", S77="FR")
    words = ("training", "prepare", "--observations", observations, "--output", tmp_path / "set")
    first = run(*words, "--countries", "de,__", "--parameters", "pm25")
    second = run(*words, "--countries", "de,__", "--parameters", "pm25")

    assert first.exit_code == second.exit_code == 0, first.output
    assert "77: no_observations" in said(first)
    assert "Hours from 2024-01-31T01:00:00Z to 2024-02-02T00:00:00Z" in said(first)
    rows = [line.strip("│ ").split("│") for line in first.output.splitlines() if "│pm25" in line]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["pm25", "unknown", "2", "96", "2024"],
        ["pm25", "DE", "1", "48", "2024"],
    ]
    assert "groups read: 2, up to date: 0" in said(first)
    assert "groups read: 0, up to date: 2" in said(second)
    assert list(manifest_of(tmp_path / "set")["parameters"]) == ["pm25"]


def test_nothing_to_prepare(tmp_path):
    """An error says what is missing."""
    done = run("training", "prepare", "--observations", tmp_path, "--output", tmp_path / "set")

    assert done.exit_code == 1
    assert "no observations in" in said(done)


def test_two_at_once(tmp_path):
    """Of two that would write the same set, the second is refused."""
    (tmp_path / "set").mkdir()
    with (tmp_path / "set" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run(
            "training", "prepare", "--observations", tmp_path, "--output", tmp_path / "set"
        )
    assert second.exit_code == 1
    assert f"another training is at work in {tmp_path}/set; wait until it ends" in said(second)
