"""Problems: what fails beside a night's forecasts, which are worth more, and so is only noted."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from polars.exceptions import PanicException

logger = logging.getLogger(__name__)


@contextmanager
def noted(problems: list[str], what: str) -> Iterator[None]:
    """Add whatever the block raises to a list, and go on after the block.

    Args:
        problems: Takes a text such as `run 20131229T0000Z-1: FileError: the disk is full`.
        what: What the block is about.
    """
    try:
        yield
    # Dependencies may raise anything; a panic of polars is no Exception.
    except (Exception, PanicException) as error:
        logger.exception("a problem with %s, which does not stop the night", what)
        problems.append(f"{what}: {type(error).__name__}: {error}")
