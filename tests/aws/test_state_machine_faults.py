"""Nights with faults are published whole, or fail with a reason and an alert."""

import json

import boto3
import polars as pl
import pytest
from botocore.awsrequest import AWSResponse

from batch_jobs.errors import FileError
from forecasts.errors import StoreError
from forecasts.runs import current_pointer, get_run, list_runs
from tests import dynamodb_local
from tests.aws.interpreter import Killed, kill
from tests.aws.machine import BUCKET, MODEL, arn
from tests.aws.nights import SCHEDULED, TONIGHT, YESTERDAY, assert_failed, items


@pytest.mark.usefixtures("yesterday")
def test_a_transform_that_always_fails(machine):
    """The run fails with the job's reason, and the next start is a new attempt."""
    machine.engine.failures = 2
    execution = machine.night(**SCHEDULED)

    assert_failed(
        machine, execution, "RunFailed", "TransformJobFailed: InternalServerError: try again"
    )
    assert machine.night(**SCHEDULED).output["id"] == "20131230T0000Z-2"


def test_a_compaction_that_always_fails(machine, dynamodb, one_machine):
    """The night is published nevertheless, and nobody is alarmed."""

    def fail(_event):
        raise FileError("a.parquet", "undeletable_file", "AccessDenied")

    machine.runtime.before[arn("CompactObservations")] = fail
    execution = machine.night(**SCHEDULED)

    assert (execution.status, execution.output["state"]) == ("SUCCEEDED", "published")
    assert len(machine.calls("CompactObservations")) == 3
    assert items(dynamodb, "nightly") == one_machine
    assert machine.alerts() == []


@pytest.mark.parametrize("refused", ["/values/", "/forecasts.parquet"])
def test_a_file_that_cannot_be_written(machine, faults, refused, capsys):
    """The night is published without the file of the run; the report says why, and it counts."""
    faults.refused = refused
    execution = machine.night(**SCHEDULED)
    report = get_run(machine.store, TONIGHT).report["downloads"]

    assert (execution.status, execution.output["state"]) == ("SUCCEEDED", "published")
    assert [*report] == ["problems"]
    assert report["problems"][0].startswith(
        f"the forecasts of run {TONIGHT} as a file: FileError: "
    )
    assert '"DownloadsFailed":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert machine.alerts() == []


def test_a_function_that_ends_before_the_file_is_written(machine, dynamodb, one_machine):
    """The night is published without it."""

    def end(_event):
        raise MemoryError

    machine.runtime.before[arn("WriteDownloads")] = end
    execution = machine.night(**SCHEDULED)
    report = get_run(machine.store, TONIGHT).report["downloads"]

    assert (execution.status, execution.output["state"]) == ("SUCCEEDED", "published")
    assert report == {"problems": ["WriteDownloads failed"]}
    assert items(dynamodb, "nightly").keys() == one_machine.keys()


def test_an_announcement_that_always_fails(machine, dynamodb, one_machine):
    """The night is published and compacted nevertheless, and nobody is alarmed."""

    def fail(_event):
        raise StoreError("try again")

    machine.runtime.before[arn("AnnounceRun")] = fail
    execution = machine.night(**SCHEDULED)

    assert (execution.status, execution.output["state"]) == ("SUCCEEDED", "published")
    assert (len(machine.calls("AnnounceRun")), len(machine.calls("CompactObservations"))) == (3, 1)
    assert items(dynamodb, "nightly") == one_machine
    assert machine.alerts() == []


#: What SageMaker says if it has no instance of the type.
NO_CAPACITY = "CapacityError: Unable to provision requested ML compute capacity."


def test_no_capacity_for_an_hour(machine, dynamodb, one_machine):
    """A job that finds no instance is started again every ten minutes."""
    machine.engine.failures, machine.engine.reason = 14, NO_CAPACITY
    before = len(machine.waits.seconds)
    execution = machine.night(**SCHEDULED)

    assert execution.status == "SUCCEEDED"
    assert machine.waits.seconds[before:].count(600) == 7
    assert items(dynamodb, "nightly") == one_machine


