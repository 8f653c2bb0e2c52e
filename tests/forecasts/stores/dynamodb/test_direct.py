"""The direct client, compared with boto3 on the same calls, and in front of a faulty server."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecasts.aws.http import Connections, Server
from forecasts.aws.sigv4 import Credentials
from forecasts.errors import ConflictError, StoreError
from forecasts.item import Item, Key
from forecasts.stores.dynamodb.access import Access
from forecasts.stores.dynamodb.attributes import key_attributes, to_json
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.stores.dynamodb.direct import DirectDynamoDBStore
from forecasts.stores.dynamodb.retries import TRIES, TRIES_OF_A_CALL, Waits
from forecasts.stores.pace import Pace
from tests import dynamodb_local
from tests.wire import answer, hangs_up, is_silent, refusal, resets, sends, sends_and_hangs_up, wire

KEY = Key("S#JFK", "F#20131230T0000Z-1")
RUN = Key("RUN", "CURRENT")
ATTRIBUTES = {**key_attributes(KEY), "body": {"B": "Ym9keQ=="}}
FOUND = answer({"Item": ATTRIBUTES})
SECRET = "secret"  # noqa: S105 -- not a real one


def an_item(key=KEY, body=b"body", **changes):
    """Return an item of the table."""
    return Item(key, body, **changes)


def nothing_is_written():
    """Take the place of the writing store in tests that must not write."""
    raise AssertionError


@pytest.fixture
def server():
    """A server that stands in for DynamoDB."""
    with wire() as running:
        yield running


@pytest.fixture
def waits():
    """The seconds that were waited."""
    return []


@pytest.fixture
def connect(clock, waits):
    """A function that makes a direct client of the server at a URL."""
    opened = []

    def make(url, credentials=lambda: Credentials("key", SECRET, None)):
        access = Access("eu-central-1", url, credentials)
        direct = DirectDynamoDBStore(
            "t",
            clock,
            access,
            nothing_is_written,
            connections=Connections(Server.of(url), 0.1),
            # Every wait takes the middle of its range.
            waits=Waits(waits.append, lambda: 0.5),
        )
        opened.append(direct)
        return direct

    yield make
    for direct in opened:
        direct.close()


@pytest.fixture
def direct(connect, server):
    """A direct client of the server."""
    return connect(server.url)


def asked(server):
    """Return operation and arguments of each request."""
    for head, body in server.requests:
        yield (
            head.decode().partition("DynamoDB_20120810.")[2].partition("\r\n")[0],
            json.loads(body),
        )


def fields_of(head):
    """Read a request's header, by lower-case name."""
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in lines}


