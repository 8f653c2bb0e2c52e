"""All that are told of a move: an announcer sends an event on each of its ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from batch_jobs.announcements.event import Event
from batch_jobs.errors import AnnouncementError


class Channel(Protocol):
    """A way to send an event."""

    @property
    def name(self) -> str:
        """What it is called in messages; without secrets."""
        ...

    def send(self, event: Event) -> None:
        """Send an event, within a minute.

        Raises:
            AnnouncementError: It was not accepted.
        """
        ...


@dataclass(frozen=True)
class Announcer:
    """Tells others of moves.

    Attributes:
        channels: The ways; none if announcements are off.
        public_url: Where clients reach the API, without a slash at the end; "" if that is unknown.
    """

    channels: Sequence[Channel] = ()
    public_url: str = ""

    def tell(self, event: Event) -> list[str]:
        """Send an event on each way; return what went wrong, one line for each that failed."""
        failures = []
        for channel in self.channels:
            try:
                channel.send(event)
            except AnnouncementError as error:
                failures.append(f"{channel.name}: {error}")
        return failures
