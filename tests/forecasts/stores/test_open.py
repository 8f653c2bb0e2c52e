"""Stores are named by a URL."""

from contextlib import closing

import pytest

from forecasts.errors import StoreError, StoreSettingError, StoreURLError
from forecasts.item import Item, Key
from forecasts.stores.open import DynamoDBClient, open_store

ITEM = Item(Key("S", "F"), b"body")


def test_absolute_path(tmp_path, clock):
    """Four slashes name an absolute path, and the file is created there."""
    with closing(open_store(f"sqlite:///{tmp_path}/x.db", clock, create=True)) as store:
        store.put_many([ITEM])

    assert (tmp_path / "x.db").is_file()


def test_relative_path(tmp_path, clock, monkeypatch):
    """Three slashes name a path from the current folder."""
    monkeypatch.chdir(tmp_path)

    with closing(open_store("sqlite:///x.db", clock, create=True)) as store:
        store.put_many([ITEM])

    with closing(open_store(f"sqlite:///{tmp_path}/x.db", clock)) as store:
        assert store.get(ITEM.key) == ITEM


def test_file_is_not_made_without_create(tmp_path, clock):
    """Without `create`, a missing file is an error."""
    with pytest.raises(StoreError, match="no such file"):
        open_store(f"sqlite:///{tmp_path}/x.db", clock)


@pytest.mark.parametrize(
    "url",
    ["", "forecasts.db", "sqlite://", "sqlite:///", "sqlite://x.db", "dynamodb://", "redis://x"],
)
def test_no_store(url, clock):
    """An invalid URL is refused with examples of valid ones."""
    with pytest.raises(StoreURLError, match=r"write sqlite:///forecasts\.db or dynamodb://"):
        open_store(url, clock)


@pytest.mark.parametrize(
    ("value", "client"), [(None, "direct"), ("", "direct"), ("boto3", "boto3")]
)
def test_client_of_the_environment(value, client):
    """The direct client is used unless the variable names boto3."""
    environment = {} if value is None else {"STATIONCAST_DYNAMODB_CLIENT": value}

    assert DynamoDBClient.of(environment) == client


def test_unknown_client():
    """An unknown client is refused, and the error lists the known ones."""
    with pytest.raises(StoreSettingError, match="CLIENT is 'boto'; write direct or boto3"):
        DynamoDBClient.of({"STATIONCAST_DYNAMODB_CLIENT": "boto"})
