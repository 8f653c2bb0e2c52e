"""Until a new set is complete, readers have the old one; whoever is killed, and whenever."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from batch_jobs.observations.files import Folder
from batch_jobs.training.manifest import publish
from batch_jobs.training.training_sets import GroupRecord
from tests.batch_jobs.training.archive_folder import (
    DAYS,
    contents,
    path_of,
    prepared,
    write_archive,
    write_day,
)
from tests.command_line import HERE
from tests.training_sets import Table

pytestmark = pytest.mark.slow

PARTS = "parameter=pm25"
MONTHS = [date(2024, month, 15) for month in range(1, 7)]


class InterruptedFolder(Folder):
    """A folder that can do so many steps, before Ctrl-C ends them."""

    def __init__(self, path, steps):
        super().__init__(path)
        self.left = steps

    def step(self):
        """Count a step, or end."""
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1

    def write(self, name, content):
        """Write a file."""
        self.step()
        super().write(name, content)

    def delete(self, name):
        """Delete a file."""
        self.step()
        super().delete(name)


def test_publishing_that_is_interrupted(tmp_path):
    """After each step the set is entirely the old one, or entirely the new one."""
    observations, old, new = write_archive(tmp_path / "archive"), tmp_path / "old", tmp_path / "new"
    before = prepared(observations, old).manifest
    shutil.copytree(old, new)
    write_day(observations, 14, DAYS[0])
    for day in DAYS:
        path_of(observations, 11, day).unlink()
    after = prepared(observations, new).manifest
    records = {
        name: GroupRecord.from_json((new / "groups" / f"{name}.json").read_bytes())
        for name in after["groups"]
    }
    hours = [Table(each).hours("pm25") for each in (old, new)]
    found, steps, left = [], 0, 0
    while not left:
        at = tmp_path / str(steps)
        shutil.copytree(old, at)
        for name in ("groups", PARTS):
            shutil.copytree(new / name, at / name, dirs_exist_ok=True)
        folder = InterruptedFolder(at, steps)
        with suppress(KeyboardInterrupt):
            publish(folder, after, records, before)
        is_set = Table(at)
        table = is_set.hours("pm25")
        assert set(table["station_id"]) <= set(is_set.stations["station_id"])
        found.append([table.equals(each) for each in hours].index(True))
        steps, left = steps + 1, folder.left

    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, 1)
    assert contents(at) == contents(new)


def records_of(into):
    """Return the records of the groups that are made; a group counts as made from then on."""
    return {path.name: path.read_bytes() for path in (into / "groups").glob("*.json")}


@pytest.fixture
def begun(tmp_path):
    """A command that has begun to make an old set anew; its process, observations and set."""
    observations, into = tmp_path / "archive", tmp_path / "set"
    write_archive(observations, locations=(11,), days=MONTHS)
    prepared(observations, into)
    write_archive(observations, locations=(12,), days=MONTHS)
    old, records = contents(into), records_of(into)
    words = ("training", "prepare", "--observations", observations, "--output", into)
    with subprocess.Popen(
        [*HERE, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while records_of(into) == records and process.poll() is None:
            time.sleep(0.01)
        yield process, observations, into, old


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_preparing_that_is_interrupted(begun, number):
    """The old set is there, no process is left, and the next start makes only what is missing."""
    process, observations, into, old = begun
    children = children_of(process.pid)
    os.kill(process.pid, number)
    output = process.communicate()[0]
    while any(map(is_running, children)):
        time.sleep(0.01)
    now = contents(into)
    made = prepared(observations, into)

    assert children
    assert process.returncode == (-signal.SIGKILL if number == signal.SIGKILL else 1), output
    assert {name: now[name] for name in old} == old
    assert 0 < made.made < len(MONTHS)
    assert made.manifest["parameters"]["pm25"][""]["stations"] == 2


def fields_of(pid):
    """Return what the kernel says about a process after its name: state and parent first."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def children_of(parent):
    """Return the processes that a process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if int(fields_of(folder.name)[1]) == parent:
                found.append(folder.name)
    return found


def is_running(pid):
    """Tell whether a process has not ended."""
    with suppress(OSError):
        return fields_of(pid)[0] != "Z"
    return False