def client_of(url):
    """Return a boto3 client with boto3's default number of tries."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="key",
        aws_secret_access_key=SECRET,
        aws_session_token="token",  # noqa: S106 -- not a real one
    )


@pytest.fixture
def client(server):
    """A boto3 client of the server."""
    with closing(client_of(server.url)) as made:
        yield made


@pytest.fixture
def patient(dynamodb_url):
    """A boto3 client of DynamoDB Local."""
    with closing(client_of(dynamodb_url)) as made:
        yield made


def test_the_same_requests_as_boto3(server, connect, client, clock):
    """DynamoDB gets the same requests as from boto3, signed the same way."""
    direct = connect(server.url, lambda: Credentials("key", SECRET, "token"))
    boto3s = DynamoDBStore("t", clock, client)
    nothing = {"Responses": {"t": []}, "UnprocessedKeys": {}}
    server.replies = [sends(answer(body)) for body in ({}, nothing, {"Items": []}) * 2]
    for store in (direct, boto3s):
        store.get(RUN)
        store.get_many([KEY, RUN])
        store.query("RUN")
    questions = list(asked(server))
    ours, theirs = (
        [fields_of(head) for head, _ in part] for part in (server.requests[:3], server.requests[3:])
    )
    signed = {"content-type", "host", "x-amz-security-token", "x-amz-target", "accept-encoding"}

    assert questions[:3] == questions[3:]
    for mine, other in zip(ours, theirs, strict=True):
        assert {name: mine[name] for name in signed} == {name: other[name] for name in signed}
        assert mine["authorization"].split(", ")[1] == other["authorization"].split(", ")[1]


@pytest.mark.parametrize(
    "failing",
    [
        lambda store: store.get(KEY),
        lambda store: store.get_many([KEY]),
        lambda store: store.query("S"),
        lambda store: store.get(Key("", "x")),
    ],
)
@pytest.mark.parametrize("name", ["absent", "ab", "no/name"])
def test_the_same_refusals_as_boto3(patient, dynamodb_url, clock, failing, name):
    """A refusal of DynamoDB is an error in the same words."""
    access = dynamodb_local.access_of(dynamodb_url)
    said = []
    with closing(DirectDynamoDBStore(name, clock, access, nothing_is_written)) as direct:
        for store in (DynamoDBStore(name, clock, patient), direct):
            with pytest.raises(StoreError) as caught:
                failing(store)
            said.append(str(caught.value))

    assert said[0] == said[1]
    assert f"DynamoDB table {name}: " in said[0]


items = st.builds(
    Item,
    st.builds(Key, st.just("S"), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)),
    st.binary(max_size=300),
    st.none() | st.integers(1, 10**9),
    st.none() | st.integers(4_000_000_000, 5_000_000_000),
)


# One table serves all examples.
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(items, max_size=10, unique_by=lambda item: item.key))
def test_the_same_items_as_boto3(batch, table, dynamodb, dynamodb_url, clock):
    """Any items are read as boto3 reads them: one by one, together and as a partition."""
    boto3s = DynamoDBStore(table, clock, dynamodb)
    boto3s.put_many(batch)
    keys = [item.key for item in batch]
    with closing(
        DirectDynamoDBStore(
            table, clock, dynamodb_local.access_of(dynamodb_url), nothing_is_written
        )
    ) as direct:
        assert [direct.get(key) for key in keys] == batch
        assert direct.get_many(keys) == boto3s.get_many(keys)
        assert direct.query("S") == boto3s.query("S")


def test_answers_of_more_than_16_megabytes(table, dynamodb, dynamodb_url, clock, waits):
    """DynamoDB cuts a response at 16 MB; the rest is requested again."""
    large = [an_item(Key("S", str(n)), bytes(390_000)) for n in range(50)]
    DynamoDBStore(table, clock, dynamodb).put_many(large)
    access = dynamodb_local.access_of(dynamodb_url)
    with closing(
        DirectDynamoDBStore(table, clock, access, nothing_is_written, waits=Waits(waits.append))
    ) as direct:
        found = direct.get_many([item.key for item in large])

    assert found == {item.key: item for item in large}
    assert len(waits) == 1


def test_puts_with_a_condition_are_boto3s(table, dynamodb, dynamodb_url, clock):
    """The store that puts with a condition is made once, at the first such put."""
    made = []

    def writer():
        made.append(DynamoDBStore(table, clock, dynamodb))
        return made[-1]

    access = dynamodb_local.access_of(dynamodb_url)
    direct = DirectDynamoDBStore(table, clock, access, writer)
    before = len(made), direct.get(KEY)
    direct.put(an_item(version=1), expected=0)
    direct.put_many([an_item(RUN)])
    with pytest.raises(ConflictError):
        direct.put(an_item(version=1), expected=0)
    found = direct.get_many([KEY, RUN])
    direct.close()

    assert before == (0, None)
    assert found == {KEY: an_item(version=1), RUN: an_item(RUN)}
    assert len(made) == 1


@pytest.mark.parametrize(
    "fault",
    [
        resets,
        hangs_up,
        is_silent,
        sends_and_hangs_up(FOUND[:-5]),
        sends(b"220 mail.example.com ESMTP\r\n\r\n"),
        sends(answer({"Item": ATTRIBUTES}, checksum=1)),
        sends(answer(b"", 500)),
        sends(answer(b"<html>Bad gateway</html>", 502, checksum=None)),
        sends(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
        sends(refusal("InternalServerError", 500)),
        sends(refusal("ProvisionedThroughputExceededException")),
        sends(refusal("ThrottlingException")),
        sends(refusal("RequestLimitExceeded")),
    ],
)
def test_passing_fault(server, direct, waits, fault):
    """A passing fault is tried again, after longer and longer waits."""
    server.replies = [*[fault] * (TRIES_OF_A_CALL - 1), sends(FOUND)]

    assert direct.get(KEY) == an_item()
    assert waits == [0.025, 0.05, 0.1]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (hangs_up, "unreachable; check the network and AWS_ENDPOINT_URL_DYNAMODB: .*hung up"),
        (is_silent, "unreachable; .*timed out"),
        (sends_and_hangs_up(FOUND[:-5]), "unreachable; .*IncompleteRead"),
        (
            sends(answer({"Item": ATTRIBUTES}, checksum=1)),
            "a response was damaged on its way",
        ),
        (sends(answer(b"[]", 500)), r"An error occurred \(500\) when calling the GetItem"),
        (sends(answer(b"<html>", 502)), r"An error occurred \(502\) when calling the GetItem"),
        (sends(refusal("ThrottlingException")), r"throttled; try again.*: An error .*AWS said"),
    ],
)
def test_lasting_fault(server, direct, fault, said):
    """A fault that occurs four times is an error that describes it."""
    server.replies = [fault] * TRIES_OF_A_CALL

    with pytest.raises(StoreError, match=f"DynamoDB table t: {said}"):
        direct.get(KEY)

    assert len(server.requests) == TRIES_OF_A_CALL


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ResourceNotFoundException", "no such table in this region; deploy template.yaml"),
        ("AccessDeniedException", "not allowed to do that: .*what AWS said"),
        ("UnrecognizedClientException", "credentials are not valid"),
        ("ExpiredTokenException", "credentials have expired"),
        ("SomethingNew", "what AWS said"),
    ],
)
def test_refusal(server, direct, waits, code, said):
    """A refusal is not tried again, and the error names the remedy."""
    server.replies = [sends(refusal(code))]

    with pytest.raises(StoreError, match=f"DynamoDB table t: .*{said}"):
        direct.get(KEY)

    assert waits == []


def test_stale_connection_costs_no_wait(server, direct, waits):
    """A kept connection that was closed meanwhile is replaced at once."""
    server.replies = [sends(FOUND), hangs_up, sends(FOUND)]

    assert direct.get(KEY) == direct.get(KEY) == an_item()
    assert waits == []


def test_chunked_answer(server, direct):
    """A chunked response is read, as DynamoDB Local sends its larger ones."""
    body = json.dumps({"Item": ATTRIBUTES}).encode()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.replies = [sends(head, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))]

    assert direct.get(KEY) == an_item()


def test_credentials_are_asked_for_each_time(server, connect):
    """When temporary credentials are replaced, the new ones sign the next request."""
    given = iter([Credentials("first", SECRET, "one"), Credentials("second", SECRET, "two")])
    direct = connect(server.url, lambda: next(given))
    server.replies = [sends(FOUND)] * 2
    direct.get(KEY)
    direct.get(KEY)
    fields = [fields_of(head) for head, _ in server.requests]

    assert [each["x-amz-security-token"] for each in fields] == ["one", "two"]
    assert ["=first/" in fields[0]["authorization"], "=second/" in fields[1]["authorization"]]


def test_times_are_signed_in_utc(server, direct, clock):
    """Requests are signed in UTC even if the clock has another time zone."""
    clock.now = datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    server.replies = [sends(FOUND)]
    direct.get(KEY)

    assert fields_of(server.requests[0][0])["x-amz-date"] == "20251231T233000Z"


MISTIMED = "InvalidSignatureException"


def test_clock_that_is_wrong(server, direct, clock):
    """Requests are signed by DynamoDB's clock once it has reported that ours is wrong."""
    clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    late = refusal(MISTIMED, Date="Thu, 01 Jan 2026 00:20:00 GMT")
    server.replies = [sends(late), sends(FOUND), sends(FOUND)]
    direct.get(KEY)
    clock.now += timedelta(minutes=1)
    direct.get(KEY)
    times = [fields_of(head)["x-amz-date"] for head, _ in server.requests]

    assert times == ["20260101T000000Z", "20260101T002000Z", "20260101T002100Z"]


