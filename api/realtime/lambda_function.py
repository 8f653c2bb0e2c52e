"""The client of a Lambda function that runs the model: one transform line in, one of forecasts out.

The line is the event, and the function returns the answer. A version of the function corresponds to
a production variant of an endpoint: if an alias sends requests to two versions, the reply says
which one answered. Callers cannot choose a version.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3

from api.errors import EndpointDownError, EndpointError
from api.realtime.boto import BotoEndpoint, config_of, read_body
from api.realtime.protocol import Reply

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_lambda import LambdaClient

    from api.realtime.protocol import Destination

_THROTTLED = ("TooManyRequestsException", "ThrottlingException", "EC2ThrottledException")

#: `model.errors.InputError`: the line was bad; the function is well.
_REFUSED = "InputError"

#: Part of Lambda's message if the function ran into its own time limit.
_TIMED_OUT = "Task timed out"


class LambdaEndpoint(BotoEndpoint):
    """A Lambda function that answers transform lines.

    Args:
        function: Name of the function, optionally with `:alias` or `:version`.
        seconds: Time limit for a whole call.
        connections: The most connections kept open.
    """

    def __init__(self, function: str, seconds: float, connections: int) -> None:
        self._function = function
        self._client: LambdaClient = boto3.client("lambda", config=config_of(seconds, connections))
        super().__init__(self._client, seconds)

    def _ask(self, line: bytes, destination: Destination, request_id: str) -> Reply:  # noqa: ARG002 -- Lambda names requests itself
        answer = self._client.invoke(FunctionName=self._function, Payload=line)
        body = read_body(answer["Payload"])
        if answer.get("FunctionError"):
            raise _failure(body)
        return Reply(body, answer.get("ExecutedVersion"))

    def _refusal(self, error: ClientError, destination: Destination) -> EndpointError:  # noqa: ARG002 -- see `BotoEndpoint`
        code = error.response["Error"].get("Code")
        reason = "endpoint_busy" if code in _THROTTLED else "endpoint_error"
        return EndpointDownError(reason, str(error))


def _failure(body: bytes) -> EndpointError:
    """Translate a failure of the function; *body* is Lambda's description of it."""
    try:
        described = json.loads(body)
    except ValueError:
        described = None
    if not isinstance(described, dict):
        return EndpointDownError("endpoint_error", "the function failed without a reason")
    kind, message = described.get("errorType", ""), described.get("errorMessage", "")
    # The function's log has the traceback under Lambda's own request id.
    text = f"{kind}: {message} (Lambda's request {described.get('requestId', '?')})"
    if kind == _REFUSED:
        return EndpointError("endpoint_error", text)
    return EndpointDownError("endpoint_timeout" if _TIMED_OUT in text else "endpoint_error", text)
