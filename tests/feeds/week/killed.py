"""A fetch in a process of its own, which its service kills.

python -m tests.feeds.week.killed SOURCE SETTINGS INTO NOW
"""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime

from batch_jobs.feeds.source import Tally
from batch_jobs.feeds.sources import fetch_from
from batch_jobs.feeds.wanted import Everywhere
from tests.feeds.timer import PassingTime


def killed(service, is_deadly, source, settings, into, now):
    """Fetch, and be killed at the first request that is deadly; say whether it was.

    Args:
        service: The stand-in.
        is_deadly: Tells of a path and a query whether the process is killed before the answer.
        source: Name of the source.
        settings: Of the source.
        into: Folder of observations.
        now: Aware; the time.
    """
    arguments = (source, json.dumps(settings), str(into), now.isoformat())
    command = (sys.executable, "-m", "tests.feeds.week.killed", *arguments)
    answer = service.answer

    def deadly(asked, query):
        if is_deadly(asked, query):
            os.kill(process.pid, signal.SIGKILL)
        return answer(asked, query)

    service.answer = deadly
    with subprocess.Popen(command) as process:
        pass
    service.answer = answer
    return process.returncode == -signal.SIGKILL


def main(source, settings, into, now):
    """Fetch."""
    times = (datetime.fromisoformat(now), None)
    timer = PassingTime().timer
    fetch_from(source, json.loads(settings), into, Everywhere(), times, Tally(), timer)


if __name__ == "__main__":
    main(*sys.argv[1:])
