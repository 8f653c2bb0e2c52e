"""The functions that fetch, against stand-ins of the services, Parameter Store and the archive."""

import importlib
import io
import json
import os
import sys
import time
from datetime import datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from batch_jobs.errors import LocationError, SourceError
from batch_jobs.observations.read import read_observations
from forecasts.times import utc_now
from tests.batch_jobs.feeds.test_archive import BUCKET, DAY, day_of, put
from tests.feeds import openaq as openaq_stand_in
from tests.feeds.iem import StandIn
from tests.feeds.loopback import BUSY, serving

MODULE = "batch_jobs.handler_fetch"
PARAMETER = "/stationcast/openaq-key"
KEY = openaq_stand_in.KEY


def context(seconds=900):
    """Return what Lambda tells a function that has some seconds left."""
    return SimpleNamespace(
        function_name="fetch",
        memory_limit_in_mb=3008,
        invoked_function_arn="arn",
        aws_request_id="1",
        get_remaining_time_in_millis=lambda: seconds * 1000,
    )


@pytest.fixture
def now():
    """The hour that has just begun: the functions read the real clock."""
    return utc_now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def log():
    """What the functions log."""
    return io.StringIO()


@pytest.fixture
def handler_of(tmp_path, monkeypatch, log):
    """A function that starts the function of a source, as a new Lambda process does."""

    def start(source, stations, **variables):
        environment = {
            "STATIONCAST_SOURCE": source,
            "STATIONCAST_OBSERVATIONS": str(tmp_path / "observations"),
            "STATIONCAST_STATIONS": stations,
            "POWERTOOLS_SERVICE_NAME": "stationcast",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-central-1",
        }
        for name, value in {**environment, **variables}.items():
            monkeypatch.setenv(name, value)
        for name in (MODULE, "batch_jobs.aws"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        module = importlib.import_module(MODULE)
        monkeypatch.setattr(module.logger.registered_handler, "stream", log)
        return module.handler

    return start


@pytest.fixture
def iem(now):
    """A stand-in of IEM with a week of two stations."""
    with serving(StandIn()) as service:
        service.hourly("JFK", "EDDB", until=now, hours=7 * 24)
        yield service


@pytest.fixture
def openaq(now):
    """A stand-in of OpenAQ with one sensor."""
    with serving(openaq_stand_in.StandIn(time.monotonic)) as service:
        service.place(2178, {3919: 2}, 35.1353, -106.584702)
        service.measure(3919, now, 9.0)
        yield service


@pytest.fixture
def ssm():
    """An empty Parameter Store."""
    with mock_aws():
        yield boto3.client("ssm", region_name="eu-central-1")


@pytest.fixture
def start_openaq(handler_of, openaq):
    """A function that starts the function of OpenAQ for its one location."""

    def start():
        return handler_of(
            "openaq",
            "stations=2178",
            STATIONCAST_OPENAQ_URL=openaq.url,
            STATIONCAST_KEY_PARAMETER=PARAMETER,
        )

    return start


def lines_of(text):
    """Return the lines of JSON in a text."""
    return [json.loads(line) for line in text.splitlines()]


def test_a_fetch(handler_of, iem, tmp_path, now, log, capsys):
    """The wanted stations are stored; the log has one line about it, which is also the answer."""
    handler = handler_of("iem", "stations=JFK", STATIONCAST_IEM_URL=iem.url)
    answer = handler({}, context())
    (metrics,) = lines_of(capsys.readouterr().out)
    *_, line = lines_of(log.getvalue())
    read = read_observations(str(tmp_path / "observations"), end=now, hours=24)

    assert (answer["source"], answer["new"], answer["is_dead"]) == ("iem", 168, False)
    assert line["level"] == "INFO"
    assert line["message"] == "fetched"
    assert {name: line[name] for name in answer} == json.loads(json.dumps(answer))
    assert [station.id for station in read.stations] == ["JFK"]
    assert metrics["FetchedReadings"] == [168.0]
    assert metrics["FetchFailures"] == [0.0]
    assert 540 <= metrics["NewestReadingAge"][0] < 4200
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["source", "service"]]
    assert (metrics["source"], metrics["service"]) == ("iem", "stationcast")


