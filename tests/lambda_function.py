"""The model's Lambda function in tests, with the faults that an endpoint has."""

import json
import os
import platform
import sys
from contextlib import contextmanager

import pytest

from bench.harness import emulator
from bench.harness.lambda_service import (
    NAME,
    failure,
    model_function,
    refusal,
    serving_lambda,
)
from scripts.bundle import Platform, build

#: The functions that run here are for this processor and the Python that runs the tests.
HERE = Platform(
    platform.machine(), f"{sys.version_info.major}.{sys.version_info.minor}", sys.executable
)

#: Lambda's report of a function whose process has ended.
CRASH = {
    "errorType": "Runtime.ExitError",
    "errorMessage": "RequestId: 1 Error: Runtime exited with error: signal: killed",
}


def require_runtime():
    """Skip the test if Lambda's runtime is missing; under CI, fail it."""
    if not emulator.is_installed():
        reason = "Lambda's runtime is not there: run python scripts/runtimes.py"
        strict = os.environ.get("CI")  # noqa: TID251 -- what may be skipped depends on where
        (pytest.fail if strict else pytest.skip)(reason)


class Function:
    """The function as `local.standin.endpoint.RunningEndpoint` shows an endpoint.

    Attributes:
        endpoint_url: As the API's settings name it.
        environment: The variables that lead boto3 to it.
    """

    endpoint_url = f"lambda://{NAME}:live"

    def __init__(self, service):
        self._service = service
        self._refused = False
        self.environment = service.environment

    def put_faults(self, *, delay_seconds=0, refuse=False, **rates):
        """Switch faults on, by their names in `local.standin.faults`; a rate is 1."""
        self._service.delay_seconds = delay_seconds
        self._service.hangs_up = "drop_rate" in rates
        if "error_rate" in rates:
            self._service.bad_answer = failure(json.dumps(CRASH).encode())
        if "throttle_rate" in rates:
            self._service.bad_answer = refusal(429, "TooManyRequestsException", "Rate Exceeded.")
        if refuse:
            self._service.stop()
            self._refused = True

    def clear_faults(self):
        """Switch all faults off."""
        self._service.delay_seconds = 0
        self._service.hangs_up = False
        self._service.bad_answer = None
        if self._refused:
            self._service.start()
            self._refused = False


@contextmanager
def running_function(artifact, folder):
    """Run the function with an artifact; its bundle and its log are below *folder*."""
    require_runtime()
    build("ModelFunction", HERE, folder)
    with (
        model_function(folder / "ModelFunction", artifact, folder / "log") as process,
        serving_lambda(process) as service,
    ):
        yield Function(service)
