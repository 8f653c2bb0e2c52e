"""The live source: weather reports of airports, from the Iowa Environmental Mesonet."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from batch_jobs.feeds import iem
from batch_jobs.feeds.fetch import Summary
from batch_jobs.feeds.http import Timer
from batch_jobs.feeds.source import Asked, SourceStation, Tally
from batch_jobs.feeds.sources import fetch_from, open_source
from batch_jobs.feeds.stored import Stored
from batch_jobs.feeds.wanted import Near, Stations
from batch_jobs.observations.days import Days
from local.live.place import RECENT

SOURCE = iem.Iem.name


@dataclass(frozen=True)
class Feed:
    """Brings readings into a folder.

    Attributes:
        into: The folder of observations.
        settings: See `batch_jobs.feeds.sources.open_source`.
        clock: Gives the aware time.
        timer: How time passes.
        say: Takes sentences for the person who waits.
    """

    into: Path
    settings: Mapping[str, str]
    clock: Callable[[], datetime]
    timer: Timer
    say: Callable[[str], None]

    def as_written(self, wanted: Near | Stations | None) -> Near | Stations | None:
        """Return what is wanted, with ids as the source writes them: `JFK` for `KJFK`.

        Raises:
            SourceError: The source can have no such id.
        """
        if not isinstance(wanted, Stations):
            return wanted
        with closing(open_source(SOURCE, self.settings, Tally(), self.timer)) as source:
            return Stations(frozenset(source.station_id(text) for text in wanted.ids))

    def reporting(self, wanted: Near | Stations) -> list[SourceStation]:
        """Return which of the wanted stations have reported within `RECENT`; stores nothing.

        Raises:
            SourceError: The source does not answer.
        """
        tally = Tally(say=self.say)
        until = self.clock()
        with closing(open_source(SOURCE, self.settings, tally, self.timer)) as source:
            batches = source.batches(Asked(until - RECENT, until, wanted, {}))
            found = [station for batch in batches for station in batch.stations]
        # The next request is of another client, which does not know of this one's.
        self.timer.sleep(iem.LIMITS.seconds_between)
        return found

    def fetch(self, stations: Sequence[str], since: datetime | None) -> Summary:
        """Fetch readings.

        Args:
            stations: Their ids.
            since: Aware; None for what is missing.

        Raises:
            SourceError: The source cannot be used as it is set up.
            BatchJobsError: A file cannot be read or written.
        """
        wanted = Stations(frozenset(stations))
        times, tally = (self.clock(), since), Tally(say=self.say)
        return fetch_from(SOURCE, self.settings, str(self.into), wanted, times, tally, self.timer)

    def stations(self) -> dict[str, SourceStation]:
        """Return the stations that are stored, by id.

        Raises:
            FileError: Their file cannot be read.
        """
        today = self.clock().date()
        return Stored(str(self.into), SOURCE, Days(today, today)).stations()
