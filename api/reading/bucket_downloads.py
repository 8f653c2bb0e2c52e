"""The files of whole runs in a bucket of S3: clients get a signed address and read from there.

An answer of the API's function has 6 MB at most, and a file may have more. Importing boto3 would
cost a start of the function more than all the rest, so requests are signed here.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPException
from typing import NamedTuple

from forecasts.aws.http import Connections, Server
from forecasts.aws.s3 import object_place
from forecasts.aws.sigv4 import Credentials, Signer
from forecasts.downloads import MEDIA_TYPE, Kind, file_of
from forecasts.errors import StoreError

#: How long an address is good for: enough to follow a redirect. A download that has begun goes on.
SECONDS = 300

#: S3 answers a HEAD without a length that `forecasts.aws.http` could rely on.
_ONE_BYTE = {"range": "bytes=0-0", "x-amz-content-sha256": sha256(b"").hexdigest()}


class Bucket(NamedTuple):
    """How a bucket is reached.

    Attributes:
        name: Its name.
        prefix: Begins the key of each object, without a slash at its end; "" for none.
        region: Its region.
        endpoint: URL of S3; None for AWS's own.
        certificates: File with the certificates to trust; None for the system's own.
        credentials: Returns the keys that are valid now; raises `StoreError` if there are none.
    """

    name: str
    prefix: str
    region: str
    endpoint: str | None
    certificates: str | None
    credentials: Callable[[], Credentials]


class BucketDownloads:
    """The files of a bucket.

    Args:
        bucket: The bucket.
        clock: Returns the aware time of signatures.

    Raises:
        OSError, ValueError: The certificates cannot be read, or the endpoint is not a URL.
    """

    def __init__(self, bucket: Bucket, clock: Callable[[], datetime]) -> None:
        self._bucket = bucket
        self._clock = clock
        self._endpoint, _ = self._place("")
        server = Server.of(self._endpoint, bucket.certificates)
        self._signer = Signer("s3", bucket.region, server.authority)
        self._connections = Connections(server)

    def find(self, run_id: str, kind: Kind, method: str) -> str | None:
        """Return the address of a file, good for five minutes; None if there is none.

        Raises:
            StoreError: S3 did not answer, or refuses.
        """
        _, path = self._place(file_of(run_id, kind))
        credentials, now = self._bucket.credentials(), self._clock()
        head = self._signer.head(credentials, now, "GET", path, _ONE_BYTE)
        try:
            status = self._connections.send(f"{head}\r\n".encode()).status
        except (OSError, HTTPException) as error:
            raise StoreError(f"S3 cannot be reached for {path}: {error!r}") from error
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.PARTIAL_CONTENT:
            raise StoreError(f"S3 says {status} for {path}")
        named = {
            "response-content-disposition": f'attachment; filename="{run_id}-{kind}.parquet"',
            "response-content-type": MEDIA_TYPE,
        }
        signed = self._signer.presigned(credentials, now, method, path, named, SECONDS)
        return f"{self._endpoint}{signed}"

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

    def _place(self, name: str) -> tuple[str, str]:
        key = "/".join(filter(None, (self._bucket.prefix, name)))
        return object_place(self._bucket.name, key, self._bucket.region, self._bucket.endpoint)
