"""What training jobs leave in the bucket, and the candidates that become of it.

SageMaker writes two files for a job, once it has ended well: `<job>/output/model.tar.gz` with the
artifact's files, and `<job>/output/output.tar.gz` with the judgement that the job has made itself.
"""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from batch_jobs.errors import FileError
from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.files import Location, files_so_far
from batch_jobs.training.registry import Candidate, Registry
from model.artifact import described_in, repack
from model.errors import ArtifactError

_MODEL, _OUTPUT = "/output/model.tar.gz", "/output/output.tar.gz"
_JUDGEMENT = "judgement.json"

#: What SageMaker allows, less eight of the time, and the attempt with its dash.
_MOST_CHARACTERS = 63 - 11

_DAMAGED = (tarfile.TarError, OSError, zlib.error, EOFError, ValueError)


class CandidateJobs:
    """The training jobs of a stack.

    Args:
        location: Where jobs leave their files.
        stack: What the names of jobs begin with.
    """

    def __init__(self, location: Location, stack: str) -> None:
        self._location = location
        self._stack = stack

    def new_name(self, candidate: str, now: datetime) -> str:
        """Return the name of a new job, without the number of the attempt; later ones sort later.

        Args:
            candidate: Its name.
            now: Aware.
        """
        return f"{self._prefix(candidate)}{int(now.timestamp()):08x}"

    def finished(self, candidates: Iterable[str]) -> dict[str, str]:
        """Return the newest job that has ended well, by candidate; candidates without are left out.

        Raises:
            LocationError: The jobs cannot be listed.
        """
        names = {file.name for file in files_so_far(self._location, ALL_DAYS)}
        jobs = {name.removesuffix(_MODEL) for name in names if name.endswith(_MODEL)}
        whole = sorted(job for job in jobs if job + _OUTPUT in names)
        found: dict[str, str] = {}
        for candidate in candidates:
            mine = [job for job in whole if job.startswith(self._prefix(candidate))]
            found |= {candidate: mine[-1]} if mine else {}
        return found

    def candidate(self, registry: Registry, training: str, name: str, job: str) -> Candidate:
        """Register what a job has trained; if it is damaged, the candidate says why.

        Args:
            registry: Gets the artifact.
            training: Name of the training.
            name: Name of the candidate.
            job: Name of the job.

        Raises:
            FileError: The registry cannot be written.
        """
        try:
            artifact = repack(self._location.read(job + _MODEL))
            described = described_in(artifact)
            judgement = judgement_in(self._location.read(job + _OUTPUT))
        except (FileError, ArtifactError) as error:
            return Candidate(name, failure=f"{job}: {error}")
        if name != described.name:
            return Candidate(name, failure=f"{job}: has made the model {described.name}")
        file = f"{training}/{name}.tar.gz"
        left_out = tuple(judgement.pop("left_out"))
        return Candidate(name, file, registry.keep(file, artifact), judgement, left_out)

    def _prefix(self, candidate: str) -> str:
        stack = self._stack[: _MOST_CHARACTERS - len(candidate) - 1].rstrip("-")
        return f"{stack}-{candidate}-"


#: What a judgement has, see `model.judgement`; and why parameters were left out of the model.
_FIELDS = {"candidate", "in_use", "since", "accepted", "gain", "reasons", "comparisons", "left_out"}


def judgement_in(output: bytes) -> dict[str, Any]:
    """Read the judgement out of a job's output.

    Raises:
        ArtifactError: There is none, or it is damaged.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(output))) as tar:
            files = {each.name.removeprefix("./"): tar.extractfile(each) for each in tar}
            file = files.get(_JUDGEMENT)
            judgement = json.loads(file.read()) if file else None
    except _DAMAGED as error:
        raise ArtifactError(f"{_JUDGEMENT} of output.tar.gz: {error}") from error
    if not isinstance(judgement, dict) or not judgement.keys() >= _FIELDS:
        raise ArtifactError(f"{_JUDGEMENT} of output.tar.gz: not a judgement")
    return judgement
