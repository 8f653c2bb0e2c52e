"""Stations, chosen by a hash of their ids: the same ones on every machine and in every month."""

import hashlib
from collections.abc import Sequence

import numpy as np

from model.archive import Archive

#: One station of so many is held out of training, if there are enough: five would say little, and
#: would be missed.
_HELD_OUT, _ENOUGH = 20, 100


def share_of(station_id: str, shares: int) -> int:
    """Return which of so many shares a station belongs to, from 0."""
    return _hash(station_id) % shares


def are_enough(stations: Sequence[str]) -> bool:
    """Tell whether stations are enough to hold some out."""
    return len(stations) >= _ENOUGH


def is_held_out(station_id: str) -> bool:
    """Tell whether a station is held out, where there are enough."""
    return share_of(station_id, _HELD_OUT) == 0


def apart(archive: Archive) -> tuple[Archive, Archive]:
    """Return the archive of the stations to learn from, and that of those that are held out."""
    enough = are_enough(archive.stations)
    out = np.array([enough and is_held_out(station) for station in archive.stations], np.bool_)
    return archive.take(np.flatnonzero(~out)), archive.take(np.flatnonzero(out))


def drawn(stations: Sequence[str], count: int) -> list[str]:
    """Draw stations, in their order; all if there are no more than *count*."""
    chosen = set(sorted(stations, key=_hash)[:count])
    return [station for station in stations if station in chosen]


def _hash(station_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(station_id.encode(), digest_size=8).digest())
