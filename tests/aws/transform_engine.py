"""SageMaker's transform jobs on this machine: a job's work with S3, done by our own engine.

moto keeps the records of models and jobs. A job here reads the model's artifact and the input from
S3, asks the hooks that the container runs, and leaves the output where SageMaker leaves it. It cuts
an input as the job wants it: into lines, and lines into mini-batches of as many bytes as it allows.
Each mini-batch is one request. With `AssembleWith: Line` a newline follows each answer, whatever
the answer ends with, as in the local mode of AWS's own SDK.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from moto.sagemaker.exceptions import ResourceInUseException, ValidationError
from moto.sagemaker.models import SageMakerModelBackend

from batch_jobs.transform import load_model
from model.errors import ModelError
from model.inference import input_fn, output_fn, predict_fn

JOB_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


class TransformEngine:
    """Runs transform jobs, at once and in this process.

    Attributes:
        folder: Where artifacts are unpacked.
        failures: How many of the next jobs fail, whatever their input.
        reason: Why they fail.
        spoil: Takes name and content of an output before it is written; None is not written.
        spoil_input: Takes a mini-batch before the model is asked.
        requests: The mini-batches of all jobs since the last reset.
    """

    def __init__(self, folder):
        self.folder = folder
        self._models = {}
        self.reset()

    def reset(self):
        """Run jobs without faults."""
        self.failures, self.reason = 0, "InternalServerError: try again"
        self.spoil = lambda _name, content: content
        self.spoil_input = lambda lines: lines
        self.requests = []

    def install(self, patch):
        """Make moto's SageMaker run its jobs here."""
        create = SageMakerModelBackend.create_transform_job
        engine = self

        def create_transform_job(backend, **arguments):
            name = arguments["transform_job_name"]
            if not JOB_NAME.fullmatch(name):
                raise ValidationError(message=f"{name} is no name of a transform job")
            if name in backend.transform_jobs:
                raise ResourceInUseException(message=f"there is a job {name} already")
            job = create(backend, **arguments)
            engine._run(job)
            return job

        patch.setattr(SageMakerModelBackend, "create_transform_job", create_transform_job)

    def _run(self, job):
        if self.failures:
            self.failures -= 1
            job.transform_job_status = "Failed"
            job.failure_reason = self.reason
            return
        try:
            self._transform(job)
        except ModelError as error:
            job.transform_job_status, job.failure_reason = "Failed", str(error)

    def _transform(self, job):
        s3 = boto3.client("s3")
        model = self._model(s3, job.model_name)
        source = urlsplit(job.transform_input["DataSource"]["S3DataSource"]["S3Uri"])
        target = urlsplit(job.transform_output["S3OutputPath"])
        prefix = source.path[1:]
        for entry in s3.list_objects_v2(Bucket=source.netloc, Prefix=prefix)["Contents"]:
            lines = s3.get_object(Bucket=source.netloc, Key=entry["Key"])["Body"].read()
            name = entry["Key"].removeprefix(prefix)
            output = self.spoil(name, self._output(job, model, lines))
            if output is not None:
                key = f"{target.path[1:]}/{name}.out"
                s3.put_object(Bucket=target.netloc, Key=key, Body=output)

    def _output(self, job, model, content):
        kind, accept = job.transform_input["ContentType"], job.transform_output["Accept"]
        end = b"\n" if job.transform_output["AssembleWith"] == "Line" else b""
        output = b""
        for batch in mini_batches(content, job):
            lines = self.spoil_input(batch)
            self.requests.append(lines)
            output += output_fn(predict_fn(input_fn(lines, kind), model), accept) + end
        return output

    def _model(self, s3, name):
        """Load the artifact that a model's record names; load the same bytes only once."""
        container = boto3.client("sagemaker").describe_model(ModelName=name)["PrimaryContainer"]
        where = urlsplit(container["ModelDataUrl"])
        answer = s3.get_object(Bucket=where.netloc, Key=where.path[1:])
        if answer["ETag"] not in self._models:
            path = Path(self.folder) / f"{len(self._models)}.tar.gz"
            path.write_bytes(answer["Body"].read())
            self._models[answer["ETag"]] = load_model(path)
        return self._models[answer["ETag"]]


def mini_batches(content, job):
    """Cut an input into the bodies of the requests that a job makes of it.

    Raises:
        ModelError: A record is larger than a request may be.
    """
    if job.transform_input["SplitType"] != "Line":
        return [content]
    records = content.splitlines(keepends=True)
    most = job.max_payload_in_mb * 1024 * 1024
    if max(map(len, records)) > most:
        raise ModelError(f"a record is larger than {job.max_payload_in_mb} MB")
    if job.batch_strategy != "MultiRecord":
        return records
    batches = [b""]
    for record in records:
        if len(batches[-1]) + len(record) > most:
            batches.append(b"")
        batches[-1] += record
    return batches
