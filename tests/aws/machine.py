"""The state machine on this machine: a bucket, a table, a topic, our handlers."""

import json
import time
from itertools import count
from pathlib import Path
from typing import NamedTuple

import boto3

REGION = "eu-central-1"
ACCOUNT = "123456789012"
BUCKET = "night"
MODEL = "small"
DEFINITION = Path(__file__).parents[2] / "batch_jobs" / "nightly.asl.json"

#: Each state, and the module of its function.
FUNCTIONS = {
    "AwaitObservations": "batch_jobs.handler_await_observations",
    "PlanRun": "batch_jobs.handler_plan_run",
    "VerifyRun": "batch_jobs.handler_verify_run",
    "BuildInput": "batch_jobs.handler_build_input",
    "LoadForecasts": "batch_jobs.handler_load_forecasts",
    "WriteDownloads": "batch_jobs.handler_write_downloads",
    "CheckRun": "batch_jobs.handler_check_run",
    "PublishRun": "batch_jobs.handler_publish_run",
    "AnnounceRun": "batch_jobs.handler_announce_run",
    "CompactObservations": "batch_jobs.handler_compact_observations",
    "FailRun": "batch_jobs.handler_fail_run",
}

#: Longer than any execution of the tests takes, on any machine.
MOST_SECONDS = 400


def arn(state):
    """Return the ARN of the function of a state."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{state}Function"


def definition(topic):
    """Return the definition as it is deployed, with only its `${…}` filled in."""
    text = DEFINITION.read_text()
    values = {f"{state}FunctionArn": arn(state) for state in FUNCTIONS} | {
        "ModelName": MODEL,
        "TransformInstanceType": "ml.m5.large",
        "TransformInstanceCount": "1",
        "AwaitMinutes": "30",
        "AwaitShare": "0.9",
        "PartsAtOnce": "5",
        "AlertsTopicArn": topic,
    }
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", value)
    return text


class Execution(NamedTuple):
    """How an execution ended."""

    status: str
    output: dict | None
    error: str | None
    cause: str | None


class StateMachine:
    """A state machine, and the topic that it sends alerts to.

    Attributes:
        arn: Its ARN.

    Args:
        name: Its name.
        define: Takes the topic; returns the definition.
    """

    def __init__(self, name, define):
        self._sfn = boto3.client("stepfunctions")
        self._sqs = boto3.client("sqs")
        sns = boto3.client("sns")
        topic = sns.create_topic(Name=f"{name}-alerts")["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName=f"{name}-alerts")["QueueUrl"]
        queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}-alerts"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
        self.arn = self._sfn.create_state_machine(
            name=name, definition=define(topic), roleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}"
        )["stateMachineArn"]
        self._names = (f"{name}-{number}" for number in count())

    def begin(self, **request):
        """Start an execution; return its ARN."""
        start = {"stateMachineArn": self.arn, "name": next(self._names)}
        return self._sfn.start_execution(**start, input=json.dumps(request))["executionArn"]

    def end(self, execution):
        """Wait for an execution to end; return its result."""
        last = time.monotonic() + MOST_SECONDS
        while (found := self._sfn.describe_execution(executionArn=execution))[
            "status"
        ] == "RUNNING":
            assert time.monotonic() < last, "the execution does not end"
            time.sleep(0.01)
        output = json.loads(found["output"]) if "output" in found else None
        return Execution(found["status"], output, found.get("error"), found.get("cause"))

    def run(self, **request):
        """Run an execution to its end."""
        return self.end(self.begin(**request))

    def alerts(self):
        """Return subject and message of each alert since the last call."""
        told = []
        while messages := self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10
        ).get("Messages"):
            for message in messages:
                body = json.loads(message["Body"])
                told.append((body["Subject"], body["Message"]))
                self._sqs.delete_message(
                    QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"]
                )
        return told


class Machine(StateMachine):
    """The state machine of the nights and its surroundings.

    Attributes:
        runtime: The Lambda functions.
        engine: Runs transform jobs.
        store: The table.
    """

    def __init__(self, runtime, engine, store):
        super().__init__("night", definition)
        self.runtime, self.engine, self.store = runtime, engine, store
        self.waits = runtime.waits

    def night(self, **request):
        """Run an execution to its end."""
        return self.run(**request)

    def calls(self, state):
        """Return the events that a state's function was called with."""
        return [event for called, event in self.runtime.calls if called == arn(state)]

    def jobs(self):
        """Return all transform jobs, oldest first: name, status, reason of failure."""
        client = boto3.client("sagemaker")
        found = client.list_transform_jobs(SortBy="CreationTime")["TransformJobSummaries"]
        names = [job["TransformJobName"] for job in found]
        return [client.describe_transform_job(TransformJobName=name) for name in names]
