"""One fetch: what is missing is asked for, and what is new is written.

A fetch writes each batch before it asks for the next one, so one that is killed has stored what it
got, and the next one goes on from there. What is stored already is not written again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import cast

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
#: More than this, and one of two clocks is wrong.
_CLOCKS_DIFFER = timedelta(minutes=10)


@dataclass(frozen=True)
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
        notes: What people should know though nothing failed.
        is_dead: Nothing could be fetched at all.
    """

    source: str
    wanted: str
    since: datetime
    new: int
    known: int
    left_out: Mapping[str, int]
    stations: frozenset[str]
    newest: datetime | None
    files: tuple[str, ...]
    requests: int
    slept: float
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    is_dead: bool


def fetch(
    source: Source, into: str, wanted: Wanted, now: datetime, since: datetime | None = None
) -> Summary:
    """Fetch what is missing from a source.

    Args:
        source: Where from.
        into: Folder or S3 prefix of observations.
        wanted: Which stations.
        now: Aware; the time.
        since: Aware; fetch everything from then on. None for what is missing, at most what a night
            needs.

    Returns:
        What was done. A source that fails is named there.

    Raises:
        LocationError: *into* cannot be listed.
        FileError: A file cannot be written, as on a full disk; or `stations.csv` cannot be read.
    """
    now = now.astimezone(UTC)
    floor = now - NIGHT if since is None else since.astimezone(UTC)
    stored = Stored(into, source.name, Days(floor.date(), (now + AHEAD).date()))
    fetching = _Fetching(source, stored, now, floor)
    try:
        chosen = _at(source, wanted)
        if since is None:
            fetching.take_missing(chosen, floor)
        else:
            fetching.take(Asked(floor, now, chosen, fetching.known, stored.done()), floor)
        fetching.note_silence(chosen)
    except SourceError as error:
        source.tally.fail(str(error))
    return fetching.summary(wanted)


def _at(source: Source, wanted: Wanted) -> Wanted:
    """Return what is wanted, with ids as the source writes them.

    Raises:
        SourceError: The source can have no such id.
    """
    if not isinstance(wanted, Stations):
        return wanted
    return Stations(frozenset(source.station_id(text) for text in wanted.ids))


@dataclass
class _Met:
    """What has come so far; the attributes are those of `Summary`."""

    new: int = 0
    known: int = 0
    batches: int = 0
    newest: datetime | None = None
    stations: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)


