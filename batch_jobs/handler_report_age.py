"""The entry point of the function that measures the age of the published run.

It is not a state of a night. It runs on its own schedule, so that the age is known, and an alarm
can go off, if no night runs at all, if nights fail, and after a rollback.
"""

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from batch_jobs.aws import count, log_run, logger, open_deployment
from forecasts.run import issue_time_of
from forecasts.runs import current_pointer

_deployment = open_deployment(os.environ)


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Write the metric `PublishedRunAge`: seconds since the issue time of the published run.

    Before the first night was published there is no age, and no metric; the alarm then goes off
    because of the missing data.

    Raises:
        StoreError: The store failed.
    """
    pointer = current_pointer(_deployment.store)
    if pointer is None:
        logger.info("no run is published")
        return {"run_id": None, "age_seconds": None}
    age = (_deployment.clock() - issue_time_of(pointer.current)).total_seconds()
    log_run(pointer.current, "age of the published run", age_seconds=age)
    count(pointer.current, PublishedRunAge=age)
    return {"run_id": pointer.current, "age_seconds": age}
