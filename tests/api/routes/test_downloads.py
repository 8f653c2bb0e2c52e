"""Whole runs as files: from a folder with ranges, or by an address in S3."""

import asyncio
from contextlib import ExitStack, closing

import boto3
import botocore.session
import httpx
import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from moto.server import ThreadedMotoServer
from starlette.requests import Request

from api.app import make_app
from api.connect import open_downloads
from api.errors import SettingsError
from api.http.files import of_file
from api.reading.downloads import FolderDownloads, LocalFile
from api.settings import Settings
from forecasts.downloads import file_of
from forecasts.item import EXPIRY
from tests.api.conftest import FIRST, LOADED, SECOND
from tests.client import Client
from tests.wire import answer, hangs_up, sends, wire

CONTENT = bytes(range(256)) * 2000
PATH = f"/v1/runs/{FIRST.id}/download"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
HERE = {"AWS_REGION": "eu-central-1", **KEYS}
IN_S3 = Settings("x", downloads="s3://stationcast/downloads/")


@pytest.fixture
def folder(tmp_path):
    """A folder with the file of the first night."""
    path = tmp_path / "downloads" / file_of(FIRST.id, "forecasts")
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return tmp_path / "downloads"


@pytest.fixture
def here(store, clock, folder):
    """A client of an API that has the files itself."""
    return Client(make_app(store, clock, files=FolderDownloads(folder)))


@pytest.fixture
def client_of(store, clock):
    """A function that makes a client of an API whose files are in S3, at an address."""
    with ExitStack() as opened:

        def make(url, environment=HERE):
            variables = environment | {"AWS_ENDPOINT_URL_S3": url}
            files = opened.enter_context(closing(open_downloads(IN_S3, clock, variables)))
            return Client(make_app(store, clock, files=files))

        yield make


