"""Reads observations as a night does, and prints what came: for `bench.hourly_files`."""

import hashlib
import json
import sys
import time

from batch_jobs.observations.read import read_observations
from bench.harness.inputs import ISSUE_TIME
from forecasts.run import HISTORY_HOURS


def main() -> None:
    """Read the location that the command line names; print one line of JSON."""
    begun = time.perf_counter()
    read = read_observations(sys.argv[1], end=ISSUE_TIME, hours=HISTORY_HOURS)
    seconds = time.perf_counter() - begun
    values = hashlib.sha256(read.values.tobytes()).hexdigest()
    print(json.dumps({"seconds": seconds, "files": read.report.files, "values": values}))


if __name__ == "__main__":
    main()
