"""The ways through AWS, against EventBridge, SNS and SQS on this machine."""

import json

import boto3
import pytest
from moto import mock_aws

from batch_jobs.announcements.aws import EventBus, Topic
from batch_jobs.announcements.event import Event
from batch_jobs.announcements.settings import open_announcer
from batch_jobs.errors import AnnouncementError, SettingsError
from tests.json_service import json_service

REGION, ACCOUNT = "eu-central-1", "123456789012"
EVENT = Event("1", "run.published", '{"id":"1","text":"Zürich"}'.encode())
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:runs"


@pytest.fixture
def aws(monkeypatch):
    """AWS in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield


@pytest.fixture
def heard(aws):  # noqa: ARG001 -- AWS must run
    """A function that returns what has arrived in a queue behind the bus and the topic."""
    sqs, sns, events = (boto3.client(name) for name in ("sqs", "sns", "events"))
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
    topic = sns.create_topic(Name="runs")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    pattern = {"source": ["stationcast"], "detail-type": ["run.published"]}
    events.put_rule(Name="runs", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="runs", Targets=[{"Id": "1", "Arn": queue}])

    def received():
        (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
        return json.loads(message["Body"])

    return received


def test_an_event_bus(heard):
    """A rule on source and type gets the event as its detail."""
    EventBus("default").send(EVENT)
    told = heard()

    assert (told["source"], told["detail-type"]) == ("stationcast", "run.published")
    assert told["detail"] == json.loads(EVENT.body)


def test_a_topic(heard):
    """Subscribers get the event, with its type as an attribute to filter by."""
    Topic(TOPIC).send(EVENT)
    told = heard()

    assert told["Message"].encode() == EVENT.body
    assert told["MessageAttributes"]["type"]["Value"] == "run.published"
    assert told["Subject"] == "Stationcast: run.published"


@pytest.mark.usefixtures("aws")
def test_a_topic_that_is_not_there():
    """What AWS refuses is told as AWS says it."""
    with pytest.raises(AnnouncementError, match="NotFound"):
        Topic(TOPIC).send(EVENT)


@pytest.mark.usefixtures("aws")
def test_no_region(monkeypatch):
    """What boto3 lacks is told, too."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(AnnouncementError, match="You must specify a region"):
        EventBus("default").send(EVENT)


def test_an_entry_that_fails(monkeypatch):
    """EventBridge answers 200 even if it has not taken the event, and says so inside."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "try again"}
    answer = 200, {"FailedEntryCount": 1, "Entries": [failed]}
    with json_service(lambda _target, _request: answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_EVENTBRIDGE", url)
        with pytest.raises(AnnouncementError, match="InternalFailure: try again"):
            EventBus("default").send(EVENT)


def test_settings(clock):
    """A bus and a topic are named by variables, one without the other too."""
    bus, topic = {"STATIONCAST_EVENT_BUS": "default"}, {"STATIONCAST_TOPIC": TOPIC}
    found = [open_announcer(each, clock).channels for each in (bus, topic, bus | topic)]

    assert found == [
        (EventBus("default"),),
        (Topic(TOPIC),),
        (EventBus("default"), Topic(TOPIC)),
    ]
    assert [each.name for each in found[2]] == ["event bus default", f"topic {TOPIC}"]


def test_no_topic(clock):
    """What is no ARN of a topic is refused."""
    with pytest.raises(SettingsError, match="STATIONCAST_TOPIC: is 'runs'; an example is arn:aws"):
        open_announcer({"STATIONCAST_TOPIC": "runs"}, clock)
