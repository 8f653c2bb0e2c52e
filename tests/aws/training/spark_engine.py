"""EMR Serverless on this machine: a job run prepares a training set of the objects in S3.

moto keeps the records of job runs. A job run here brings the observations and the set of the bucket
into folders, prepares the set with the arguments of the request, and uploads it.
"""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from moto.emrserverless.models import EMRServerlessBackend

from tests.command_line import HERE
from tests.dynamodb_local import ROOT


class SparkEngine:
    """Runs job runs, at once.

    Attributes:
        failures: Reasons of the next job runs, which do nothing.
        more: Further arguments, such as `--spark local[2]`.
        runs: The arguments of all job runs since the last reset.
    """

    def __init__(self, folder):
        self._folder = Path(folder)
        self._sets = {}
        self.reset()

    def reset(self):
        """Run without faults and without Spark."""
        self.failures, self.more, self.runs = [], (), []

    def install(self, patch):
        """Make moto's EMR Serverless run its job runs here."""
        start = EMRServerlessBackend.start_job_run
        engine = self

        def start_job_run(backend, **arguments):
            run = start(backend, **arguments)
            engine._run(run)
            return run

        patch.setattr(EMRServerlessBackend, "start_job_run", start_job_run)

    def _run(self, run):
        driver = run.job_driver["sparkSubmit"]
        assert driver["entryPoint"].endswith("/training/spark/prepare.py")
        self.runs.append(driver["entryPointArguments"])
        reason = self.failures.pop(0) if self.failures else self._prepared(self.runs[-1])
        if reason:
            run.state, run.state_details = "FAILED", reason

    def _prepared(self, arguments):
        """Prepare a set; return why that failed."""
        options = dict(zip(arguments[::2], arguments[1::2], strict=True))
        names = ("--observations", "--output")
        folders = {name: self._folder / name.removeprefix("--") for name in names}
        digest = json.dumps([arguments, [_download(options[n], folders[n]) for n in names]])
        if digest not in self._sets:
            given = [str(word) for pair in (options | folders).items() for word in pair]
            done = subprocess.run(
                [*HERE, "training", "prepare", *given, *self.more],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                return f"Job failed, please check complete logs. {done.stderr}"
            kept = self._folder / f"set-{len(self._sets)}"
            self._sets[digest] = shutil.copytree(folders["--output"], kept)
        _upload(self._sets[digest], options["--output"])
        return None


def _download(url, folder):
    """Bring the objects of a prefix into a new folder; return a digest of them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source, digest = urlsplit(url), hashlib.sha256()
    prefix = source.path[1:] + "/"
    for entry in boto3.resource("s3").Bucket(source.netloc).objects.filter(Prefix=prefix):
        name, content = entry.key.removeprefix(prefix), entry.get()["Body"].read()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        digest.update(repr((name, content)).encode())
    return digest.hexdigest()


def _upload(folder, url):
    target = urlsplit(url)
    bucket = boto3.resource("s3").Bucket(target.netloc)
    for path in folder.rglob("*.*"):
        bucket.upload_file(str(path), f"{target.path[1:]}/{path.relative_to(folder)}")
