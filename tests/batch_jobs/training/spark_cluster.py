"""A cluster of Spark with one worker, as Spark comes with it, on this machine."""

import os
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.command_line import free_port

PYSPARK = Path(__file__).parents[3] / ".tools" / "spark" / "python"


def require_spark():
    """Skip the test if Spark is missing; under CI, fail it."""
    if not PYSPARK.exists():
        strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        reason = "Spark is not there: run python scripts/runtimes.py"
        (pytest.fail if strict else pytest.skip)(reason)


@contextmanager
def cluster(folder, environment, cores=1, memory="1g"):
    """Run a cluster; yield the address of its master.

    Args:
        folder: Where its processes work and log.
        environment: Their variables.
        cores: Of the worker.
        memory: Of the worker.
    """
    folder.mkdir()
    environment = environment | {"SPARK_HOME": str(PYSPARK / "pyspark")}
    port = free_port()
    url, program = f"spark://127.0.0.1:{port}", [PYSPARK / "pyspark/bin/spark-class"]
    place = "org.apache.spark.deploy"
    master = ("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
    size = ("--cores", str(cores), "--memory", memory)
    worker = ("worker.Worker", url, *size, "--webui-port", "0")
    with ExitStack() as stack:
        for name, *options in (master, (*worker, "--work-dir", str(folder / "work"))):
            words = [*program, f"{place}.{name}", *options]
            log = stack.enter_context((folder / f"{name}.log").open("w"))
            process = stack.enter_context(
                subprocess.Popen(words, env=environment, stdout=log, stderr=log)
            )
            stack.callback(process.kill)
        yield url
