"""What is specific to the DynamoDB store: batches, throttling, network errors, refusals."""

from contextlib import closing

import boto3
import pytest
from botocore.stub import Stubber

from forecasts.errors import ConflictError, StoreError
from forecasts.item import Item, Key
from forecasts.stores.dynamodb.attributes import key_attributes, to_attributes
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.stores.dynamodb.retries import TRIES, Waits
from forecasts.stores.open import open_store
from forecasts.stores.pace import Pace
from tests.dynamodb_local import client_of

KEY = Key("S#JFK", "F#20131230T0000Z-1")
RUN = Key("RUN", "CURRENT")


def an_item(body=b"body", key=KEY, **changes):
    """Return an item of the table."""
    return Item(key, body, **changes)


class Sleeper:
    """Takes the place of `time.sleep`: notes the seconds and does not wait."""

    def __init__(self):
        self.seconds = []

    def __call__(self, seconds):
        """Note *seconds*."""
        self.seconds.append(seconds)


@pytest.fixture
def sleeper():
    """The waits that the store asked for."""
    return Sleeper()


@pytest.fixture
def stubbed(clock, sleeper):
    """A store, and the stubber that stands in for AWS and checks every request."""
    client = client_of("http://127.0.0.1:1")
    with Stubber(client) as stubber:
        # Every wait takes the middle of its range.
        yield DynamoDBStore("t", clock, client, waits=Waits(sleeper, lambda: 0.5)), stubber
        stubber.assert_no_pending_responses()


def put_request(*items):
    """Return the request for BatchWriteItem."""
    return {"t": [{"PutRequest": {"Item": to_attributes(item)}} for item in items]}


def answer_write(stubber, asked, left, units):
    """Answer a BatchWriteItem of *asked* that leaves *left* unprocessed."""
    stubber.add_response(
        "batch_write_item",
        {
            "UnprocessedItems": put_request(*left) if left else {},
            "ConsumedCapacity": [{"TableName": "t", "CapacityUnits": units}],
        },
        {"RequestItems": put_request(*asked), "ReturnConsumedCapacity": "TOTAL"},
    )


def answer_get(stubber, asked, found, left, *, consistent=False):
    """Answer a BatchGetItem of the keys of *asked* with *found*, leaving *left* unprocessed."""
    keys = [key_attributes(item.key) for item in asked]
    rest = {"t": {"Keys": [key_attributes(item.key) for item in left]}} if left else {}
    stubber.add_response(
        "batch_get_item",
        {"Responses": {"t": [to_attributes(item) for item in found]}, "UnprocessedKeys": rest},
        {"RequestItems": {"t": {"Keys": keys, "ConsistentRead": consistent}}},
    )


def test_write_units(table, dynamodb, clock):
    """Units are counted as DynamoDB does: one for each item and kilobyte begun."""
    store = DynamoDBStore(table, clock, dynamodb)
    items = [an_item(bytes(1500), Key("S", str(n))) for n in range(60)]

    assert store.put_many(items) == 120


def test_writes_are_paced(table, dynamodb, clock, sleeper):
    """Each batch waits until the rate allows what was consumed: 60 units at 10 a second."""
    pace = Pace(10.0, sleep=sleeper, seconds=lambda: 0.0)
    store = DynamoDBStore(table, clock, dynamodb, pace=pace)
    store.put_many(an_item(key=Key("S", str(n))) for n in range(60))

    assert len(sleeper.seconds) == 3
    assert max(sleeper.seconds) == 6.0


def test_answers_of_more_than_16_megabytes(table, dynamodb, clock, sleeper):
    """DynamoDB cuts a response at 16 MB; the rest is requested again."""
    store = DynamoDBStore(table, clock, dynamodb, waits=Waits(sleeper))
    items = [an_item(bytes(390_000), Key("S", str(n))) for n in range(50)]
    store.put_many(items)

    found = store.get_many([item.key for item in items])

    assert found == {item.key: item for item in items}
    assert len(sleeper.seconds) == 1


