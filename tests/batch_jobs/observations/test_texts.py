"""Text files, read ahead and decompressed."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from batch_jobs.observations.files import GONE, THREADS, File, open_location
from batch_jobs.observations.texts import FILES_PER_TASK, decompress, texts


def folder_with(path, files):
    """Write *files* below *path*; return it as a location."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return str(path)


def test_texts(tmp_path):
    """Texts are decompressed by file extension, and come in the order requested."""
    files = {"a.csv": b"1\n", "deep/b.csv.gz": gzip.compress(b"2\n3\n"), "deep/c.txt": b""}
    place = open_location(folder_with(tmp_path, files))

    read = [text[:2] for text in texts(place, place.files()[::-1])]

    assert read == [("deep/c.txt", b""), ("deep/b.csv.gz", b"2\n3\n"), ("a.csv", b"1\n")]


def test_texts_of_a_missing_file(tmp_path):
    """A file that is gone when its turn comes does not affect the others."""
    place = open_location(folder_with(tmp_path, {"a.csv": b"1\n"}))

    gone, there = texts(place, [File("gone.csv", 1), File("a.csv", 2)])

    assert (gone.body, gone.error.code) == (b"", GONE)
    assert there == ("a.csv", b"1\n", None)


def test_texts_of_many_files(tmp_path):
    """More files than the threads read ahead are still read whole and in order."""
    count = FILES_PER_TASK * THREADS * 3 + 1
    place = open_location(folder_with(tmp_path, {f"{n:05}.csv": b"%d\n" % n for n in range(count)}))

    read = [int(text.body) for text in texts(place, place.files())]

    assert read == list(range(count))


@given(st.binary(max_size=2000), st.binary(max_size=2000), st.integers(0, 9))
def test_decompress(first, second, padding):
    """Gzip of several members, padded with zeros, is decompressed as a whole."""
    content = gzip.compress(first) + gzip.compress(second) + bytes(padding)

    assert decompress(content) == (first + second, None)


@given(st.binary(min_size=1, max_size=5000), st.data())
def test_decompress_cut_off(body, data):
    """If a file is cut off, its beginning is read and the cut is detected."""
    content = gzip.compress(body)
    cut = data.draw(st.integers(1, len(content) - 1))

    begin, reason = decompress(content[:cut])

    assert body.startswith(begin)
    assert reason == "the file is cut off"


def test_cut_off_gzip(tmp_path):
    """If a file is cut off, its whole lines are kept, and the error says how many they are."""
    lines = b"".join(b"%d\n" % number**3 for number in range(20_000))
    content = gzip.compress(lines)[:-10_000]
    place = open_location(folder_with(tmp_path, {"a.csv.gz": content}))

    (text,) = texts(place, place.files())

    kept = text.body.count(b"\n")
    assert lines.startswith(text.body)
    assert text.body.endswith(b"\n")
    assert kept > 1000
    assert str(text.error).startswith(f"a.csv.gz: gzip breaks off after line {kept}: ")


def test_damaged_gzip():
    """No line of a damaged member is kept; earlier members are kept whole."""
    damaged = bytearray(gzip.compress(b"value\n" * 1000))
    damaged[-8] ^= 1  # its check sum

    body, reason = decompress(gzip.compress(b"good\n") + damaged)

    assert body == b"good\n"
    assert "incorrect data check" in reason


def test_not_gzip(tmp_path):
    """A file that is not gzip despite its name has no lines, and is an error."""
    place = open_location(folder_with(tmp_path, {"a.csv.gz": b"location_id\n1\n"}))

    (text,) = texts(place, place.files())

    assert text.body == b""
    assert text.error.code == "broken_gzip"


def test_whole_lines(tmp_path):
    """Every line ends in a newline, whatever the file has."""
    place = open_location(folder_with(tmp_path, {"a.csv": b"1\r\n2"}))

    (text,) = texts(place, place.files())

    assert text.body == b"1\n2\n"


def test_gzip_of_raw_deflate_is_refused():
    """Only gzip is decompressed, not every zlib stream."""
    body, reason = decompress(zlib.compress(b"1\n"))

    assert (body, reason is None) == (b"", False)
