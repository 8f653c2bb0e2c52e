"""The table of `template.yaml` fits the items of `forecasts.item`, and is protected from loss."""

from forecasts.item import Item, Key
from forecasts.stores.dynamodb.attributes import key_attributes, to_attributes
from tests.dynamodb_local import DROPPED, table_arguments, template
from tests.stack import ACCOUNT, REGION, Stack

TABLE = template()["Resources"]["Table"]
PROPERTIES = TABLE["Properties"]


def test_keys():
    """The keys of the table are those of an item: partition key, then sort key."""
    keys = [(key["AttributeName"], key["KeyType"]) for key in PROPERTIES["KeySchema"]]

    assert [name for name, _ in keys] == list(key_attributes(Key("p", "s")))
    assert [kind for _, kind in keys] == ["HASH", "RANGE"]


def test_key_types():
    """The keys have the types that an item writes."""
    types = {a["AttributeName"]: a["AttributeType"] for a in PROPERTIES["AttributeDefinitions"]}

    assert types == {
        name: next(iter(value)) for name, value in key_attributes(Key("p", "s")).items()
    }


def test_time_to_live():
    """DynamoDB deletes items by the attribute that says when they expire."""
    attributes = to_attributes(Item(Key("p", "s"), b"", expires_at=86_400))
    (expiry,) = (name for name, value in attributes.items() if value == {"N": "86400"})

    assert PROPERTIES["TimeToLiveSpecification"] == {"AttributeName": expiry, "Enabled": True}


def test_table_is_hard_to_lose():
    """The table survives a deleted stack, an accidental deletion, and bad writes of recent days."""
    assert TABLE["DeletionPolicy"] == TABLE["UpdateReplacePolicy"] == "Retain"
    assert PROPERTIES["DeletionProtectionEnabled"] is True
    assert PROPERTIES["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_table_of_the_tests_is_that_of_the_template():
    """The tests' table differs from the template's only in its name and the listed properties."""
    arguments = table_arguments("test")

    assert arguments["TableName"] == "test"
    assert set(PROPERTIES) - set(arguments) == set(DROPPED)


def test_outputs():
    """The stack's outputs have what the command line needs to find the table."""
    stack = Stack(TableName="mine")
    outputs = {name: stack.resolve(one["Value"]) for name, one in template()["Outputs"].items()}

    assert outputs["TableName"] == "mine"
    assert outputs["TableArn"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/mine"
    assert outputs["StoreUrl"] == "dynamodb://mine"