class _Fetching:
    """A fetch under way."""

    def __init__(self, source: Source, stored: Stored, now: datetime, since: datetime) -> None:
        self.known: Mapping[str, SourceStation] = stored.stations()
        self._source = source
        self._stored = stored
        self._now = now
        self._since = since
        self._met = _Met()
        self._left_out = source.tally.left_out

    def take_missing(self, wanted: Wanted, floor: datetime) -> None:
        """Fetch what is missing; a station that is new gets the whole time of a night.

        Raises:
            SourceError: The source fails; what came before is stored.
        """
        begin = max(floor, self._stored_until(wanted, floor) - self._source.overlap)
        self._since = begin
        self.take(Asked(begin, self._now, wanted, self.known), floor)

    def take(self, asked: Asked, floor: datetime) -> None:
        """Store what a source sends; of new stations, first the time before, from *floor* on.

        Raises:
            SourceError: It fails; what came before is stored.
        """
        for batch in self._source.batches(asked._replace(memory=self._stored.memory())):
            readings = self._usable(batch, asked)
            new = frozenset(readings["station_id"]) - self.known.keys()
            if new and floor < asked.since and not isinstance(asked.wanted, Stations):
                before = Asked(floor, asked.since, Stations(new), self.known)
                self._take_history(before)
            self._store(batch, readings)
            self._met.batches += 1
            if batch.memory is not None:
                self._stored.put_memory(batch.memory)
            if asked.done is not None and batch.span is not None:
                self._stored.put_done(batch.span)

    def _take_history(self, asked: Asked) -> None:
        """Fetch the time before of stations that are new; no later fetch would ask for it.

        They are described afterwards, so that they are still new to the next fetch if this one is
        killed.
        """
        try:
            for batch in self._source.batches(asked):
                self._put(self._usable(batch, asked))
        except SourceError as error:
            day = f"{asked.since:%Y-%m-%d}"
            advice = f"to have the time before of new stations, fetch again --since {day}"
            self._source.tally.fail(f"{error}; {advice}")

    def note_silence(self, wanted: Wanted) -> None:
        """Note of which stations nothing came."""
        silent, is_silent = wanted, not self._met.stations
        if isinstance(wanted, Stations):
            ids = wanted.ids - self._met.stations
            silent, is_silent = Stations(ids), bool(ids)
        if is_silent:
            self._source.tally.note(f"nothing came of {silent}")

    def summary(self, wanted: Wanted) -> Summary:
        """Return what was done."""
        tally = self._source.tally
        for text in self._stored.damaged.values():
            tally.note(f"a stored file is damaged, delete it and fetch again --since: {text}")
        if tally.server_time and abs(tally.server_time - self._now) > _CLOCKS_DIFFER:
            there, here = (f"{t:%Y-%m-%d %H:%M}" for t in (tally.server_time, self._now))
            tally.note(f"a clock is wrong: it is {there} UTC at {self._source.name}, {here} here")
        met = self._met
        return Summary(
            source=self._source.name,
            wanted=str(wanted),
            since=self._since,
            new=met.new,
            known=met.known,
            left_out={reason: count for reason, count in tally.left_out.items() if count},
            stations=frozenset(met.stations),
            newest=met.newest,
            files=tuple(met.files),
            requests=tally.requests,
            slept=tally.slept,
            failures=tuple(tally.failures),
            notes=tuple(tally.notes),
            is_dead=bool(tally.failures) and not met.batches,
        )

    def _stored_until(self, wanted: Wanted, floor: datetime) -> datetime:
        """Return the time of the newest stored reading, *floor* if there is none.

        If stations are wanted by id, every one of them must have readings until then. Otherwise one
        station is enough: many are silent for hours, and are no reason to ask for all again.
        """
        by_id = isinstance(wanted, Stations)
        ids = _ids(wanted, self.known)
        newest: dict[str, datetime] = {}
        for day in self._stored.days():
            if not ids - newest.keys() if by_id else newest:
                break
            of_day = (
                self._stored.readings(day)
                .filter(pl.col("station_id").is_in(ids), pl.col("time") <= self._now + AHEAD)
                .group_by("station_id")
                .agg(pl.col("time").max())
            )
            newest = dict(of_day.iter_rows()) | newest
        if by_id:
            return min(newest.get(one, floor) for one in ids)
        return max(newest.values(), default=floor)

    def _store(self, batch: Batch, readings: pl.DataFrame) -> None:
        ids = frozenset(readings["station_id"])
        self.known = self._stored.put_stations(s for s in batch.stations if s.station_id in ids)
        self._put(readings)

    def _put(self, readings: pl.DataFrame) -> None:
        if readings.is_empty():
            return
        self._met.stations |= frozenset(readings["station_id"])
        newest = cast("datetime", readings["time"].max())
        self._met.newest = max(newest, self._met.newest or newest)
        for (day,), of_day in readings.group_by(pl.col("time").dt.date(), maintain_order=True):
            self._store_day(cast("date", day), of_day)

    def _usable(self, batch: Batch, asked: Asked) -> pl.DataFrame:
        """Return the readings that are wanted, each instant once; count the others."""
        described = {station.station_id for station in batch.stations}
        wanted = [s.station_id for s in batch.stations if asked.wanted.takes(s)]
        left = batch.readings.select(SCHEMA.names())
        for reason, passes in (
            ("no_station", pl.col("station_id").is_in(described)),
            ("no_value", pl.col("value").is_finite().fill_null(value=False)),
            ("of_the_future", pl.col("time") <= self._now + AHEAD),
            ("not_asked_for", pl.col("time") >= asked.since),
        ):
            passed = left.filter(passes)
            self._left_out[reason] += left.height - passed.height
            left = passed
        chosen = left.filter(pl.col("station_id").is_in(wanted))
        unique = chosen.unique(subset=KEY, keep="last", maintain_order=True)
        self._left_out["repeated"] += chosen.height - unique.height
        return unique.sort("time", "station_id", "parameter")

    def _store_day(self, day: date, readings: pl.DataFrame) -> None:
        stored = self._stored.readings(day)
        same = [*KEY, "value", "unit"]
        new = readings.join(stored, on=same, how="anti", nulls_equal=True)
        self._met.known += readings.height - new.height
        self._met.new += new.height
        if not new.is_empty():
            by_series = new.sort("station_id", "parameter", "time")
            self._met.files.append(self._stored.add(day, by_series, self._now))


def _ids(wanted: Wanted, known: Mapping[str, SourceStation]) -> frozenset[str]:
    if isinstance(wanted, Stations):
        return wanted.ids
    return frozenset(one for one, station in known.items() if wanted.takes(station))
