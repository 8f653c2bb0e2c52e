"""The state machines of trainings and nights, in a stack whose training makes its models."""

import importlib
import sys
from dataclasses import replace

import boto3
import pytest
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends

from model.artifact import artifact_of
from tests import dynamodb_local
from tests.aws.conftest import ENVIRONMENT as OF_NIGHTS
from tests.aws.conftest import TABLE, imported
from tests.aws.machine import ACCOUNT, BUCKET, REGION, arn
from tests.aws.machine import FUNCTIONS as FUNCTIONS_OF_NIGHTS
from tests.aws.training.machine import ENVIRONMENT, FUNCTIONS, TrainingMachine
from tests.aws.training.spark_engine import SparkEngine
from tests.aws.training.training_engine import TrainingEngine
from tests.aws.training.weather import STATIONS, write_weather
from tests.aws.transform_engine import TransformEngine

#: Of the nights, which take the model from its file.
_MODEL = {"STATIONCAST_MODEL", "STATIONCAST_PARAMETERS"}


@pytest.fixture(scope="module")
def functions(dynamodb_url, faults):
    """The handlers of both state machines by ARN."""
    environment = {name: value for name, value in OF_NIGHTS.items() if name not in _MODEL}
    environment |= ENVIRONMENT | {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url}
    with imported(FUNCTIONS_OF_NIGHTS | FUNCTIONS, environment, faults) as handlers:
        yield handlers


@pytest.fixture(scope="module")
def engine(services, tmp_path_factory):  # noqa: ARG001 -- moto must run
    """The transform engine behind moto's SageMaker, which has no model yet."""
    engine = TransformEngine(tmp_path_factory.mktemp("engine"))
    with pytest.MonkeyPatch.context() as patch:
        engine.install(patch)
        yield engine


@pytest.fixture(scope="session")
def training_engine(tmp_path_factory):
    """Runs training jobs, and remembers those of the whole session."""
    return TrainingEngine(tmp_path_factory.mktemp("training"))


@pytest.fixture(scope="session")
def spark_engine(tmp_path_factory):
    """Prepares training sets, and remembers those of the whole session."""
    return SparkEngine(tmp_path_factory.mktemp("spark"))


@pytest.fixture(scope="module")
def deployed_training(deployed, training_engine, spark_engine):
    """Both state machines."""
    with pytest.MonkeyPatch.context() as patch:
        training_engine.install(patch)
        spark_engine.install(patch)
        yield TrainingMachine(deployed, training_engine, spark_engine)


@pytest.fixture(scope="session")
def weather(tmp_path_factory):
    """A file of observations that is small, and that models learn something from."""
    path = tmp_path_factory.mktemp("weather") / "weather.parquet"
    write_weather(path)
    return path


@pytest.fixture
def training(deployed_training, faults, dynamodb, weather):
    """A new stack with observations: no model, no training, an empty table."""
    faults.reset()
    machine = deployed_training
    for each in (machine.runtime, machine.engine, machine.spark, machine.nights.engine):
        each.reset()
    machine.alerts()
    machine.nights.alerts()
    bucket = boto3.resource("s3").Bucket(BUCKET)
    s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys.clear()
    sagemaker_backends[ACCOUNT][REGION]._models.clear()  # noqa: SLF001
    bucket.put_object(Key="observations/stations.csv", Body=STATIONS)
    bucket.upload_file(str(weather), "observations/weather.parquet")
    with dynamodb_local.table_of_template(dynamodb, TABLE):
        yield machine


@pytest.fixture
def asking(training, monkeypatch):
    """A stack whose candidates wait for an approval."""
    with monkeypatch.context() as patch:
        patch.setenv("STATIONCAST_APPROVAL", "true")
        _reload(training, "JudgeCandidates")
        yield
    _reload(training, "JudgeCandidates")


def _reload(training, state):
    """Start a function anew, with the environment as it is now."""
    module = importlib.reload(sys.modules[FUNCTIONS[state]])
    training.runtime.functions[arn(state)] = module.handler


@pytest.fixture(scope="session")
def artifacts(model):
    """Artifacts of a small model, by the names that they have."""
    return {name: artifact_of(replace(model, name=name)) for name in ("first", "second")}
