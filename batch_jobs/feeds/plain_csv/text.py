"""The text of a CSV file: its encoding, its lines, its separator and its header."""

import codecs
import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from batch_jobs.errors import FileError
from batch_jobs.observations.texts import decompress

SEPARATORS = (",", ";", "\t", "|")

#: Lines after the header that decide the separator.
_SAMPLE = 50
#: The replacement of a byte that is not UTF-8.
BROKEN = "\ufffd"

#: Signs of other alphabets for what a number or a zone is written with.
_ASCII = {"\u2212": "-", "\u00a0": " ", "\u202f": " "}


class CsvText(NamedTuple):
    r"""The content of a CSV file.

    Attributes:
        name: The file, for messages.
        header: Names of the columns.
        body: UTF-8, the lines after the header, each with its `\n`.
        first: Number of the first line of *body* in the file, from 1.
        separator: What stands between two fields.
        encoding: How the file was written.
    """

    name: str
    header: tuple[str, ...]
    body: bytes
    first: int
    separator: str
    encoding: str


def read_text(path: Path) -> CsvText:
    """Read a CSV file, or one in gzip.

    Raises:
        FileError: It cannot be read, is no CSV file, or has no line after the header.
    """
    text, encoding = _decoded(str(path), _content(path))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n", _SAMPLE + 20)
    start = 0
    while start < len(lines) and (not lines[start].strip(" ,;\t|") or lines[start][0] == "#"):
        start += 1
    if lines[start:] and lines[start].lower().startswith("sep="):  # Excel's own first line
        start += 1
    sample = lines[start : start + _SAMPLE]
    if len(sample) < 2 or not any(line.strip() for line in sample[1:]):  # noqa: PLR2004 -- header, row
        raise FileError(str(path), "empty_file", "there is no line after the header")
    separator = separator_of(sample)
    header = tuple(field.strip() for field in _fields(sample[0], separator))
    offset = sum(len(line) + 1 for line in lines[: start + 1])
    body = text[offset:].rstrip("\n ").encode() + b"\n"
    return CsvText(str(path), header, body, start + 2, separator, encoding)


def separator_of(lines: list[str]) -> str:
    """Return the separator that splits most lines into as many fields as the first.

    If a comma does, and another one too, commas are in numbers and names.
    """

    def fit(separator: str) -> tuple[int, bool, int]:
        counts = Counter(len(_fields(line, separator)) for line in lines if line.strip())
        columns = len(_fields(lines[0], separator))
        return (counts[columns] if columns > 1 else 0), separator != ",", columns

    return max(SEPARATORS, key=fit)


def _fields(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(str(path), "unreadable_file", error.strerror or str(error)) from error
    if content.startswith(b"\x1f\x8b"):
        content, reason = decompress(content)
        if reason:
            raise FileError(str(path), "broken_gzip", reason)
    if content.startswith(b"PK\x03\x04"):
        reason = "it is a workbook or a zip file; save the sheet as CSV, or unpack it"
        raise FileError(str(path), "unreadable_file", reason)
    if content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise FileError(str(path), "unreadable_file", "it is a web page, not a CSV file")
    return content


def _decoded(name: str, content: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding.

    Without a byte order mark it is UTF-8, unless more of its letters are broken than whole.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), "UTF-16"
    if b"\0" in content:
        raise FileError(name, "unreadable_file", "it is not a text file")
    content = content.removeprefix(codecs.BOM_UTF8)
    if content.isascii():
        return content.decode("ascii"), "UTF-8"
    text = content.decode("utf-8", "replace")
    letters = sum(not letter.isascii() for letter in text) if BROKEN in text else 0
    if 2 * text.count(BROKEN) > letters:
        text, encoding = content.decode("cp1252", "replace"), "Windows-1252"
    else:
        encoding = "UTF-8"
    for sign, plain in _ASCII.items():
        text = text.replace(sign, plain)  # much faster than `translate`
    return text, encoding
