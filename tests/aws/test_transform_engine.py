"""A transform job cuts its input, and joins the model's answers, as SageMaker does."""

import json

import boto3
import pytest

from batch_jobs.load_forecasts import load_forecasts
from batch_jobs.plan_run import Part
from model.inference import input_fn, output_fn, predict_fn
from tests.aws.machine import BUCKET, MODEL
from tests.factories import a_run, a_station
from tests.model.test_inference import encode, to_lines

STATIONS = 600


@pytest.fixture
def part(archive, machine):  # noqa: ARG001 -- the bucket and the model must be there
    """A part of many stations in the bucket, with more than a megabyte of lines."""
    (line,) = to_lines(archive, 1)
    lines = [line | {"station_id": f"S{number:03}"} for number in range(STATIONS)]
    body = encode(lines)
    boto3.client("s3").put_object(Bucket=BUCKET, Key="in/part-00000.jsonl", Body=body)
    return Part(0, tuple(a_station(id=line["station_id"]) for line in lines)), body


def transform(name, *, payload, assemble="Line", split="Line", strategy="MultiRecord"):
    """Run a job over the part; return its output, or why it failed."""
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_transform_job(
        TransformJobName=name,
        ModelName=MODEL,
        BatchStrategy=strategy,
        MaxPayloadInMB=payload,
        TransformInput={
            "ContentType": "application/jsonlines",
            "SplitType": split,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in/"}
            },
        },
        TransformOutput={
            "S3OutputPath": f"s3://{BUCKET}/out",
            "Accept": "application/jsonlines",
            "AssembleWith": assemble,
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    job = sagemaker.describe_transform_job(TransformJobName=name)
    if job["TransformJobStatus"] == "Failed":
        return job["FailureReason"]
    key = "out/part-00000.jsonl.out"
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()


@pytest.mark.parametrize("assemble", ["Line", "None"])
def test_both_forms_are_loaded(machine, model, part, assemble):
    """Several mini-batches, with or without a newline between them, load without a fault."""
    output = transform(f"form-{assemble}", payload=1, assemble=assemble)
    requests = len(machine.engine.requests)
    report = load_forecasts(machine.store, a_run(stations=STATIONS), *part, output)
    lines = output_fn(predict_fn(input_fn(part[1], "application/jsonlines"), model), "")

    assert requests == 2
    assert output.count(b"\n\n") == (requests if assemble == "Line" else 0)
    assert output.replace(b"\n\n", b"\n") == lines
    assert (report.stations, report.faults) == (STATIONS, {})


def test_one_request_for_a_file(machine, part):
    """A part that fits into a request is one mini-batch, cut into lines or not."""
    outputs = [transform(f"whole-{split}", payload=6, split=split) for split in ("Line", "None")]

    assert machine.engine.requests == [part[1]] * 2
    assert outputs[0] == outputs[1]


def test_one_request_for_a_line(machine, part):
    """A job of single records asks for one line after the other."""
    output = transform("single", payload=6, strategy="SingleRecord")

    assert machine.engine.requests == part[1].splitlines(keepends=True)
    assert [json.loads(line)["station_id"] for line in output.split(b"\n\n")[:-1]] == [
        station.id for station in part[0].stations
    ]


def test_a_record_that_is_too_large(machine, part):  # noqa: ARG001 -- makes the bucket
    """A line that fits into no request fails the job, and the reason says so."""
    line = b'{"station_id":"' + b"S" * 1024**2 + b'"}\n'
    boto3.client("s3").put_object(Bucket=BUCKET, Key="in/part-00000.jsonl", Body=line)

    assert transform("large", payload=1) == "a record is larger than 1 MB"
