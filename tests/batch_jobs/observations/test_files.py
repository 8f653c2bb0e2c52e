"""A folder and an S3 prefix, which behave alike."""

import gzip
from datetime import date
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from batch_jobs.errors import FileError, LocationError
from batch_jobs.observations.days import ALL_DAYS, Days
from batch_jobs.observations.files import GONE, open_location

FILES = {"a.csv": b"1\n", "deep/er/b.csv.gz": gzip.compress(b"2\n3\n"), "deep/c.txt": b""}
#: Hidden: programs keep such files for themselves.
HIDDEN = {"deep/.c.csv.part": b"1\n"}
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
    """A location of each kind that holds `FILES` and `HIDDEN`."""
    if request.param == "folder":
        return open_location(folder_with(tmp_path, FILES | HIDDEN))
    client = request.getfixturevalue("s3")
    for name, content in (FILES | HIDDEN).items():
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

    assert [file[:2] for file in files] == [(name, len(FILES[name])) for name in sorted(FILES)]


def test_files_that_are_deleted_while_they_are_listed(tmp_path):
    """They are listed or not; the listing does not fail."""
    for number in range(10):
        (tmp_path / f"{number}.csv").write_bytes(b"1\n")
        (tmp_path / f"folder-{number}").mkdir()

    class Deleting(Days):
        def may_include(self, name):
            if name:
                for path in tmp_path.glob("*.csv"):
                    path.unlink()
            return True

    files = open_location(str(tmp_path)).files(Deleting(*ALL_DAYS))

    assert {file.size for file in files} <= {0, 2}
    assert 0 in {file.size for file in files}


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

    assert (caught.value.name, caught.value.code) == ("gone.csv", GONE)


def test_read_in_no_bucket(s3):  # noqa: ARG001 -- S3 must run
    """A file that cannot be read for another reason may still be there."""
    with pytest.raises(FileError, match="NoSuchBucket") as caught:
        open_location("s3://elsewhere/").read("a.csv")

    assert caught.value.code == "unreadable_file"


def test_unreadable(tmp_path):
    """A folder instead of a file may still be there, too."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(FileError, match=r"^a\.csv: Is a directory") as caught:
        open_location(str(tmp_path)).read("a.csv")

    assert caught.value.code == "unreadable_file"


def test_delete(location):
    """A deleted file is gone, and the others remain."""
    location.delete("deep/c.txt")

    assert [file.name for file in location.files()] == ["a.csv", "deep/er/b.csv.gz"]


def test_delete_missing(tmp_path):
    """If a file to delete is missing, the error names it."""
    with pytest.raises(FileError, match=r"^gone\.csv: ") as caught:
        open_location(str(tmp_path)).delete("gone.csv")

    assert caught.value.code == GONE


def test_undeletable(tmp_path):
    """If a file cannot be deleted, the error names it."""
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(FileError, match=r"^a\.csv: ") as caught:
        open_location(str(tmp_path)).delete("a.csv")

    assert caught.value.code == "undeletable_file"


def test_delete_in_no_bucket(s3):  # noqa: ARG001 -- S3 must run
    """If the bucket of a file to delete is missing, the error names the file."""
    with pytest.raises(FileError, match="NoSuchBucket") as caught:
        open_location("s3://elsewhere/").delete("a.csv")

    assert caught.value.code == "undeletable_file"


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

    assert [file[:2] for file in files] == [("a.csv", 0)]


def test_many_objects(s3, monkeypatch):
    """A listing continues after its first page."""
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    for number in range(5):
        s3.put_object(Bucket=BUCKET, Key=f"{number}.csv", Body=b"")

    files = open_location(f"s3://{BUCKET}").files()

    assert len(files) == 5


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
