"""Progress: how long loops report it, without depending on the command line."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Track(Protocol):
    """Wraps the iterable of a long loop: yields the same items and shows a bar."""

    def __call__(self, iterable: Iterable[T], description: str, total: int) -> Iterable[T]:
        """Yield the items of *iterable*; *total* is their number."""
        ...


def quiet(iterable: Iterable[T], description: str, total: int) -> Iterable[T]:  # noqa: ARG001 -- Track
    """Show nothing."""
    return iterable
