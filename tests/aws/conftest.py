"""The state machine and everything that it needs, once for each module of tests."""

import importlib
import sys
from contextlib import contextmanager

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from batch_jobs import plan_run
from batch_jobs.nightly import Night, run_night
from batch_jobs.observations.files import Folder
from forecasts.run import INTERVAL
from forecasts.runs import publish, put_run
from forecasts.stores.dynamodb import retries
from forecasts.stores.dynamodb.boto import DynamoDBStore
from tests import dynamodb_local
from tests.aws import interpreter
from tests.aws.interpreter import now
from tests.aws.machine import ACCOUNT, BUCKET, FUNCTIONS, MODEL, REGION, Machine, arn
from tests.aws.nights import a_loaded_night, items
from tests.aws.transform_engine import TransformEngine
from tests.factories import ISSUE_TIME

TABLE = "nightly"
#: It is told of published runs.
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:runs"

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "STATIONCAST_STORE": f"dynamodb://{TABLE}",
    "STATIONCAST_RUNS": f"s3://{BUCKET}/runs",
    "STATIONCAST_OBSERVATIONS": f"s3://{BUCKET}/observations",
    "STATIONCAST_VERIFICATION": f"s3://{BUCKET}/verification",
    "STATIONCAST_DOWNLOADS": f"s3://{BUCKET}/downloads",
    "STATIONCAST_MODEL": MODEL,
    "STATIONCAST_MODEL_DATA": f"s3://{BUCKET}/models/{MODEL}/model.tar.gz",
    "STATIONCAST_PARAMETERS": "temperature,pressure",
    "STATIONCAST_WRITE_RATE": "8000",
    "STATIONCAST_TOPIC": TOPIC,
    "POWERTOOLS_SERVICE_NAME": "nightly",
}


class Faults:
    """Faults between our functions and AWS, consulted before every BatchWriteItem and PutObject.

    Attributes:
        answers: Answers in place of DynamoDB's, one after the other; None lets a write through,
            and so does an empty list. An exception is raised.
        for_ever: The answer to every write, if it is not None.
        refused: Objects with this in their path cannot be written; "" for none.
    """

    def __init__(self):
        self.reset()

    def reset(self):
        """Let every write through."""
        self.answers, self.for_ever, self.refused = [], None, ""

    def __call__(self, **request):
        """Return the answer to a write, or None for DynamoDB's own."""
        answer = self.for_ever or (self.answers.pop(0) if self.answers else None)
        if callable(answer):
            return answer(**request)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def of_objects(self, params, **_request):
        """Refuse to write an object, as S3 does without the right."""
        if self.refused and self.refused in params["url_path"]:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObject")


@pytest.fixture(scope="module")
def faults():
    """The faults of writes."""
    return Faults()


@contextmanager
def imported(functions, environment, faults):
    """Import the handlers of states as new Lambda processes do; yield them by ARN.

    Args:
        functions: By state, the module of its handler.
        environment: Environment variables.
        faults: Consulted before every BatchWriteItem.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        # Two stations a part: three stations are two parts.
        patch.setattr(plan_run, "STATIONS_OF_A_PART", 2)
        patch.setattr(retries, "FIRST_DELAY_SECONDS", 0.0)
        patch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        boto3.DEFAULT_SESSION.events.register("before-call.dynamodb.BatchWriteItem", faults)
        for module in (*functions.values(), "batch_jobs.aws"):
            patch.delitem(sys.modules, module, raising=False)
        modules = {state: importlib.import_module(name) for state, name in functions.items()}
        yield {arn(state): module.handler for state, module in modules.items()}
        for module in functions.values():
            sys.modules.pop(module)


@pytest.fixture(scope="module")
def functions(dynamodb_url, faults):
    """The handlers of all states by ARN, imported as a new Lambda process does."""
    environment = ENVIRONMENT | {"AWS_ENDPOINT_URL_DYNAMODB": dynamodb_url}
    with imported(FUNCTIONS, environment, faults) as handlers:
        yield handlers


@pytest.fixture(scope="module")
def services(functions, faults):
    """AWS's services in this process; yields the Lambda functions."""
    with interpreter.running(functions) as runtime:
        boto3.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        # moto has begun a session, of which the functions make their clients of S3.
        boto3.DEFAULT_SESSION.events.register("before-call.s3.PutObject", faults.of_objects)
        boto3.client("sns").create_topic(Name="runs")
        yield runtime


@pytest.fixture(scope="module")
def engine(services, tmp_path_factory):  # noqa: ARG001 -- moto must run
    """The transform engine behind moto's SageMaker."""
    engine = TransformEngine(tmp_path_factory.mktemp("engine"))
    with pytest.MonkeyPatch.context() as patch:
        engine.install(patch)
        boto3.client("sagemaker").create_model(
            ModelName=MODEL,
            ExecutionRoleArn="arn:aws:iam::123456789012:role/model",
            PrimaryContainer={
                "Image": "xgboost",
                "ModelDataUrl": f"s3://{BUCKET}/models/{MODEL}/model.tar.gz",
            },
        )
        yield engine


@pytest.fixture(scope="module")
def deployed(services, engine, dynamodb):
    """The state machine, on a table that is made anew for each test."""
    store = DynamoDBStore(TABLE, now, dynamodb)
    return Machine(services, engine, store)


@pytest.fixture
def machine(deployed, faults, dynamodb, observations, model_path):
    """The state machine on an empty table, with the demo observations and the small model."""
    faults.reset()
    deployed.engine.reset()
    deployed.runtime.reset()
    deployed.alerts()
    bucket = boto3.resource("s3").Bucket(BUCKET)
    # At once, although S3 itself takes a request for each thousand.
    s3_backends[ACCOUNT]["aws"].buckets[BUCKET].keys.clear()
    bucket.upload_file(str(model_path), f"models/{MODEL}/model.tar.gz")
    for path in observations.rglob("*.*"):
        bucket.upload_file(str(path), f"observations/{path.relative_to(observations)}")
    with dynamodb_local.table_of_template(dynamodb, TABLE):
        yield deployed


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder of the files of runs on one machine."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def one_machine(functions, dynamodb, observations, model, files):  # noqa: ARG001 -- size of parts
    """The table that a night on one machine leaves."""
    store = DynamoDBStore("one-machine", now, dynamodb)
    with dynamodb_local.table_of_template(dynamodb, "one-machine"):
        night = Night(store, model, str(observations), ISSUE_TIME, now, downloads=Folder(files))
        run_night(night)
        return items(dynamodb, "one-machine")


@pytest.fixture
def two_nights(functions, dynamodb, observations, model):  # noqa: ARG001 -- sets the size of parts
    """The store that two nights on one machine leave."""
    store = DynamoDBStore("two-nights", now, dynamodb)
    with dynamodb_local.table_of_template(dynamodb, "two-nights"):
        for issue_time in (ISSUE_TIME - INTERVAL, ISSUE_TIME):
            run_night(Night(store, model, str(observations), issue_time, now))
        yield store


@pytest.fixture
def yesterday(machine):
    """A published night before the tested one."""
    run = a_loaded_night(days=-1)
    put_run(machine.store, run)
    publish(machine.store, run.id, now())
    return run