@pytest.fixture(scope="module")
def s3():
    """The address of moto's S3, which has the file of the first night."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    keys = {f"aws_{name.lower()[4:]}": value for name, value in KEYS.items()}
    with closing(boto3.client("s3", "eu-central-1", endpoint_url=url, **keys)) as client:
        where = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket="stationcast", CreateBucketConfiguration=where)
        key = f"downloads/{file_of(FIRST.id, 'forecasts')}"
        client.put_object(Bucket="stationcast", Key=key, Body=CONTENT)
        yield url
    server.stop()


def test_a_whole_file(here):
    """It comes as it is, with its type and its name."""
    got = here.get(PATH)

    assert (got.status_code, got.content) == (200, CONTENT)
    assert got.headers["content-type"] == "application/vnd.apache.parquet"
    assert got.headers["content-disposition"] == f'inline; filename="{FIRST.id}-forecasts.parquet"'
    assert got.headers["forecast-run"] == FIRST.id
    assert got.headers["accept-ranges"] == "bytes"
    assert got.headers["content-length"] == str(len(CONTENT))


def test_only_the_header(here):
    """HEAD says the size, and reads nothing."""
    got = here.request("HEAD", PATH)

    assert (got.status_code, got.content) == (200, b"")
    assert got.headers["content-length"] == str(len(CONTENT))


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=300000-400000", 300_000, 400_001),
        ("bytes=511990-", 511_990, 512_000),
        ("bytes=-4", 511_996, 512_000),
        ("bytes=-999999999", 0, 512_000),
        ("bytes=511999-999999999", 511_999, 512_000),
    ],
)
def test_a_range(here, asked, start, end):
    """Some bytes of the file, and which ones they are."""
    got = here.get(PATH, range=asked)

    assert (got.status_code, got.content) == (206, CONTENT[start:end])
    assert got.headers["content-range"] == f"bytes {start}-{end - 1}/512000"
    assert got.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-2", "bytes=-", "pages=1-2", "x", ""])
def test_what_is_no_single_range(here, asked):
    """It gets the whole file, as without it."""
    got = here.get(PATH, range=asked)

    assert (got.status_code, got.content) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=512000-", "bytes=999999999999999999-", "bytes=-0"])
def test_a_range_after_the_end(here, asked):
    """It is a problem, which says how large the file is."""
    got = here.get(PATH, range=asked)

    assert (got.status_code, got.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert got.headers["content-range"] == "bytes */512000"
    assert got.headers["content-type"] == "application/problem+json"


def test_a_client_that_has_it(here, folder):
    """Its tag is confirmed and continues a range; that of a replaced file does neither."""
    etag = here.get(PATH).headers["etag"]
    known = here.get(PATH, if_none_match=etag)
    part = here.get(PATH, range="bytes=5-6", if_range=etag)
    path = folder / file_of(FIRST.id, "forecasts")
    path.with_name("new").write_bytes(CONTENT)
    path.with_name("new").replace(path)
    other = here.get(PATH, range="bytes=5-6", if_range=etag)

    assert not etag.startswith("W/")
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
    assert (part.status_code, part.content) == (206, CONTENT[5:7])
    assert (other.status_code, other.content) == (200, CONTENT)
    assert here.get(PATH, if_none_match=etag).status_code == 200
    assert here.get(PATH, if_none_match="*").status_code == 304


def test_a_file_that_is_replaced_while_it_is_sent(folder):
    """What is sent is never made of two files: the connection ends instead."""
    found = FolderDownloads(folder).find(FIRST.id, "forecasts", "GET")
    old = LocalFile(found.path, found.size, "another")

    async def app(scope, receive, send):
        await of_file(Request(scope), old, '"tag"', [])(scope, receive, send)

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            await client.get("http://test/")

    with pytest.raises(OSError, match="was replaced while it was being sent"):
        asyncio.run(ask())


def test_the_published_run(here, folder):
    """`current` is the run that readers are on."""
    assert here.get("/v1/runs/current/download").status_code == 404

    (folder / FIRST.id).rename(folder / SECOND.id)
    got = here.get("/v1/runs/current/download")

    assert (got.headers["forecast-run"], got.content) == (SECOND.id, CONTENT)


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        (f"/v1/runs/{SECOND.id}/download", 404, "download-not-found"),
        (f"{PATH}?of=verification", 404, "download-not-found"),
        (f"{PATH}?of=observations", 422, "invalid-parameter"),
        (f"{PATH}?off=verification", 400, "unknown-parameter"),
        (f"/v1/runs/{LOADED.id}/download", 404, "run-not-found"),
        ("/v1/runs/20130101T0000Z-1/download", 404, "run-not-found"),
        ("/v1/runs/..%2F..%2Fetc/download", 404, "not-found"),
        ("/v1/runs/etc/download", 404, "run-not-found"),
    ],
)
def test_what_there_is_not(here, path, status, problem):
    """Runs without the file, that nobody was led to, or that do not exist; other files."""
    got = here.get(path)

    assert (got.status_code, got.json()["type"]) == (status, f"/problems/{problem}")


def test_a_folder_in_the_place_of_a_file(here, folder):
    """It is no file, and no header says that one comes."""
    path = folder / file_of(FIRST.id, "forecasts")
    path.unlink()
    path.mkdir()

    assert here.get(PATH).json()["type"] == "/problems/download-not-found"


def test_a_file_in_the_place_of_the_folder(store, clock, tmp_path):
    """Nothing can be in it."""
    (tmp_path / "downloads").write_text("in the way")
    client = Client(make_app(store, clock, files=FolderDownloads(tmp_path / "downloads")))

    assert client.get(PATH).json()["type"] == "/problems/download-not-found"


def test_an_expired_run(here, clock):
    """The run is still known when its forecasts have gone, and its file with them."""
    clock.now = FIRST.planned_at + EXPIRY
    got = here.get(PATH)

    assert (got.status_code, got.json()["type"]) == (410, "/problems/download-expired")


def test_no_files_at_all(client):
    """An API that knows no place of files has none."""
    assert client.get(PATH).json()["type"] == "/problems/download-not-found"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_address_in_s3(client_of, s3, method):
    """The redirect leads to the file, without any keys, and is good for the same method."""
    got = client_of(s3).request(method, PATH)
    location = got.headers["location"]
    with httpx.Client() as anyone:
        found = anyone.request(method, location)
        part = anyone.get(
            client_of(s3).get(PATH).headers["location"], headers={"range": "bytes=-9"}
        )

    assert (got.status_code, got.content, got.headers["cache-control"]) == (302, b"", "no-store")
    assert got.headers["forecast-run"] == FIRST.id
    assert location.startswith(f"{s3}/stationcast/downloads/{FIRST.id}/forecasts.parquet?")
    assert "X-Amz-Expires=300" in location
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in location
    assert (found.status_code, found.content) == (200, CONTENT if method == "GET" else b"")
    assert (part.status_code, part.content) == (206, CONTENT[-9:])
    # moto names the type of a GET only.
    assert part.headers["content-type"] == "application/vnd.apache.parquet"
    assert part.headers["content-disposition"] == (
        f'attachment; filename="{FIRST.id}-forecasts.parquet"'
    )


def test_what_is_not_in_s3(client_of, s3):
    """No address is made for a file that is not there."""
    got = client_of(s3).get(f"/v1/runs/{SECOND.id}/download")

    assert (got.status_code, got.json()["type"]) == (404, "/problems/download-not-found")


@pytest.mark.parametrize("reply", [sends(answer(b"<Error/>", 403)), hangs_up], ids=["403", "gone"])
def test_s3_does_not_answer(client_of, reply, caplog):
    """The caller is asked to try again; the log says why."""
    with wire() as server:
        server.replies = [reply]
        got = client_of(server.url).get(PATH)

    assert (got.status_code, got.json()["type"]) == (503, "/problems/store-unavailable")
    assert "S3" in caplog.text


def test_a_bucket_of_aws(clock):
    """Without an endpoint the address is AWS's own; the bucket needs no prefix."""
    files = open_downloads(Settings("x", downloads="s3://stationcast"), clock, HERE)

    assert files is not None
    with pytest.raises(SettingsError, match="AWS_REGION is not set"):
        open_downloads(IN_S3, clock, KEYS)


