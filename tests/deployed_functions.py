"""The functions of a stack, called in this process as Lambda calls them, and checks of their roles.

Whoever uses them records the calls to AWS; see `tests.recorder`.
"""

import importlib
import json
import sys
from types import SimpleNamespace

import pytest

from tests import dynamodb_local
from tests.stack import ACCOUNT, REGION, allows, as_list

#: Lambda, not our code, makes these calls: to the function's log group, and of a call that failed.
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
RUNTIME = LOGS | {"sqs:SendMessage"}

CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=128,
    invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:function",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 900_000,
)


class Functions:
    """The functions of a stack, each imported as its Lambda process does.

    Args:
        stack: The stack.
        recorder: Gets the name of the function that is called.
    """

    def __init__(self, stack, recorder):
        self._stack, self._recorder = stack, recorder
        self._stores = []

    def close(self):
        """Close the stores of the API's processes; Lambda ends processes without closing them."""
        for store in self._stores:
            store.close()

    def __call__(self, function, event):
        """Start a function and call its handler."""
        return self.started(function)(event, CONTEXT)

    def started(self, function, stack=None, who=None):
        """Start a function, perhaps of another stack under another name; return its handler."""
        self._recorder.who = who or function
        module_name, _, attribute = self._stack.functions[function]["Handler"].rpartition(".")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (stack or self._stack).environment(function).items():
                patch.setenv(name, value)
            patch.delitem(sys.modules, module_name, raising=False)
            module = importlib.import_module(module_name)
        if function == "ApiFunction":
            self._stores.append(module._store)  # noqa: SLF001 -- see `close`
        return getattr(module, attribute)

    def state(self, state, /, **event):
        """Call the function of a state."""
        return self(f"{state}Function", {"execution": "one"} | event)

    def get(self, path, query=""):
        """Send a GET to the API."""
        event = json.loads((dynamodb_local.ROOT / "tests/events/api_get.json").read_text())
        event |= {"rawPath": path, "rawQueryString": query}
        event["requestContext"]["http"]["path"] = path
        return self("ApiFunction", event)

    def post(self, path, body, stack, who):
        """Return a function that posts to one process of the API."""
        event = json.loads((dynamodb_local.ROOT / "tests/events/api_get.json").read_text())
        event |= {"rawPath": path, "rawQueryString": "", "body": json.dumps(body)}
        event["headers"] |= {"content-type": "application/json"}
        event["requestContext"]["http"] |= {"path": path, "method": "POST"}
        handler = self.started("ApiFunction", stack, who)
        return lambda: handler(event, CONTEXT)


def unused(rule, actions, made):
    """Yield the rules, of one action or one resource each, that allow none of the calls."""
    narrower = [rule | {"Action": action} for action in actions]
    narrower += [rule | {"Resource": resource} for resource in as_list(rule["Resource"])]
    for part in narrower:
        if not any(allows(part, call) for call in made):
            yield part["Action"], part["Resource"]
