"""Records the AWS calls that code makes, as IAM sees them: action, resource, condition keys.

boto3 reports its own calls. Some calls of DynamoDB do not use boto3, so a relay reports those.
"""

from contextlib import contextmanager
from typing import NamedTuple

import boto3
from botocore import UNSIGNED
from botocore.handlers import BUILTIN_HANDLERS

from tests.stack import ACCOUNT, BUCKET, REGION

#: Operations whose IAM action has another name.
_ACTIONS = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "lambda:Invoke": "lambda:InvokeFunction",
    "sagemaker-runtime:InvokeEndpoint": "sagemaker:InvokeEndpoint",
}


class Call(NamedTuple):
    """One call."""

    action: str
    resource: str
    context: dict


class Recorder:
    """Calls by the name of their caller.

    Attributes:
        who: The caller of the next calls; None while calls are not recorded.
        calls: Lists of `Call`.
    """

    def __init__(self):
        self.who = None
        self.calls = {}

    def before(self, params, model, context, **_):
        """Record a call; botocore passes the caller's arguments."""
        if self.who is None or context["client_config"].signature_version is UNSIGNED:
            return  # a call without a signature is nobody's, and needs no right
        service = model.service_model.service_name
        if service == "dynamodb":
            return  # see `passing`
        action = f"{service}:{model.name}"
        describe = _DESCRIPTIONS[service]
        self._add(Call(_ACTIONS.get(action, action), *describe(params)))

    def passing(self, operation, question):
        """Record a request to DynamoDB, whichever client sent it."""
        if self.who is not None:
            self._add(Call(f"dynamodb:{operation}", *_of_dynamodb(question)))

    def reading(self, *paths):
        """Record requests to S3 that did not use botocore, of which some objects were not there."""
        for path in paths:
            self._add(Call("s3:GetObject", f"arn:aws:s3:::{path.removeprefix('/')}", {}))
        self._add(Call("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {}))

    def after(self, parsed, **_):
        """Record what S3 also checks before it says that an object does not exist."""
        error = parsed.get("Error", {})
        if self.who and error.get("Code") == "NoSuchKey":
            self._add(Call("s3:ListBucket", f"arn:aws:s3:::{BUCKET}", {}))

    def _add(self, call):
        self.calls.setdefault(self.who, []).append(call)


@contextmanager
def recording():
    """Record the calls of all clients that are made in the block; yield the `Recorder`."""
    recorder = Recorder()
    # Every botocore session begins with these handlers, whoever creates it.
    handlers = [
        ("before-parameter-build", recorder.before),
        ("after-call", recorder.after),
    ]
    BUILTIN_HANDLERS.extend(handlers)
    boto3.setup_default_session()
    try:
        yield recorder
    finally:
        boto3.DEFAULT_SESSION = None
        for handler in handlers:
            BUILTIN_HANDLERS.remove(handler)


def _of_s3(params):
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if "Key" in params:
        return f"{bucket}/{params['Key']}", {}
    return bucket, {"s3:prefix": params["Prefix"]}


def _of_dynamodb(params):
    if "RequestItems" in params:
        ((table, requests),) = params["RequestItems"].items()
        keys = [r["PutRequest"]["Item"] for r in requests] if isinstance(requests, list) else None
        keys = keys or requests["Keys"]
    else:
        table = params["TableName"]
        keys = [params.get("Key") or params.get("Item") or _queried(params)]
    leading = [key["pk"]["S"] for key in keys]
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    return arn, {"dynamodb:LeadingKeys": leading}


def _queried(params):
    return {"pk": params["ExpressionAttributeValues"][":pk"]}


def _of_sagemaker(params):
    # IAM compares the names of endpoints in lower case.
    name = params["EndpointName"].lower()
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/{name}", {}


def _of_lambda(params):
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{params['FunctionName']}", {}


def _of_ssm(params):
    return f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{params['Name']}", {}


def _of_events(params):
    (entry,) = params["Entries"]
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{entry['EventBusName']}"
    return bus, {"events:source": entry["Source"]}


def _of_sns(params):
    return params["TopicArn"], {}


_DESCRIPTIONS = {
    "events": _of_events,
    "lambda": _of_lambda,
    "s3": _of_s3,
    "sagemaker-runtime": _of_sagemaker,
    "sns": _of_sns,
    "ssm": _of_ssm,
}