def test_unprocessed_items(stubbed, sleeper):
    """Unprocessed items of a batch are written again after a wait, until none are left."""
    store, stubber = stubbed
    items = [an_item(key=Key("S", str(n))) for n in range(3)]
    answer_write(stubber, items, left=items[1:], units=1)
    answer_write(stubber, items[1:], left=items[1:], units=0)
    answer_write(stubber, items[1:], left=items[1:], units=0)
    answer_write(stubber, items[1:], left=[], units=2)

    assert store.put_many(items) == 3
    assert sleeper.seconds == [0.025, 0.05, 0.1]


def test_unprocessed_keys(stubbed, sleeper):
    """Unprocessed keys of a batch are read again; progress makes the waits short again."""
    store, stubber = stubbed
    items = [an_item(key=Key("S", str(n))) for n in range(3)]
    answer_get(stubber, items, found=[], left=items)
    answer_get(stubber, items, found=items[:1], left=items[1:])
    answer_get(stubber, items[1:], found=items[1:], left=[])

    assert store.get_many([item.key for item in items]) == {item.key: item for item in items}
    assert sleeper.seconds == [0.05, 0.025]


def test_endless_unprocessed_items(stubbed, sleeper):
    """After some tries without progress the writer gives up; no wait is longer than 5 s."""
    store, stubber = stubbed
    for _ in range(TRIES):
        answer_write(stubber, [an_item()], left=[an_item()], units=0)

    with pytest.raises(StoreError, match="table t: throttled; 1 items of a batch were left undone"):
        store.put_many([an_item()])

    assert sleeper.seconds == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5]


def test_endless_unprocessed_keys(stubbed):
    """After some tries without progress the reader gives up, and no key is reported missing."""
    store, stubber = stubbed
    for _ in range(TRIES):
        answer_get(stubber, [an_item()], found=[], left=[an_item()])

    with pytest.raises(StoreError, match="throttled"):
        store.get_many([KEY])


def test_forecasts_are_read_eventually_consistent(stubbed):
    """A lookup costs half of a consistent read."""
    store, stubber = stubbed
    asked = {"TableName": "t", "Key": key_attributes(KEY), "ConsistentRead": False}
    stubber.add_response("get_item", {"Item": to_attributes(an_item())}, asked)

    assert store.get(KEY) == an_item()


def test_pointer_is_read_consistent(stubbed):
    """Items that are written under a condition are read consistently."""
    store, stubber = stubbed
    pointer = an_item(key=RUN)
    asked = {"TableName": "t", "Key": key_attributes(RUN), "ConsistentRead": True}
    stubber.add_response("get_item", {"Item": to_attributes(pointer)}, asked)
    answer_get(stubber, [an_item(), pointer], [an_item(), pointer], left=[], consistent=True)

    assert store.get(RUN) == pointer
    assert len(store.get_many([KEY, RUN])) == 2


def test_runs_are_queried_consistent(stubbed):
    """The list of runs is read consistently."""
    store, stubber = stubbed
    asked = {
        "TableName": "t",
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "RUN"}},
    }
    stubber.add_response("query", {"Items": [to_attributes(an_item(key=RUN))]}, asked)

    assert store.query("RUN") == [an_item(key=RUN)]


def test_lost_put(stubbed):
    """A put that AWS refused for another reason than its condition is not a conflict."""
    store, stubber = stubbed
    stubber.add_client_error("put_item", "InternalServerError", "try again")

    with pytest.raises(StoreError, match="try again") as caught:
        store.put(an_item(version=1), expected=0)

    assert not isinstance(caught.value, ConflictError)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ResourceNotFoundException", "no such table in this region; deploy template.yaml"),
        ("ProvisionedThroughputExceededException", "throttled; try again"),
        ("ThrottlingException", "throttled; try again"),
        ("RequestLimitExceeded", "throttled; try again, or raise the account's limit"),
        ("AccessDeniedException", "not allowed to do that: .*what AWS said"),
        ("UnrecognizedClientException", "credentials are not valid"),
        ("ExpiredTokenException", "credentials have expired"),
        ("SomethingNew", "what AWS said"),
    ],
)
def test_refusals(stubbed, code, said):
    """Each refusal of AWS becomes an error that names the table and the remedy."""
    store, stubber = stubbed
    stubber.add_client_error("get_item", code, "what AWS said")

    with pytest.raises(StoreError, match=f"DynamoDB table t: .*{said}"):
        store.get(KEY)