@pytest.mark.usefixtures("yesterday")
def test_no_capacity_for_longer(machine):
    """After more than an hour without an instance the run fails, with SageMaker's reason."""
    machine.engine.failures, machine.engine.reason = 16, NO_CAPACITY

    assert_failed(machine, machine.night(**SCHEDULED), "RunFailed", NO_CAPACITY)
    assert machine.engine.failures == 0


class TooManyRequestsError(Exception):
    """What the integration with Lambda reports if the account runs no more functions at once."""


TooManyRequestsError.__name__ = "Lambda.TooManyRequestsException"


@pytest.mark.parametrize("state", ["BuildInput", "LoadForecasts"])
def test_an_account_with_few_concurrent_functions(machine, dynamodb, one_machine, state):
    """A part whose function is refused twenty times is still made."""
    refusals = iter([TooManyRequestsError()] * 20)

    def refuse(event):
        if event["number"] == 1 and (error := next(refusals, None)):
            raise error

    machine.runtime.before[arn(state)] = refuse

    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert next(refusals, None) is None
    assert items(dynamodb, "nightly") == one_machine


@pytest.mark.usefixtures("yesterday")
def test_a_model_that_does_not_load(machine):
    """The transform job fails, and its reason says that the artifact is broken."""
    key = f"models/{MODEL}/model.tar.gz"
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"not a model")
    execution = machine.night(**SCHEDULED)

    assert_failed(machine, execution, "RunFailed", "SageMaker.TransformJobFailed: ")


def truncated(_name, content):
    """Cut an output off in its last line."""
    return content[:-100]


def of_another_station(_name, content):
    """Give an output a station that is not in the input."""
    return content.replace(b'"station_id":"EWR"', b'"station_id":"XXX"')


def doubled(name, content):
    """Give one part's output twice."""
    return content * 2 if name == "part-00001.jsonl" else content


def of_the_other_part(name, content, kept={}):  # noqa: B006 -- remembers the first part
    """Give one part's output for the other one too."""
    kept.setdefault("first", content)
    return kept["first"] if name == "part-00001.jsonl" else content


@pytest.mark.usefixtures("yesterday")
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (
            truncated,
            "stations have an item: 1 of 3; at least 99%; transform output is complete: 4 faults",
        ),
        (
            of_another_station,
            "stations have an item: 2 of 3; at least 99%; transform output is complete",
        ),
        (doubled, "transform output is complete: 1 faults"),
        (
            of_the_other_part,
            "stations have an item: 2 of 3; at least 99%; transform output is complete",
        ),
    ],
)
def test_a_bad_part(machine, spoil, reason):
    """The run is rejected with the reason."""
    machine.engine.spoil = spoil

    assert_failed(machine, machine.night(**SCHEDULED), "RunRejected", reason)


@pytest.mark.usefixtures("yesterday")
def test_a_bad_line_of_a_request(machine):
    """The model refuses one line and forecasts the others; the reason names station and field."""
    machine.engine.spoil_input = lambda lines: lines.replace(b'"station_id":"EWR",', b"", 1)
    assert_failed(
        machine, machine.night(**SCHEDULED), "RunRejected", "stations have an item: 2 of 3"
    )
    report = get_run(machine.store, TONIGHT).report

    assert report["faults"] == {"missing_station": 1, "refused_line": 1}
    assert report["examples"][0].endswith("line 1: no field 'station_id'")
    assert report["series"] == 4


@pytest.mark.usefixtures("yesterday")
def test_a_part_without_output(machine):
    """The run fails, and the reason names the file."""
    machine.engine.spoil = lambda name, content: None if "00001" in name else content
    execution = machine.night(**SCHEDULED)

    reason = f"FileError: {TONIGHT}/out/part-00001.jsonl.out: "
    assert_failed(machine, execution, "RunFailed", reason)


@pytest.mark.usefixtures("yesterday")
def test_the_gate_refuses(machine, observations, tmp_path):
    """If half of the observations are broken, the run is rejected; a second start says nothing."""
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    odd = pl.int_range(pl.len()) % 2 == 1
    value = pl.when(odd).then(-9999.0).otherwise(pl.col("value")).alias("value")
    frame.with_columns(value).write_parquet(tmp_path / "bad.parquet")
    key = "observations/observations/weather.parquet"
    boto3.client("s3").upload_file(str(tmp_path / "bad.parquet"), BUCKET, key)

    assert_failed(machine, machine.night(**SCHEDULED), "RunRejected", "few rows are broken: 50.")
    assert machine.night(**SCHEDULED).output["state"] == "rejected"
    assert machine.alerts() == []


