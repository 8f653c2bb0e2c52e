"""What a night writes into the logs, and what it leaves out."""

import io
import json
import sys

import pytest

from batch_jobs.aws import UNITS
from tests.aws.nights import SCHEDULED, TONIGHT


@pytest.fixture
def night(machine, monkeypatch, capsys):
    """Log lines and metrics of a good night, parsed from JSON."""
    log = io.StringIO()
    aws = sys.modules["batch_jobs.aws"]  # the one that the handlers imported
    monkeypatch.setattr(aws.logger.registered_handler, "stream", log)
    execution = machine.begin(**SCHEDULED)
    machine.end(execution)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return execution.rpartition(":")[2], lines, metrics


def test_lines_say_which_run_and_which_execution(night):
    """Every line has both ids, in parts too; the first comes before there is a run."""
    name, (first, *lines), _ = night

    assert len(lines) == 11
    assert {line["correlation_id"] for line in (first, *lines)} == {name}
    assert {line["run_id"] for line in lines} == {TONIGHT}
    assert (first["issue_time"], first["late"]) == ("2013-12-30T00:00:00Z", [])
    assert first["message"].startswith("not waiting for observations: no night before ")


def test_lines_hold_no_data(night):
    """Lines have counts of the work done, but no station, coordinate or value."""
    _, lines, metrics = night
    text = json.dumps(lines + metrics)

    assert not any(data in text for data in ("JFK", "EWR", "LGA", "40.6", "p50", "history"))


def test_metrics(night):
    """Each metric has its unit, and no dimension but the service; the run id is a property."""
    _, _, metrics = night
    values = {}
    for line in metrics:
        ((dimensions,),) = [entry["Dimensions"] for entry in line["_aws"]["CloudWatchMetrics"]]
        assert dimensions == ["service"]
        for entry in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
            assert UNITS[entry["Name"]].value == entry["Unit"]
            values.setdefault(entry["Name"], []).extend(line[entry["Name"]])

    assert values.pop("PublishedRunAge")[0] > 0
    assert sorted(values.pop("WriteUnits")) == [6.0, 9.0]
    assert values == {
        "RunStations": [3.0],
        "RunsVerified": [0.0],
        "RunsNotVerified": [0.0],
        "ObservationRows": values["ObservationRows"],
        "BrokenRows": [0.0],
        "PartsBuilt": [1.0, 1.0],
        "PartsLoaded": [1.0, 1.0],
        "RunSeries": [6.0],
        "RunWriteUnits": [15.0],
        "RunsRejected": [0.0],
        "DownloadsFailed": [0.0],
        "RunsPublished": [1.0],
        "AnnouncementsFailed": [0.0],
    }


@pytest.mark.usefixtures("yesterday")
def test_a_failure_is_counted_once(machine, capsys):
    """A failure counts once, however many parts failed."""
    machine.engine.spoil = lambda _name, _content: None
    machine.night(**SCHEDULED)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert sum(sum(line.get("RunsFailed", [])) for line in lines) == 1
