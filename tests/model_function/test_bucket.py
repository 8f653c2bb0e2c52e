"""Reading an object of S3, from one that answers what a test tells it to, and from moto's."""

from datetime import UTC, datetime

import boto3
import pytest
from moto.server import ThreadedMotoServer

from model_function.bucket import fetch
from model_function.errors import FetchError, SettingsError
from tests.wire import answer, hangs_up, resets, sends, sends_and_hangs_up, wire

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
URL = "s3://stationcast/models/v1/model.tar.gz"
CONTENT = b"artifact" * 1000


@pytest.fixture
def server():
    """A server in the place of S3."""
    with wire() as server:
        yield server


def get(server, url=URL, **more):
    """Fetch an object from the server."""
    return fetch(url, ENVIRONMENT | {"AWS_ENDPOINT_URL_S3": server.url} | more, NOW)


def error(status, code):
    """Make an answer: an error as S3 writes it."""
    body = f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>no</Message></Error>'
    return sends(answer(body.encode(), status))


def test_what_is_asked(server):
    """The object is asked for by its path, once, and comes back whole."""
    server.replies = [sends(answer(CONTENT))]

    assert get(server, "s3://stationcast/models/a b+c/model.tar.gz") == CONTENT
    assert [head.split(b"\r\n")[0] for head, _ in server.requests] == [
        b"GET /stationcast/models/a%20b%2Bc/model.tar.gz HTTP/1.1"
    ]


@pytest.mark.parametrize(
    "replies",
    [
        [hangs_up, sends(answer(CONTENT))],
        [resets, resets, sends(answer(CONTENT))],
        [error(503, "SlowDown"), sends(answer(CONTENT))],
        [sends_and_hangs_up(answer(CONTENT)[:-1]), sends(answer(CONTENT))],
    ],
    ids=["hangs up", "resets twice", "slow down", "half of it"],
)
def test_tried_again(server, replies):
    """What breaks or is busy is asked again, and half an object is never taken for a whole one."""
    server.replies = replies

    assert get(server) == CONTENT


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([hangs_up] * 3, "S3 cannot be reached: RemoteDisconnected"),
        ([sends_and_hangs_up(answer(CONTENT)[:-1])] * 3, "cannot be reached: IncompleteRead"),
        ([error(503, "SlowDown")] * 3, "S3 says 503 SlowDown"),
        ([error(404, "NoSuchKey")], "there is no such object: S3 says 404 NoSuchKey"),
        ([error(403, "AccessDenied")], "role may not read it: S3 says 403 AccessDenied"),
        ([error(301, "PermanentRedirect")], "S3 says 301 PermanentRedirect"),
        ([sends(answer(b"?", 400))], "S3 says 400"),
    ],
)
def test_refused(server, replies, words):
    """What cannot be had is an error that names the object and says why, in S3's words."""
    server.replies = list(replies)
    with pytest.raises(FetchError) as raised:
        get(server)

    assert str(raised.value).startswith(f"{URL}: ")
    assert words in str(raised.value)
    assert len(server.requests) == len(replies)


@pytest.mark.parametrize(
    "url", ["models/v1/model.tar.gz", "s3://stationcast", "s3://a.b/c", "s3://"]
)
def test_not_an_object(server, url):
    """A URL that names no object is refused before any request."""
    with pytest.raises(FetchError, match="write s3://bucket/key"):
        get(server, url)

    assert server.connections == 0


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_an_environment_that_is_not_lambdas(server, name):
    """A variable that Lambda sets is named where it is missing."""
    with pytest.raises(SettingsError, match=f"{name} is not set"):
        get(server, **{name: ""})


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "stationcast.s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "stationcast.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_where_s3_is(monkeypatch, region, host):
    """Nothing but the region decides where the bucket is, and TLS is spoken there."""
    asked = []

    class Connection:
        def __init__(self, *place, **how):
            asked.append((*place, how["context"].check_hostname))

        def connect(self):
            raise ConnectionRefusedError

    monkeypatch.setattr("forecasts.aws.http.HTTPSConnection", Connection)
    with pytest.raises(FetchError, match="cannot be reached"):
        fetch(URL, ENVIRONMENT | {"AWS_REGION": region}, NOW)

    assert set(asked) == {(host, 443, True)}


def test_from_s3():
    """An S3 that is not ours takes the request for one of boto3's."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
        client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
        client.create_bucket(Bucket="stationcast")
        client.put_object(Bucket="stationcast", Key="models/v1/model.tar.gz", Body=CONTENT)
        environment = ENVIRONMENT | {"AWS_ENDPOINT_URL_S3": url}

        assert fetch(URL, environment, NOW) == CONTENT
        with pytest.raises(FetchError, match="404 NoSuchKey"):
            fetch("s3://stationcast/models/v2/model.tar.gz", environment, NOW)
    finally:
        server.stop()
