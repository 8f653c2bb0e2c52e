"""Requests are signed as botocore signs them, to the byte."""

from datetime import UTC, datetime

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from forecasts.stores.dynamodb.sigv4 import CONTENT_TYPE, Credentials, Signer

NOW = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
TARGET = "DynamoDB_20120810.GetItem"

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40)
tokens = st.none() | st.text("abcXYZ019+/=", min_size=1, max_size=400)
hosts = st.sampled_from(
    ["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000", "[::1]:8000", "localhost"]
)


def signed_by_botocore(credentials, region, host, now, body):
    """Return the header fields that botocore signs a request with, by lower-case name."""
    fields = {"X-Amz-Target": TARGET, "Content-Type": CONTENT_TYPE}
    request = AWSRequest("POST", f"http://{host}/", fields, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda: now)
        SigV4Auth(BotocoreCredentials(*credentials), "dynamodb", region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def fields_of(text):
    """Read header fields, by lower-case name."""
    pairs = (line.split(": ", 1) for line in text.splitlines())
    return {name.lower(): value for name, value in pairs}


@given(
    credentials=st.builds(Credentials, words, words, tokens),
    region=st.sampled_from(["eu-central-1", "us-gov-west-1", "cn-north-1"]),
    host=hosts,
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis wants it so
    body=st.binary(min_size=1, max_size=200),
)
def test_any_request_is_signed_as_botocore_does(credentials, region, host, now, body):
    """The same fields with the same values, the signature among them."""
    ours = fields_of(Signer("dynamodb", region, host).fields(credentials, now, TARGET, body))
    host_field = {"host": ours.pop("host")}

    assert ours == signed_by_botocore(credentials, region, host, now, body)
    assert host_field == {"host": host}


def test_key_changes_with_the_day_and_the_credentials():
    """A signer that has been used signs with the key of the day and of who asks now."""
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
        ours = fields_of(signer.fields(credentials, now, TARGET, b"{}"))
        theirs = signed_by_botocore(credentials, "eu-central-1", "localhost", now, b"{}")

        assert ours["authorization"] == theirs["authorization"]
