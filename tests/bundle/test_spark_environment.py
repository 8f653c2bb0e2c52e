"""The packed environment runs the Spark job: nothing else of this project is there.

EMR Serverless itself is not; a cluster of one worker does what it does with `spark.archives`.
"""

import io
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from batch_jobs.training.prepare import Request, prepare
from batch_jobs.training.this_machine import on_this_machine
from scripts.locked_packages import ROOT, BundleError
from scripts.spark_environment import (
    ENTRY_POINT,
    ENVIRONMENT,
    PACKAGES,
    build,
    copy_interpreter,
    main,
    pack,
)
from tests.batch_jobs.training.archive_folder import DAYS, describe, write_archive
from tests.batch_jobs.training.spark_cluster import PYSPARK, cluster, require_spark
from tests.deployed_training import spark_request
from tests.lambda_function import HERE
from tests.stack import BUCKET, REGION, Stack

KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
INTERPRETER = Path(sys.base_prefix)
STACK = Stack(Training="on", ForecastParameters="pm25,o3")
#: Where the state machine wants the set; its own words are an expression.
SET = f"s3://{BUCKET}/training/set"
#: What EMR Serverless calls the environment of a driver.
DRIVER_ENV = "spark.emr-serverless.driverEnv."


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder with environment and entry point, for this processor."""
    folder = tmp_path_factory.mktemp("spark")
    build(INTERPRETER, HERE.machine, folder)
    yield folder
    (folder / ENVIRONMENT).unlink()  # pytest keeps its folders for days


@pytest.fixture
def s3(tmp_path, monkeypatch):
    """The URL of an S3 whose bucket has a small archive."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    for name, value in (KEYS | {"AWS_ENDPOINT_URL_S3": url}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    location = {"LocationConstraint": REGION}
    bucket = boto3.resource("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
    folder = write_archive(tmp_path / "archive", days=DAYS, codes=("pm25", "o3"))
    describe(folder, S12="DE")
    for path in folder.rglob("*.*"):
        bucket.upload_file(str(path), f"observations/{path.relative_to(folder)}")
    yield url
    # Servers of one process share their buckets.
    bucket.objects.delete()
    bucket.delete()
    server.stop()


def contents(prefix):
    """Return the objects of a set without its records, by name."""
    found = boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix=f"{prefix}/")
    names = {each.key.removeprefix(f"{prefix}/"): each for each in found}
    return {
        name: each.get()["Body"].read()
        for name, each in names.items()
        if not name.startswith("groups/")
    }