@pytest.mark.usefixtures("yesterday")
def test_a_night_without_observations(machine):
    """No run is created, and operators are told why."""
    boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix="observations/").delete()
    execution = machine.night(**SCHEDULED)
    ((subject, message),) = machine.alerts()

    assert (execution.status, execution.error) == ("FAILED", "RunFailed")
    assert subject == "Stationcast: RunFailed"
    assert "Run: none\nReason: NoObservationsError: no observations in s3://night/" in message
    assert [run.id for run in list_runs(machine.store)] == [YESTERDAY]
    assert current_pointer(machine.store).current == YESTERDAY


def throttled():
    """DynamoDB's answer to a throttled write."""
    error = {"Code": "ProvisionedThroughputExceededException", "Message": "slow down"}
    return AWSResponse("", 400, {}, None), {"Error": error, "ResponseMetadata": {}}


def unprocessed():
    """DynamoDB's answer to a write that processed nothing."""

    def answer(params, **_rest):
        asked = json.loads(params["body"])["RequestItems"]
        left = {"UnprocessedItems": asked, "ConsumedCapacity": []}
        return AWSResponse("", 200, {}, None), left

    return answer


def test_throttled_writes(machine, faults, dynamodb, one_machine):
    """A part that was throttled is loaded again."""
    faults.answers = [throttled(), throttled()]

    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert items(dynamodb, "nightly") == one_machine


@pytest.mark.usefixtures("yesterday")
@pytest.mark.parametrize("answer", [throttled(), unprocessed()], ids=["throttled", "unprocessed"])
def test_writes_that_never_succeed(machine, faults, answer):
    """The run fails and readers see none of it; once DynamoDB recovers, the next start succeeds."""
    faults.for_ever = answer
    execution = machine.night(**SCHEDULED)

    assert_failed(machine, execution, "RunFailed", "StoreError: DynamoDB table nightly")
    faults.reset()
    assert machine.night(**SCHEDULED).output["id"] == "20131230T0000Z-2"


def test_a_function_that_is_killed_midway(machine, faults, dynamodb, one_machine):
    """If a function times out with half of a part written, the part is loaded again."""
    faults.answers = [None, Killed()]

    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert len(machine.calls("LoadForecasts")) == 3
    assert items(dynamodb, "nightly") == one_machine


@pytest.mark.usefixtures("yesterday")
def test_a_function_that_is_killed_every_time(machine, faults):
    """The run fails, and a function gets no third try after a timeout."""
    faults.for_ever = Killed()
    execution = machine.night(**SCHEDULED)

    assert_failed(machine, execution, "RunFailed", "Sandbox.Timedout: Task timed out")


@pytest.mark.usefixtures("yesterday")
def test_the_store_is_down(machine, dynamodb):
    """No run can be marked, but operators are told."""
    dynamodb.delete_table(TableName="nightly")
    execution = machine.night(**SCHEDULED)
    ((subject, message),) = machine.alerts()
    dynamodb.create_table(**dynamodb_local.table_arguments("nightly"))

    assert (execution.status, execution.error) == ("FAILED", "RunFailed")
    assert subject == "Stationcast: RunFailed"
    assert "there is no such table" in message


@pytest.mark.usefixtures("yesterday")
def test_a_lost_answer(machine):
    """If PlanRun is killed after it stored its run, the run is found and marked as failed."""
    machine.runtime.after[arn("PlanRun")] = kill
    execution = machine.night(**SCHEDULED)

    assert_failed(machine, execution, "RunFailed", "Sandbox.Timedout: Task timed out")


@pytest.mark.parametrize("request_", [{}, {"scheduled_time": "noon"}, {"issue_tim": "x"}])
def test_an_invalid_request(machine, request_):
    """Operators are told what is wrong with the request."""
    execution = machine.night(**request_)
    ((_, message),) = machine.alerts()

    assert execution.error == "RunFailed"
    assert "RequestError: " in message
