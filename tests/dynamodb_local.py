"""DynamoDB Local for a test session, and the table of the template in it."""

import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import boto3
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from forecasts.aws.sigv4 import Credentials
from forecasts.stores.dynamodb.access import Access

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".tools" / "dynamodb-local"
JAR = "DynamoDBLocal.jar"

#: Generous: a cold Java on a busy machine takes seconds.
START_SECONDS = 120

#: Properties of the template that DynamoDB Local does not have, or tests must not have.
DROPPED = (
    # Items expire by this machine's clock, and the tests' nights were years ago.
    "TimeToLiveSpecification",
    "PointInTimeRecoverySpecification",
    "DeletionProtectionEnabled",
    "SSESpecification",
)

# `read` returns when the test session ends, for whatever reason, and then the server ends.
_WATCH = '"$@" & read -r _; kill -9 $!'


class NotInstalledError(Exception):
    """DynamoDB Local or Java is not on this machine; the message says what to install."""


@contextmanager
def running(log):
    """Run DynamoDB Local, in memory, on a free port; yield its URL. *log* is a path.

    Raises:
        NotInstalledError: It is not there.
    """
    port = _free_port()
    command = ["sh", "-c", _WATCH, "sh", *_java(), "-inMemory", "-sharedDb", "-port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, "-disableTelemetry"],
            cwd=HOME,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # Ctrl-C is for pytest, which then closes the pipe.
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait_until_it_answers(url, log)
            yield url
        finally:
            process.stdin.close()


def client_of(url):
    """Return a boto3 client of DynamoDB Local, with made-up credentials."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 -- it takes any
        config=Config(retries={"total_max_attempts": 1}),
    )


def access_of(url):
    """Return the reader's access to DynamoDB Local."""
    return Access("eu-central-1", url, lambda: Credentials("local", "local", None))


@contextmanager
def table_of_template(client, name):
    """Make the table of `template.yaml` under another name; yield the name."""
    client.create_table(**table_arguments(name))
    try:
        yield name
    finally:
        client.delete_table(TableName=name)


def table_arguments(name):
    """Return the arguments of CreateTable that `template.yaml` gives."""
    properties = template()["Resources"]["Table"]["Properties"]
    kept = {key: value for key, value in properties.items() if key not in DROPPED}
    return kept | {"TableName": name}


@cache
def template():
    """Return `template.yaml`, with its intrinsic functions as `{"Ref": "TableName"}`.

    Every caller gets the same object, so none may change it.
    """
    return yaml.load((ROOT / "template.yaml").read_text(), _TemplateLoader)  # noqa: S506 -- safe


class _TemplateLoader(yaml.CSafeLoader):
    """A safe loader that knows CloudFormation's tags."""


def _intrinsic(loader, name, node):
    construct = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda node: loader.construct_sequence(node, deep=True),
        yaml.MappingNode: lambda node: loader.construct_mapping(node, deep=True),
    }[type(node)]
    return {name: construct(node)}


_TemplateLoader.add_multi_constructor("!", _intrinsic)


def _java():
    java = shutil.which("java")
    if java is None or not (HOME / JAR).exists():
        raise NotInstalledError(
            "DynamoDB Local is not there: install Java 17 and npm, "
            "then run python scripts/runtimes.py"
        )
    return [java, "-Xmx512m", "-Djava.library.path=DynamoDBLocal_lib", "-jar", JAR]


def _wait_until_it_answers(url, log):
    client = client_of(url)
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            client.list_tables()
        except BotoCoreError as error:
            if time.monotonic() > end:
                reason = f"DynamoDB Local does not answer:\n{log.read_text()}"
                raise RuntimeError(reason) from error
            time.sleep(0.1)
        else:
            return


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
