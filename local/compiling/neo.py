"""SageMaker Neo: compilation jobs for models of old XGBoost.

Neo takes XGBoost up to 1.3.3, in an artifact of one `.model` file (Developer Guide, "Supported
Instance Types and Frameworks"). Our own artifacts are newer and have three values in a leaf, which
Neo does not support: `stationcast compile` is for those.
"""

from __future__ import annotations

import io
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batch_jobs.observations.files import open_location
from local.aws import sagemaker, translated
from local.errors import CompilationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.literals import TargetDeviceType
    from mypy_boto3_sagemaker.type_defs import DescribeCompilationJobResponseTypeDef

#: The newest XGBoost that Neo compiles.
NEWEST = (1, 3, 3)
#: A job takes some minutes.
MAX_SECONDS = 900
#: How often to look whether a job is done.
POLLS = 900

_INSTEAD = "`stationcast compile` compiles the models of this project"
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+)|-\d+)?")
_UNDER_WAY = ("STARTING", "INPROGRESS", "STOPPING")


@dataclass(frozen=True, slots=True)
class Job:
    """A compilation job.

    Attributes:
        model: `s3://bucket/.../model.tar.gz`, which contains one `.model` file.
        output: `s3://bucket/prefix` for the result.
        role: ARN of a role that may read the model and write the output.
        target: The instances to compile for.
    """

    model: str
    output: str
    role: str
    target: TargetDeviceType


@dataclass(frozen=True, slots=True)
class Compiled:
    """The result of a compilation job.

    Attributes:
        artifact: S3 URL of the compiled artifact.
        image: The image of the container that serves it.
    """

    artifact: str
    image: str


def check_version(xgboost: str) -> None:
    """Refuse versions that Neo does not compile.

    Args:
        xgboost: A version of the library (`1.3.3`) or of SageMaker's image (`1.2-2`).

    Raises:
        CompilationError: It is too new, or not a version.
    """
    found = _VERSION.fullmatch(xgboost)
    if not found:
        raise CompilationError(f"{xgboost!r} is not a version of XGBoost; write 1.3.3 or 1.2-2")
    if tuple(int(part or 0) for part in found.groups()) > NEWEST:
        newest = ".".join(map(str, NEWEST))
        raise CompilationError(f"Neo compiles XGBoost up to {newest}, not {xgboost}; {_INSTEAD}")


def check_model(url: str) -> None:
    """Check an artifact before a job is paid for.

    Raises:
        CompilationError: It is one of this project, or Neo does not support it.
        FileError: It cannot be read.
    """
    folder, _, name = url.rpartition("/")
    content = open_location(folder).read(name)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
            files = [member.name.removeprefix("./") for member in tar if member.isfile()]
    except (OSError, EOFError, tarfile.TarError) as error:
        raise CompilationError(f"{url}: not a model artifact: {error}") from error
    if "model.json" in files:
        raise CompilationError(
            f"{url} was trained with a newer XGBoost than Neo supports; {_INSTEAD}"
        )
    if len(files) != 1 or not files[0].endswith(".model"):
        raise CompilationError(f"{url}: Neo takes one .model file, not {', '.join(files)}")


class Neo:
    """SageMaker Neo.

    Args:
        client: A boto3 client; None for one made from boto3's own environment.
    """

    def __init__(self, client: SageMakerClient | None = None) -> None:
        self._client = client or sagemaker()

    def start(self, job: Job, now: datetime) -> str:
        """Start a job and return its name.

        Raises:
            CompilationError: SageMaker refuses, or could not be reached.
        """
        name = f"stationcast-{now:%Y%m%d-%H%M%S}"
        with translated("Neo", CompilationError):
            self._client.create_compilation_job(
                CompilationJobName=name,
                RoleArn=job.role,
                # XGBoost needs neither a shape of its input nor a version (CreateCompilationJob).
                InputConfig={"S3Uri": job.model, "Framework": "XGBOOST"},
                OutputConfig={"S3OutputLocation": job.output, "TargetDevice": job.target},
                StoppingCondition={"MaxRuntimeInSeconds": MAX_SECONDS},
            )
        return name

    def wait(self, name: str, pause: Callable[[str], None]) -> Compiled:
        """Wait for a job to be done.

        Args:
            name: The name of the job.
            pause: Waits some seconds; called with the status before each new look.

        Raises:
            CompilationError: It failed, was stopped, or takes too long.
        """
        for _ in range(POLLS):
            found = self._describe(name)
            status = found["CompilationJobStatus"]
            if status == "COMPLETED":
                artifact = found["ModelArtifacts"]["S3ModelArtifacts"]
                return Compiled(artifact, found.get("InferenceImage", ""))
            if status not in _UNDER_WAY:
                reason = found["FailureReason"]
                raise CompilationError(f"compilation job {name} is {status}: {reason}")
            pause(status)
        raise CompilationError(f"compilation job {name} is not done yet; check it in SageMaker")

    def _describe(self, name: str) -> DescribeCompilationJobResponseTypeDef:
        with translated(f"compilation job {name}", CompilationError):
            return self._client.describe_compilation_job(CompilationJobName=name)
