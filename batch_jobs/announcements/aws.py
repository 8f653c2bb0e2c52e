"""The ways through AWS: an event bus of EventBridge, and a topic of SNS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from batch_jobs.announcements.event import Event
from batch_jobs.errors import AnnouncementError

#: What rules of EventBridge match as `source`.
SOURCE = "stationcast"

#: All ways together must fit into the time of a Lambda function.
_CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)


@dataclass(frozen=True, slots=True)
class EventBus:
    """An event bus of EventBridge. The type of an event is its `detail-type`, the body its detail.

    Attributes:
        bus: Name or ARN; `default` is the one that each account has.
    """

    bus: str

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"event bus {self.bus}"

    def send(self, event: Event) -> None:
        """Send an event.

        Raises:
            AnnouncementError: AWS did not accept it.
        """
        entry = {
            "EventBusName": self.bus,
            "Source": SOURCE,
            "DetailType": event.type,
            "Detail": event.body.decode(),
        }
        with _translated():
            client = boto3.client("events", config=_CONFIG)
            (result,) = client.put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in result:
            raise AnnouncementError(f"{result['ErrorCode']}: {result.get('ErrorMessage')}")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of SNS. Subscribers can filter by the attribute `type`.

    Attributes:
        arn: Its ARN, which has its region.
    """

    arn: str

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"topic {self.arn}"

    def send(self, event: Event) -> None:
        """Send an event.

        Raises:
            AnnouncementError: AWS did not accept it.
        """
        with _translated():
            client = boto3.client("sns", region_name=self.arn.split(":")[3], config=_CONFIG)
            client.publish(
                TopicArn=self.arn,
                Subject=f"Stationcast: {event.type}",
                Message=event.body.decode(),
                MessageAttributes={"type": {"DataType": "String", "StringValue": event.type}},
            )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise AnnouncementError(str(error)) from error
