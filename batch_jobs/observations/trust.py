"""Trust: a parameter that a source or a country has wrong is left out.

If most values of a parameter are implausible in one source, or in one country, the others are only
plausible by chance: the unit is another one, or something else was measured. So all of them are
left out. Missing values (sentinels, null) say nothing about the others.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from batch_jobs.observations.quantities import CODES
from batch_jobs.observations.readings import Kept, Readings
from batch_jobs.observations.report import ReadReport


class Grouping(NamedTuple):
    """The sources, or the countries, of readings.

    Attributes:
        kind: "source" or "country".
        names: Of the groups; "" is no group.
        groups: Returns the group of each reading, as its place in *names*.
    """

    kind: str
    names: list[str]
    groups: Callable[[Kept], NDArray[np.int64]]

    def cells(self, table: Kept) -> NDArray[np.int64]:
        """Return group and quantity of each reading in one number."""
        return self.groups(table) * len(CODES) + table.parameters

    def counts(self, tables: Sequence[Kept]) -> NDArray[np.int64]:
        """Count the readings of each cell."""
        counts = np.zeros(len(self.names) * len(CODES), dtype=np.int64)
        for table in tables:
            counts += np.bincount(self.cells(table), minlength=len(counts))
        return counts

    def labels(self) -> list[str]:
        """Return the name of each cell, such as `pressure of country NP`; "" without a group."""
        return [
            f"{code} of {self.kind} {name}" if name else "" for name in self.names for code in CODES
        ]


def trusted(readings: Readings, untrusted: Collection[str] | None = None) -> list[Kept]:
    """Return the readings that can be trusted; report the others, and the groups of countries.

    Args:
        readings: Everything that was read.
        untrusted: What cannot be trusted, as `ReadReport.untrusted` has it, if a reading of more
            stations has decided that. None to decide it by these readings.
    """
    report, countries = readings.report, _countries(readings)
    groupings = (_sources(readings), countries)
    if untrusted is None:
        for grouping in groupings:
            _judge(grouping, readings)
    else:
        report.untrusted.extend(untrusted)
    kept = readings.kept
    for grouping in groupings if report.untrusted else ():
        refused = np.array([label in report.untrusted for label in grouping.labels()], bool)
        kept = [_without(table, refused[grouping.cells(table)], report) for table in kept]
    _count(countries, kept, readings)
    return kept


def _sources(readings: Readings) -> Grouping:
    names = sorted({table.source for table in (*readings.kept, *readings.broken)})
    return Grouping(
        "source", names, lambda table: np.full(len(table.keys), names.index(table.source))
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


def _judge(grouping: Grouping, readings: Readings) -> None:
    """Report the cells that cannot be trusted."""
    implausible = [table.only(~np.isnan(table.values)) for table in readings.broken]
    bad = grouping.counts(implausible)
    if not bad.any():
        return
    of = bad + grouping.counts(readings.kept)
    for label, *counts in zip(grouping.labels(), bad.tolist(), of.tolist(), strict=True):
        if label and 2 * counts[0] > counts[1]:
            what = f"{counts[0]} of {counts[1]} values are implausible, so none is used"
            readings.report.untrusted.append(label)
            readings.report.note("untrusted", f"{label}: {what}")


def _without(table: Kept, refused: NDArray[np.bool_], report: ReadReport) -> Kept:
    """Return a table without the readings that are refused."""
    if not refused.any():
        return table
    report.drop("untrusted", int(refused.sum()))
    counts = np.bincount(table.parameters[refused], minlength=len(CODES)).tolist()
    for code, count in zip(CODES, counts, strict=True):
        if count:
            report.count(f"parameter {code}", -count, 0)
            report.count(f"source {table.source}", -count, 0)
    return table.only(~refused)


def _count(countries: Grouping, kept: Sequence[Kept], readings: Readings) -> None:
    """Count good and broken rows by country."""
    shape = len(countries.names), len(CODES)
    good = countries.counts(kept).reshape(shape).sum(axis=1).tolist()
    broken = countries.counts(readings.broken).reshape(shape).sum(axis=1).tolist()
    for name, *counts in zip(countries.names, good, broken, strict=True):
        if name and any(counts):
            readings.report.count(f"country {name}", *counts)
