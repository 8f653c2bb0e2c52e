"""Encodings, separators and headers of CSV files."""

import gzip

import pytest

from batch_jobs.errors import FileError
from batch_jobs.feeds.plain_csv.text import read_text

LINES = "Zeit;Höhe µ\n1;2\n3;4\n"


def text_of(folder, content):
    """Return the text of a file with this content."""
    path = folder / "a.csv"
    path.write_bytes(content)
    return read_text(path)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (LINES.encode(), "UTF-8"),
        (LINES.encode("utf-8-sig"), "UTF-8"),
        (LINES.encode("cp1252"), "Windows-1252"),
        (LINES.encode("utf-16"), "UTF-16"),
        (gzip.compress(LINES.encode(), mtime=0), "UTF-8"),
        (LINES.replace("\n", "\r\n").encode(), "UTF-8"),
        (LINES.replace("\n", "\r").encode(), "UTF-8"),
        (b"# a logger\n\n;;\n" + LINES.encode(), "UTF-8"),
        (b"sep=;\n" + LINES.encode(), "UTF-8"),
    ],
)
def test_encodings(tmp_path, content, encoding):
    """A file is read whatever its encoding, line ends and the lines before its header."""
    text = text_of(tmp_path, content)

    assert (text.header, text.body, text.encoding) == (("Zeit", "Höhe µ"), b"1;2\n3;4\n", encoding)


def test_line_numbers(tmp_path):
    """The first line is counted in the file, with what comes before the header."""
    assert text_of(tmp_path, b"# a\nsep=;\na;b\n1;2\n").first == 4


@pytest.mark.parametrize(
    ("lines", "separator"),
    [
        ("a,b\n1,2", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("temp, °C;rain, mm\n1,5;2,5\n", ";"),
        ('"a, b",c\n"1;2",3\n', ","),
    ],
)
def test_separators(tmp_path, lines, separator):
    """The separator is the one that splits the lines as often as the header."""
    assert text_of(tmp_path, lines.encode()).separator == separator


def test_broken_letters(tmp_path):
    """A single broken byte does not make another encoding of a file."""
    text = text_of(tmp_path, "Höhe;Länge\nä;1\n".encode() + b"\xff;2\n")

    assert (text.encoding, text.header) == ("UTF-8", ("Höhe", "Länge"))


def test_signs(tmp_path):
    """A minus sign and hard spaces are those of a number."""
    assert text_of(tmp_path, "a;b\n\N{MINUS SIGN}1;2\u00a0\n".encode()).body == b"-1;2\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no line after the header"),
        (b"a,b\n\n", "no line after the header"),
        (b"PK\x03\x04", "save the sheet as CSV"),
        (b"\n<!DOCTYPE html>", "web page"),
        (b"a\0b", "not a text file"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "cut off"),
    ],
)
def test_no_csv(tmp_path, content, reason):
    """A file that is no CSV file is refused with what it is."""
    with pytest.raises(FileError, match=reason):
        text_of(tmp_path, content)


def test_missing(tmp_path):
    """A file that does not exist is named."""
    with pytest.raises(FileError, match=r"nowhere\.csv: No such file"):
        read_text(tmp_path / "nowhere.csv")
