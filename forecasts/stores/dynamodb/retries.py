"""What both DynamoDB clients share: batches, consistency, advice, retries."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from forecasts.errors import StoreError
from forecasts.item import RELEASE_PK, RUN_PK

T = TypeVar("T")

#: The most items that BatchGetItem takes.
GET_BATCH = 100

#: How many times in a row DynamoDB may process nothing of a batch.
TRIES = 8
LONGEST_DELAY_SECONDS = 5.0
FIRST_DELAY_SECONDS = 0.05

TRIES_OF_A_CALL = 4

UNREACHABLE = "unreachable; check the network and AWS_ENDPOINT_URL_DYNAMODB"
NO_CREDENTIALS = "no credentials; log in, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

#: The system's generator. Processes restored from the same snapshot (SnapStart) would draw the same
#: numbers from Python's, and retry at the same time after all.
_draw = random.SystemRandom().random

_ADVICE = {
    "ResourceNotFoundException": "there is no such table in this region; deploy template.yaml",
    "AccessDeniedException": "this role is not allowed to do that",
    "UnrecognizedClientException": "the credentials are not valid here",
    "ExpiredTokenException": "the credentials have expired; log in again",
    "ProvisionedThroughputExceededException": "throttled; try again, or warm the table up",
    "ThrottlingException": "throttled; try again, or warm the table up",
    "RequestLimitExceeded": "throttled; try again, or raise the account's limit",
}


class Waits:
    """The waits between tries.

    A wait is random, between 0 and a bound that doubles ("full jitter"). So clients that were
    throttled together do not retry together.

    Args:
        sleep: Waits for a number of seconds.
        draw: Returns a random number from 0 to 1.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = _draw,
    ) -> None:
        self._sleep = sleep
        self._draw = draw

    def wait(self, failures: int) -> None:
        """Wait after *failures* failures in a row, counted from 0."""
        bound = min(FIRST_DELAY_SECONDS * 2**failures, LONGEST_DELAY_SECONDS)
        self._sleep(self._draw() * bound)


def advised(code: str, text: str) -> str:
    """Put advice before DynamoDB's own *text* if the error *code* is known."""
    advice = _ADVICE.get(code)
    return f"{advice}: {text}" if advice else text


def must_be_consistent(pk: str) -> bool:
    """Whether reads of a partition must be strongly consistent.

    Runs, the pointer and releases are read before conditional puts, and a reader must not see the
    earlier run again once it has seen the new one. Forecasts are written minutes before the run is
    published and never change, so they are read eventually consistent, at half the price.
    """
    return pk in (RUN_PK, RELEASE_PK)


def send_all(table: str, rest: list[T], send: Callable[[list[T]], list[T]], waits: Waits) -> None:
    """Send a batch, then again the items that DynamoDB did not process, until all are done.

    Args:
        table: Name of the table, for the error message.
        rest: The batch.
        send: Sends items; returns those that were not processed.
        waits: The waits between tries.

    Raises:
        StoreError: `TRIES` tries in a row made no progress.
    """
    idle = 0
    while rest:
        left = send(rest)
        idle = idle + 1 if len(left) == len(rest) else 0
        if idle == TRIES:
            raise StoreError(
                f"DynamoDB table {table}: throttled; {len(left)} items of a batch were "
                f"left undone {TRIES} times in a row; try again, or warm the table up"
            )
        if left:
            waits.wait(idle)
        rest = left


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut *values* into lists of at most *size*."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk
