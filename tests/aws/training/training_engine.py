"""SageMaker's training jobs on this machine: a job's work with S3 and its process are real.

moto keeps the records of jobs. A job here gets its channels from S3 into a tree like /opt/ml. It
starts the entry point that the request names as a process of its own, with the code of the channel,
and packs what that leaves as SageMaker packs it. A job with the same input as an earlier one leaves
the same files, so it is not run twice.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from moto.core.exceptions import JsonRESTError
from moto.sagemaker.exceptions import ResourceInUseException
from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from tests.aws.transform_engine import JOB_NAME

OPT_ML = "/opt/ml"


class ResourceLimitExceededError(JsonRESTError):
    """What SageMaker answers if a quota is used up, or 0."""

    def __init__(self):
        message = (
            "The account-level service limit 'ml.m5.2xlarge for spot training job usage' is 0 "
            "Instances, with current utilization of 0 Instances and a request delta of 1 Instances."
        )
        super().__init__("ResourceLimitExceeded", message)


class TrainingEngine:
    """Runs training jobs, at once.

    Attributes:
        refused: Parts of names of jobs that are over a quota.
        failures: Status, secondary status and reason of jobs that do not run, by a part of their
            names.
        spoil: Takes name and content of a file before it is uploaded; None is not uploaded.
        jobs: Names of the jobs since the last reset.
        started: Names of those whose process was started, or would have been.
    """

    def __init__(self, folder):
        self._folder = Path(folder)
        self._left = {}
        self.reset()

    def reset(self):
        """Run jobs without faults."""
        self.refused, self.failures = set(), {}
        self.spoil = lambda _name, content: content
        self.jobs, self.started = [], []

    def install(self, patch):
        """Make moto's SageMaker run its jobs here."""
        respond, create = SageMakerResponse.create_training_job, SageMakerModelBackend
        create = create.create_training_job
        engine, environment = self, {}

        def create_training_job(response):
            # moto forgets it.
            environment.update(json.loads(response.body)["Environment"])
            return respond(response)

        def create_job(backend, **arguments):
            name = arguments["training_job_name"]
            assert JOB_NAME.fullmatch(name), name
            if name in backend.training_jobs:
                raise ResourceInUseException(message=f"there is a job {name} already")
            if any(part in name for part in engine.refused):
                raise ResourceLimitExceededError
            job = create(backend, **arguments)
            engine.jobs.append(name)
            engine._run(job, dict(environment))
            return job

        patch.setattr(SageMakerResponse, "create_training_job", create_training_job)
        patch.setattr(SageMakerModelBackend, "create_training_job", create_job)

    def _run(self, job, environment):
        for part, failure in self.failures.items():
            if part in job.training_job_name:
                job.training_job_status, job.secondary_status, job.failure_reason = failure
                return
        base = self._folder / job.training_job_name
        inputs = _channels(base, job)
        if not all(inputs.values()):
            job.training_job_status = job.secondary_status = "Failed"
            job.failure_reason = f"ClientError: Data download failed: {inputs}"
            return
        _write_configuration(base, job)
        self.started.append(job.training_job_name)
        done = json.dumps([sorted(inputs.items()), sorted(job.hyper_parameters.items())])
        if done not in self._left:
            self._left[done] = self._process(base, job, environment)
        reason, files = self._left[done]
        if reason:
            job.training_job_status = job.secondary_status = "Failed"
            job.failure_reason = f"AlgorithmError: {reason}, exit code: 1"
        self._upload(job, files)
        shutil.rmtree(base)

    def _process(self, base, job, environment):
        """Run the entry point; return why it failed, and the files to upload."""
        for folder in ("model", "output/data"):
            (base / folder).mkdir(parents=True)
        program, *arguments = job.algorithm_specification["ContainerEntrypoint"]
        assert program == "python3"
        variables = {name: text.replace(OPT_ML, str(base)) for name, text in environment.items()}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=base,
            # Idle threads of XGBoost would keep this machine's few processors busy.
            env={"PATH": os.defpath, "SAGEMAKER_BASE_DIR": str(base), "OMP_NUM_THREADS": "1"}
            | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return (base / "output" / "failure").read_text(), {}
        return "", {
            "model.tar.gz": packed(base / "model"),
            "output.tar.gz": packed(base / "output" / "data"),
        }

    def _upload(self, job, files):
        target = urlsplit(job.output_data_config["S3OutputPath"])
        for name, content in files.items():
            key = f"{target.path[1:]}/{job.training_job_name}/output/{name}"
            body = self.spoil(key, content)
            if body is not None:
                boto3.client("s3").put_object(Bucket=target.netloc, Key=key, Body=body)


def packed(folder):
    """Return a folder as SageMaker packs it: with times, and in an order of its own."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.add(folder, ".")
    return buffer.getvalue()


def changed(content, name, change):
    """Return a packed folder with one file changed; *change* takes and returns its content."""
    buffer = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as old,
        tarfile.open(fileobj=buffer, mode="w:gz") as new,
    ):
        for member in old:
            file = old.extractfile(member)
            body = file.read() if file else b""
            if member.name.removeprefix("./") == name:
                body = change(body)
                member.size = len(body)
            new.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


def _channels(base, job):
    """Download the channels of a job; return a digest of each, "" of one without objects."""
    return {
        channel["ChannelName"]: _downloaded(
            channel["DataSource"]["S3DataSource"]["S3Uri"],
            base / "input" / "data" / channel["ChannelName"],
        )
        for channel in job.input_data_config
    }


def _downloaded(url, folder):
    source, digest = urlsplit(url), hashlib.sha256()
    prefix = source.path[1:]
    found = list(boto3.resource("s3").Bucket(source.netloc).objects.filter(Prefix=prefix))
    for entry in found:
        name, content = entry.key.removeprefix(prefix), entry.get()["Body"].read()
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest.update(repr((name, content)).encode())
    return digest.hexdigest() if found else ""


def _write_configuration(base, job):
    folder = base / "input" / "config"
    folder.mkdir(parents=True)
    channels = [channel["ChannelName"] for channel in job.input_data_config]
    hosts = [f"algo-{number + 1}" for number in range(job.resource_config["InstanceCount"])]
    configuration = {
        "hyperparameters": job.hyper_parameters,
        "resourceconfig": {"current_host": hosts[0], "hosts": hosts},
        "inputdataconfig": {name: {"TrainingInputMode": "File"} for name in channels},
    }
    for name, content in configuration.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
