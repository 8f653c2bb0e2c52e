"""Trust: a parameter that a source or a country has wrong is left out.

If most values of a parameter are implausible in one source, or in one country, the others are only
plausible by chance: the unit is another one, or something else was measured. So all of them are
left out. Missing values (sentinels, null) say nothing about the others.

A reading counts once, however often it was read: an interrupted compaction leaves it in two files.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.kept import MOST_STATIONS, Kept
from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.readings import Readings
from batch_jobs.observations.report import ReadReport
from batch_jobs.observations.series import Series, only, series_of
from batch_jobs.observations.shards import Shard


class Grouping(NamedTuple):
    """The sources, or the countries, of series.

    Attributes:
        kind: "source" or "country".
        names: Of the groups; "" is no group.
        groups: Returns the group of each series, as its place in *names*.
    """

    kind: str
    names: list[str]
    groups: Callable[[Series | Kept], NDArray[np.int64]]

    def cells(self, table: Series | Kept) -> NDArray[np.int64]:
        """Return group and quantity of each series, or reading, in one number."""
        return self.groups(table) * len(CODES) + table.parameters

    def counts(self, tables: Sequence[Series]) -> NDArray[np.int64]:
        """Count the readings of each cell."""
        counts = np.zeros(len(self.names) * len(CODES), dtype=np.int64)
        for table in tables:
            np.add.at(counts, self.cells(table), table.counts)
        return counts

    def at_least(self, tables: Sequence[Series]) -> NDArray[np.int64]:
        """Count the readings of each cell that are surely distinct: a series' oldest and newest."""
        counts = np.zeros(len(self.names) * len(CODES), dtype=np.int64)
        for table in tables:
            np.add.at(counts, self.cells(table), 1 + (table.newest > table.oldest))
        return counts

    def distinct(self, shards: Iterable[Shard], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count the distinct readings of the *chosen* cells."""
        counts = np.zeros(len(chosen), dtype=np.int64)
        for shard in shards:
            for source in {table.source for table in shard.tables}:
                tables = [table for table in shard.tables if table.source == source]
                met = [table.take(chosen[self.cells(table)]) for table in tables]
                np.add.at(counts, self.cells(_distinct(met)), 1)
        return counts

    def labels(self) -> list[str]:
        """Return the name of each cell, such as `pressure of country NP`; "" without a group."""
        return [
            f"{code} of {self.kind} {name}" if name else "" for name in self.names for code in CODES
        ]


class Read(NamedTuple):
    """What was read, as series.

    Attributes:
        kept: Of the readings that passed.
        broken: Of the others.
        implausible: Of those among the others whose value is outside of the limits.
    """

    kept: list[Series]
    broken: list[Series]
    implausible: list[Series]


def trusted(readings: Readings, untrusted: Collection[str] | None = None) -> list[Series]:
    """Return the series that can be trusted; report the others, and the groups of countries.

    Args:
        readings: Everything that was read.
        untrusted: What cannot be trusted, as `ReadReport.untrusted` has it, if a reading of more
            stations has decided that. None to decide it by these readings.
    """
    report, read, countries = readings.report, _read(readings), _countries(readings)
    groupings = (_sources(read), countries)
    if untrusted is None:
        for grouping in groupings:
            _judge(grouping, readings, read)
    else:
        report.untrusted.extend(untrusted)
    kept = read.kept
    for grouping in groupings if report.untrusted else ():
        refused = np.array([label in report.untrusted for label in grouping.labels()], bool)
        kept = _without(kept, grouping, refused, report)
    _count(countries, kept, read.broken, report)
    return kept


def _sources(read: Read) -> Grouping:
    names = sorted({table.source for table in (*read.kept, *read.broken)})
    return Grouping(
        "source", names, lambda table: np.full(len(table.cells), names.index(table.source))
    )


def _countries(readings: Readings) -> Grouping:
    stations = readings.stations
    of_station = [
        stations.located(station_id).country if stations.is_located(station_id) else ""
        for station_id in stations.ids
    ]
    names = sorted(set(of_station))
    places = np.array([names.index(name) for name in of_station], dtype=np.int64)
    return Grouping("country", names, lambda table: places[table.stations])


def _read(readings: Readings) -> Read:
    stations, everywhere = len(readings.stations.ids), range(MOST_STATIONS)
    return Read(
        series_of(readings.kept, stations),
        series_of([Shard(everywhere, readings.broken)], stations),
        series_of([Shard(everywhere, _implausible(readings))], stations),
    )


def _implausible(readings: Readings) -> list[Kept]:
    return [table.take(~np.isnan(table.values)) for table in readings.broken]


def _distinct(tables: Sequence[Kept]) -> Kept:
    """Return the readings of a source, each once; those of one instant may differ in value."""
    keys = np.concatenate([table.keys for table in tables])
    values = np.concatenate([table.values for table in tables])
    order = np.lexsort((values, keys))
    keys, values = keys[order], values[order]
    is_new = np.append(True, (keys[1:] != keys[:-1]) | (values[1:] != values[:-1]))[: len(keys)]
    return Kept(keys[is_new], values[is_new], tables[0].source)


def _judge(grouping: Grouping, readings: Readings, read: Read) -> None:
    """Report the cells that cannot be trusted."""
    report, implausible = readings.report, Shard(range(MOST_STATIONS), _implausible(readings))
    # Finding out which readings are distinct takes long, and is rarely needed.
    suspects = grouping.counts(read.implausible) > grouping.at_least(read.kept)
    if not suspects.any():
        return
    bad = grouping.distinct([implausible], suspects)
    of = bad + grouping.distinct(readings.kept, suspects)
    for label, *counts in zip(grouping.labels(), bad.tolist(), of.tolist(), strict=True):
        if label and 2 * counts[0] > counts[1]:
            what = f"{counts[0]} of {counts[1]} values are implausible, so none is used"
            report.untrusted.append(label)
            report.note("untrusted", f"{label}: {what}")


def _without(
    kept: Sequence[Series], grouping: Grouping, refused: NDArray[np.bool_], report: ReadReport
) -> list[Series]:
    """Return the series without those of refused cells, whose readings are reported."""
    for table in only(kept, lambda table: refused[grouping.cells(table)]):
        report.drop("untrusted", int(table.counts.sum()))
        counts = np.zeros(len(CODES), np.int64)
        np.add.at(counts, table.parameters, table.counts)
        for code, count in zip(CODES, counts.tolist(), strict=True):
            if count:
                report.count(f"parameter {code}", -count, 0)
                report.count(f"source {table.source}", -count, 0)
    return only(kept, lambda table: ~refused[grouping.cells(table)])


def _count(
    countries: Grouping, kept: Sequence[Series], broken: Sequence[Series], report: ReadReport
) -> None:
    """Count good and broken rows by country."""
    shape = len(countries.names), len(CODES)
    of_good = countries.counts(kept).reshape(shape).sum(axis=1).tolist()
    of_broken = countries.counts(broken).reshape(shape).sum(axis=1).tolist()
    for name, *counts in zip(countries.names, of_good, of_broken, strict=True):
        if name and any(counts):
            report.count(f"country {name}", *counts)
