"""A folder and an S3 prefix, which behave alike."""

import gzip
import zlib
from datetime import date
from pathlib import Path

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from batch_jobs.errors import FileError, LocationError
from batch_jobs.observations.days import Days
from batch_jobs.observations.files import (
    FILES_PER_TASK,
    THREADS,
    File,
    decompress,
    open_location,
    texts,
)

FILES = {"a.csv": b"1\n", "deep/er/b.csv.gz": gzip.compress(b"2\n3\n"), "deep/c.txt": b""}
BUCKET = "observations"


@pytest.fixture
def s3(monkeypatch):
    """S3 with one empty bucket."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


def folder_with(path, files):
    """Write *files* below *path*; return it as a location."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return str(path)


@pytest.fixture(params=["folder", "s3"])
def location(request, tmp_path):
    """A location of each kind that holds `FILES`."""
    if request.param == "folder":
        return open_location(folder_with(tmp_path, FILES))
    client = request.getfixturevalue("s3")
    for name, content in FILES.items():
        client.put_object(Bucket=BUCKET, Key=f"raw/2013/{name}", Body=content)
    return open_location(f"s3://{BUCKET}/raw/2013/")


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_folders_of_other_days(request, tmp_path, kind):
    """Files in folders of other days are not listed, in every layout and at any depth."""
    names = [
        "l=7/year=2013/month=11/a.csv",
        "l=7/year=2013/month=12/b.csv",
        "s=iem/date=2013-11-01/c.parquet",
        "s=iem/date=2013-12-30/d.parquet",
        "s=iem/date=2014-01-30/e.parquet",
        "stations.csv",
    ]
    if kind == "folder":
        location = open_location(folder_with(tmp_path, dict.fromkeys(names, b"")))
    else:
        client = request.getfixturevalue("s3")
        for name in names:
            client.put_object(Bucket=BUCKET, Key=f"raw/{name}", Body=b"")
        location = open_location(f"s3://{BUCKET}/raw")
    files = location.files(Days(date(2013, 12, 22), date(2013, 12, 31)))

    assert [file.name for file in files] == [names[1], names[3], names[5]]


def test_files(location):
    """Files are listed at any depth, in order of name, with their size."""
    files = location.files()

    assert files == [File(name, len(FILES[name])) for name in sorted(FILES)]


def test_read(location):
    """A file is read back as it was put."""
    content = {name: location.read(name) for name in FILES}

    assert content == FILES


def test_source(location):
    """A file can be read from any position."""
    source = location.source("a.csv")

    assert (source.read_bytes() if isinstance(source, Path) else source.read()) == b"1\n"


def test_read_missing(location):
    """If a file is gone, the error names it."""
    with pytest.raises(FileError, match=r"^gone\.csv: ") as caught:
        location.read("gone.csv")

    assert (caught.value.name, caught.value.code) == ("gone.csv", "unreadable_file")


def test_delete(location):
    """A deleted file is gone, and the others remain."""
    location.delete("deep/c.txt")

    assert [file.name for file in location.files()] == ["a.csv", "deep/er/b.csv.gz"]


def test_delete_missing(tmp_path):
    """If a file to delete is missing, the error names it."""
    with pytest.raises(FileError, match=r"^gone\.csv: ") as caught:
        open_location(str(tmp_path)).delete("gone.csv")

    assert caught.value.code == "undeletable_file"


def test_delete_in_no_bucket(s3):  # noqa: ARG001 -- S3 must run
    """If the bucket of a file to delete is missing, the error names the file."""
    with pytest.raises(FileError, match="NoSuchBucket") as caught:
        open_location("s3://elsewhere/").delete("a.csv")

    assert caught.value.code == "undeletable_file"


def test_texts(location):
    """Texts are decompressed by file extension, and come in the order requested."""
    read = [text[:2] for text in texts(location, location.files()[::-1])]

    assert read == [("deep/er/b.csv.gz", b"2\n3\n"), ("deep/c.txt", b""), ("a.csv", b"1\n")]


def test_texts_of_a_missing_file(location):
    """A file that is gone when its turn comes does not affect the others."""
    files = [File("gone.csv", 1), File("a.csv", 2)]

    gone, there = texts(location, files)

    assert (gone.body, gone.error.code) == (b"", "unreadable_file")
    assert there == ("a.csv", b"1\n", None)


def test_texts_of_many_files(tmp_path):
    """More files than the threads read ahead are still read whole and in order."""
    count = FILES_PER_TASK * THREADS * 3 + 1
    place = open_location(folder_with(tmp_path, {f"{n:05}.csv": b"%d\n" % n for n in range(count)}))

    read = [int(text.body) for text in texts(place, place.files())]

    assert read == list(range(count))


def test_single_file(tmp_path):
    """A path to one file is a folder with that file only."""
    folder_with(tmp_path, FILES)
    place = open_location(str(tmp_path / "a.csv"))

    read = [(file.name, place.read(file.name)) for file in place.files()]

    assert read == [("a.csv", b"1\n")]


def test_dangling_link(tmp_path):
    """An entry that is neither a folder nor a file is not listed."""
    (tmp_path / "link.csv").symlink_to(tmp_path / "nowhere.csv")

    files = open_location(str(tmp_path)).files()

    assert files == []


def test_missing_folder(tmp_path):
    """If a folder does not exist, the error names it."""
    place = open_location(str(tmp_path / "nowhere"))

    with pytest.raises(LocationError, match=r"nowhere: No such file or directory"):
        place.files()


@pytest.mark.usefixtures("s3")
def test_missing_bucket():
    """If a bucket does not exist, the error names it."""
    place = open_location("s3://no-such-bucket/raw")

    with pytest.raises(LocationError, match=r"s3://no-such-bucket/raw: .*NoSuchBucket"):
        place.files()


def test_prefix_is_a_folder(s3):
    """A prefix matches neither itself nor keys that merely begin with the same letters."""
    for key in ("raw/", "raw/a.csv", "rawer/b.csv"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")

    files = open_location(f"s3://{BUCKET}/raw").files()

    assert files == [File("a.csv", 0)]


def test_many_objects(s3, monkeypatch):
    """A listing continues after its first page."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for number in range(5):
        s3.put_object(Bucket=BUCKET, Key=f"{number}.csv", Body=b"")

    files = open_location(f"s3://{BUCKET}").files()

    assert len(files) == 5


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


def test_write(location):
    """A file is written whole, replaces an older one, and its folders are created."""
    location.write("new/er/d.txt", b"first, and longer")
    location.write("new/er/d.txt", b"second")

    assert location.read("new/er/d.txt") == b"second"


def test_write_new(location):
    """If several writers create a file, the first succeeds, and the others are told."""
    written = [location.write_new("new/e.txt", content) for content in (b"first", b"second")]

    assert written == [True, False]
    assert location.read("new/e.txt") == b"first"


@pytest.mark.parametrize("write", ["write", "write_new"])
def test_unwritable_location(s3, tmp_path, write):
    """If a file cannot be written, the error names it."""
    (tmp_path / "file").write_bytes(b"")
    s3.delete_bucket(Bucket=BUCKET)
    for place in (f"s3://{BUCKET}/x", str(tmp_path / "file")):
        with pytest.raises(FileError, match=r"^a/b\.txt: ") as caught:
            getattr(open_location(place), write)("a/b.txt", b"")

        assert caught.value.code == "unwritable_file"
