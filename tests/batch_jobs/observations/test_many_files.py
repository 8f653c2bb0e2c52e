"""A night's listing of a bucket grows with the night's week, not with what is stored beside it."""

import tracemalloc
from bisect import bisect_right
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from batch_jobs.observations.days import Days
from batch_jobs.observations.files import open_location

LAST_DAY = date(2026, 11, 28)
WEEK = Days(LAST_DAY - timedelta(days=2), LAST_DAY + timedelta(days=1))
FILES_OF_A_DAY = 2_600
#: Keys of a page, as S3 has it.
PAGE = 1_000


class Pages(ThreadingHTTPServer):
    """S3 with one bucket, whose keys are made when they are listed.

    Attributes:
        requests: How many pages were asked for.
    """

    daemon_threads = True

    def __init__(self, days):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.days = [LAST_DAY - timedelta(days=days - number) for number in range(1, days + 1)]
        self.requests = 0

    def page(self, after):
        """Return the keys after *after*, one more than a page has."""
        # The day that *after* is in, or the one before the next.
        first = bisect_right(self.days, after, key=lambda day: f"raw/s=iem/date={day}/")
        keys = []
        for day in self.days[max(first - 1, 0) :]:
            keys += [key for key in keys_of(day) if key > after]
            if len(keys) > PAGE:
                break
        return keys[: PAGE + 1]


def keys_of(day):
    """Return the keys of a day."""
    return [f"raw/s=iem/date={day}/{number:05}.parquet" for number in range(FILES_OF_A_DAY)]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """Answer ListObjectsV2."""
        query = parse_qs(urlsplit(self.path).query)
        self.server.requests += 1
        keys = self.server.page(query.get("start-after", [""])[0])
        entries = "".join(
            f"<Contents><Key>{key}</Key><Size>9</Size><ETag>&quot;a&quot;</ETag></Contents>"
            for key in keys[:PAGE]
        )
        more = str(len(keys) > PAGE).lower()
        body = (
            "<ListBucketResult><Name>night</Name>"
            f"<IsTruncated>{more}</IsTruncated>{entries}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        """Say nothing."""


@contextmanager
def stored(days, monkeypatch):
    """A bucket with the files of so many days; yields its server."""
    server = Pages(days)
    Thread(target=server.serve_forever, daemon=True).start()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.server_address[1]}")
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def listing(monkeypatch):
    """A function that lists the week of a bucket with so many days: names, requests, memory."""

    def listed(days):
        with stored(days, monkeypatch) as server:
            location = open_location("s3://night/raw")
            location.files(Days(date(2030, 1, 1), date(2030, 1, 2)))  # imports and makes a client
            server.requests = 0
            tracemalloc.start()
            try:
                names = [file.name for file in location.files(WEEK)]
                return names, server.requests, tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    return listed


def test_a_million_files(listing):
    """A million files cost no more requests and memory than the files of ten days."""
    few, few_requests, few_bytes = listing(10)
    many, requests, peak = listing(400)
    expected = [
        key.removeprefix("raw/")
        for days_back in (2, 1, 0)
        for key in keys_of(LAST_DAY - timedelta(days=days_back))
    ]

    assert many == few == expected
    # The oldest page, then those of the week.
    assert requests == few_requests == 1 + -(-len(expected) // PAGE)
    assert peak < 1.2 * few_bytes