@pytest.mark.parametrize("date", ["Thu, 01 Jan 2026 00:00:30 GMT", "noon", ""])
def test_signature_that_is_wrong(server, direct, clock, date):
    """If the clocks agree, or DynamoDB's is unknown, a refused signature is an error."""
    clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    server.replies = [sends(refusal(MISTIMED, Date=date))]

    with pytest.raises(StoreError, match=MISTIMED):
        direct.get(KEY)


def test_unprocessed_keys(server, direct, waits):
    """Unprocessed keys of a batch are read again; progress makes the waits short again."""
    keys = [Key("S", str(number)) for number in range(3)]
    rows = [{**key_attributes(key), "body": {"B": ""}} for key in keys]

    def batch(found, left):
        rest = {"t": {"Keys": [key_attributes(key) for key in left]}} if left else {}
        return sends(answer({"Responses": {"t": found}, "UnprocessedKeys": rest}))

    server.replies = [batch([], keys), batch(rows[:1], keys[1:]), batch(rows[1:], [])]

    assert list(direct.get_many(keys)) == keys
    assert waits == [0.05, 0.025]
    assert [len(question["RequestItems"]["t"]["Keys"]) for _, question in asked(server)] == [
        3,
        3,
        2,
    ]


def test_unprocessed_items(server, direct, waits):
    """Unprocessed items of a batch are put again unchanged, and all consumed units count."""
    items = [an_item(Key("S", str(number)), bytes(number)) for number in range(2)]
    requests = [{"PutRequest": {"Item": to_json(item)}} for item in items]

    def batch(units, left):
        used = [{"TableName": "t", "CapacityUnits": units}]
        rest = {"t": left} if left else {}
        return sends(answer({"UnprocessedItems": rest, "ConsumedCapacity": used}))

    server.replies = [batch(1.0, requests[1:]), batch(2.0, [])]

    assert direct.put_many(items) == 3.0
    assert [question["RequestItems"]["t"] for _, question in asked(server)] == [
        requests,
        requests[1:],
    ]
    assert len(waits) == 1


