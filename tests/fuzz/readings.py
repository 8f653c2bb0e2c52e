"""What every reading of files with damaged lines must keep, whatever the format.

A folder has whole lines, and up to three damaged ones. It is read with the damaged lines, without
them, and with each of them alone. A bad line may cost only itself, so readings add up.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import NamedTuple

from batch_jobs.observations.quantities import QUANTITIES
from batch_jobs.observations.read import read_observations
from batch_jobs.observations.report import MOST_EXAMPLES, MOST_EXAMPLES_OF_A_REASON
from forecasts.parameter import PARAMETERS

END = datetime(2013, 12, 30, tzinfo=UTC)
HOURS = 168

#: Reasons that depend on other lines: of one instant, of other sensors, with the place.
OF_SEVERAL = {"duplicate", "other_sensor", "no_coordinates", "implausible_hour"}
#: Reasons whose rows are only counted, because they are no faults.
UNNAMED = {"outside_window", "not_requested", "duplicate", "other_sensor"}


class UnexplainedError(AssertionError):
    """The product did what it must not do."""


def expect(condition, what):
    """Fail with *what* unless *condition* holds."""
    if not condition:
        raise UnexplainedError(what)


class Reading(NamedTuple):
    """The result of a reading.

    Attributes:
        cells: Value by station id, parameter code and hour.
        stations: The stations by id.
        report: The report.
    """

    cells: dict
    stations: dict
    report: object


def read(folder):
    """Read a folder; check what holds for every reading."""
    observations = read_observations(str(folder), end=END, hours=HOURS)
    ids = [station.id for station in observations.stations]
    cells = {
        (ids[station], observations.parameters[code], int(hour)): float(
            observations.values[station, code, hour]
        )
        for station, code, hour in zip(*(~_nan(observations.values)).nonzero(), strict=True)
    }
    for (station_id, code, _), value in cells.items():
        parameter = PARAMETERS[code]
        expect(parameter.minimum <= value <= parameter.maximum, f"{station_id} {code} is {value}")
    report = observations.report
    dropped = sum(report.dropped.values())
    expect(report.rows == report.used + dropped, f"rows do not add up: {report.to_json()}")
    return Reading(cells, {s.id: s for s in observations.stations}, report)


def _nan(values):
    return values != values  # noqa: PLR0124 -- NaN


def untrusted(*readings):
    """Return the parameters of which a source has so many bad rows that none of it is used."""
    groups = [group for reading in readings for group in reading.report.untrusted]
    codes = {group.partition(" ")[0] for group in groups}
    return {QUANTITIES[code].parameter if code in QUANTITIES else code for code in codes}


class Damage(NamedTuple):
    """A damaged line read alone.

    Attributes:
        content: What stands in the place of the line.
        reading: The folder with this line as the only damaged one.
        name: "file:line" of its first line in that folder.
    """

    content: object
    reading: Reading
    name: str


def check_alone(base, damage, *, blank, rows_of_lines):
    """Check that a damaged line is used, or counted and named, and harms nothing.

    Args:
        base: The same folder without the line.
        damage: The line.
        blank: Whether it holds nothing that could be a row.
        rows_of_lines: Whether lines are readings; those of station files are not.
    """
    report, before = damage.reading.report, base.report
    rows, used = report.rows - before.rows, report.used - before.used
    what = f"{damage.content!r:.3000}: {report.to_json()}"
    faults = Counter(report.faults) - Counter(before.faults)
    if rows_of_lines:
        expect(rows >= 1 or blank, f"a line is not counted: {what}")
        expect(rows - used >= 0, f"a line takes another one away: {what}")
    dropped = Counter(report.dropped) - Counter(before.dropped)
    reasons = set(dropped) | set(faults)
    if reasons - UNNAMED and not used:
        examples = [e for e in report.examples if e not in before.examples]
        expect(examples, f"a faulty line is not named: {what}")


def check_together(clean, mixed, damages, lines):
    """Check that damaged lines cost only themselves.

    Args:
        clean: The reading without damaged lines.
        mixed: The reading with all of them.
        damages: The damaged lines, read alone: `Damage`, with the reading of its folder without it.
        lines: "file:line" of each damaged line among the others.
    """
    what = f"{[d.content for d, _ in damages]!r:.3000}"
    touched = {}
    for damage, base in damages:
        for cell, value in damage.reading.cells.items():
            if base.cells.get(cell) != value:
                touched.setdefault(cell, []).append(value)
    readings = [clean, mixed, *(damage.reading for damage, _ in damages)]
    excused = untrusted(*readings)
    for cell, value in clean.cells.items():
        if cell not in touched and cell[1] not in excused:
            got = mixed.cells.get(cell)
            expect(got == value, f"{cell} is {got}, not {value}, because of {what}")
    for cell, value in mixed.cells.items():
        expect(cell in touched or cell in clean.cells, f"{cell} = {value} is nobody's: {what}")
        if len(damages) == 1 and cell not in clean.cells and cell[1] not in excused:
            expect(value == touched[cell][0], f"{cell} is {value}, alone {touched[cell]}: {what}")
    if not excused:
        _check_counts(clean, mixed, damages, what)
    _check_names(mixed, damages, lines, what)


#: A quote inside of a quoted field. The fast parser takes it as it stands, the one for single lines
#: refuses it; so whether such a line is used depends on the other lines of its file.
_STRAY_QUOTE = re.compile(rb'"[^,\n]*[^,\n"]"[^,\n"]')


def _check_counts(clean, mixed, damages, what):
    for field in ("dropped", "faults"):
        expected = Counter(getattr(clean.report, field))
        for damage, base in damages:
            alone = Counter(getattr(damage.reading.report, field))
            alone.subtract(getattr(base.report, field))
            expected.update(alone)
        got = getattr(mixed.report, field)
        reasons = (set(got) | set(expected)) - (OF_SEVERAL if len(damages) > 1 else set())
        if any(_STRAY_QUOTE.search(bytes(str(damage.content), "utf-8")) for damage, _ in damages):
            reasons.discard("bad_line")
        wrong = {r: (got.get(r, 0), expected[r]) for r in reasons if got.get(r, 0) != expected[r]}
        expect(not wrong, f"{field} (found, expected): {wrong} of {what}: {mixed.report.examples}")


def _check_names(mixed, damages, lines, what):
    report = mixed.report
    if len(report.examples) == MOST_EXAMPLES:
        return
    if max([0, *report.dropped.values(), *report.faults.values()]) > MOST_EXAMPLES_OF_A_REASON:
        return
    for (damage, _), line in zip(damages, lines, strict=True):
        if "\n" in str(damage.content) or b"\n" in bytes(str(damage.content), "utf-8", "replace"):
            continue
        for example in damage.reading.report.examples:
            if example.startswith(f"{damage.name}:"):
                same = line + example.removeprefix(damage.name)
                expect(
                    same[:200] in [e[:200] for e in report.examples], f"{same} is not named: {what}"
                )
