"""Nights that end well: the deployed definition with our real handlers."""

import json
import re
from collections import Counter
from dataclasses import replace
from threading import Event

import boto3
import polars as pl
from moto.s3.models import s3_backends

from batch_jobs import plan_run
from forecasts.downloads import file_of
from forecasts.run import RunState
from forecasts.runs import current_pointer, get_run, publish, put_run
from forecasts.verifications import network_verifications, station_verifications
from tests.aws.conftest import TOPIC
from tests.aws.interpreter import kill, now
from tests.aws.machine import ACCOUNT, BUCKET, FUNCTIONS, MOST_SECONDS, REGION, arn
from tests.aws.nights import SCHEDULED, TONIGHT, a_loaded_night, items
from tests.batch_jobs.feeds.hourly_files import parquet, row
from tests.batch_jobs.observations.parquet_folder import reading, write


def contents(prefix):
    """Return the content of each object below a prefix."""
    found = boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix=prefix)
    return {entry.key: entry.get()["Body"].read() for entry in found}


def test_a_good_night(machine, dynamodb, one_machine):
    """The night is published without an alert, and leaves what a night on one machine leaves."""
    execution = machine.night(**SCHEDULED)

    assert execution.status == "SUCCEEDED"
    assert execution.output == {"id": TONIGHT, "state": "published", "reason": None}
    assert items(dynamodb, "nightly") == one_machine
    assert machine.alerts() == []
    assert len(machine.calls("BuildInput")) == len(machine.calls("LoadForecasts")) == 2


def test_the_file_of_the_whole_run(machine, one_machine, files):  # noqa: ARG001 -- makes files
    """It is the one that a night on one machine writes, byte for byte."""
    machine.night(**SCHEDULED)
    name = file_of(TONIGHT, "forecasts")

    assert contents("downloads/") == {f"downloads/{name}": (files / name).read_bytes()}


def test_a_notice_reaches_the_run(machine):
    """What observations say about themselves is planned with the run, as on one machine."""
    boto3.resource("s3").Bucket(BUCKET).put_object(Key="observations/notice.txt", Body=b"Made up.")

    machine.night(**SCHEDULED)

    assert get_run(machine.store, TONIGHT).notice == "Made up."


def test_a_run_is_told(machine):
    """A published run is told to the topic, once, and a second start tells nothing."""
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue = sqs.create_queue(QueueName="runs")["QueueUrl"]
    arn_of_queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:runs"
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn_of_queue)
    machine.night(**SCHEDULED)
    machine.night(**SCHEDULED)
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    (told,) = (json.loads(json.loads(message["Body"])["Message"]) for message in messages)

    assert (told["type"], told["subject"]) == ("run.published", TONIGHT)
    assert (told["data"]["stations"], told["data"]["series"]) == (3, 6)


def test_observations_are_compacted(machine):
    """After publication, the files of a source and day in the night's window become one."""
    bucket, folder = boto3.resource("s3").Bucket(BUCKET), "observations/source=iem/date=2013-12"
    for day in ("29", "01"):
        for time in ("20131229T070512Z", "20131229T080512Z"):
            content = parquet(row(1, 1.0, "XYZ"))
            bucket.put_object(Key=f"{folder}-{day}/{time}.parquet", Body=content)
    execution = machine.night(**SCHEDULED)
    found = [[*contents(f"{folder}-{day}/")] for day in ("29", "01")]
    bucket.objects.filter(Prefix=folder).delete()

    assert execution.status == "SUCCEEDED"
    assert [len(keys) for keys in found] == [1, 2]
    assert found[0][0].startswith(f"{folder}-29/20131229T080512Z_")


def test_write_units_are_in_the_report(machine):
    """The report has the write units of all parts, as DynamoDB charged them."""
    machine.night(**SCHEDULED)
    report = get_run(machine.store, TONIGHT).report

    # 3 forecasts, 3 histories; of each of 2 parts the catalogue, the maps of 2 parameters and the
    # missing stations; the stations that were left out.
    assert report["write_units"] == 15.0


def test_a_source_that_cannot_be_trusted(machine, dynamodb, one_machine, tmp_path):
    """What PlanRun does not trust is left out of every part, also if the part itself looks well."""
    odd = [reading(150, minutes=-hour * 60, station="EWR") for hour in range(40)]
    well = [reading(15, minutes=-30 - hour * 60, station="LGA") for hour in range(20)]
    write(tmp_path, *odd, *well)
    key = "observations/source=odd/a.parquet"
    boto3.client("s3").upload_file(str(tmp_path / "a.parquet"), BUCKET, key)

    machine.night(**SCHEDULED)
    report = get_run(machine.store, TONIGHT).report["observations"]
    left = items(dynamodb, "nightly")

    assert report["untrusted"] == ["temperature of source odd"]
    assert report["dropped"]["untrusted"] == 20
    of_stations = [key for key in one_machine if key[0].startswith("S#")]
    assert [left[key] for key in of_stations] == [one_machine[key] for key in of_stations]


