"""The map of stations by skill: how well each was forecast in about the last 30 days.

Each night moves it on by the run that was just verified: what was there counts for 1/30 less, so
that a night is nearly forgotten after two months. Four numbers of each station are kept, a byte
each, and from these the night of the next run goes on:

| byte      | holds                                                                            |
|-----------|----------------------------------------------------------------------------------|
| hours     | the hours that were compared, in steps of 6                                      |
| coverage  | the share of them within p10 and p90, in percent                                 |
| reference | the sum of the reference's absolute errors, on a logarithmic scale |
| ratio     | the forecast's error / the reference's, on a logarithmic scale, in steps of 1/80 |

The reference is the best one of all stations together. Items are in partition
`VERIFICATION#<run_id>` of the night's run:

| sk               | body, gzip                                                              |
|------------------|-------------------------------------------------------------------------|
| `STATIONS`       | JSON: which stations, see `Places`                                      |
| `<param>#<part>` | JSON of reference and network; a line feed; the bytes of hours, then of |
|                  | coverage, and so on                                                     |
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from forecasts.damage import made_anew, reading
from forecasts.forecast import dumps
from forecasts.gzip_bodies import compress_columns, decompress
from forecasts.item import EXPIRY, Item, Key, expires_at
from forecasts.run import Run
from forecasts.runs import UnknownRunError, get_catalogue, get_run
from forecasts.scores import MIN_HOURS
from forecasts.stores.protocol import Reader

#: A night counts for so many days, on average.
DAYS = 30
COLUMNS = 4
#: Stations of an item, which is then far below DynamoDB's 400 KB.
STATIONS_OF_AN_ITEM = 50_000

HOURS_STEP = 6
COVERAGE_STEPS = 100
#: Byte 0 is 0, and byte *b* is e ** ((b - first) / steps).
REFERENCE_STEPS, REFERENCE_FIRST = 5, 50
RATIO_STEPS, RATIO_FIRST = 80, 160
#: The ratio of a reference without errors.
NO_RATIO = 255

_HEAD_SK = "STATIONS"


class Columns(NamedTuple):
    """What is kept of a parameter at many stations.

    Attributes:
        reference: The name of the reference.
        sums: Of all stations together, by name as in `forecasts.verification.SUMS`.
        columns: `COLUMNS` bytes strings, with a byte for each station.
    """

    reference: str
    sums: Mapping[str, float]
    columns: Sequence[bytes]


class Places(NamedTuple):
    """Which stations the bytes are of.

    Attributes:
        run: The run whose catalogue has the first of them.
        more: Ids of those that follow, which that run did not forecast.
        as_of: When observations were last read, as text; UTC.
    """

    run: str
    more: Sequence[str]
    as_of: str


class StationSkill(NamedTuple):
    """A station on the map.

    Attributes:
        hours: How many hours were compared; those of long ago count for less.
        coverage: The share of observations within p10 and p90. None with fewer than 100 hours.
        skill: 1 - MAE / MAE of the reference. None with fewer than 100 hours, and if the reference
            has no error.
    """

    hours: int = 0
    coverage: float | None = None
    skill: float | None = None


class SkillMap(NamedTuple):
    """How well stations were forecast.

    Attributes:
        as_of: When observations were last read, as text; UTC.
        reference: The reference of the skill.
        stations: By id; others are not known.
    """

    as_of: str
    reference: str
    stations: Mapping[str, StationSkill]


def partition(run_id: str) -> str:
    """Return the partition key of the map of a run's night."""
    return f"VERIFICATION#{run_id}"