def submitted(built, folder, s3, url):
    """Submit the state machine's job from an empty folder with the environment in it.

    Args:
        built: Has environment and entry point.
        folder: Where the driver runs.
        s3: URL of S3.
        url: Of the cluster.
    """
    request, conf = spark_request(STACK)
    conf["spark.archives"] = f"{built / ENVIRONMENT}#environment"
    # EMR Serverless gives the credentials of the role.
    variables = KEYS | {"AWS_ENDPOINT_URL_S3": s3}
    conf |= {f"spark.executorEnv.{name}": value for name, value in variables.items()}
    variables |= {
        name.removeprefix(DRIVER_ENV): conf.pop(name) for name in list(conf) if DRIVER_ENV in name
    }
    (folder / "environment").mkdir(parents=True)
    with tarfile.open(built / ENVIRONMENT) as archive:
        archive.extractall(folder / "environment", filter="data")
    words = request["JobDriver"]["SparkSubmit"]["EntryPointArguments"]
    options = [f"--conf={name}={value}" for name, value in conf.items()]
    program = [PYSPARK / "pyspark/bin/spark-submit", "--master", url, *options]
    return subprocess.Popen(
        [*program, built / ENTRY_POINT, *(SET if "$set" in word else word for word in words)],
        cwd=folder,
        env=bare() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def bare():
    """Return the environment of a machine that knows nothing of this project."""
    kept = {name: os.environ[name] for name in ("PATH", "JAVA_HOME") if name in os.environ}  # noqa: TID251 -- of a child process
    return kept | {"SPARK_HOME": str(PYSPARK / "pyspark"), "SPARK_LOCAL_IP": "127.0.0.1"}


def test_the_job(built, tmp_path, s3):
    """On a cluster, driver and tasks make the same set as this machine, from S3 into S3."""
    require_spark()
    unpacked = []
    with (
        cluster(tmp_path / "cluster", bare(), cores=2, memory="8g") as url,
        submitted(built, tmp_path / "driver", s3, url) as job,
    ):
        # The worker's own, beside its processes; it is deleted with the last of them.
        while not unpacked and job.poll() is None:
            unpacked = list(tmp_path.glob("cluster/work/app-*/*/environment/bin/python"))
            time.sleep(0.05)
        output = job.communicate()[0]
    plain = Request(f"s3://{BUCKET}/observations", f"s3://{BUCKET}/plain", ["pm25", "o3"])
    prepare(plain, on_this_machine(2))

    assert job.returncode == 0, output
    assert f"Wrote {SET}; groups read: 2, up to date: 0" in output
    assert unpacked
    assert len(contents("plain")) > 4
    assert contents("training/set") == contents("plain")


def test_a_job_that_fails(built, tmp_path, s3):
    """Its status says so, and the log says why."""
    require_spark()
    boto3.resource("s3").Bucket(BUCKET).objects.filter(Prefix="observations/").delete()
    with submitted(built, tmp_path / "driver", s3, "local[1]") as job:
        output = job.communicate()[0]

    assert job.returncode == 1
    assert f"Error: no observations in s3://{BUCKET}/observations" in output


def test_what_is_in_it(built):
    """Our sources and the locked packages, and nothing that no job needs."""
    with tarfile.open(built / ENVIRONMENT) as archive:
        names = set(archive.getnames())
    packages = f"lib/python{HERE.python}/site-packages"
    sources = {
        f"{packages}/{path.relative_to(ROOT)}"
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }

    assert sources <= names
    assert {f"{packages}/{name}" for name in ("numpy", "polars", "boto3", "tzdata")} <= names
    assert {"bin/python", f"lib/python{HERE.python}/os.py"} <= names
    carried = {name.split("/")[3] for name in names if name.startswith(f"{packages}/")}
    assert not carried & {"api", "local", "tests", "pip", "pyspark", "xgboost", "httpx"}
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]
    described = {name.split("/")[5] for name in names if f"{packages}/botocore/data/" in name}
    assert "s3" in described
    assert "dynamodb" not in described


def test_the_entry_point(built):
    """It is the module that is in the environment, too."""
    source = ROOT / "batch_jobs" / "training" / "spark_job.py"

    assert (built / ENTRY_POINT).read_bytes() == source.read_bytes()


def test_the_same_bytes_every_time(tmp_path):
    """Neither times nor owners are packed, so the same files make the same archive."""
    for name, changed in (("a", 1), ("b", 2_000_000_000)):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "bin" / "python3.11").write_bytes(b"program")
        (tmp_path / name / "bin" / "python3.11").chmod(0o700)
        (tmp_path / name / "bin" / "python").symlink_to("python3.11")
        os.utime(tmp_path / name / "bin" / "python3.11", (changed, changed))
        pack(tmp_path / name, tmp_path / f"{name}.tar.gz")
    packed = (tmp_path / "a.tar.gz").read_bytes()

    assert packed == (tmp_path / "b.tar.gz").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        modes = {each.name: each.mode for each in archive}
        assert modes["bin/python3.11"] == 0o755
        assert archive.getmember("bin/python").linkname == "python3.11"


def test_without_an_interpreter(tmp_path, capsys):
    """The message says what is missing; nothing is built."""
    with pytest.raises(BundleError, match=r"bin/python3\.11 is missing"):
        copy_interpreter(tmp_path, tmp_path / "into")
    assert main(["--interpreter", str(tmp_path), "--output", str(tmp_path / "out")]) == 1

    assert capsys.readouterr().err.startswith(f"{tmp_path}: no interpreter there")
    assert list((tmp_path / "out").iterdir()) == []
