"""The template's functions that fetch: off by default, each with its own rights."""

import re

import pytest

from batch_jobs.feeds.sources import SOURCES
from batch_jobs.settings import FetchSettings
from scripts.bundle import FUNCTIONS
from tests.dynamodb_local import ROOT
from tests.recorder import Call
from tests.shapes import refusals
from tests.stack import ACCOUNT, BUCKET, REGION, Stack, allows
from tests.test_template import POWERTOOLS, metrics_shown, metrics_watched, variables

#: The parameter of each source, and what it is on with.
SWITCHES = {
    "iem": ("FetchIem", "all"),
    "openaq": ("FetchOpenAQ", "country=DE"),
    "openaq-archive": ("FetchOpenAQArchive", "stations=2178,77"),
}
OFF = Stack()
ON = Stack(**dict(SWITCHES.values()))
SHARED = {"FetchScheduleRole", "FetchLogs"}
KEY = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/stationcast/openaq-key"
METRICS = {"FetchedReadings", "NewestReadingAge", "FetchFailures"}
GUIDE = (ROOT / "docs" / "operations.md").read_text()
FEEDS = (ROOT / "docs" / "feeds.md").read_text()


def made_for(source):
    """Return the logical ids of the resources of a source alone."""
    name = SWITCHES[source][0]
    own = {f"{name}{kind}" for kind in ("Function", "Role", "Schedule")}
    return own | {f"{name.removeprefix('Fetch')}SilenceAlarm"}


def test_off_by_default():
    """Without a parameter the stack has no function, schedule, role, logs and alarm of feeds."""
    assert not [name for name in OFF.made() if "Fetch" in name or "Silence" in name]


def test_every_source_has_a_parameter():
    """Each source can be switched on."""
    assert set(SWITCHES) == set(SOURCES)


@pytest.mark.parametrize("source", SWITCHES)
def test_one_source(source):
    """A source that is on has what it needs, and no other source has anything."""
    name, value = SWITCHES[source]
    made = set(Stack(**{name: value}).made())

    assert made - set(OFF.made()) == made_for(source) | SHARED


@pytest.mark.parametrize("source", SWITCHES)
def test_settings(source):
    """The function knows its source, its stations and the name of its key, and starts with them."""
    name, value = SWITCHES[source]
    environment = ON.environment(f"{name}Function")
    settings = FetchSettings.of(environment)
    has_key = source != "iem"
    expected = variables(FetchSettings, optional=["key_parameter"] if has_key else [])

    assert set(environment) == expected | POWERTOOLS
    assert environment["STATIONCAST_STATIONS"] == value
    assert (settings.source, settings.observations) == (source, f"s3://{BUCKET}/observations")
    assert settings.key_parameter == ("/stationcast/openaq-key" if has_key else "")


@pytest.mark.parametrize(
    ("value", "sources"),
    [
        ("all", {"iem", "openaq"}),
        ("country=DE", set(SWITCHES)),
        ("near=40.7,-74.0,30", set(SWITCHES)),
        ("bbox=-75,40,-73,41.25", set(SWITCHES)),
        ("stations=JFK,LGA", {"iem"}),
        ("stations=2178,77", {"openaq", "openaq-archive"}),
        ("stations=", set()),
        ("country=Germany", set()),
        ("true", set()),
    ],
)
def test_values_that_are_accepted(value, sources):
    """A deployment refuses what the function could not read."""
    patterns = {
        source: ON.template["Parameters"][name]["AllowedPattern"]
        for source, (name, _) in SWITCHES.items()
    }
    accepted = {source for source, like in patterns.items() if re.fullmatch(like, value)}
    environment = ON.environment("FetchIemFunction") | {"STATIONCAST_STATIONS": value}

    assert accepted == sources
    assert not accepted or FetchSettings.of(environment)


