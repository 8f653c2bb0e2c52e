"""How DynamoDB is reached: from environment variables in Lambda, through boto3 elsewhere."""

import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from forecasts.aws.sigv4 import Credentials
from forecasts.errors import StoreError
from forecasts.item import Item, Key
from forecasts.stores.dynamodb.access import Access, lambda_access, server_of
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.stores.dynamodb.direct import DirectDynamoDBStore, open_direct
from forecasts.stores.open import DynamoDBClient, open_store
from tests.wire import answer, sends, sends_and_hangs_up, wire

ITEM = Item(Key("S", "F"), b"body")

#: The variables that Lambda sets for a function.
LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
}


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """A function that sets variables of this process, for boto3 too."""
    for name in ("REGION", "DEFAULT_REGION", "PROFILE", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # boto3 keeps one session for the process, which has read the environment already.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def give(**variables):
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            if "AWS_LAMBDA_FUNCTION_NAME" in variables:
                monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return give


def test_lambdas_variables_are_enough():
    """In Lambda, the environment variables are enough."""
    access = lambda_access(LAMBDA)

    assert access.endpoint == "https://dynamodb.eu-central-1.amazonaws.com"
    assert access.region == "eu-central-1"
    assert access.credentials() == Credentials("key", "secret", "token")
    assert access.certificates is None


def test_variables_that_are_honoured():
    """Another endpoint, other certificates and permanent credentials are used as given."""
    more = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000", "AWS_SESSION_TOKEN": ""}
    access = lambda_access(LAMBDA | more | {"REQUESTS_CA_BUNDLE": "some.pem"})

    assert access.endpoint == "http://127.0.0.1:8000"
    assert access.credentials() == Credentials("key", "secret", None)
    assert access.certificates == "some.pem"
    assert lambda_access(LAMBDA | {"AWS_CA_BUNDLE": "a", "REQUESTS_CA_BUNDLE": "b"})[3] == "a"


@pytest.mark.parametrize(
    "change",
    [
        {"AWS_LAMBDA_FUNCTION_NAME": ""},
        {"AWS_DEFAULT_REGION": ""},
        {"AWS_DEFAULT_REGION": "cn-north-1"},
        {"AWS_DEFAULT_REGION": "us-iso-east-1"},
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:8000"},
        {"AWS_PROFILE": "other"},
        {"https_proxy": "http://127.0.0.1:3128"},
        {"HTTP_PROXY": "http://127.0.0.1:3128"},
        {"ALL_PROXY": "http://127.0.0.1:3128"},
    ],
)
def test_settings_left_to_botocore(change):
    """If variables set more than an address, botocore decides."""
    assert lambda_access(LAMBDA | change) is None


def test_endpoints_are_botocores():
    """In every region that is not left to botocore, the endpoint is botocore's."""
    session = boto3.Session()
    known = {
        region: lambda_access(LAMBDA | {"AWS_DEFAULT_REGION": region})
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("dynamodb", partition)
    }
    ours = {region: access.endpoint for region, access in known.items() if access}
    theirs = {r: session.client("dynamodb", region_name=r).meta.endpoint_url for r in ours}

    assert len(ours) > 25
    assert ours == theirs


def reached(url, certificates=None):
    """Return an access that leads to *url*."""
    return Access("eu-central-1", url, lambda: Credentials("key", "secret", None), certificates)


AWS = "dynamodb.eu-central-1.amazonaws.com"


def test_certificates_are_botocores():
    """Over TLS the client trusts the authorities that botocore trusts, Amazon among them."""
    names = {
        value
        for certificate in server_of(reached(f"https://{AWS}")).context.get_ca_certs()
        for ((name, value),) in certificate["subject"]
        if name == "commonName"
    }

    assert "Amazon Root CA 1" in names


@pytest.mark.parametrize(
    "url", ["localhost", "localhost:8000", "ftp://localhost", "http://", "http://x:y", "http://x/y"]
)
def test_malformed_endpoint(url, clock, environment):
    """An endpoint that is not a URL is refused when the store is opened, as by boto3."""
    environment(**LAMBDA, AWS_ENDPOINT_URL_DYNAMODB=url)

    with pytest.raises(StoreError, match=f"Invalid endpoint: {url}"):
        open_direct("t", clock)


def test_missing_certificates(clock, tmp_path, environment):
    """The error names a missing file of certificates."""
    environment(**LAMBDA, AWS_CA_BUNDLE=str(tmp_path / "none.pem"))
    with pytest.raises(StoreError, match=r"none\.pem: cannot read the certificates"):
        open_direct("t", clock)


def test_own_certificates(clock, certificate, environment):
    """A server whose certificate is in `AWS_CA_BUNDLE` is read over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with wire(context) as server:
        server.replies = [sends(answer({}))]
        url = server.url.replace("http:", "https:")
        environment(**LAMBDA, AWS_ENDPOINT_URL_DYNAMODB=url, AWS_CA_BUNDLE=str(certificate))
        with closing(open_direct("t", clock)) as store:
            assert store.get(ITEM.key) is None


def test_in_lambda(clock, table, dynamodb, dynamodb_url, environment):
    """A store that is opened with a Lambda function's variables reads the table without boto3."""
    DynamoDBStore(table, clock, dynamodb).put_many([ITEM])
    environment(**LAMBDA, AWS_ENDPOINT_URL_DYNAMODB=dynamodb_url)
    with closing(open_store(f"dynamodb://{table}", clock, client=DynamoDBClient.DIRECT)) as store:
        assert isinstance(store, DirectDynamoDBStore)
        assert store.get(ITEM.key) == ITEM


KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def test_elsewhere(environment, clock, table, dynamodb_url):
    """Elsewhere, region, endpoint and credentials are those that boto3 finds."""
    environment(**KEYS, AWS_DEFAULT_REGION="eu-central-1", AWS_ENDPOINT_URL_DYNAMODB=dynamodb_url)
    with closing(open_store(f"dynamodb://{table}", clock, client=DynamoDBClient.DIRECT)) as store:
        store.put_many([ITEM])

        assert isinstance(store, DirectDynamoDBStore)
        assert store.get(ITEM.key) == ITEM


def test_configuration_file(environment, clock, tmp_path, certificate):
    """The settings in boto3's files are used, certificates included."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = filed\naws_secret_access_key = secret\n"
    )
    with wire(context) as server:
        server.replies = [sends(answer({}))]
        url = server.url.replace("http:", "https:")
        (tmp_path / "config").write_text(
            f"[default]\nregion = eu-west-3\nendpoint_url = {url}\nca_bundle = {certificate}\n"
        )
        environment()
        with closing(open_direct("t", clock)) as store:
            assert store.get(ITEM.key) is None

        head, _ = server.requests[0]

    assert b"Credential=filed/" in head
    assert b"/eu-west-3/dynamodb/aws4_request" in head


def test_no_credentials(environment, clock):
    """Without credentials the first read says how to get them."""
    environment(AWS_DEFAULT_REGION="eu-central-1")
    with (
        closing(open_direct("t", clock)) as store,
        pytest.raises(StoreError, match="DynamoDB table t: no credentials; log in, or set AWS"),
    ):
        store.get(ITEM.key)


def test_no_region(environment, clock):
    """Without a region the error says how to name one."""
    environment(**KEYS)
    with pytest.raises(StoreError, match="no region; set AWS_DEFAULT_REGION"):
        open_direct("t", clock)


def test_proxy(environment, clock):
    """If there is a proxy, boto3 is used."""
    environment(**KEYS, AWS_DEFAULT_REGION="eu-central-1", HTTPS_PROXY="http://127.0.0.1:1")
    with closing(open_direct("t", clock)) as store:
        assert isinstance(store, DynamoDBStore)


def issued(key):
    """Make the response of the address that issues keys, which expire at once."""
    soon = datetime.now(UTC) + timedelta(minutes=1)  # noqa: TID251 -- botocore goes by it
    return {
        "AccessKeyId": key,
        "SecretAccessKey": "secret",
        "Token": f"token-{key}",
        "Expiration": soon.isoformat(),
    }


@pytest.fixture
def issuing(environment):
    """A server that stands in for DynamoDB, and one that issues keys."""
    with wire() as server, wire() as issuer:
        environment(
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ENDPOINT_URL_DYNAMODB=server.url,
            AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{issuer.url}/keys",
            AWS_LAMBDA_FUNCTION_NAME="restored",
        )
        yield server, issuer


def test_credentials_that_expire(issuing, clock):
    """Issued keys are replaced before they expire, as under SnapStart."""
    server, issuer = issuing
    # botocore chooses when it asks, so a second process may ask in between.
    issuer.replies = [sends_and_hangs_up(answer(issued(f"key{number}"))) for number in range(9)]
    server.replies = [sends(answer({}))] * 2
    with closing(open_direct("t", clock)) as store:
        store.get(ITEM.key)
        store.get(ITEM.key)
    keys = [head.partition(b"Credential=")[2][:4] for head, _ in server.requests]
    tokens = [
        head.partition(b"security-token: ")[2].partition(b"\r")[0] for head, _ in server.requests
    ]

    assert keys[0] < keys[1]
    assert tokens == [b"token-" + key for key in keys]


def test_credentials_that_cannot_be_replaced(issuing, clock):
    """If no new keys are issued, the error of the read says so."""
    server, issuer = issuing
    issuer.replies = [sends_and_hangs_up(answer(issued("key")))]
    with closing(open_direct("t", clock)) as store:
        issuer.replies = [sends_and_hangs_up(answer(b"no", 400))] * 9

        with pytest.raises(StoreError, match=r"DynamoDB table t: .*container-role"):
            store.get(ITEM.key)

    assert server.requests == []
