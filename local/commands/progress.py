"""Progress bars for long steps, on standard error if that is a terminal."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

T = TypeVar("T")

console = Console()
_stderr = Console(stderr=True)


def bar(iterable: Iterable[T], description: str, total: int) -> Iterator[T]:
    """Yield the items of *iterable*, and show the progress."""
    if not total:
        return
    columns = (
        TextColumn(f"{description:<18}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_stderr) as progress:
        yield from progress.track(iterable, total=total)


@contextmanager
def waiting(title: str, seconds: float) -> Iterator[Callable[[str], None]]:
    """Show a spinner; yield a function that updates its text and then waits *seconds*."""
    with _stderr.status(title) as status:

        def pause(state: str) -> None:
            status.update(f"{title}: {state}")
            time.sleep(seconds)

        yield pause
