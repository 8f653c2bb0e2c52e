"""Compaction: the many small files of a source and day become one.

Each fetch leaves a file for each day that it had readings of, named after the time of the fetch:

    source=iem/date=2026-11-28/20261128T070512Z.parquet

When the day is over, its files become one, with the same readings in the same order:

    source=iem/date=2026-11-28/20261129T030512Z_0123456789ab.parquet

Its name begins with the time of the last of them, so that it sorts after all of them and before
those of later fetches. Then comes a check sum of the content: the same files make the same file,
and another content never replaces it.

The new file is complete before the old ones are deleted, the oldest first. So a reader finds every
reading at least once, and the last one that it reads is the right one, whichever of the files are
there. A compaction that was killed is finished by the next one; two at once do no harm.
"""

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

import polars as pl

from batch_jobs.errors import FileError
from batch_jobs.observations.days import ALL_DAYS, Days
from batch_jobs.observations.file_faults import reported
from batch_jobs.observations.files import GONE, File, Location
from batch_jobs.progress import Track, quiet

#: A day is compacted so long after its end, in UTC: until then, most late readings have come.
MARGIN = timedelta(hours=6)

_DAY = re.compile(r"source=[^/]+/date=(\d{4}-\d\d-\d\d)/[^/]+\.parquet")
_FETCH = re.compile(r".+/\d{8}T\d{6}Z[-._][^/]+")
_TIME_LENGTH = len("20261128T070512Z")
_CHECK_SUM_DIGITS = 12


@dataclass
class CompactionReport:
    """What a compaction did.

    Attributes:
        replaced: Number of files that were replaced ...
        written: ... by so many.
        left: For people: files that were left alone, and why.
    """

    replaced: int = 0
    written: int = 0
    left: list[str] = field(default_factory=list)

    def fault(self, reason: str, example: str) -> None:
        """Note a file that is left alone."""
        if reason != GONE:  # another compaction has just replaced it
            self.left.append(example)


class _Part(NamedTuple):
    """A file and its rows; None if it has to be left alone."""

    name: str
    rows: pl.DataFrame | None


def compact(
    location: Location, now: datetime, *, days: Days = ALL_DAYS, track: Track = quiet
) -> CompactionReport:
    """Make one file of those of each source and day.

    Args:
        location: The observations.
        now: Aware; days that have just ended are left alone, see `MARGIN`.
        days: Other days are left out, as far as possible without listing them.
        track: Shows progress.

    Raises:
        LocationError: The location does not exist or cannot be listed.
        FileError: A file cannot be written or deleted. Nothing is lost.
    """
    report = CompactionReport()
    folders = _due(location.files(days), now)
    for names in track(folders, "Compacting", len(folders)):
        _compact_folder(location, names, report)
    return report


def _due(files: Sequence[File], now: datetime) -> list[list[str]]:
    """Return the names in each folder that has several files, if its day is over."""
    today = (now - MARGIN).date().isoformat()
    names = [file.name for file in files if (m := _DAY.fullmatch(file.name)) and m[1] < today]
    folders = [list(group) for _, group in groupby(names, lambda name: name.rpartition("/")[0])]
    return [folder for folder in folders if len(folder) > 1]


def _compact_folder(location: Location, names: Sequence[str], report: CompactionReport) -> None:
    """Make one file of neighbours with the same columns, so that the order of readings stays."""
    parts = [_part(location, name, report) for name in names]
    alike = [list(group) for _, group in groupby(parts, _columns)]
    readable = [group for group in alike if group[0].rows is not None]
    for before, after in pairwise(readable):
        if _columns(before[0]) != _columns(after[0]):
            reason = f"its columns are not those of {before[0].name}"
            report.left.append(f"{after[0].name}: {reason}")
    for group in readable:
        if len(group) > 1:
            _replace(location, group, report)


def _part(location: Location, name: str, report: CompactionReport) -> _Part:
    rows = None
    with reported(name, report):
        if not _FETCH.fullmatch(name):
            raise FileError(name, "odd_name", "its name does not begin with the time of a fetch")
        rows = pl.read_parquet(location.read(name), glob=False, hive_partitioning=False)
    return _Part(name, rows)


def _columns(part: _Part) -> pl.Schema | None:
    return None if part.rows is None else part.rows.schema


def _replace(location: Location, parts: Sequence[_Part], report: CompactionReport) -> None:
    """Replace files by one; at any time, all readings are in at least one of them."""
    content = b""
    with reported(parts[0].name, report):
        content = _content([part.rows for part in parts if part.rows is not None])
    if not content:
        return
    name = _name(parts[-1].name, content)
    location.write_new(name, content)
    # The oldest first: what is left may be read after the new file, and has to be newer.
    for old in [part.name for part in parts if part.name != name]:
        _delete(location, old)
        report.replaced += 1
    report.written += 1


def _content(frames: Sequence[pl.DataFrame]) -> bytes:
    file = io.BytesIO()
    _without_repetitions(pl.concat(frames, rechunk=True)).write_parquet(file)
    return file.getvalue()


def _without_repetitions(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the last of equal rows, in the order of the rows.

    Rows with other values stay, even if they correct each other: which of them counts is decided by
    their reader, who has to judge first whether a value is plausible. Only rows that have their
    check sum in common are compared, because comparing all takes several times the memory.
    """
    suspects = rows.hash_rows().is_duplicated().to_numpy()
    kept = ~suspects
    kept[suspects] = (
        rows.filter(suspects).select(pl.struct(pl.all()).is_last_distinct()).to_series()
    )
    return rows.filter(kept)


def _name(last: str, content: bytes) -> str:
    """Return the name of a file that replaces others, of which *last* is the last."""
    folder, _, file = last.rpartition("/")
    check_sum = hashlib.sha256(content).hexdigest()[:_CHECK_SUM_DIGITS]
    return f"{folder}/{file[:_TIME_LENGTH]}_{check_sum}.parquet"


def _delete(location: Location, name: str) -> None:
    try:
        location.delete(name)
    except FileError as error:
        if error.code != GONE:  # another compaction was faster
            raise
