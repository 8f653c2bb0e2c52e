"""A child process: does one task, apart from its parent, which it may kill only itself.

It reads the task as one line from standard input, which its parent keeps open: at its end the
parent is gone, and so is this process. It writes why it failed to standard error.
"""

import os
import resource
import sys
from collections.abc import Callable
from threading import Thread

from batch_jobs.errors import BatchJobsError

#: Exit status of a task that failed for a reason that is no fault of a station.
REFUSED = 3
#: Exit status of a process with arguments that it does not know.
_UNKNOWN = 2
#: Exit status of a process without a parent.
_ORPHANED = 4

#: More memory than a task needs, bytes: it has more only if a file is a trap, such as a few
#: megabytes of gzip that become a terabyte.
MOST_MEMORY = 2_000_000_000


def main(arguments: list[str]) -> int:
    """Do the task; return the exit status.

    Args:
        arguments: `--dry` to write nothing, if anything.
    """
    if arguments not in ([], ["--dry"]):
        sys.stderr.write(f"unknown arguments: {' '.join(arguments)}\n")
        return _UNKNOWN
    line = sys.stdin.buffer.readline()
    Thread(target=leave_at_end, args=(sys.stdin.fileno(), os._exit), daemon=True).start()
    limit_memory()
    # After the limit: what this loads starts threads. Nothing but this process needs it.
    from batch_jobs.training.preparation import Job, prepare_group  # noqa: PLC0415 -- see above

    try:
        prepare_group(Job.from_json(line.decode()), write=not arguments)
    except BatchJobsError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    return 0


def leave_at_end(file: int, leave: Callable[[int], object]) -> None:
    """Call *leave* at the end of a file, by its descriptor."""
    while os.read(file, 1):
        pass
    leave(_ORPHANED)


def limit_memory() -> None:
    """Let this process have no more than `MOST_MEMORY`, or less if that is its limit already."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    soft = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(hard, MOST_MEMORY)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
