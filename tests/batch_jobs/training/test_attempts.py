"""A task whose process dies costs the station that is the cause, and nothing else."""

import json
import os
import resource
import subprocess
import sys
from datetime import date

import pytest

from batch_jobs.training.attempts import Children
from batch_jobs.training.child import MOST_MEMORY, leave_at_end
from batch_jobs.training.errors import GroupError
from batch_jobs.training.preparation import Job
from tests.batch_jobs.training.archive_folder import (
    describe,
    manifest_of,
    trap,
    write_archive,
    write_day,
)

pytestmark = pytest.mark.slow

#: Of data and threads, KiB; a task needs less, and a trap more.
LIMIT = 500_000


def prepare_limited(observations, into, limit=LIMIT):
    """Make a set in a process with little memory, and so have its tasks."""
    words = ["training", "prepare", "--observations", str(observations), "--output", str(into)]
    command = f'ulimit -d {limit}; exec "$@"'
    return subprocess.run(
        ["/bin/bash", "-c", command, "bash", sys.executable, "-m", "local", *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_station_that_kills_its_reader(tmp_path):
    """It is named and left out; every other station of its group is in the set."""
    observations = write_archive(tmp_path / "archive", days=[date(2024, 2, 15)])
    describe(observations, **{f"S{number}": "DE" for number in range(900, 960)})
    write_day(observations, 14, date(2024, 2, 15), content=trap())
    done = prepare_limited(observations, tmp_path / "set")
    manifest = manifest_of(tmp_path / "set")
    (fault,) = [fault for fault in manifest["faults"] if fault["location"] == "14"]

    assert done.returncode == 0, done.stderr
    assert fault["reason"].startswith("reading it kills the process that does, again and again")
    assert "14: reading it kills" in done.stderr
    assert manifest["parameters"]["pm25"][""] | {"files": 0} == {
        "stations": 3,
        "hours": 72,
        "years": [2024],
        "files": 0,
    }
    assert json.loads((tmp_path / "set/groups/2024-02-0000.json").read_text())["lost"] == ["14"]


def test_too_many_stations_that_kill_their_reader(tmp_path):
    """The set is not made."""
    observations = write_archive(tmp_path / "archive", days=[date(2024, 2, 15)], locations=[11])
    write_day(observations, 14, date(2024, 2, 15), content=trap())
    done = prepare_limited(observations, tmp_path / "set")

    assert done.returncode == 1
    assert "1 of 2 stations cannot be read, and no more than 2% may be left out: 14:" in done.stderr
    assert not (tmp_path / "set" / "manifest.json").exists()


def test_a_group_that_kills_its_reader(tmp_path):
    """If no station is known to be the cause, the set is not made."""
    day = tmp_path / "archive" / "date=2024-02-15"
    day.mkdir(parents=True)
    (day / "a.csv.gz").write_bytes(trap())
    done = prepare_limited(day.parent, tmp_path / "set")

    assert done.returncode == 1
    assert "group 2024-02-0000: its process died twice, and no single station" in done.stderr


def job(**changes):
    """Return a task with nothing to read."""
    fields = {
        "observations": "none",
        "output": "none",
        "group": "2024-01-0000",
        "inputs": "",
        "window": (0, 3600),
        "share": (0, 1),
        "files": [],
        "stations": [],
    }
    return Job(**fields | changes)


def test_a_task_is_read_as_it_was_written():
    """A task comes to its process as it is."""
    text = job(lost={"é": "ß"}, files=[["a", 1]]).to_json()

    assert Job.from_json(text).to_json() == text


def test_a_process_that_dies_before_it_reads():
    """Its task is larger than what fits between the two processes."""
    ended = Children().run(job(stations=["a"] * 1_000_000), "--unknown")

    assert ended.status == 2
    assert "--unknown" in ended.reason


def test_no_process_starts_after_the_end():
    """Threads that go on for a moment start nothing."""
    children = Children()
    children.stop()
    with pytest.raises(GroupError, match="interrupted"):
        children.run(job())


def test_a_process_leaves_with_its_parent():
    """It leaves when the parent's end of its input is closed."""
    to_child, from_parent = os.pipe()
    os.write(from_parent, b"ab")
    os.close(from_parent)
    statuses = []
    leave_at_end(to_child, statuses.append)
    os.close(to_child)

    assert statuses == [4]


@pytest.mark.parametrize("limit", [MOST_MEMORY // 2, MOST_MEMORY * 2, -1])
def test_the_memory_of_a_task(limit):
    """A task has no more memory than tasks may have, or the user."""
    code = (
        "import resource, sys; from batch_jobs.training.child import limit_memory\n"
        "limit = int(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))\n"
        "limit_memory(); print(resource.getrlimit(resource.RLIMIT_DATA)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(limit)], capture_output=True, text=True, check=True
    )

    expected = MOST_MEMORY if limit == resource.RLIM_INFINITY else min(limit, MOST_MEMORY)
    assert int(done.stdout) == expected
