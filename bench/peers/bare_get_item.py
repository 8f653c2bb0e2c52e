"""boto3's own call with nothing around it: the floor that lookups are compared with."""

import os
from typing import Any

import boto3

client = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: None) -> dict[str, Any]:
    """Get the item at the key that *event* is."""
    answer = client.get_item(TableName=os.environ["TABLE_NAME"], Key=event)
    return {"statusCode": 200 if "Item" in answer else 404}
