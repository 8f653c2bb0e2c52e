"""ReportAge writes the age of the published run as a metric."""

import importlib
import json
import sys
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from forecasts import runs
from forecasts.stores.sqlite import SQLiteStore
from tests.factories import a_run
from tests.stack import Stack

MODULE = "batch_jobs.handler_report_age"

#: The handlers read the environment when they are imported.
STARTED = (MODULE, "batch_jobs.aws")

#: The function reads the real clock, so the run must still be valid then.
RUN = a_run(planned_at=datetime(2999, 1, 1, tzinfo=UTC))

CONTEXT = SimpleNamespace(
    function_name="age", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="1"
)


@pytest.fixture
def path(tmp_path, clock):
    """The path of a store with a loaded run."""
    path = tmp_path / "forecasts.db"
    with closing(SQLiteStore(str(path), clock, create=True)) as store:
        runs.put_run(store, RUN)
    return path


@pytest.fixture
def handler(path, tmp_path, monkeypatch):
    """The handler, imported as a new Lambda process does."""
    environment = {
        "STATIONCAST_STORE": f"sqlite:///{path}",
        "STATIONCAST_RUNS": str(tmp_path / "runs"),
        "STATIONCAST_OBSERVATIONS": str(tmp_path / "observations"),
        "STATIONCAST_MODEL": "small",
        "STATIONCAST_PARAMETERS": "temperature",
        "POWERTOOLS_SERVICE_NAME": "stationcast",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in STARTED:
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module(MODULE)
    with closing(module._deployment.store):  # noqa: SLF001 -- Lambda's process never ends; this one does
        yield module.handler


def metrics(capsys):
    """Return the lines with metrics from the log."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if "_aws" in line]


def test_age(path, clock, handler, capsys):
    """The age is measured from the issue time of the published run, in seconds."""
    with closing(SQLiteStore(str(path), clock, create=False)) as store:
        runs.publish(store, RUN.id, clock.now)
    before = datetime.now(UTC)  # noqa: TID251 -- the clock of the function
    answer = handler({}, CONTEXT)
    after = datetime.now(UTC)  # noqa: TID251 -- the same
    (line,) = metrics(capsys)
    (seconds,) = line["PublishedRunAge"]

    assert answer == {"run_id": RUN.id, "age_seconds": seconds}
    assert (before - RUN.issue_time).total_seconds() <= seconds
    assert seconds <= (after - RUN.issue_time).total_seconds()


def test_metric_is_the_one_that_the_alarm_watches(path, clock, handler, capsys):
    """Namespace, name and dimension of the metric are those of the alarm on the age."""
    with closing(SQLiteStore(str(path), clock, create=False)) as store:
        runs.publish(store, RUN.id, clock.now)
    handler({}, CONTEXT)
    (line,) = metrics(capsys)
    (written,) = line["_aws"]["CloudWatchMetrics"]
    stack = Stack()
    alarm = stack.resolve(stack.of_type("AWS::CloudWatch::Alarm")["RunAgeAlarm"])

    assert written["Namespace"] == alarm["Namespace"]
    assert written["Metrics"] == [{"Name": alarm["MetricName"], "Unit": "Seconds"}]
    assert [{name: line[name] for name in written["Dimensions"][0]}] == [
        {dimension["Name"]: dimension["Value"]} for dimension in alarm["Dimensions"]
    ]


def test_nothing_is_published(handler, capsys):
    """Before the first night, no metric is written, so the alarm is not reset."""
    answer = handler({}, CONTEXT)

    assert answer == {"run_id": None, "age_seconds": None}
    assert metrics(capsys) == []