class _Found:
    """A session of botocore that finds some credentials."""

    def __init__(self, found):
        self._found = found

    def get_credentials(self):
        """Return them."""
        return self._found


@pytest.mark.parametrize("found", [Credentials("AKIDFOUND", "secret", "a-token"), None])
def test_keys_that_are_not_in_the_environment(client_of, s3, monkeypatch, found):
    """Botocore finds them, as with SnapStart; without any, the caller is asked to try again."""
    monkeypatch.setattr(botocore.session, "get_session", lambda: _Found(found))
    got = client_of(s3, {"AWS_REGION": "eu-central-1"}).get(PATH)

    if found is None:
        assert got.json()["type"] == "/problems/store-unavailable"
    else:
        assert "X-Amz-Credential=AKIDFOUND%2F" in got.headers["location"]
        assert "X-Amz-Security-Token=a-token" in got.headers["location"]


def test_keys_that_cannot_be_fetched(client_of, s3, monkeypatch):
    """The address of the keys does not answer: the caller is asked to try again."""

    def refresh():
        raise CredentialRetrievalError(provider="container-role", error_msg="no answer")

    lazily = RefreshableCredentials("a", "b", None, None, refresh, "container-role")
    lazily._expiry_time = lazily._time_fetcher()  # noqa: SLF001 -- botocore's own, expired
    monkeypatch.setattr(botocore.session, "get_session", lambda: _Found(lazily))
    got = client_of(s3, {"AWS_REGION": "eu-central-1"}).get(PATH)

    assert got.json()["type"] == "/problems/store-unavailable"
