"""The one run that an answer is read under, and the header fields that say so."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b

#: Header fields as ASGI has them: lower-case name, value.
RawHeaders = list[tuple[bytes, bytes]]

#: `Cache-Control` of what may change with the next run, and of what a caller pinned to one run.
CURRENT = "public, max-age=300, stale-while-revalidate=600, stale-if-error=86400"
PINNED = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The run that an answer is read under.

    Attributes:
        run_id: Id of the run.
        since: Aware UTC time from which readers are on it.
        headers: Header fields of every answer read under it: caching, age, run.
    """

    run_id: str
    since: datetime
    headers: RawHeaders

    @classmethod
    def of(cls, run_id: str, since: datetime, cache_control: str) -> "Snapshot":
        """Make the snapshot and its header fields."""
        headers = [
            (b"cache-control", cache_control.encode()),
            (b"last-modified", format_datetime(since, usegmt=True).encode()),
            (b"forecast-run", run_id.encode()),
        ]
        return cls(run_id, since, headers)

    def etag(self, asked: str) -> str:
        """Make the ETag of what was *asked* of this run; *asked* is safe in a header.

        Its last part depends on when readers came to the run: a store that was made anew has other
        tags for the same run id. It depends on *asked* as well, so a client that knows the tag of
        one station has none for another, which may not exist.
        """
        since = self.since.isoformat().encode()
        proof = blake2b(asked.encode(), key=since, digest_size=6).hexdigest()
        return f'W/"{self.run_id}/{asked}/{proof}"'
