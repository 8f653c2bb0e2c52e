"""The template's announcements: off by default, each with the rights that it needs."""

import re

import pytest

from batch_jobs.announcements.aws import SOURCE
from batch_jobs.announcements.settings import open_announcer
from tests.dynamodb_local import ROOT
from tests.factories import NOW
from tests.shapes import refusals
from tests.stack import ACCOUNT, REGION, Stack
from tests.test_template import metrics_watched

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:runs"
SECRET = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/stationcast/webhook-secret"
#: The parameter of each way, what it is on with, the rule of its own, and what that rule is about.
WAYS = {
    "AnnounceEventBus": (
        "default",
        "TellBus",
        f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
    ),
    "AnnounceTopicArn": (TOPIC, "TellTopic", TOPIC),
    "AnnounceWebhookUrl": ("https://example.org/runs?of=here", "ReadSecret", SECRET),
}
OFF = Stack()
ON = Stack(**{name: value for name, (value, _, _) in WAYS.items()})
FUNCTION = "AnnounceRunFunction"
GUIDE = (ROOT / "docs" / "operations.md").read_text()


def announcer(stack, **more):
    """Return who tells in a stack."""
    return open_announcer(stack.environment(FUNCTION) | more, lambda: NOW)


def rules(stack):
    """Return the rules of the function's role, by name."""
    return {rule["Sid"]: rule for rule in stack.role(FUNCTION)}


def test_off_by_default():
    """Without a parameter no one is told, and the function may read runs and nothing else."""
    assert announcer(OFF).channels == ()
    assert set(rules(OFF)) == {"ReadRuns", "Logs"}
    assert "AnnouncementsAlarm" not in OFF.made()


@pytest.mark.parametrize("name", WAYS)
def test_one_way(name):
    """A way that is on has one channel, and one right of its own."""
    value, rule, resource = WAYS[name]
    stack = Stack(**{name: value})
    more = {"STATIONCAST_WEBHOOK_SECRET": f"whsec_{'a' * 40}"} if rule == "ReadSecret" else {}

    assert len(announcer(stack, **more).channels) == 1
    assert rules(stack).keys() - rules(OFF).keys() == {"ReadStations", rule}
    assert rules(stack)[rule]["Resource"] == resource


def test_the_source_is_ours():
    """The function can put no events in the name of others."""
    condition = rules(ON)["TellBus"]["Condition"]

    assert condition == {"StringEquals": {"events:source": SOURCE}}


def test_the_secret_is_not_in_the_environment():
    """The environment has the name of the parameter that has the secret, and no secret."""
    environment = ON.environment(FUNCTION)
    name = environment["STATIONCAST_WEBHOOK_SECRET_PARAMETER"]

    assert name == ON.parameters["WebhookSecretParameter"]
    assert "STATIONCAST_WEBHOOK_SECRET" not in environment


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("AnnounceEventBus", "default", True),
        ("AnnounceEventBus", "a bus", False),
        ("AnnounceTopicArn", "runs", False),
        ("AnnounceWebhookUrl", "https://example.org/", True),
        ("AnnounceWebhookUrl", "http://example.org/", False),
        ("AnnounceWebhookUrl", "https://user:word@example.org/", False),
        ("WebhookSecretParameter", "whsec_aaaa", False),
    ],
)
def test_values_that_are_accepted(name, value, accepted):
    """A deployment refuses what the function could not use, and a secret in the wrong place."""
    pattern = ON.template["Parameters"][name]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, value)) is accepted


def test_a_failure_is_an_alarm():
    """With a way that is on, an alarm watches failures."""
    alarm = ON.made("AWS::CloudWatch::Alarm")["AnnouncementsAlarm"]

    assert metrics_watched(ON) - metrics_watched(OFF) == {"AnnouncementsFailed"}
    assert refusals("cloudwatch", "PutMetricAlarm", alarm | {"AlarmName": "one"}) == []


def test_the_guide_names_the_parameters():
    """The guide names each parameter, and how the secret gets to where the template expects it."""
    assert [name for name in WAYS if f"`{name}`" not in GUIDE] == []
    assert f"--name {ON.parameters['WebhookSecretParameter']}" in GUIDE