def skill_keys(by: Run) -> list[Key]:
    """Return the keys that items of the map of a run's night may have, head first."""
    # Stations that it did not forecast may take one item more.
    parts = range(2 + by.stations // STATIONS_OF_AN_ITEM)
    names = [f"{code}#{part:05d}" for code in by.parameters for part in parts]
    return [Key(partition(by.id), sk) for sk in (_HEAD_SK, *names)]


def map_items(by: Run, places: Places, parameters: Mapping[str, Columns]) -> list[Item]:
    """Make the items of a map; they expire with the forecasts of the run *by*."""
    bodies = {_HEAD_SK: [dumps(places._asdict())]}
    for code, (reference, sums, columns) in parameters.items():
        head = dumps({"reference": reference, "sums": sums}) + b"\n"
        for start in range(0, len(columns[0]), STATIONS_OF_AN_ITEM):
            part = [each[start : start + STATIONS_OF_AN_ITEM] for each in columns]
            bodies[f"{code}#{start // STATIONS_OF_AN_ITEM:05d}"] = [head, *part]
    pk, expiry = partition(by.id), expires_at(by, EXPIRY)
    return [Item(Key(pk, sk), compress_columns(body), None, expiry) for sk, body in bodies.items()]


def stored_map(items: Sequence[Item]) -> tuple[Places, dict[str, Columns]]:
    """Read the items of a map back, all of them or those of some parameters.

    Args:
        items: In order of their keys.

    Raises:
        DamagedItemError: An item is nothing that this version can read.
    """
    found: dict[str, list[Columns]] = {}
    places = Places("", (), "")
    for item in items:
        with reading(*item.key, "map of skill", made_anew(item.key.pk.rpartition("#")[2])):
            body = decompress(item.body)
            if item.key.sk == _HEAD_SK:
                places = _places(json.loads(body))
            else:
                found.setdefault(item.key.sk.partition("#")[0], []).append(_columns(body))
    return places, {code: _joined(parts) for code, parts in found.items()}


def ids_of(store: Reader, places: Places) -> list[str]:
    """Return the ids of the stations that the bytes are of, in order; fewer if some have expired.

    Raises:
        StoreError: The store could not answer.
        DamagedItemError: The run or its catalogue is damaged.
    """
    try:
        entries = get_catalogue(store, get_run(store, places.run))
    except UnknownRunError:
        return []
    return [*(entry.station.id for entry in entries), *places.more]


def carried(items: Sequence[Item], by: Run) -> list[Item]:
    """Return the items of a map as those of the run *by*, whose night has verified nothing new."""
    pk, expiry = partition(by.id), expires_at(by, EXPIRY)
    return [Item(Key(pk, item.key.sk), item.body, None, expiry) for item in items]


def skill_map(store: Reader, run_id: str, parameter: str) -> SkillMap | None:
    """Return how well stations were forecast before a run; None if nothing is known of it.

    Raises:
        StoreError: The store could not answer.
        DamagedItemError: An item is damaged.
    """
    pk = partition(run_id)
    head, items = store.get(Key(pk, _HEAD_SK)), store.query(pk, f"{parameter}#")
    if head is None or not items:
        return None
    places, found = stored_map([head, *items])
    of, ids = found[parameter], ids_of(store, places)
    if len(ids) != len(of.columns[0]):
        return None
    stations = dict(zip(ids, map(_station, *of.columns), strict=True))
    return SkillMap(places.as_of, of.reference, stations)


def _station(hours: int, coverage: int, _reference: int, ratio: int) -> StationSkill:
    counted = HOURS_STEP * hours
    if counted < MIN_HOURS:
        return StationSkill(counted)
    return StationSkill(counted, coverage / COVERAGE_STEPS, SKILLS[ratio])


def _skill(byte: int) -> float | None:
    if byte in (0, NO_RATIO):
        return None if byte else 1.0
    return round(1 - math.exp((byte - RATIO_FIRST) / RATIO_STEPS), 2) + 0.0


#: The skill that each byte of a ratio stands for.
SKILLS = tuple(map(_skill, range(256)))


def _places(fields: Mapping[str, Any]) -> Places:
    return Places(str(fields["run"]), list(map(str, fields["more"])), str(fields["as_of"]))


def _columns(body: bytes) -> Columns:
    head, _, columns = body.partition(b"\n")
    size, rest = divmod(len(columns), COLUMNS)
    if rest or not size:
        raise ValueError("its columns differ in length")
    fields = json.loads(head)
    sums = {name: float(value) for name, value in fields["sums"].items()}
    cut = [columns[start : start + size] for start in range(0, len(columns), size)]
    return Columns(str(fields["reference"]), sums, cut)


def _joined(parts: Sequence[Columns]) -> Columns:
    columns = [b"".join(each) for each in zip(*(part.columns for part in parts), strict=True)]
    return parts[0]._replace(columns=columns)
