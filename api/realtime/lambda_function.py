"""The client of a Lambda function that runs the model: one transform line in, one of forecasts out.

The line is the event, and the answer is the function's as it is. A version of the function is what
a production variant is of an endpoint: where an alias sends requests to two, the reply says which
has answered. Nobody can ask for one.
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

    from api.realtime.protocol import Target

_THROTTLED = ("TooManyRequestsException", "ThrottlingException", "EC2ThrottledException")

#: `model.errors.InputError`: the line's fault, not the function's.
_REFUSED = "InputError"

#: In what Lambda says of a function that it has ended at the function's own time limit.
_TIMED_OUT = "Task timed out"


class LambdaEndpoint(BotoEndpoint):
    """A Lambda function that answers transform lines.

    Args:
        function: Its name, with `:alias` or `:version` behind it where it is to be that one.
        seconds: Time limit of connecting, and of waiting for the answer.
        connections: Kept open at most.
    """

    def __init__(self, function: str, seconds: float, connections: int) -> None:
        super().__init__(seconds)
        self._function = function
        self._client: LambdaClient = boto3.client("lambda", config=config_of(seconds, connections))

    def _ask(self, line: bytes, target: Target, request_id: str) -> Reply:  # noqa: ARG002 -- Lambda names requests itself
        answer = self._client.invoke(FunctionName=self._function, Payload=line)
        body = read_body(answer["Payload"])
        if answer.get("FunctionError"):
            raise _failure(body)
        return Reply(body, answer.get("ExecutedVersion"))

    def _refusal(self, error: ClientError, target: Target) -> EndpointError:  # noqa: ARG002 -- see `BotoEndpoint`
        code = error.response["Error"].get("Code", "")
        reason = "endpoint_busy" if code in _THROTTLED else "endpoint_error"
        return EndpointDownError(reason, str(error))


def _failure(body: bytes) -> EndpointError:
    """Say what it means that the function has failed; *body* is Lambda's description of that."""
    try:
        described = json.loads(body)
    except ValueError:
        described = None
    if not isinstance(described, dict):
        return EndpointDownError("endpoint_error", "the function failed, and nothing says why")
    kind, message = described.get("errorType", ""), described.get("errorMessage", "")
    # By its own name of the request the function's log has the traceback.
    text = f"{kind}: {message} (Lambda's request {described.get('requestId', '?')})"
    if kind == _REFUSED:
        return EndpointError("endpoint_error", text)
    return EndpointDownError("endpoint_timeout" if _TIMED_OUT in text else "endpoint_error", text)
