"""What the source `openaq` keeps in mind from fetch to fetch, in a small file beside its readings.

Without it every fetch would have to ask again which locations there are, and would not see which
hours it missed. If it is lost, nothing but requests is lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from batch_jobs.feeds.openaq_api import Kind

#: A list of locations is asked for again after this time.
_LIST_LASTS = timedelta(hours=23, minutes=30)
#: A sensor that is silent for longer is forgotten.
_SENSOR_LASTS = timedelta(days=30)
#: Between two values; more, and an hour is missing.
_NO_GAP = timedelta(minutes=90)


@dataclass
class Sensor:
    """What is known about a sensor.

    Attributes:
        station_id: Its location.
        parameter: What it measures.
        unit: Of its values.
        newest: Seconds since 1970; time of the newest value that was fetched; 0 if there is none.
        owed: Seconds since 1970; its hours from then on are still to be asked for; None if it has
            no gap.
        is_long_mean: Its values are means of more than an hour, and of no use.
    """

    station_id: str
    parameter: str
    unit: str
    newest: float = 0
    owed: float | None = None
    is_long_mean: bool = False


@dataclass
class Memory:
    """What is kept in mind.

    Attributes:
        sensors: By id.
        useless: Locations and sensors that need not be asked for before the next list.
        lists: For each choice of stations, when its locations were listed (seconds since 1970), and
            the ids that it has; no ids for all stations.
    """

    sensors: dict[str, Sensor] = field(default_factory=dict)
    useless: list[str] = field(default_factory=list)
    lists: dict[str, tuple[float, list[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "Memory":
        """Return what was written; nothing if it cannot be read."""
        try:
            written = orjson.loads(text or "{}")
            sensors = {one: Sensor(**about) for one, about in written.get("sensors", {}).items()}
            lists = {
                choice: (when, ids) for choice, (when, ids) in written.get("lists", {}).items()
            }
            return cls(sensors, list(written.get("useless", [])), lists)
        except (ValueError, TypeError, AttributeError):
            return cls()

    def text(self, now: datetime) -> str:
        """Return all of it to be written, without what is too old."""
        oldest = (now - _SENSOR_LASTS).timestamp()
        kept = {one: about for one, about in self.sensors.items() if about.newest >= oldest}
        return orjson.dumps(Memory(kept, self.useless, self.lists)).decode()

    def has_list(self, choice: str, now: datetime) -> bool:
        """Tell whether the locations of a choice were listed not long ago.

        A list of the future was made by a clock that was ahead; it counts as old.
        """
        when = self.lists.get(choice, (0.0, []))[0]
        return timedelta(0) <= now - datetime.fromtimestamp(when, UTC) < _LIST_LASTS

    def saw(
        self, sensor_id: str, station_id: str, kind: Kind, time: datetime, since: datetime
    ) -> None:
        """Keep in mind that a value came; if there is a gap before it, that its hours are owed.

        Args:
            sensor_id: Of the value.
            station_id: Of the value.
            kind: What was measured.
            time: Aware; of the value.
            since: Aware; begin of the gap before the first value of a sensor.
        """
        old = self.sensors.get(sensor_id)
        seconds = time.timestamp()
        newest = old.newest if old else 0
        owed = old.owed if old else None
        is_long = old.is_long_mean if old else False
        if seconds - newest > _NO_GAP.total_seconds() and not is_long:
            owed = min(owed or seconds, max(newest, since.timestamp()))
        newest = max(newest, seconds)
        self.sensors[sensor_id] = Sensor(station_id, *kind, newest, owed, is_long)

    def owing(self, station_ids: Iterable[str]) -> list[str]:
        """Return the sensors of stations whose hours are owed, the shortest gap first."""
        wanted = set(station_ids)
        owed = [
            (about.owed, one)
            for one, about in self.sensors.items()
            if about.owed is not None and about.station_id in wanted
        ]
        return [one for _, one in sorted(owed, reverse=True)]
