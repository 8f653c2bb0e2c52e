"""One fetch: what is missing is asked for, and what is new is written.

A fetch writes each batch before it asks for the next one, so one that is killed has stored what it
got, and the next one goes on from there. What is stored already is not written again.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from batch_jobs.errors import SourceError
from batch_jobs.feeds.source import SCHEMA, Asked, Batch, Source, SourceStation
from batch_jobs.feeds.stored import KEY, Stored
from batch_jobs.feeds.wanted import Stations, Wanted
from batch_jobs.observations.days import Days

#: A night reads 168 hours; a fetch after a long silence asks for a day more, and no more than that.
NIGHT = timedelta(days=8)
#: A reading may be this much ahead of the clock.
AHEAD = timedelta(hours=1)

_DAY = timedelta(days=1)


@dataclass
class Summary:
    """What a fetch did.

    Attributes:
        source: Name of the source.
        wanted: Which stations were wanted.
        since: Aware UTC; from when readings were asked for.
        new: Readings that were written.
        known: Readings that were stored already.
        left_out: Readings that are not used, for each reason.
        stations: Ids of the stations that sent readings.
        newest: Aware UTC; time of the newest reading; None if none came.
        files: Files of readings that were written, below `source=.../`.
        requests: Number of requests to the service.
        slept: Seconds of waiting for the rate limit and before other tries.
        failures: What could not be fetched, and why.
        notes: What people should know though nothing is missing.
        is_dead: Nothing could be fetched at all.
    """

    source: str
    wanted: str
    since: datetime
    new: int = 0
    known: int = 0
    left_out: Mapping[str, int] = field(default_factory=Counter)
    stations: set[str] = field(default_factory=set)
    newest: datetime | None = None
    files: list[str] = field(default_factory=list)
    requests: int = 0
    slept: float = 0.0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_dead: bool = False


def fetch(
    source: Source, into: str, wanted: Wanted, now: datetime, since: datetime | None = None
) -> Summary:
    """Fetch what is missing from a source.

    Args:
        source: Where from.
        into: Folder or S3 prefix of observations.
        wanted: Which stations.
        now: Aware UTC.
        since: Aware; fetch everything from then on. None for what is missing, at most what a night
            needs.

    Returns:
        What was done. A source that fails is named there.

    Raises:
        LocationError: *into* cannot be listed.
        FileError: A file cannot be written, as on a full disk.
    """
    now = now.astimezone(UTC)
    floor = now - NIGHT if since is None else since.astimezone(UTC)
    stored = Stored(into, source.name, Days(floor.date(), (now + AHEAD).date()))
    fetching = _Fetching(source, stored, now, Summary(source.name, str(wanted), floor))
    try:
        chosen = _at(source, wanted)
        if since is not None:
            fetching.take(Asked(floor, now, chosen, fetching.known, stored.done()))
        else:
            _take_missing(fetching, source, stored, chosen, floor, now)
    except SourceError as error:
        source.tally.fail(str(error))
    return fetching.summed_up()


def _take_missing(
    fetching: "_Fetching",
    source: Source,
    stored: Stored,
    wanted: Wanted,
    floor: datetime,
    now: datetime,
) -> None:
    """Fetch what is missing; stations that were never stored are asked for a whole night's time."""
    known = fetching.known
    newest = _stored_until(stored, wanted, known, floor, now)
    begin = max(floor, newest - source.overlap)
    fetching.summary.since = begin
    fetching.take(Asked(begin, now, wanted, known))
    new = frozenset(fetching.summary.stations - known.keys())
    if begin > floor and new and not isinstance(wanted, Stations):
        fetching.take(Asked(floor, begin, Stations(new), fetching.known))


def _at(source: Source, wanted: Wanted) -> Wanted:
    """Return what is wanted, with ids as the source writes them."""
    if not isinstance(wanted, Stations):
        return wanted
    return Stations(frozenset(source.station_id(text) for text in wanted.ids))


