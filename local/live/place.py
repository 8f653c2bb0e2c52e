"""The place that a folder is for: its stations are found once, and kept in `place.json`."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from batch_jobs.feeds.source import SourceStation
from batch_jobs.feeds.wanted import Near, Stations
from batch_jobs.observations.whole_files import write_whole
from local.errors import LiveError

#: The most stations that a place gets: the nearest ones.
MOST_STATIONS = 5
#: A station must have reported within this time.
RECENT = timedelta(hours=24)

_FILE = "place.json"


@dataclass(frozen=True)
class Place:
    """What a folder is for.

    Attributes:
        asked: What was asked for, see `asked_for`.
        stations: Ids of its stations, the nearest first.
        history: Day, `20261128`, on which the history to train from was fetched; "" before that.
    """

    asked: str
    stations: tuple[str, ...]
    history: str = ""

    @property
    def model_name(self) -> str:
        """The name of the model that is trained from the history."""
        return f"live-{self.history}"


class Finder(Protocol):
    """Finds stations."""

    @property
    def say(self) -> Callable[[str], None]:
        """Takes sentences for the person who waits."""
        ...

    def reporting(self, wanted: Near | Stations) -> list[SourceStation]:
        """Return which of the wanted stations have reported within `RECENT`."""
        ...


def place_of(folder: Path, wanted: Near | Stations | None, finder: Finder) -> Place:
    """Return the place that a folder is for; find its stations if the folder is new.

    Args:
        folder: The folder of the place.
        wanted: Near where, or which stations, with ids as the source writes them; None for what
            the folder is for.
        finder: Finds stations.

    Raises:
        LiveError: The folder is for another place, nothing says which place it is for, or no
            station reports there.
        SourceError: The source does not answer.
    """
    kept = read_place(folder)
    if kept is None:
        if wanted is None:
            raise LiveError("say where: --near 40.7,-74.0 or --stations JFK,LGA")
        finder.say(f"Looking for {asked_for(wanted)} ...")
        found = found_by(wanted, finder)
        for station in found:
            finder.say(f"  {_about(station, wanted)}")
        kept = Place(asked_for(wanted), tuple(station.station_id for station in found))
        write_place(folder, kept)
    elif wanted is not None and asked_for(wanted) != kept.asked:
        other = f"{folder} is for {kept.asked}; a place needs a folder of its own"
        raise LiveError(f"{other}: add --folder {folder}-2 for {asked_for(wanted)}")
    return kept


def asked_for(wanted: Near | Stations) -> str:
    """Say what is wanted, with all ids.

    >>> asked_for(Stations(frozenset({"LGA", "JFK"}))), asked_for(Near(40.7, -74, 100))
    ('stations JFK, LGA', 'stations within 100 km of 40.7,-74')
    """
    if isinstance(wanted, Stations):
        return f"stations {', '.join(sorted(wanted.ids))}"
    return str(wanted)


def found_by(wanted: Near | Stations, finder: Finder) -> list[SourceStation]:
    """Return the stations of a place that report: those with the ids, or the nearest ones.

    Raises:
        LiveError: One of the ids does not report, or no station near the place does.
        SourceError: The source does not answer.
    """
    if isinstance(wanted, Stations):
        return _with_ids(wanted, finder.reporting(wanted))
    # Those that are farther away are for the error.
    return _nearest(wanted, finder.reporting(replace(wanted, km=math.inf)))


def _with_ids(wanted: Stations, reporting: Sequence[SourceStation]) -> list[SourceStation]:
    silent = sorted(wanted.ids - {station.station_id for station in reporting})
    if silent:
        raise LiveError(
            f"nothing came of {', '.join(silent)} in the last 24 hours: correct the id, or leave "
            "it out; https://mesonet.agron.iastate.edu/request/download.phtml lists them"
        )
    return sorted(reporting, key=lambda station: station.station_id)


def _nearest(near: Near, reporting: Sequence[SourceStation]) -> list[SourceStation]:
    places = sorted(reporting, key=lambda station: (near.distance(station), station.station_id))
    found = [station for station in places if near.takes(station)]
    if found:
        return found[:MOST_STATIONS]
    advice = "nor has any other one"
    if places:
        first = f"the nearest is {_about(places[0], near)}"
        advice = f"{first}: add --km {math.ceil(near.distance(places[0]))}"
    raise LiveError(f"none of the {near} has reported in the last 24 hours; {advice}")


def _about(station: SourceStation, wanted: Near | Stations) -> str:
    """Return id, name and distance of a station."""
    name = f"{station.station_id} {station.name}".strip()
    if isinstance(wanted, Stations):
        return name
    return f"{name}, {wanted.distance(station):.0f} km away"


def read_place(folder: Path) -> Place | None:
    """Return the place that a folder is for; None if it is new.

    Raises:
        LiveError: Its `place.json` cannot be read.
    """
    path = folder / _FILE
    try:
        fields = json.loads(path.read_bytes())
        return Place(str(fields["asked"]), tuple(fields["stations"]), str(fields["history"]))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError) as error:
        raise LiveError(f"{path} cannot be read ({error!r}); delete the folder") from error


def write_place(folder: Path, place: Place) -> None:
    """Keep what a folder is for.

    Raises:
        OSError: It cannot be written.
    """
    text = json.dumps(asdict(place), indent=1) + "\n"
    write_whole(folder / _FILE, text.encode(), replace=True)
