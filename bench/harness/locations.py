"""Where nights are written and servers read: a SQLite file, or a table in DynamoDB Local."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bench.harness.dynamodb import ENVIRONMENT, client_of
from forecasts.stores.dynamodb.boto import DynamoDBStore
from forecasts.stores.open import open_store
from forecasts.stores.protocol import Store
from forecasts.times import utc_now


class Location(NamedTuple):
    """Where a store is.

    Attributes:
        url: URL of the store.
        environment: Variables that lead a process to it.
        connect: Opens it in this process.
    """

    url: str
    environment: Mapping[str, str]
    connect: Callable[[], Store]

    @contextmanager
    def opened(self) -> Iterator[Store]:
        """Open the store, and close it."""
        store = self.connect()
        try:
            yield store
        finally:
            store.close()


def sqlite_file(path: Path) -> Location:
    """Return the location of a SQLite file."""
    url = f"sqlite:///{path.absolute()}"
    return Location(url, {}, lambda: open_store(url, utc_now))


def new_table(endpoint: str, name: str) -> Location:
    """Make an empty table with the keys of `template.yaml`, replacing an earlier one.

    Args:
        endpoint: URL of DynamoDB.
        name: Name of the table.
    """
    client = client_of(endpoint)
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_table(TableName=name)
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    return table_at(endpoint, name)


def table_at(endpoint: str, name: str) -> Location:
    """Return the location of a table in the DynamoDB at the URL *endpoint*."""
    url = f"dynamodb://{name}"
    environment = {
        **ENVIRONMENT,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "STATIONCAST_STORE": url,
    }
    return Location(url, environment, lambda: DynamoDBStore(name, utc_now, client_of(endpoint)))
