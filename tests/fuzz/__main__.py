"""Fuzzing: requests and lines of files, mostly bad ones, against what must always hold.

    python -m tests.fuzz                       # all of it
    python -m tests.fuzz --kind archive --number 17   # one example again

Each example is made from its kind, the seed and its number, so it can be repeated alone.
"""

# ruff: noqa: E402 -- both have to be said before XGBoost and polars are loaded

import os

from local.machine import let_idle_threads_sleep

let_idle_threads_sleep()
# Tables here have ten rows: handing them to threads takes longer than reading them.
os.environ.setdefault("POLARS_MAX_THREADS", "1")  # noqa: TID251 -- an entry point

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.fuzz.kinds import KINDS


def tried(kind, try_one, seed, number):
    """Try one example; return how many lines or requests it had, and the traceback of a failure."""
    try:
        return try_one(random.Random(f"{seed} {kind} {number}")), None
    except Exception:  # noqa: BLE001 -- every exception is a finding
        return 0, traceback.format_exc()


def fuzz(kind, count, seed, report):
    """Try examples of a kind until they have had *count* lines or requests.

    Returns:
        The lines or requests, and the numbers of the examples that failed.
    """
    done, number, failures = 0, 0, []
    with tempfile.TemporaryDirectory() as folder, KINDS[kind].opened(Path(folder)) as try_one:
        while done < count:
            size, failure = tried(kind, try_one, seed, number)
            if failure:
                failures.append(number)
                report(f"{kind} {number}: {failure}")
            done += max(size, 1)
            number += 1
    return done, failures


def main():
    """Fuzz; exit with 1 if anything failed."""
    options = argparse.ArgumentParser(prog="python -m tests.fuzz")
    options.add_argument("--count", type=int, default=100_000, help="lines and requests in all")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kind", choices=KINDS, action="append")
    options.add_argument("--number", type=int, help="try only this example")
    asked = options.parse_args()
    kinds = asked.kind or list(KINDS)
    if asked.number is not None:
        return one(kinds[0], asked.seed, asked.number)
    shares = sum(KINDS[kind].share for kind in kinds)
    total = failed = 0
    for kind in kinds:
        begun = time.monotonic()
        count = round(asked.count * KINDS[kind].share / shares)
        done, failures = fuzz(kind, count, asked.seed, print)
        print(
            f"{kind}: {done} in {time.monotonic() - begun:.0f} s, {len(failures)} failed",
            flush=True,
        )
        total, failed = total + done, failed + len(failures)
    print(f"seed {asked.seed}: {total} lines and requests, {failed} failed")
    return int(failed > 0)


def one(kind, seed, number):
    """Try one example."""
    with tempfile.TemporaryDirectory() as folder, KINDS[kind].opened(Path(folder)) as try_one:
        size, failure = tried(kind, try_one, seed, number)
    print(failure or f"{kind} {number}: {size} passed")
    return int(bool(failure))


if __name__ == "__main__":
    sys.exit(main())
