"""Fixtures that all tests share: the clock, and a store of each kind."""

import os
import uuid
from contextlib import ExitStack, closing
from datetime import timedelta
from functools import cache, partial

import botocore.session
import pytest
from botocore.loaders import create_loader
from hypothesis import settings

from batch_jobs.nightly import Night, run_night
from batch_jobs.progress import quiet
from batch_jobs.transform import load_model
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.stores.dynamodb.direct import DirectDynamoDBStore
from forecasts.stores.open import open_store
from forecasts.stores.sqlite import SQLiteStore
from forecasts.times import utc_now
from local.compiling.compile import compile_model
from local.compiling.library import find_compiler
from local.demo.new_york import demo_observations
from local.standin.endpoint import Endpoint, running
from local.training.training import train_model
from tests import dynamodb_local
from tests.archives import demo_archive
from tests.certificate import write_certificate
from tests.command_line import Server
from tests.endpoint import UNCHECKED, WEIGHTS, put_weights
from tests.factories import ISSUE_TIME, NOW

# A deadline would assert timing.
settings.register_profile("stationcast", deadline=None, max_examples=50)
settings.load_profile("stationcast")


#: Tests in these folders and files start servers and processes, train models, build bundles or
#: simulate whole days.
SLOW_PLACES = {
    *("aws", "bench", "bundle", "commands", "compiling", "demo", "live", "scaling", "standin"),
    *("test_cost_guide.py", "test_intervals.py", "test_models_guide.py"),
    *("test_killed_night.py", "test_multi_model_server.py", "test_network_isolation.py"),
    *("test_smoke.py", "test_wheel.py"),
    "test_workers.py",
}
#: Tests that use one of these fixtures do so too.
SLOW_FIXTURES = {"api_url", "archive", "dynamodb_url"}


def pytest_collection_modifyitems(items):
    """Mark the tests that `make test-fast` leaves out."""
    for item in items:
        place = item.path.relative_to(item.config.rootpath).parts
        if SLOW_PLACES.intersection(place) or SLOW_FIXTURES.intersection(item.fixturenames):
            item.add_marker("slow")


class Clock:
    """A clock that stands still until it is moved; `now` is an aware time."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture(scope="session", autouse=True)
def _one_loader():
    """Let all botocore sessions share one loader, which reads each service's description once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(create_loader))
        yield


@pytest.fixture
def clock():
    """A clock that shows `factories.NOW` until a test moves it."""
    return Clock(NOW)


@pytest.fixture(scope="session")
def dynamodb_url(tmp_path_factory):
    """The URL of one DynamoDB Local for the session; tests skip without it, and fail under CI."""
    try:
        with dynamodb_local.running(tmp_path_factory.mktemp("dynamodb") / "log") as url:
            yield url
    except dynamodb_local.NotInstalledError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


@pytest.fixture(scope="session")
def dynamodb(dynamodb_url):
    """A boto3 client of DynamoDB Local."""
    return dynamodb_local.client_of(dynamodb_url)


@pytest.fixture
def table(dynamodb):
    """The name of an empty table, made from the template."""
    with dynamodb_local.table_of_template(dynamodb, f"test-{uuid.uuid4().hex}") as name:
        yield name


_DYNAMODB = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("boto3", "direct")]


@pytest.fixture(params=["sqlite", *_DYNAMODB])
def connect(request, clock, tmp_path):
    """A function that opens the store under test, each time on the same table."""
    if request.param == "sqlite":
        make = partial(SQLiteStore, str(tmp_path / "forecasts.db"), clock, create=True)
    else:
        names = request.getfixturevalue("table"), clock, request.getfixturevalue("dynamodb")
        make = partial(DynamoDBStore, *names)
    if request.param == "direct":
        access = dynamodb_local.access_of(request.getfixturevalue("dynamodb_url"))
        make = partial(DirectDynamoDBStore, *names[:2], access, make)
    with ExitStack() as stores:
        yield lambda: stores.enter_context(closing(make()))


@pytest.fixture
def store(connect):
    """An empty store of each kind."""
    return connect()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """The path of a key and a certificate for this machine that no client trusts yet."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture(scope="session")
def observations(tmp_path_factory):
    """A folder with the demo observations of 2013, unchanged."""
    folder = tmp_path_factory.mktemp("observations")
    demo_observations(folder)
    return folder


@pytest.fixture(scope="session")
def archive(observations):
    """Ten weeks of the demo observations, up to the issue time: two parameters."""
    return demo_archive(observations, ("temperature", "pressure"))


@pytest.fixture(scope="session")
def model_path(archive, tmp_path_factory):
    """A small model that was really trained; its scores do not matter."""
    path = tmp_path_factory.mktemp("model") / "model.tar.gz"
    train_model(archive, "small", path, quiet)
    return path


@pytest.fixture(scope="session")
def compiled_path(model_path, tmp_path_factory):
    """The small model, compiled."""
    path = tmp_path_factory.mktemp("compiled") / "model.tar.gz"
    compile_model(model_path, path, find_compiler(), quiet)
    return path


@pytest.fixture(scope="session")
def endpoint_process(model_path):
    """The stand-in of a SageMaker endpoint with the small model, under two names."""
    variants = {"depth5": str(model_path), "depth10": str(model_path)}
    with running(Endpoint(variants=variants, weights=WEIGHTS, seed=1)) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(endpoint_process):
    """The same stand-in in its initial state: without faults, with its first weights."""
    put_weights(endpoint_process, WEIGHTS)
    endpoint_process.clear_faults()
    return endpoint_process


@pytest.fixture(scope="session")
def api_url(endpoint_process, model, observations, tmp_path_factory):
    """The address of a server with a week of verified nights, and with the real-time model.

    Tests share it, and may only read.
    """
    store_url = f"sqlite:///{tmp_path_factory.mktemp('api') / 'forecasts.db'}"
    with closing(open_store(store_url, utc_now, create=True)) as store:
        for days in range(6, -1, -1):
            issue_time = ISSUE_TIME - timedelta(days=days)
            run_night(Night(store, model, str(observations), issue_time, utc_now))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (UNCHECKED | endpoint_process.environment).items():
            patch.setenv(name, value)
        # No busy machine reaches this limit.
        options = ("--endpoint", "sagemaker://stationcast", "--seconds", "10")
        server = Server("serve", "--store", store_url, *options)
    with server:
        yield server.url


@pytest.fixture(scope="session")
def model(model_path):
    """The small model, loaded."""
    return load_model(model_path)
