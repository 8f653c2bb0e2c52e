"""The tasks of a preparation on Spark, which does nothing but hand them out.

Each task starts a process of its own that runs our reader, as on one machine, so the set is the
same, byte for byte. Spark gives the tasks of a machine that is lost to another one. Results are
files in the set; what comes back is only why a task failed.
"""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

from batch_jobs.training.attempts import Children, attempt
from batch_jobs.training.errors import GroupError, TrainingSetError
from batch_jobs.training.preparation import Job
from batch_jobs.training.prepare import Runner

_NEEDED = (
    "it needs PySpark 3.5 (pip install 'stationcast[spark]') and Java 17 (https://adoptium.net); "
    "without --spark the set is the same"
)
#: Keeps a Spark of this machine off the network.
_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
#: Seconds between two looks at how many tasks are done.
_PATIENCE = 0.2


def on_spark(master: str | None) -> Runner:
    """Return a runner of tasks.

    Args:
        master: Of the cluster, such as `local[2]`; None for the one that spark-submit knows.
    """

    @contextmanager
    def run(jobs: Sequence[Job]) -> Iterator[Iterator[object]]:
        if not jobs:  # Spark takes seconds to start
            yield iter(())
            return
        context = _context(master)
        try:
            yield _done(context, jobs)
        finally:
            context.stop()

    return run


def _context(master: str | None) -> Any:
    """Start Spark.

    Raises:
        TrainingSetError: PySpark or Java is missing.
    """
    try:
        from pyspark import SparkConf, SparkContext  # noqa: PLC0415 -- an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise TrainingSetError(f"PySpark is not installed: {_NEEDED}") from error
    # What is set here is stronger than what spark-submit says, even by `setIfMissing`: PySpark
    # learns that only when its context starts.
    settings = SparkConf().setAppName("stationcast training prepare")
    if master:
        settings.setMaster(master)
    if master and master.startswith("local"):
        settings.setAll(_LOCAL.items())
    try:
        context = SparkContext.getOrCreate(settings)
    except (PySparkException, OSError) as error:
        raise TrainingSetError(f"Spark does not start: {_NEEDED}") from error
    context.setLogLevel("ERROR")
    if context.master.startswith("local"):
        # Not the first python3 of the path, which may have none of our packages.
        context.pythonExec = sys.executable
    return context


def _done(context: Any, jobs: Sequence[Job]) -> Iterator[None]:
    """Do tasks; yield once for each that is done.

    Raises:
        GroupError: One of them cannot be done.
    """
    texts = context.parallelize([job.to_json() for job in jobs], len(jobs))
    with ThreadPoolExecutor(1) as pool:
        future: Future[list[tuple[str, str]]] = pool.submit(texts.flatMap(failure).collect)
        seen = 0
        while not future.done():
            wait([future], _PATIENCE)
            stages = context.statusTracker().getActiveStageIds()
            info = [context.statusTracker().getStageInfo(stage) for stage in stages]
            now = sum(stage.numCompletedTasks for stage in info if stage)
            yield from [None] * (now - seen)
            seen = max(now, seen)
        for group, reason in future.result():
            raise GroupError(group, reason)
        yield from [None] * (len(jobs) - seen)


def failure(text: str) -> list[tuple[str, str]]:
    """Do a task, in a worker of Spark; return its group and why it failed, if it did.

    Args:
        text: The task; see `Job.to_json`.
    """
    children = Children()
    try:
        attempt(Job.from_json(text), children)
    except GroupError as error:
        return [(error.group, error.reason)]
    finally:
        children.stop()
    return []
