"""CSV that a spreadsheet opens without running any formula in it (RFC 4180, one header line)."""

import csv
import io
from collections.abc import Iterable, Sequence

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


def to_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows as CSV, UTF-8; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text).writerows([[_safe(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


#: Without it, Excel takes UTF-8 for the code page of its country, and ° for two letters.
_BYTE_ORDER_MARK = "\ufeff"


def table(
    rows: Iterable[Sequence[object]], name: str, *, for_excel: bool = False
) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Write rows as CSV, and the header fields that describe it.

    Args:
        rows: The header line first.
        name: The name of the file, without ending.
        for_excel: Whether Excel is to find out by itself that it is UTF-8.
    """
    mark = _BYTE_ORDER_MARK.encode() if for_excel else b""
    return mark + to_csv(rows), [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-disposition", disposition(f"{name}.csv")),
    ]


def disposition(name: str) -> bytes:
    """Name the file that a browser saves the answer as."""
    # A station id may have a colon, but a file name on Windows may not.
    return f'inline; filename="{name.replace(":", "_")}"'.encode()


def _safe(cell: object) -> object:
    # Excel, LibreOffice and Google Sheets would run a name that begins like a formula.
    if isinstance(cell, str) and cell.lstrip().startswith(("=", "+", "-", "@")):
        return f"'{cell}"
    return cell
