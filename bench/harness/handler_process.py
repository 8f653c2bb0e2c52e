"""A process that answers events as a Lambda function does, and reports what they cost.

`bench/harness/handlers.py` starts it by its path, so that it sees the packages of the function that
is measured and no others. Its argument is `module.handler`; it reads events line by line. Whatever
the function prints is dropped.
"""

import importlib
import json
import os
import sys
import time
from types import SimpleNamespace

CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:function",
    aws_request_id="request",
)


def main() -> None:
    """For each line of JSON, `[events, status]`, write the processor time of an event in µs."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    module, _, name = sys.argv[1].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        events, status = json.loads(line)
        begin = time.process_time()
        statuses = {handler(event, CONTEXT)["statusCode"] for event in events}
        cost = (time.process_time() - begin) / len(events) * 1e6
        answers.write(f"{cost if statuses == {status} else f'answered {statuses}'}\n")
        answers.flush()


if __name__ == "__main__":
    main()
