"""What a source of observations is, and what a fetch asks of it.

A source turns what a service sends into readings in its own units, under the names of
docs/observations.md, and describes the stations it met. Nothing after it knows the service.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import polars as pl

from batch_jobs.feeds.wanted import Wanted

#: Columns of readings. A source without sensors has null for `sensor_id`.
SCHEMA = pl.Schema(
    {
        "station_id": pl.String(),
        "parameter": pl.String(),
        "time": pl.Datetime("us", "UTC"),
        "value": pl.Float64(),
        "unit": pl.String(),
        "sensor_id": pl.String(),
    }
)


@dataclass(frozen=True)
class SourceStation:
    """A station as its source describes it; the fields of `stations.csv`, in their order.

    Attributes:
        station_id: Its id at the source.
        name: "" if it is unknown.
        country: Two letters, or "".
        latitude: Degrees north.
        longitude: Degrees east.
        elevation: Metres; None if it is unknown.
        timezone: IANA name, or "".
        attribution: Whom to name for its data.
        licence: Name or URL of the licence of its data.
    """

    station_id: str
    name: str
    country: str
    latitude: float
    longitude: float
    elevation: float | None = None
    timezone: str = ""
    attribution: str = ""
    licence: str = ""

    def completed(self, old: "SourceStation") -> "SourceStation":
        """Return this description, with what it does not know as in an older one.

        >>> station = SourceStation("JFK", "", "", 40.6, -73.8)
        >>> station.completed(SourceStation("JFK", "Kennedy", "US", 40.0, -73.0, 4.0)).name
        'Kennedy'
        """
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        unknown = {name: getattr(old, name) for name, value in values if value in {"", None}}
        return replace(self, **unknown)


class Batch(NamedTuple):
    """What a source sends at a time; it is written before the next one is asked for.

    Attributes:
        readings: Columns of `SCHEMA`; of readings of the same instant, the last one counts.
        stations: Descriptions of the stations of the readings, at least.
        span: If no more can come of the time and the stations that it is about, a name of these
            that is the same in the next fetch. A later backfill then leaves them out.
        memory: What the source wants to know in the next fetch; None for what it knew.
    """

    readings: pl.DataFrame
    stations: tuple[SourceStation, ...]
    span: str | None = None
    memory: str | None = None


class Asked(NamedTuple):
    """What a fetch wants to know.

    Attributes:
        since: Aware UTC; the first instant.
        until: Aware UTC; the instant after the last one.
        wanted: Which stations.
        known: The stations that are stored, by id.
        done: Spans that a backfill has stored, see `Batch.span`; None if it is no backfill.
        memory: See `Batch.memory`; "" if there is none.
    """

    since: datetime
    until: datetime
    wanted: Wanted
    known: Mapping[str, SourceStation]
    done: frozenset[str] | None = None
    memory: str = ""


@dataclass
class Tally:
    """Counts what happens during a fetch, and says it.

    Attributes:
        say: Shows a sentence to the person who waits.
        requests: Number of requests to the service, failed ones included.
        slept: Seconds of waiting, for the rate limit or before another try.
        server_time: Aware UTC; what the service's clock showed at its first answer; None if it did
            not say.
        left_out: Readings that were left out, for each reason.
        failures: What could not be fetched, each with the reason.
        notes: What people should know though nothing is missing.
    """

    say: Callable[[str], None] = lambda _: None
    requests: int = 0
    slept: float = 0.0
    server_time: datetime | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fail(self, text: str) -> None:
        """Keep a failure, once."""
        if text not in self.failures:
            self.failures.append(text)

    def note(self, text: str) -> None:
        """Keep a note, once."""
        if text not in self.notes:
            self.notes.append(text)


class Source(Protocol):
    """A service that has observations.

    Attributes:
        name: As in `--source` and `source=.../`.
        overlap: How late a reading may come: a fetch asks again for this time.
        tally: Counts its requests and failures.
    """

    name: str
    overlap: timedelta
    tally: Tally

    def station_id(self, text: str) -> str:
        """Return the id of a station as the source writes it.

        Args:
            text: As people write it, e.g. `KJFK` for IEM's `JFK`.

        Raises:
            SourceError: The source can have no such id.
        """
        ...

    def batches(self, asked: Asked) -> Iterator[Batch]:
        """Ask for readings.

        A source whose next fetch would not ask for what failed must raise, so that what comes
        later is not stored without it; any other failure in part goes into the tally.

        Raises:
            SourceError: Nothing more will come.
        """
        ...

    def close(self) -> None:
        """Close its connections."""
        ...
