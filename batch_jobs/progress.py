"""Progress: how long loops tell the command line how far they are, without knowing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


class Track(Protocol):
    """Wrap the iterable of a long loop: yields the same items and shows a bar."""

    def __call__(self, iterable: Iterable[T], description: str, total: int) -> Iterable[T]:
        """Yield what *iterable* yields; *total* is how many items that will be."""
        ...


def quiet(iterable: Iterable[T], description: str, total: int) -> Iterable[T]:  # noqa: ARG001 -- Track
    """Show nothing."""
    return iterable
