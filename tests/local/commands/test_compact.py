"""`stationcast compact`, as an operator runs it."""

from batch_jobs.observations.files import open_location
from tests.batch_jobs.feeds.hourly_files import FOLDER, STATIONS, name, names, parquet, row
from tests.command_line import run


def test_compact(tmp_path):
    """The files of a day become one, and files that are left alone are named."""
    location = open_location(str(tmp_path))
    location.write("stations.csv", STATIONS.encode())
    for hour in range(3):
        location.write(name(hour), parquet(row(hour, 1.0)))
    location.write(f"{FOLDER}/a.parquet", b"")
    result = run("compact", tmp_path)

    assert result.exit_code == 0
    assert result.stdout == "3 files have become 1\n"
    reason = "its name does not begin with the time of a fetch"
    assert result.stderr.endswith(f"  left alone: {FOLDER}/a.parquet: {reason}\n")
    assert len(names(location)) == 2
    assert run("compact", tmp_path).stdout.startswith("Nothing to compact;")


def test_nowhere(tmp_path):
    """If there is no such folder, the error names it."""
    result = run("compact", tmp_path / "nowhere")

    assert result.exit_code == 1
    assert "nowhere: No such file or directory" in result.output


def test_help():
    """The help has examples."""
    assert "stationcast compact s3://bucket/observations" in run("compact", "--help").output
