"""The set that Spark makes is that of one machine, byte for byte, on good days and bad ones."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from batch_jobs.training import spark_job
from batch_jobs.training.preparation import Job
from batch_jobs.training.spark import failure
from tests.batch_jobs.training.archive_folder import (
    contents,
    describe,
    manifest_of,
    path_of,
    prepared,
    trap,
    write_archive,
    write_day,
)
from tests.batch_jobs.training.spark_cluster import PYSPARK, cluster, require_spark
from tests.dynamodb_local import ROOT

pytestmark = pytest.mark.slow

#: Of data and threads, KiB: for Java, and for each of the processes that read.
LIMIT = 700_000
#: Two cores, and a second try for each task.
MASTER = "local[2,2]"
MONTHS = [date(2024, month, 15) for month in (1, 2, 3, 4)]


@pytest.fixture
def environment():
    """The environment of a process that has PySpark."""
    require_spark()
    return os.environ | {"PYTHONPATH": str(PYSPARK)}  # noqa: TID251 -- of a child process


def command(observations, into, *options):
    """Return the command that makes a set."""
    place = ("--observations", str(observations), "--output", str(into))
    return [sys.executable, "-m", "local", "training", "prepare", *place, *options]


def limited(words):
    """Return a command with little memory."""
    return ["/bin/bash", "-c", f'ulimit -d {LIMIT}; exec "$@"', "bash", *words]


def a_worker():
    """Return a process of Spark that waits for a process that reads; None if there is none yet."""
    readers = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"batch_jobs.training.child" in words:
                readers[parent] = folder.name
    for parent in readers:
        with suppress(OSError):
            if b"pyspark.daemon" in Path(f"/proc/{parent}/cmdline").read_bytes():
                return parent
    return None


def test_spark_makes_the_same_set(tmp_path, environment):
    """With a torn file, a station that kills its reader, and a worker that is killed once."""
    observations = write_archive(tmp_path / "archive", days=MONTHS, codes=("pm25", "o3"))
    describe(observations, S12="DE", **{f"S{number}": "FR" for number in range(900, 960)})
    whole = path_of(observations, 13, MONTHS[2]).read_bytes()
    write_day(observations, 13, MONTHS[2], content=whole[:150])
    write_day(observations, 14, MONTHS[1], content=trap())
    plain, spark = tmp_path / "plain", tmp_path / "spark"
    subprocess.run(limited(command(observations, plain)), check=True, capture_output=True)
    with subprocess.Popen(
        limited(command(observations, spark, "--spark", MASTER)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    ) as process:
        while (worker := a_worker()) is None and process.poll() is None:
            time.sleep(0.01)
        os.kill(worker, signal.SIGKILL)
        output = process.communicate()[0]
    again = subprocess.run(
        command(observations, spark, "--spark", MASTER),
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )

    assert process.returncode == 0, output
    assert manifest_of(spark) == manifest_of(plain)
    assert contents(spark) == contents(plain)
    faults = manifest_of(spark)["faults"]
    assert [fault["location"] for fault in faults if int(fault["location"]) < 900] == ["14", "13"]
    assert list(manifest_of(spark)["parameters"]) == ["o3", "pm25"]
    assert list(manifest_of(spark)["parameters"]["o3"]) == ["", "DE"]
    # The group without station 14 is tried again, the others are not.
    assert "groups read: 1, up to date: 3" in again.stdout


def test_a_cluster(tmp_path, environment):
    """Tasks are done by the interpreter that the cluster has, wherever it is."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1])
    environment |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    with cluster(tmp_path / "cluster", environment) as url:
        done = subprocess.run(
            command(observations, tmp_path / "set", "--spark", url),
            check=False,
            capture_output=True,
            text=True,
            env=environment,
        )
    prepared(observations, tmp_path / "plain")

    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "set") == contents(tmp_path / "plain")


def test_the_master_of_spark_submit(tmp_path, environment):
    """The entry point of a cluster's job leaves Spark's place to spark-submit."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1])
    entry_point = Path(spark_job.__file__)
    place = ("--observations", str(observations), "--output", str(tmp_path / "set"))
    environment |= {"SPARK_HOME": str(PYSPARK / "pyspark"), "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        [PYSPARK / "pyspark/bin/spark-submit", "--master", "local[2]", entry_point, *place],
        check=False,
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    prepared(observations, tmp_path / "plain")

    assert done.returncode == 0, done.stdout
    assert "groups read: 1, up to date: 0" in done.stdout
    assert contents(tmp_path / "set") == contents(tmp_path / "plain")


def test_a_task_that_cannot_be_done(tmp_path, environment):
    """The error is that of one machine."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1])
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "parameter=pm25").write_text("in the way")
    done = subprocess.run(
        command(observations, tmp_path / "set", "--spark", "local[1]"),
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("Error: group 2024-01-0000: parameter=pm25/")


def test_without_java(tmp_path, environment):
    """The error says what to install."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1])
    nowhere = {"PATH": str(tmp_path), "JAVA_HOME": str(tmp_path)}
    done = subprocess.run(
        command(observations, tmp_path / "set", "--spark"),
        check=False,
        capture_output=True,
        text=True,
        env=environment | nowhere,
    )

    assert done.returncode == 1
    assert "Error: Spark does not start: it needs PySpark 3.5" in done.stderr


def test_without_pyspark(tmp_path):
    """The error says what to install."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1])
    done = subprocess.run(
        command(observations, tmp_path / "set", "--spark"),
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "Error: PySpark is not installed: it needs PySpark 3.5 (pip install" in done.stderr


def test_nothing_to_do(tmp_path):
    """Spark does not even start if the set is up to date."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1])
    prepared(observations, tmp_path / "set")
    done = subprocess.run(
        command(observations, tmp_path / "set", "--spark"),
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "groups read: 0, up to date: 1" in done.stdout


def test_what_comes_back(tmp_path):
    """A worker returns nothing for a task that is done, and why another one is not."""
    observations = write_archive(tmp_path / "archive", days=MONTHS[:1], locations=[11])
    name = str(path_of(observations, 11, MONTHS[0]).relative_to(observations))
    job = Job(
        observations=str(observations),
        output=str(tmp_path / "set"),
        group="2024-01-0000",
        inputs="1a2b",
        window=(1_704_067_200, 1_706_742_000),
        share=(0, 1),
        files=[(name, 9)],
        stations=["11"],
    )

    assert failure(job.to_json()) == []
    path_of(observations, 11, MONTHS[0]).unlink()
    ((group, reason),) = failure(job.to_json())
    assert (group, reason[:34]) == ("2024-01-0000", "files of observations were deleted")