def test_writes_are_paced(table, dynamodb_url, clock):
    """Each batch waits until the rate allows what was consumed: 60 units at 10 a second."""
    seconds = []
    pace = Pace(10.0, sleep=seconds.append, seconds=lambda: 0.0)
    access = dynamodb_local.access_of(dynamodb_url)
    with closing(
        DirectDynamoDBStore(table, clock, access, nothing_is_written, pace=pace)
    ) as direct:
        direct.put_many(an_item(Key("S", str(number))) for number in range(60))

    assert len(seconds) == 3
    assert max(seconds) == 6.0


def test_endless_unprocessed_keys(server, direct):
    """After some tries without progress the client gives up, and no key is reported missing."""
    rest = {"t": {"Keys": [key_attributes(KEY)]}}
    left = answer({"Responses": {"t": []}, "UnprocessedKeys": rest})
    server.replies = [sends(left)] * TRIES

    with pytest.raises(StoreError, match="throttled; 1 items of a batch"):
        direct.get_many([KEY])


def test_pages(server, direct):
    """A partition is read page after page."""
    rows = [{**key_attributes(Key("S", name)), "body": {"B": ""}} for name in "ab"]
    last = key_attributes(Key("S", "a"))
    server.replies = [
        sends(answer({"Items": rows[:1], "LastEvaluatedKey": last})),
        sends(answer({"Items": rows[1:]})),
    ]

    assert [item.key.sk for item in direct.query("S")] == ["a", "b"]
    assert [question.get("ExclusiveStartKey") for _, question in asked(server)] == [None, last]


def test_response_that_is_not_json(server, direct):
    """A response that is not JSON is an error of the store."""
    server.replies = [sends(answer(b"{", 200))] * TRIES_OF_A_CALL

    with pytest.raises(StoreError, match=r"DynamoDB table t: .*not JSON"):
        direct.get(KEY)
