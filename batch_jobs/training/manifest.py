"""The manifest of a set: put together from the records of its groups, and published."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from batch_jobs.observations.days import ALL_DAYS
from batch_jobs.observations.files import Location, files_so_far
from batch_jobs.observations.window import HOUR_SECONDS
from batch_jobs.training.groups import Shape
from batch_jobs.training.places import Described
from batch_jobs.training.targets import targets_of
from batch_jobs.training.training_sets import (
    FORMAT,
    MANIFEST,
    STATIONS,
    Fault,
    GroupRecord,
    Part,
    read_stations,
    record_name,
    write_manifest,
    write_stations,
)
from forecasts.times import utc_text


def manifest_of(
    records: Mapping[str, GroupRecord], shape: Shape, described: Described, sources: Collection[str]
) -> dict[str, Any]:
    """Return the manifest of a set, JSON-ready.

    Args:
        records: By name of the group.
        shape: How the groups were cut.
        described: What station files say.
        sources: Names of the sources of the observations.
    """
    parts = [(part, record) for record in records.values() for part in record.parts]
    parameters = _parameters(parts)
    with_observations = {row[0] for record in records.values() for row in record.stations}
    silent = sorted(described.rows.keys() - with_observations)
    faults = [fault for record in records.values() for fault in record.faults]
    faults += [Fault(each, "no_observations: it has none of what was requested") for each in silent]
    return {
        "format": FORMAT,
        "since": _hour(min((part.first for part, _ in parts), default=0)),
        "until": _hour(max((part.last for part, _ in parts), default=0)),
        "targets": [asdict(target) for target in targets_of(parameters)],
        "parameters": parameters,
        "sources": sorted(sources),
        "faults": [fault._asdict() for fault in faults],
        "plan": shape._asdict(),
        "groups": {
            name: {
                "inputs": record.inputs,
                "files": [part.name for part in record.parts],
                "stations": sum(len(row) > 1 for row in record.stations),
                "faults": [fault._asdict() for fault in record.faults],
            }
            for name, record in sorted(records.items())
        },
    }


def _parameters(parts: list[tuple[Part, GroupRecord]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return counts and files by parameter and country."""
    found: dict[tuple[str, str], list[tuple[Part, GroupRecord]]] = {}
    for part, record in parts:
        found.setdefault((part.parameter, part.country), []).append((part, record))
    contents: dict[str, dict[str, dict[str, Any]]] = {}
    for (parameter, country), of_both in sorted(found.items()):
        contents.setdefault(parameter, {})[country] = {
            "stations": len(
                {record.stations[n][0] for part, record in of_both for n in part.stations}
            ),
            "hours": sum(part.hours for part, _ in of_both),
            "years": sorted({part.year for part, _ in of_both}),
            "files": sorted(part.name for part, _ in of_both),
        }
    return contents


def publish(
    into: Location,
    manifest: Mapping[str, Any],
    records: Mapping[str, GroupRecord],
    old: Mapping[str, Any] | None,
) -> None:
    """Make a set of files that are there; the set before it is readable until then.

    Args:
        into: The set.
        manifest: Its manifest.
        records: By name of the group.
        old: The manifest that is replaced.

    Raises:
        FileError: A file cannot be written or deleted.
    """
    stations = dict(_stations(records))
    before = {} if old is None else _old_stations(into)
    # Under either manifest, every station that has hours is described.
    write_stations(into, {**before, **stations}.values())
    write_manifest(into, manifest)
    if before.keys() - stations.keys():
        write_stations(into, stations.values())
    named = {name for group in manifest["groups"].values() for name in group["files"]}
    named |= {MANIFEST, STATIONS, *map(record_name, records)}
    for file in files_so_far(into, ALL_DAYS):
        if file.name not in named and file.name.startswith(("parameter=", "groups/")):
            into.delete(file.name)


def _stations(records: Mapping[str, GroupRecord]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the stations that have hours, by id; of several descriptions, the first counts."""
    for _, record in sorted(records.items(), reverse=True):
        for number in sorted({number for part in record.parts for number in part.stations}):
            row = record.stations[number]
            yield row[0], row


def _old_stations(into: Location) -> dict[str, list[Any]]:
    return {row[0]: list(row) for row in read_stations(into).iter_rows()}


def _hour(hour: int) -> str:
    return utc_text(datetime.fromtimestamp(hour * HOUR_SECONDS, UTC))