def test_a_repeat(handler_of, iem, capsys):
    """The next fetch writes nothing that is stored, and says so in the same process."""
    handler = handler_of("iem", "all", STATIONCAST_IEM_URL=iem.url)
    handler({}, context())
    again = handler({}, context())
    metrics = lines_of(capsys.readouterr().out)

    assert (again["new"], again["files"]) == (0, 0)
    assert [line["FetchedReadings"] for line in metrics] == [[336.0], [0.0]]


def test_the_key(start_openaq, ssm, openaq, tmp_path, log, capsys):
    """The key comes decrypted from Parameter Store, and goes nowhere but to the service."""
    ssm.put_parameter(Name=PARAMETER, Value=KEY, Type="SecureString")
    answer = start_openaq()({}, context())
    written = [path.name.encode() + path.read_bytes() for path in tmp_path.rglob("*.*")]
    captured = capsys.readouterr()

    assert (answer["new"], answer["failures"]) == (1, ())
    assert {headers["x-api-key"] for headers in openaq.headers} == {KEY}
    assert KEY not in str(answer) + log.getvalue() + captured.out + captured.err
    assert written
    assert not any(KEY.encode() in content for content in written)
    assert KEY not in os.environ.values()  # noqa: TID251 -- that of the function


@pytest.mark.usefixtures("ssm")
def test_no_key(start_openaq):
    """The error of the function names the parameter, and the command that makes it."""
    with pytest.raises(SourceError) as error:
        start_openaq()({}, context())

    assert "openaq: its key cannot be read from Parameter Store" in str(error.value)
    assert f"ssm put-parameter --type SecureString --name {PARAMETER} --value" in str(error.value)


def test_a_wrong_key(start_openaq, ssm, log, capsys):
    """A refused key is an error in the log, which names its parameter and not the key."""
    ssm.put_parameter(Name=PARAMETER, Value="s3cr3t", Type="SecureString")
    answer = start_openaq()({}, context())
    (metrics,) = lines_of(capsys.readouterr().out)
    (line,) = lines_of(log.getvalue())

    assert answer["is_dead"]
    assert line["level"] == "ERROR"
    assert line["key_parameter"] == PARAMETER
    assert "401" in line["failures"][0]
    assert "s3cr3t" not in str(line) + str(answer)
    assert metrics["FetchFailures"] == [1.0]


def test_a_dead_source(handler_of, iem, log, capsys):
    """A service that is silent is an error in the log and no new reading; the age is not known."""
    iem.faults = [BUSY] * 100
    handler = handler_of("iem", "all", STATIONCAST_IEM_URL=iem.url)
    answer = handler({}, context(seconds=120))
    (metrics,) = lines_of(capsys.readouterr().out)

    assert answer["is_dead"]
    assert lines_of(log.getvalue())[-1]["level"] == "ERROR"
    assert (metrics["FetchedReadings"], metrics["FetchFailures"]) == ([0.0], [1.0])
    assert "NewestReadingAge" not in metrics


def test_it_ends_before_lambda_ends_it(handler_of, iem, tmp_path):
    """What came is stored; the rest is a failure that is named, and the next fetch goes on."""
    handler = handler_of("iem", "all", STATIONCAST_IEM_URL=iem.url)
    answer = handler({}, context(seconds=122))
    stored = list((tmp_path / "observations").rglob("*.parquet"))

    assert 1 <= len(iem.asked) <= 3
    assert "no time is left" in answer["failures"][0]
    assert not answer["is_dead"]
    assert stored


def test_a_place_that_cannot_be_listed(handler_of, iem, tmp_path):
    """A fault of ours is an error of the function, and not only a line in its log."""
    (tmp_path / "observations").write_text("a file")
    handler = handler_of("iem", "stations=JFK", STATIONCAST_IEM_URL=iem.url)

    with pytest.raises(LocationError):
        handler({}, context())


def test_the_archive(start_openaq, handler_of, ssm, now, tmp_path):
    """The archive's files are copied; its locations are described by the API."""
    ssm.put_parameter(Name=PARAMETER, Value=KEY, Type="SecureString")
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    day = now - 4 * DAY
    put(client, 2178, day, day_of(2178, day))
    start_openaq()
    answer = handler_of("openaq-archive", "stations=2178")({}, context())

    assert (answer["files"], answer["new"], answer["failures"]) == (1, 24, ())
    assert "Unknown Governmental" in next(tmp_path.rglob("stations.csv")).read_text()
    assert timedelta(days=2) < now - datetime.fromisoformat(answer["newest"]) < timedelta(days=6)
