"""Requests are signed as botocore signs them, byte for byte."""

from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from forecasts.aws.sigv4 import Credentials, Signer

NOW = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
FIELDS = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.GetItem",
}

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40)
tokens = st.none() | st.text("abcXYZ019+/=", min_size=1, max_size=400)
all_credentials = st.builds(Credentials, words, words, tokens)
times = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001 -- hypothesis wants naive bounds
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
hosts = st.sampled_from(
    ["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000", "[::1]:8000", "localhost"]
)


def signed_by_botocore(auth, request, now):
    """Return the header fields of a request that botocore signed, by lower-case name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: now)
        auth.add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def posted(credentials, region, host, now, body):
    """Return the header fields of a request to DynamoDB that botocore signed."""
    request = AWSRequest("POST", f"http://{host}/", dict(FIELDS), body)
    auth = SigV4Auth(BotocoreCredentials(*credentials), "dynamodb", region)
    return signed_by_botocore(auth, request, now) | {"host": host}


def read(head):
    """Read a request line, and header fields by lower-case name."""
    line, *lines = head.splitlines()
    return line, dict(field.split(": ", 1) for field in lines)


@given(
    credentials=all_credentials,
    region=st.sampled_from(["eu-central-1", "us-gov-west-1", "cn-north-1"]),
    host=hosts,
    now=times,
    body=st.binary(min_size=1, max_size=200),
)
def test_a_post_to_dynamodb(credentials, region, host, now, body):
    """A request to DynamoDB has the same fields with the same values, signature included."""
    signer = Signer("dynamodb", region, host)
    line, ours = read(signer.head(credentials, now, "POST", "/", FIELDS, body))

    assert line == "POST / HTTP/1.1"
    assert ours == posted(credentials, region, host, now, body)


@given(credentials=all_credentials, now=times)
def test_a_get_from_s3(credentials, now):
    """A request for an object of S3 has the same fields with the same values."""
    host, path = "stationcast.s3.eu-central-1.amazonaws.com", "/models/a%20b/model.tar.gz"
    fields = {"x-amz-content-sha256": sha256(b"").hexdigest()}
    line, ours = read(
        Signer("s3", "eu-central-1", host).head(credentials, now, "GET", path, fields)
    )
    auth = S3SigV4Auth(BotocoreCredentials(*credentials), "s3", "eu-central-1")
    theirs = signed_by_botocore(auth, AWSRequest("GET", f"https://{host}{path}"), now)

    assert line == f"GET {path} HTTP/1.1"
    assert ours == theirs | {"host": host}


@given(credentials=all_credentials, now=times, method=st.sampled_from(["GET", "HEAD"]))
def test_a_presigned_address(credentials, now, method):
    """An address that anyone may use is the one that botocore makes."""
    host, path = "stationcast.s3.eu-central-1.amazonaws.com", "/downloads/a%20b/x.parquet"
    query = {"response-content-disposition": 'attachment; filename="a b+ä.parquet"'}
    signer = Signer("s3", "eu-central-1", host)
    ours = signer.presigned(credentials, now, method, path, query, 300)
    auth = S3SigV4QueryAuth(BotocoreCredentials(*credentials), "s3", "eu-central-1", expires=300)
    request = AWSRequest(method, f"https://{host}{path}?{urlencode(query, quote_via=quote)}")
    signed_by_botocore(auth, request, now)
    theirs = urlsplit(request.url)

    assert urlsplit(ours).path == theirs.path
    assert parse_qs(urlsplit(ours).query) == parse_qs(theirs.query)


def test_key_changes_with_the_day_and_the_credentials():
    """A signer that is used again takes the key of the current day and the current credentials."""
    signer = Signer("dynamodb", "eu-central-1", "localhost")
    first, second = Credentials("a", "secret", None), Credentials("b", "other", "token")
    uses = [
        (first, NOW),
        (first, NOW.replace(hour=23)),
        (first, NOW.replace(day=23)),
        (second, NOW.replace(day=23)),
        (first, NOW.replace(day=23)),
    ]

    for credentials, now in uses:
        _, ours = read(signer.head(credentials, now, "POST", "/", FIELDS, b"{}"))

        assert ours == posted(credentials, "eu-central-1", "localhost", now, b"{}")