def test_every_function_fails_once(machine, dynamodb, one_machine):
    """Errors of Lambda itself are tried again, and leave no trace."""
    trouble = type("Lambda.ServiceException", (Exception,), {})
    failed = Counter()

    def fail_once(state):
        def before(_event):
            failed[state] += 1
            if failed[state] == 1:
                raise trouble

        return before

    for state in set(FUNCTIONS) - {"FailRun"}:
        machine.runtime.before[arn(state)] = fail_once(state)

    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert all(calls > 1 for calls in failed.values())
    assert items(dynamodb, "nightly") == one_machine
    assert machine.alerts() == []


def test_a_transform_fails_once(machine, dynamodb, one_machine):
    """The job is tried again under another name."""
    machine.engine.failures = 1
    before = len(machine.jobs())

    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    first, second = machine.jobs()[before:]
    assert (first["TransformJobStatus"], second["TransformJobStatus"]) == ("Failed", "Completed")
    assert re.fullmatch(r"stationcast-20131230t0000z-1-0-\d{17}", first["TransformJobName"])
    assert re.fullmatch(r"stationcast-20131230t0000z-1-1-\d{17}", second["TransformJobName"])
    assert items(dynamodb, "nightly") == one_machine


def test_a_second_start(machine, dynamodb):
    """The second start finds the night done: it computes, writes and reports nothing."""
    machine.night(**SCHEDULED)
    left, calls, jobs = items(dynamodb, "nightly"), len(machine.runtime.calls), len(machine.jobs())
    execution = machine.night(**SCHEDULED)

    assert (execution.status, execution.output["state"]) == ("SUCCEEDED", "published")
    assert items(dynamodb, "nightly") == left
    assert (len(machine.runtime.calls), len(machine.jobs())) == (calls + 2, jobs)
    assert machine.alerts() == []


def test_an_operator_asks_for_a_new_attempt(machine):
    """The attempt is a new run, and readers move to it."""
    machine.night(**SCHEDULED)
    execution = machine.night(issue_time="2013-12-30T00:00:00Z", new_attempt=True)

    assert execution.output["id"] == "20131230T0000Z-2"
    assert current_pointer(machine.store).current == "20131230T0000Z-2"


def test_the_schedule_fires_twice_at_once(machine, dynamodb, one_machine):
    """Both executions work on one run, which is published once and whole."""
    executions = [machine.begin(**SCHEDULED) for _ in range(2)]
    ends = [machine.end(execution) for execution in executions]
    left = items(dynamodb, "nightly")

    assert [end.output["id"] for end in ends] == [TONIGHT, TONIGHT]
    assert current_pointer(machine.store).version == 1
    assert {key: body for key, (_, body) in left.items()} == {
        key: body for key, (_, body) in one_machine.items()
    }
    assert machine.alerts() == []


def test_an_execution_after_another_one(machine, dynamodb):
    """If another execution published meanwhile, nothing is written again, and nothing fails."""
    slow, reached, over = [], Event(), Event()

    def wait(event):
        slow.append(event["execution"])
        if event["execution"] == slow[0]:
            reached.set()
            assert over.wait(MOST_SECONDS)

    machine.runtime.before[arn("LoadForecasts")] = wait
    first = machine.begin(**SCHEDULED)
    assert reached.wait(MOST_SECONDS)
    assert machine.night(**SCHEDULED).output["state"] == "published"
    left = items(dynamodb, "nightly")
    over.set()

    assert machine.end(first).output == {"id": TONIGHT, "state": "published", "reason": None}
    assert items(dynamodb, "nightly") == left
    assert machine.alerts() == []


def test_a_run_whose_plan_was_lost(machine, dynamodb, one_machine):
    """If PlanRun is killed between run and plan, the run goes on under the same id."""
    put_run(machine.store, replace(a_loaded_night(), state=RunState.PLANNED))

    assert machine.night(**SCHEDULED).output["id"] == TONIGHT
    assert items(dynamodb, "nightly").keys() == one_machine.keys()


