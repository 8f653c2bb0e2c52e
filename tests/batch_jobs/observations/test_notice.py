"""The notice beside observations, and those that cannot be one."""

import pytest

from batch_jobs.observations.notice import LONGEST_NOTICE
from tests.batch_jobs.observations.parquet_folder import HEADER, JFK, read, reading, write


@pytest.fixture
def location(tmp_path):
    """A folder with one reading of JFK."""
    write(tmp_path, reading(1))
    (tmp_path / "stations.csv").write_text(HEADER + JFK)
    return tmp_path


def test_no_notice(location):
    """The observations of a real network need none."""
    assert read(location).notice is None


@pytest.mark.parametrize("text", ["Weather of 2013.", "\ufeffWeather of 2013.\r\n"])
def test_notice(location, text):
    """It is one line, whatever editor wrote it."""
    (location / "notice.txt").write_bytes(text.encode())

    observations = read(location)

    assert observations.notice == "Weather of 2013."
    assert observations.report.faults == {}


def test_empty_notice(location):
    """An empty file says nothing."""
    (location / "notice.txt").write_text(" \n")

    assert read(location).notice is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"Wetter von 2013 f\xfcr heute", "it is not UTF-8 text"),
        (b"one\ntwo", f"it must be one line of at most {LONGEST_NOTICE} characters"),
        (
            b"x" * (LONGEST_NOTICE + 1),
            f"it must be one line of at most {LONGEST_NOTICE} characters",
        ),
    ],
)
def test_bad_notice(location, content, problem):
    """A notice that cannot be shown is reported, and costs the night nothing else."""
    (location / "notice.txt").write_bytes(content)

    observations = read(location)

    assert observations.notice is None
    assert observations.report.faults == {"bad_notice": 1}
    assert observations.report.examples == [f"notice.txt: {problem}"]
    assert len(observations.stations) == 1


def test_only_at_the_top(location):
    """A file of that name in a folder below belongs to something else."""
    (location / "below").mkdir()
    (location / "below" / "notice.txt").write_text("Weather of 2013.")

    observations = read(location)

    assert observations.notice is None
    assert observations.report.faults == {"ignored_file": 1}
