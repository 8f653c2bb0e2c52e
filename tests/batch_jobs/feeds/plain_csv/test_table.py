"""Lines of CSV files: each malformed one costs only itself."""

import pytest

from batch_jobs.errors import FileError
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.table import read_table
from batch_jobs.feeds.plain_csv.text import read_text


def table_of(folder, content):
    """Return the rows of a file with their lines, and what is left out."""
    path, left_out = folder / "a.csv", LeftOut()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = read_table(read_text(path), left_out)
    said = [text.partition("a.csv:")[2] for text in left_out.examples.get("bad_line", [])]
    return table.cells.rows(), table.lines.tolist(), said


@pytest.mark.parametrize(
    ("lines", "rows", "numbers", "said"),
    [
        ("a,b\n1,2\n3,\n", [("1", "2"), ("3", None)], [2, 3], []),
        ("a,b\n1,2\n\n,\n3,4\n", [("1", "2"), ("3", "4")], [2, 5], []),
        ("a,b\n,\n1,2\n", [("1", "2")], [3], []),
        (
            "a,b\n1,2\n1\n1,2,3\n",
            [("1", "2")],
            [2],
            ["3: expected 2 fields, got 1", "4: expected 2 fields, got 3"],
        ),
        ('a,b\n"1,5",2\n3,4\n', [("1,5", "2"), ("3", "4")], [2, 3], []),
        ('a,b\n5" pipe,2\n', [('5" pipe', "2")], [2], []),
        (
            'a,b\n"1,2\n3,4\n',
            [("3", "4")],
            [3],
            ["2: the line is malformed: unexpected end of data"],
        ),
        ("a,b\nü,2\n".encode() + b"\xff,3\n", [("ü", "2")], [2], ["3: the line is not UTF-8"]),
        ("a,b\n1,2,\n3,4,\n", [("1", "2", None), ("3", "4", None)], [2, 3], []),
    ],
)
def test_lines(tmp_path, lines, rows, numbers, said):
    """Good lines are rows; bad ones are named; empty ones are nothing."""
    assert table_of(tmp_path, lines) == (rows, numbers, said)


def test_names_of_columns(tmp_path):
    """Columns with the same name, or without one, get names of their own."""
    (tmp_path / "a.csv").write_text("a,a,\n1,2,3\n")

    assert read_table(read_text(tmp_path / "a.csv"), LeftOut()).cells.columns == [
        "a",
        "a 2",
        "column 3",
    ]


def test_no_line_is_good(tmp_path):
    """A file without a good line is an error that names the first."""
    with pytest.raises(FileError, match=r"no line has the 2 fields of the header; .*a\.csv:2: exp"):
        table_of(tmp_path, "a,b\n1\n2\n")
