"""What every client of the table agrees on: batches, consistency, advice, trying again."""

from __future__ import annotations

import random
import time
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from forecasts.errors import StoreError
from forecasts.item import RELEASE_PK, RUN_PK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

#: What BatchGetItem takes at most.
GET_BATCH = 100

#: How often, in a row and without any progress, DynamoDB may leave a whole batch undone.
TRIES = 8
LONGEST_DELAY_SECONDS = 5.0
FIRST_DELAY_SECONDS = 0.05

#: Time limits, and how often a call is tried. A lookup should fail while somebody still waits.
CONNECT_SECONDS = 2
READ_SECONDS = 5
TRIES_OF_A_CALL = 4

UNREACHABLE = "unreachable; check the network and AWS_ENDPOINT_URL_DYNAMODB"
NO_CREDENTIALS = "no credentials; log in, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

#: Of the system's: where a snapshot of a process is started many times over (SnapStart), all would
#: draw the same numbers of Python's, and come back together after all.
_draw = random.SystemRandom().random

_ADVICE = {
    "ResourceNotFoundException": "there is no such table in this region; deploy template.yaml",
    "AccessDeniedException": "this role has no right to do that",
    "UnrecognizedClientException": "the credentials are not valid here",
    "ExpiredTokenException": "the credentials have expired; log in again",
    "ProvisionedThroughputExceededException": "throttled; try again, or warm the table up",
    "ThrottlingException": "throttled; try again, or warm the table up",
    "RequestLimitExceeded": "throttled; try again, or raise the account's limit",
}


class Waits:
    """How long to wait before something is tried again.

    A wait is random between 0 and a bound that doubles ("full jitter"), so that many clients that
    were throttled together do not come back together.

    Args:
        sleep: Waits for some seconds.
        draw: Draws a number from 0 to 1.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = _draw,
    ) -> None:
        self._sleep = sleep
        self._draw = draw

    def wait(self, failures: int) -> None:
        """Wait after so many failures in a row."""
        bound = min(FIRST_DELAY_SECONDS * 2**failures, LONGEST_DELAY_SECONDS)
        self._sleep(self._draw() * bound)


def advised(code: str, text: str) -> str:
    """Put what to do before what DynamoDB said, where its error *code* is known."""
    advice = _ADVICE.get(code)
    return f"{advice}: {text}" if advice else text


def must_be_consistent(pk: str) -> bool:
    """Whether a partition is read strongly consistent.

    Runs, the pointer and releases are read to be written under a condition, and a reader must not
    be told of the run before once it has seen the new one. Forecasts are written minutes before
    anybody is pointed at them and never change: reading them eventually consistent costs half.
    """
    return pk in (RUN_PK, RELEASE_PK)


def send_all(table: str, rest: list[T], send: Callable[[list[T]], list[T]], waits: Waits) -> None:
    """Call *send* with what is left of a batch, which it returns, until nothing is.

    Raises:
        StoreError: `TRIES` tries in a row achieved nothing.
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
