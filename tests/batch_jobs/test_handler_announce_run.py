"""The function of AnnounceRun, over a store, Parameter Store and a receiver on this machine."""

import importlib
import io
import json
import sys
from base64 import b64encode
from contextlib import closing
from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from batch_jobs.errors import SettingsError
from forecasts.item import StationEntry, catalogue_item
from forecasts.runs import publish, put_run
from forecasts.stores.open import open_store
from forecasts.times import utc_now
from tests.deployed_functions import CONTEXT
from tests.factories import A_STATION, a_night
from tests.receiver import receiving

MODULE = "batch_jobs.handler_announce_run"
PARAMETER = "/stationcast/webhook-secret"
SECRET = f"whsec_{b64encode(b'hidden' * 4).decode()}"
#: Planned now, because the function reads the real clock.
RUN = replace(a_night(), planned_at=utc_now())
EVENT = {"execution": "night-1", "run_id": RUN.id}


@pytest.fixture
def ssm(monkeypatch):
    """An empty Parameter Store."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield boto3.client("ssm")


@pytest.fixture
def log():
    """What the function logs."""
    return io.StringIO()


@pytest.fixture
def called(ssm, tmp_path, monkeypatch, log):  # noqa: ARG001 -- AWS must run
    """A function that calls the handler as a new Lambda process does."""
    url = f"sqlite:///{tmp_path}/forecasts.db"
    with closing(open_store(url, utc_now, create=True)) as store:
        put_run(store, RUN)
        store.put_many([catalogue_item(RUN, 0, [StationEntry(A_STATION, ())])])
        publish(store, RUN.id, utc_now())

    def call(**variables):
        environment = {
            "STATIONCAST_STORE": url,
            "STATIONCAST_RUNS": str(tmp_path),
            "STATIONCAST_OBSERVATIONS": str(tmp_path),
            "POWERTOOLS_SERVICE_NAME": "stationcast",
        }
        for name, value in {**environment, **variables}.items():
            monkeypatch.setenv(name, value)
        for name in (MODULE, "batch_jobs.aws"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        module = importlib.import_module(MODULE)
        monkeypatch.setattr(module.logger.registered_handler, "stream", log)
        with closing(module._deployment.store):  # noqa: SLF001 -- Lambda ends without closing it
            return module.handler(EVENT, CONTEXT)

    return call


def to(receiver):
    """Return the variables of a webhook."""
    return {
        "STATIONCAST_WEBHOOK_URL": f"http://127.0.0.1:{receiver.port}/hidden-path",
        "STATIONCAST_WEBHOOK_SECRET_PARAMETER": PARAMETER,
    }


def test_off(called, log, capsys):
    """If announcements are off, nothing is sent, logged or counted."""
    assert called() == {"ways": 0, "failures": 0}
    assert (log.getvalue(), capsys.readouterr().out) == ("", "")


def test_a_webhook(called, ssm, log, capsys):
    """The secret is read when it is needed, and the event is sent; the log has neither."""
    ssm.put_parameter(Name=PARAMETER, Value=SECRET, Type="SecureString")
    with receiving() as receiver:
        assert called(**to(receiver)) == {"ways": 1, "failures": 0}
    (line,) = map(json.loads, log.getvalue().splitlines())
    (metric,) = map(json.loads, capsys.readouterr().out.splitlines())

    assert json.loads(receiver.requests[0][1])["subject"] == RUN.id
    assert (line["message"], line["run_id"], line["failures"]) == ("run announced", RUN.id, [])
    assert metric["AnnouncementsFailed"] == [0.0]
    assert [word for word in ("hidden", SECRET) if word in log.getvalue()] == []


@pytest.mark.parametrize("secret", [None, "hidden"])
def test_no_secret(called, ssm, log, capsys, secret):
    """Without a proper secret the webhook alone is not told, which is logged and counted."""
    topic = boto3.client("sns").create_topic(Name="runs")["TopicArn"]
    if secret:
        ssm.put_parameter(Name=PARAMETER, Value=secret, Type="SecureString")
    with receiving() as receiver:
        told = called(STATIONCAST_TOPIC=topic, **to(receiver))
    (line,) = map(json.loads, log.getvalue().splitlines())
    (metric,) = map(json.loads, capsys.readouterr().out.splitlines())

    assert told == {"ways": 1, "failures": 1}
    assert receiver.requests == []
    assert line["failures"][0].startswith("webhook: ")
    assert metric["AnnouncementsFailed"] == [1.0]
    assert "hidden" not in log.getvalue()


def test_a_malformed_topic(called):
    """What no deployment accepts is an error."""
    with pytest.raises(SettingsError, match="STATIONCAST_TOPIC"):
        called(STATIONCAST_TOPIC="runs")