@pytest.mark.parametrize("source", SWITCHES)
def test_rights_end_at_the_source(source):
    """A function reads and writes the files of its own source; those with a key read that alone."""
    role = ON.role(f"{SWITCHES[source][0]}Function")
    bucket = f"arn:aws:s3:::{BUCKET}"

    def may(action, resource, **context):
        return any(allows(rule, Call(action, resource, context)) for rule in role)

    for other in SWITCHES:
        file = f"{bucket}/observations/source={other}/date=2026-11-28/20261128T070512Z.parquet"
        listing = {"s3:prefix": f"observations/source={other}/"}
        assert may("s3:PutObject", file) is (other == source)
        assert may("s3:GetObject", file) is (other == source)
        assert may("s3:ListBucket", bucket, **listing) is (other == source)
        assert not may("s3:DeleteObject", file)
    assert not may("s3:PutObject", f"{bucket}/models/v1/model.tar.gz")
    assert may("ssm:GetParameter", KEY) is (source != "iem")
    assert not may("ssm:GetParameter", f"{KEY}-2")


@pytest.mark.parametrize("source", SWITCHES)
def test_schedule(source):
    """Its own schedule calls the function; one that cannot be called goes to the queue."""
    name = SWITCHES[source][0]
    schedule = ON.made("AWS::Scheduler::Schedule")[f"{name}Schedule"]
    (statements,) = (
        policy["PolicyDocument"]["Statement"]
        for policy in ON.made("AWS::IAM::Role")["FetchScheduleRole"]["Policies"]
    )
    called = {arn for rule in statements if rule["Sid"] == "Fetch" for arn in rule["Resource"]}

    daily = source == "openaq-archive"
    assert re.fullmatch(r"cron\(\d+ (\S+) \* \* \? \*\)", schedule["ScheduleExpression"])[1] == (
        "6" if daily else "*"
    )
    assert schedule["Target"]["Arn"] in called
    assert len(called) == len(SWITCHES)
    assert "DeadLetterQueue" in schedule["Target"]["DeadLetterConfig"]["Arn"]
    alone = Stack(**{name: SWITCHES[source][1]}).made("AWS::IAM::Role")["FetchScheduleRole"]
    assert alone["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] == [
        schedule["Target"]["Arn"]
    ]


@pytest.mark.parametrize("source", SWITCHES)
def test_a_fetch_that_breaks_off(source):
    """It is not called again, because the next one makes up for it; its event goes to the queue."""
    function = ON.resolve(ON.functions[f"{SWITCHES[source][0]}Function"])
    failed = function["EventInvokeConfig"]
    (give_up,) = (r for r in ON.role(f"{SWITCHES[source][0]}Function") if r["Sid"] == "GiveUp")

    assert failed["MaximumRetryAttempts"] == 0
    assert failed["DestinationConfig"]["OnFailure"]["Destination"] == give_up["Resource"]


@pytest.mark.parametrize("source", SWITCHES)
def test_silence_is_an_alarm(source):
    """No new reading of a source that is on is an alarm, also if its function does not run."""
    name = SWITCHES[source][0].removeprefix("Fetch")
    alarm = ON.made("AWS::CloudWatch::Alarm")[f"{name}SilenceAlarm"]
    hours = alarm["Period"] * alarm["EvaluationPeriods"] / 3600

    assert {"Name": "source", "Value": source} in alarm["Dimensions"]
    assert alarm["MetricName"] == "FetchedReadings"
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["TreatMissingData"] == "breaching"
    # A series is not forecast if nothing came for 12 hours.
    assert hours == (72 if source == "openaq-archive" else 6)
    assert refusals("cloudwatch", "PutMetricAlarm", alarm | {"AlarmName": name}) == []


def test_metrics():
    """With a source, the dashboard has the metrics of fetches, and alarms watch one of them."""
    assert metrics_shown(ON) - metrics_shown(OFF) == METRICS
    assert metrics_watched(ON) - metrics_watched(OFF) == {"FetchedReadings"}


def test_bundles():
    """All functions that fetch have the same code."""
    (bundle,) = {FUNCTIONS[f"{name}Function"] for name, _ in SWITCHES.values()}

    assert {"httpx", "polars"} <= bundle.requirements
    assert "ssm" in bundle.services


def test_the_guides_name_the_parameters():
    """The guides name each switch, and how the key gets to where the template expects it."""
    assert [name for name, _ in SWITCHES.values() if f"`{name}`" not in GUIDE] == []
    assert "--type SecureString" in GUIDE
    assert f"--name {ON.parameters['OpenAQKeyParameter']}" in GUIDE
    assert "operations.md#feeds" in FEEDS