def test_a_run_that_was_stopped(machine, observations, tmp_path):
    """The run goes on with its plan and input, whatever was observed since."""
    machine.runtime.before[arn("FailRun")] = lambda _event: kill()
    machine.engine.failures = 2
    machine.night(**SCHEDULED)
    before = contents("runs/")
    frame = pl.read_parquet(observations / "observations" / "weather.parquet")
    frame.with_columns(pl.col("value") + 1).write_parquet(tmp_path / "new.parquet")
    key = "observations/observations/weather.parquet"
    boto3.client("s3").upload_file(str(tmp_path / "new.parquet"), BUCKET, key)
    machine.night(**SCHEDULED)

    assert get_run(machine.store, TONIGHT).state is RunState.PUBLISHED
    assert len(before) == 7  # the plan, what was verified (4), and the input of two parts
    assert before.items() <= contents("runs/").items()


def test_one_part(machine, monkeypatch):
    """A night with a single part is a list of one for the state machine too."""
    monkeypatch.setattr(plan_run, "STATIONS_OF_A_PART", 1000)
    machine.night(**SCHEDULED)

    assert get_run(machine.store, TONIGHT).parts == 1
    assert current_pointer(machine.store).current == TONIGHT


def test_a_listing_of_10000_objects(machine, monkeypatch):
    """A listing of many pages is read to its end, and files of other days are not opened."""
    monkeypatch.setattr(plan_run, "STATIONS_OF_A_PART", 1000)  # two listings are enough
    backend = s3_backends[ACCOUNT]["aws"]
    for number in range(10_000):
        key = f"observations/a/location-{number}-20120101.csv.gz"
        backend.put_object(BUCKET, key, b"")
    machine.night(**SCHEDULED)
    run = get_run(machine.store, TONIGHT)

    assert run.state is RunState.PUBLISHED
    assert run.report["observations"]["skipped"] == 10_000
    assert run.report["series"] == 6


def test_a_late_night(machine):
    """The night is loaded and not published, and operators are told how to publish it anyway."""
    run = a_loaded_night(days=1)
    put_run(machine.store, run)
    publish(machine.store, run.id, now())
    execution = machine.night(**SCHEDULED)
    ((_, message),) = machine.alerts()

    assert (execution.status, execution.error) == ("FAILED", "RunNotPublished")
    assert get_run(machine.store, TONIGHT).state is RunState.LOADED
    assert current_pointer(machine.store).current == run.id
    assert f"stationcast runs publish {TONIGHT}" in message
    publish(machine.store, TONIGHT, now())
    assert machine.night(**SCHEDULED).output["state"] == "published"


def test_a_loaded_run_is_only_published(machine):
    """If the execution stopped between CheckRun and PublishRun, only PublishRun runs again."""
    put_run(machine.store, a_loaded_night())
    execution = machine.night(**SCHEDULED)

    assert execution.output["state"] == "published"
    states = ("AwaitObservations", "PlanRun", "PublishRun", "AnnounceRun", "CompactObservations")
    assert [called for called, _ in machine.runtime.calls] == [arn(state) for state in states]


def test_the_night_before_is_verified(machine, two_nights):
    """Two nights leave the same records of stations and of the network as on one machine."""
    assert machine.night(issue_time="2013-12-29T00:00:00Z").status == "SUCCEEDED"
    assert machine.night(**SCHEDULED).status == "SUCCEEDED"

    for station_id in ("EWR", "JFK", "LGA"):
        found = station_verifications(machine.store, station_id)
        assert found == station_verifications(two_nights, station_id)
        assert [record.run_id for record in found] == ["20131229T0000Z-1"]
    assert network_verifications(machine.store) == network_verifications(two_nights)
    assert [*contents("verification/")] == ["verification/date=2013-12-29/20131229T0000Z-1.parquet"]
    report = get_run(machine.store, TONIGHT).report
    assert report["verified"] == get_run(two_nights, TONIGHT).report["verified"]


def test_a_night_goes_on_without_verification(machine):
    """If VerifyRun fails, the night is published all the same."""

    def fail(_event):
        raise MemoryError("too many stations")

    machine.runtime.before[arn("VerifyRun")] = fail
    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    report = get_run(machine.store, TONIGHT).report
    assert (report["verified"], report["not_verified"]) == ([], ["VerifyRun failed"])


def test_verify_run_comes_too_late(machine, dynamodb, one_machine):
    """If another execution ended the run in the meantime, VerifyRun leaves it alone."""
    begun = []

    def overtake(_event):
        if not begun:
            begun.append(True)
            assert machine.night(**SCHEDULED).status == "SUCCEEDED"

    machine.runtime.before[arn("VerifyRun")] = overtake
    assert machine.night(**SCHEDULED).status == "SUCCEEDED"
    assert len(machine.calls("VerifyRun")) == 2
    assert items(dynamodb, "nightly") == one_machine
