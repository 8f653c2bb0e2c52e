"""Training jobs on SageMaker: one is started, waited for, and its model fetched.

A job runs `python3 -m model.train` in AWS's XGBoost image, on one spot instance, without a network
(docs/training.md has the request). It makes the model that the same set gives on this machine.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batch_jobs.observations.files import open_location
from batch_jobs.training.candidate_jobs import judgement_in
from batch_jobs.training.job_code import put_code
from batch_jobs.transform import load_model
from local.aws import sagemaker, translated
from local.errors import TrainingJobError
from local.training.model_plan import Made
from local.training.xgboost_image import image_of
from model.artifact import repack
from model.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from mypy_boto3_sagemaker.type_defs import DescribeTrainingJobResponseTypeDef

_UNDER_WAY = ("InProgress", "Stopping")
#: Why a job was stopped, by SageMaker's secondary status.
_STOPPED = {
    "MaxWaitTimeExceeded": "there was no spot capacity for long enough; start it again later, or "
    "give another --instance-type",
    "MaxRuntimeExceeded": "it took too long; give a larger --instance-type",
}
#: What to do about a refusal or a failure, by words in SageMaker's reason.
_ADVICE = {
    "ResourceLimitExceeded": "`stationcast preflight --training-instance` says how to ask for "
    "more; or give another --instance-type",
    "CapacityError": "start it again later, or give another --instance-type",
    "assume role": "check --role: its trust policy has to name sagemaker.amazonaws.com",
}
#: What the job itself has said, in SageMaker's words around it.
_OURS = re.compile(r"AlgorithmError: (.*?)(, exit code: \d+)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What the jobs of a command share.

    Attributes:
        training_set: `s3://bucket/prefix`. Code and output are beside it, in `code/` and `jobs/`.
        role: ARN of a role that may read and write there.
        instance_type: Such as `ml.m5.2xlarge`.
        name: The name of the models.
        depth: Levels of a tree.
    """

    training_set: str
    role: str
    instance_type: str
    name: str
    depth: int

    @property
    def place(self) -> str:
        """Where the folders of code and output are, without a slash at the end."""
        bucket, _, prefix = self.training_set.removeprefix("s3://").strip("/").partition("/")
        above, _, _ = prefix.rpartition("/")
        return f"s3://{bucket}/{above}".rstrip("/")


def request_of(
    settings: JobSettings, job: str, image: str, code: str, hyperparameters: Mapping[str, str]
) -> dict[str, Any]:
    """Return a request for CreateTrainingJob.

    Args:
        settings: What the jobs share.
        job: The job's name.
        image: The container's image.
        code: S3 URL of the code, with a slash at its end.
        hyperparameters: Those of `model.train`.
    """
    # Without a slash at its end a URL would include all prefixes that begin with it.
    channels = {"code": code, "train": settings.training_set.rstrip("/") + "/"}
    return {
        "TrainingJobName": job,
        "AlgorithmSpecification": {
            "TrainingImage": image,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-m", "model.train"],
        },
        "Environment": {"PYTHONPATH": "/opt/ml/input/data/code"},
        "HyperParameters": hyperparameters,
        "InputDataConfig": [
            {
                "ChannelName": name,
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": url,
                        "S3DataDistributionType": "FullyReplicated",
                    }
                },
            }
            for name, url in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": f"{settings.place}/jobs"},
        "ResourceConfig": {
            "InstanceType": settings.instance_type,
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        },
        "EnableManagedSpotTraining": True,
        # A model takes minutes; what spot capacity may be waited for is on top.
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200, "MaxWaitTimeInSeconds": 10800},
        "RetryStrategy": {"MaximumRetryAttempts": 2},
        "EnableNetworkIsolation": True,
        "RoleArn": settings.role,
    }


class SageMaker:
    """Trains models as jobs of SageMaker; a `local.training.model_plan.Trainer`.

    Args:
        settings: What the jobs share.
        now: Returns the time; jobs are named after it.
        started: Called with the name of each job, and where its output will be.
        waiting: Shows a title, and yields a function that shows a state and waits some seconds.

    Raises:
        AwsError: There is no region.
        TrainingJobError: There is no XGBoost image in this region.
        FileError: The code cannot be uploaded.
    """

    def __init__(
        self,
        settings: JobSettings,
        now: Callable[[], datetime],
        started: Callable[[str, str], None],
        waiting: Callable[[str], AbstractContextManager[Callable[[str], None]]],
    ) -> None:
        self._settings, self._now, self._started, self._waiting = settings, now, started, waiting
        self._client = sagemaker()
        self._image = image_of(self._client.meta.region_name)
        self._code = f"{settings.place}/{put_code(open_location(settings.place))}"

    def make(self, codes: Sequence[str], country: str) -> Made:
        """Train a model in a job, and wait for it.

        Args:
            codes: The parameters: one, or all of the set.
            country: Whose stations it learns from; "" for all.

        Raises:
            TrainingError: It cannot be trained from this set.
            TrainingJobError: SageMaker refuses the job, or could not run it to its end.
            FileError: What the job left cannot be read.
            ArtifactError: It is not a model, or has no judgement beside it.
        """
        settings = self._settings
        chosen = {"parameter": codes[0]} if len(codes) == 1 else {}
        chosen |= {"country": country} if country else {}
        job = "-".join((f"stationcast-{self._now():%Y%m%d-%H%M%S}", *chosen.values()))
        job = job.replace("_", "-")
        given = {"name": settings.name, "depth": str(settings.depth), **chosen}
        self._start(request_of(settings, job, self._image, self._code, given))
        output = f"{settings.place}/jobs/{job}/output"
        self._started(job, output)
        with self._waiting(job) as pause:
            self._wait(job, pause)
        return _made(output)

    def _start(self, request: dict[str, Any]) -> None:
        job = request["TrainingJobName"]
        try:
            with translated(f"training job {job}", TrainingJobError):
                self._client.create_training_job(**request)
        except TrainingJobError as error:
            raise TrainingJobError(_advised(str(error))) from error

    def _wait(self, job: str, pause: Callable[[str], None]) -> None:
        """Wait until a job has ended well."""
        found = self._describe(job)
        while found["TrainingJobStatus"] in _UNDER_WAY:
            pause(found["SecondaryStatus"])
            found = self._describe(job)
        reason = found.get("FailureReason", "")
        if ours := _OURS.fullmatch(reason):
            raise TrainingError(ours[1])
        if found["TrainingJobStatus"] != "Completed":
            status = found["SecondaryStatus"]
            reason = _advised(reason) or _STOPPED.get(status, "start it again")
            raise TrainingJobError(f"training job {job} is {status}: {reason}")

    def _describe(self, job: str) -> DescribeTrainingJobResponseTypeDef:
        with translated(f"training job {job}, which goes on,", TrainingJobError):
            return self._client.describe_training_job(TrainingJobName=job)


def _made(output: str) -> Made:
    """Fetch what a job has left."""
    location = open_location(output)
    artifact = repack(location.read("model.tar.gz"))
    with tempfile.TemporaryDirectory(prefix="stationcast-") as folder:
        path = Path(folder) / "model.tar.gz"
        path.write_bytes(artifact)
        model = load_model(path)
    left_out = judgement_in(location.read("output.tar.gz"))["left_out"]
    return Made(artifact, model.training["stations"], model.scores, left_out)


def _advised(reason: str) -> str:
    advice = next((advice for words, advice in _ADVICE.items() if words in reason), "")
    return f"{reason}; {advice}" if advice else reason