def test_missing_table(dynamodb, clock):
    """Every operation on a missing table reports that the table is missing."""
    store = DynamoDBStore("absent", clock, dynamodb)
    uses = [
        lambda: store.get(KEY),
        lambda: store.get_many([KEY]),
        lambda: store.query("S"),
        lambda: store.put(an_item(version=1), expected=0),
        lambda: store.put_many([an_item()]),
    ]

    for use in uses:
        with pytest.raises(StoreError, match="table absent: there is no such table"):
            use()


def test_item_that_is_too_large(table, dynamodb, clock):
    """An item beyond DynamoDB's 400 KB is refused in DynamoDB's words."""
    store = DynamoDBStore(table, clock, dynamodb)

    with pytest.raises(StoreError, match="size has exceeded"):
        store.put_many([an_item(bytes(410_000))])


def test_one_bad_batch_of_many(table, dynamodb, clock):
    """If one batch of many fails, the error is raised although the others were written."""
    store = DynamoDBStore(table, clock, dynamodb)
    items = [an_item(key=Key("S", str(n))) for n in range(100)]

    with pytest.raises(StoreError, match="size has exceeded"):
        store.put_many([*items, an_item(bytes(410_000))])

    assert len(store.query("S")) == 100


def test_unreachable_endpoint(clock):
    """The error names an endpoint without a listener."""
    store = DynamoDBStore("t", clock, client_of("http://127.0.0.1:1"))

    with pytest.raises(StoreError, match="unreachable; check the network and AWS_ENDPOINT_URL"):
        store.get(KEY)


@pytest.fixture
def bare_environment(monkeypatch, tmp_path):
    """A machine that was not set up for AWS."""
    for name in ("REGION", "DEFAULT_REGION", "PROFILE", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # boto3 keeps one session for the process, which has read the environment already.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return monkeypatch


@pytest.mark.usefixtures("bare_environment")
def test_no_region(clock):
    """Without a region, the error says how to name one."""
    with pytest.raises(StoreError, match="no region; set AWS_DEFAULT_REGION"):
        DynamoDBStore("t", clock)


def test_no_credentials(bare_environment, clock):
    """Without credentials, the error says how to get them."""
    bare_environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    store = DynamoDBStore("t", clock)

    with closing(store), pytest.raises(StoreError, match="no credentials; log in"):
        store.get(KEY)


def test_malformed_endpoint(bare_environment, clock):
    """An endpoint that is not a URL is refused when the store is opened."""
    bare_environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    bare_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", "localhost")

    with pytest.raises(StoreError, match="Invalid endpoint: localhost"):
        DynamoDBStore("t", clock)


def test_environment_of_boto3(bare_environment, clock, dynamodb_url, table):
    """A store opened by its URL takes region, credentials and endpoint from boto3's environment."""
    bare_environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    bare_environment.setenv("AWS_ACCESS_KEY_ID", "local")
    bare_environment.setenv("AWS_SECRET_ACCESS_KEY", "local")
    bare_environment.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url)

    with closing(open_store(f"dynamodb://{table}", clock)) as store:
        store.put_many([an_item()])

        assert store.get(KEY) == an_item()


def test_impossible_table_name(clock):
    """An impossible table name is refused in botocore's words, before anything is sent."""
    store = DynamoDBStore("", clock, client_of("http://127.0.0.1:1"))

    with pytest.raises(StoreError, match="Invalid length for parameter TableName"):
        store.get(KEY)
