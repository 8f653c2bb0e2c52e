"""The lines of a CSV file as a table of text. A line that is malformed costs only itself.

Even files, in which every line has the right number of separators and no quote, go to polars as
they are. All others are read line by line and written anew without quotes, so that polars never
has to understand one.
"""

import csv
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.errors import FileError
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.text import BROKEN, CsvText

_BROKEN = BROKEN.encode()
_NEW_LINE = 10
#: ASCII's unit separator, which no text contains.
_UNIT = "\x1f"


class Table(NamedTuple):
    """Rows of text.

    Attributes:
        name: The file.
        cells: A column of text for each column of the file, null if empty.
        lines: The number of each row's line in the file.
        mark: The decimal mark.
    """

    name: str
    cells: pl.DataFrame
    lines: NDArray[np.int64]
    mark: str = "."

    def where(self, row: int) -> str:
        """Return "file:line" of a row."""
        return f"{self.name}:{self.lines[row]}"


def read_table(text: CsvText, left_out: LeftOut) -> Table:
    """Read the lines of a file; malformed ones are left out, and empty ones are nothing.

    Raises:
        FileError: No line is a row.
    """
    columns = _columns(text)
    if _is_even(text, len(columns)):
        numbers = np.arange(text.first, text.first + text.body.count(b"\n"))
        return _table(text.name, text.body, text.separator, columns, numbers)
    rows, kept, problems = [], [], []
    for number, line in enumerate(text.body.split(b"\n")[:-1], text.first):
        if not line.strip(b" \t" + text.separator.encode()):
            continue
        try:
            rows.append(_row(line, text, len(columns)))
            kept.append(number)
        except ValueError as error:
            problems.append(f"{text.name}:{number}: {error}")
    left_out.add("bad_line", range(len(problems)), problems.__getitem__)
    if not rows:
        reason = f"no line has the {len(columns)} fields of the header"
        raise FileError(text.name, "bad_line", "; ".join([reason, *problems[:1]]))
    body = "\n".join([*rows, ""]).encode()
    return _table(text.name, body, _UNIT, columns, np.array(kept))


def _columns(text: CsvText) -> tuple[str, ...]:
    """Return unique names of the columns; lines may end in a separator more than the header."""
    line = text.body.partition(b"\n")[0].decode()
    fields = next(csv.reader([line], delimiter=text.separator), [])
    more = len(fields) == len(text.header) + 1 and not fields[-1]
    names = (*text.header, "") if more else text.header
    return tuple(
        name if name and names.index(name) == at else f"{name or 'column'} {at + 1}"
        for at, name in enumerate(names)
    )


def _is_even(text: CsvText, columns: int) -> bool:
    if b'"' in text.body or _BROKEN in text.body:
        return False
    content = np.frombuffer(text.body, np.uint8)
    starts = np.r_[0, np.flatnonzero(content[:-1] == _NEW_LINE) + 1]
    separators = (content == ord(text.separator)).view(np.uint8)
    counts = np.add.reduceat(separators, starts, dtype=np.int64)
    return bool((counts == columns - 1).all())


def _row(line: bytes, text: CsvText, columns: int) -> str:
    """Return a line with other separators and without quotes.

    Raises:
        ValueError: It is malformed.
    """
    if _BROKEN in line:
        raise ValueError(f"the line is not {text.encoding}")
    try:
        reader = csv.reader([line.decode()], delimiter=text.separator, strict=True)
        fields = next(reader)
    except csv.Error as error:
        raise ValueError(f"the line is malformed: {error}") from error
    if len(fields) != columns:
        raise ValueError(f"expected {columns} fields, got {len(fields)}")
    return _UNIT.join(fields)


def _table(
    name: str, body: bytes, separator: str, columns: tuple[str, ...], numbers: NDArray[np.int64]
) -> Table:
    cells = pl.read_csv(
        body,
        separator=separator,
        quote_char=None,
        has_header=False,
        schema=dict.fromkeys(columns, pl.String),
    )
    filled = cells.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    if filled.all():
        return Table(name, cells, numbers)
    return Table(name, cells.filter(filled), numbers[filled.to_numpy()])
