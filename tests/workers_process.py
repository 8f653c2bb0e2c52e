"""A process with workers: prints the ids of its workers, and waits until it is ended.

python -m tests.workers_process STORE_URL MODEL
"""

import os
import sys
import time
from pathlib import Path

from local.workers import workers_on


def process_id(_tools, _job):
    """Return the id of the process that does the job; slow enough for each to get one."""
    time.sleep(0.5)
    return os.getpid()


def die(_tools, _job):
    """End the process that does the job, as the kernel does if memory runs out."""
    os.kill(os.getpid(), 9)


def main(store_url, model):
    """Start the workers."""
    with workers_on(2, store_url, Path(model))(2) as workers:
        sys.stdout.write(f"{' '.join(map(str, set(workers(process_id, range(6)))))}\n")
        sys.stdout.flush()
        time.sleep(60)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