class _Fetching:
    """A fetch under way."""

    def __init__(
        self,
        source: Source,
        stored: Stored,
        now: datetime,
        summary: Summary,
    ) -> None:
        self.known: Mapping[str, SourceStation] = stored.stations()
        self.summary = summary
        self._source = source
        self._stored = stored
        self._now = now
        self._batches = 0

    def take(self, asked: Asked) -> None:
        """Store what a source sends.

        Raises:
            SourceError: It fails; what came before is stored.
        """
        for batch in self._source.batches(asked):
            self._store(batch, asked)
            self._batches += 1
            if asked.done is not None and batch.part is not None:
                self._stored.put_done(self._stored.done() | {batch.part})

    def summed_up(self) -> Summary:
        """Return what was done."""
        tally = self._source.tally
        for text in self._stored.damaged.values():
            tally.note(f"{text}; readings that are only there may be missing")
        return replace(
            self.summary,
            left_out={reason: count for reason, count in tally.left_out.items() if count},
            requests=tally.requests,
            slept=tally.slept,
            failures=tally.failures,
            notes=tally.notes,
            is_dead=bool(tally.failures) and not self._batches,
        )

    def _store(self, batch: Batch, asked: Asked) -> None:
        readings = self._usable(batch, asked)
        if readings.is_empty():
            return
        ids = readings["station_id"].unique().to_list()
        self._describe([station for station in batch.stations if station.station_id in ids])
        self.summary.stations.update(ids)
        newest: datetime = readings.select(pl.col("time").max()).item()
        self.summary.newest = max(newest, self.summary.newest or newest)
        for (day,), of_day in readings.group_by(pl.col("time").dt.date(), maintain_order=True):
            assert isinstance(day, date)  # noqa: S101 -- for mypy
            self._store_day(day, of_day)

    def _usable(self, batch: Batch, asked: Asked) -> pl.DataFrame:
        """Return the readings that are wanted, each instant once; count the others."""
        described = {station.station_id for station in batch.stations}
        wanted = [s.station_id for s in batch.stations if asked.wanted.takes(s)]
        left = batch.readings.select(SCHEMA.names())
        left_out = self._source.tally.left_out
        for reason, passes in (
            ("no_station", pl.col("station_id").is_in(described)),
            ("no_value", pl.col("value").is_finite().fill_null(value=False)),
            ("of_the_future", pl.col("time") <= self._now + AHEAD),
            ("not_asked", pl.col("time") >= asked.since),
        ):
            passed = left.filter(passes)
            left_out[reason] += left.height - passed.height
            left = passed
        chosen = left.filter(pl.col("station_id").is_in(wanted))
        unique = chosen.unique(subset=KEY, keep="last", maintain_order=True)
        left_out["repeated"] += chosen.height - unique.height
        return unique.sort("station_id", "parameter", "time")

    def _describe(self, stations: list[SourceStation]) -> None:
        """Store what is known about stations, before their readings."""
        described = dict(self.known)
        for station in stations:
            old = described.get(station.station_id)
            described[station.station_id] = _merged(old, station) if old else station
        if described != self.known:
            self._stored.put_stations(described.values())
            self.known = described

    def _store_day(self, day: date, readings: pl.DataFrame) -> None:
        stored = self._stored.readings(day)
        same = [*KEY, "value", "unit"]
        new = readings.join(stored, on=same, how="anti", nulls_equal=True)
        self.summary.known += readings.height - new.height
        self.summary.new += new.height
        if not new.is_empty():
            self.summary.files.append(self._stored.add(day, new, self._now))


def _stored_until(
    stored: Stored,
    wanted: Wanted,
    known: Mapping[str, SourceStation],
    floor: datetime,
    now: datetime,
) -> datetime:
    """Return the time of the newest stored reading, *floor* if there is none.

    If stations are wanted by id, every one of them must have readings until then. Otherwise some
    station is enough: many are silent for hours, and are no reason to ask for all again.
    """
    by_id = isinstance(wanted, Stations)
    ids = wanted.ids if isinstance(wanted, Stations) else _ids(wanted, known)
    newest: dict[str, datetime] = {}
    for day in stored.days():
        of_day = (
            stored.readings(day)
            .filter(pl.col("station_id").is_in(ids), pl.col("time") <= now + AHEAD)
            .group_by("station_id")
            .agg(pl.col("time").max())
        )
        newest = dict(of_day.iter_rows()) | newest
        if newest and (not by_id or newest.keys() == ids):
            break
    if by_id:
        return min((newest.get(one, floor) for one in ids), default=floor)
    return max(newest.values(), default=floor)


def _ids(wanted: Wanted, known: Mapping[str, SourceStation]) -> frozenset[str]:
    return frozenset(one for one, station in known.items() if wanted.takes(station))


def _merged(old: SourceStation, new: SourceStation) -> SourceStation:
    """Return the new description; what it does not know is as it was."""
    unknown = {
        column.name: getattr(old, column.name)
        for column in fields(new)
        if getattr(new, column.name) in {"", None}
    }
    return replace(new, **unknown)
