"""Sources of the API's log: a file, or a log group of CloudWatch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LogError
from local.variant_report.answer_log import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_logs import CloudWatchLogsClient


def lines_of_file(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines of a file with their positions."""
    for number, line in enumerate(lines, 1):
        yield f"line {number}", line


def lines_of_group(
    group: str, since: datetime, client: CloudWatchLogsClient | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the lines about answers in a log group with their positions: stream and time.

    Args:
        group: Name of the log group, e.g. `/aws/lambda/stationcast-api`.
        since: Aware time; older lines are left out.
        client: A boto3 client; None for one made from boto3's own environment.

    Raises:
        LogError: There is no such group, or it cannot be read.
    """
    try:
        pages = (client or boto3.client("logs")).get_paginator("filter_log_events")
        for page in pages.paginate(
            logGroupName=group,
            startTime=int(since.timestamp() * 1000),
            filterPattern=f'"{MARK}"',
        ):
            for event in page["events"]:
                where = f"{event['logStreamName']} at {event['timestamp']}"
                yield where, event["message"]
    except (ClientError, BotoCoreError, ValueError) as error:  # ValueError: a malformed URL
        raise LogError(f"log group {group}: {error}") from error
