"""The one run that an answer is read under, and the header fields that say so."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import blake2b

#: Header fields as ASGI has them: lower-case name, value.
RawHeaders = list[tuple[bytes, bytes]]

#: `Cache-Control` of what may change with the next run, and of what a caller pinned to one run. The
#: latter changes only if the store is made anew, but then the address stays the same.
CURRENT = "public, max-age=300, stale-while-revalidate=600, stale-if-error=86400"
PINNED = "public, max-age=3600, stale-if-error=86400"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The run that an answer is read under.

    Attributes:
        run_id: Id of the run.
        identity: Tells it from a run of the same id in a store that was made anew.
        since: Aware UTC time from which readers are on it.
        generation: Of the store, see `forecasts.stores.protocol.Reader.generation`.
        headers: Header fields of every answer read under it: caching, age, run.
    """

    run_id: str
    identity: str
    since: datetime
    generation: int | None
    headers: RawHeaders

    @classmethod
    def of(
        cls,
        run_id: str,
        identity: str | None,
        since: datetime,
        generation: int | None,
        *,
        cache_control: str,
    ) -> "Snapshot":
        """Make the snapshot and its header fields.

        A run of before there were identities counts as another one whenever readers come to it.
        """
        headers = [
            (b"cache-control", cache_control.encode()),
            (b"last-modified", format_datetime(since, usegmt=True).encode()),
            (b"forecast-run", run_id.encode()),
        ]
        return cls(run_id, identity or since.isoformat(), since, generation, headers)

    @property
    def edition(self) -> tuple[str, int | None]:
        """What is kept of the run in memory is kept under this, beside its own name."""
        return self.identity, self.generation

    def etag(self, asked: str) -> str:
        """Make the ETag of what was *asked* of this run; *asked* is safe in a header.

        Its last part depends on the run's identity, which is in no answer: a store that was made
        anew has other tags for the same run id. It depends on *asked* as well, so a client that
        knows the tag of one station has none for another, which may not exist.
        """
        proof = blake2b(asked.encode(), key=self.identity.encode(), digest_size=6).hexdigest()
        return f'W/"{self.run_id}/{asked}/{proof}"'
