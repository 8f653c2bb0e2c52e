"""The kinds of examples, and their share of all lines and requests."""

from collections.abc import Callable
from typing import NamedTuple

from tests.fuzz import files, outputs, parquet, requests, sockets


class Kind(NamedTuple):
    """A kind of examples.

    Attributes:
        share: Percent of all lines and requests.
        opened: Context manager; takes an empty folder, yields the function that tries an example.
    """

    share: int
    opened: Callable


KINDS = {
    "requests": Kind(45, requests.requests),
    "sockets": Kind(5, sockets.sockets),
    "archive": Kind(12, files.archive),
    "realtime": Kind(10, files.realtime),
    "stations": Kind(6, files.stations),
    "whole_files": Kind(4, files.whole_files),
    "parquet": Kind(4, parquet.rows),
    "parquet_files": Kind(2, parquet.whole),
    "transform_output": Kind(4, outputs.transform_output),
    "transform_input": Kind(8, outputs.transform_input),
}
