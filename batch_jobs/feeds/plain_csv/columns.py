"""Columns: what each column of a CSV file is, by its heading or by the user's word.

A wide file has a column for each quantity, a long one has a row for each value. In a long file the
names in its column `parameter` are understood like the headings of a wide one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from batch_jobs.errors import CsvError
from batch_jobs.observations.headings import (
    CLOCK,
    DATE,
    PARAMETER,
    ROLES,
    TIME,
    VALUE,
    Heading,
    heading,
    takes,
    unit_of,
)
from batch_jobs.observations.quantities import QUANTITIES

ASSUMED = "unit assumed"


class Column(NamedTuple):
    """What a column, or a name of a long file's parameters, is.

    Attributes:
        name: The heading or the name.
        meaning: Code of a quantity, or a role; "" if it is not used.
        unit: As `forecasts.units` knows it; "" for most roles.
        note: Why it is not used, or that its unit is assumed.
    """

    name: str
    meaning: str
    unit: str = ""
    note: str = ""


class Correction(NamedTuple):
    """What the user says about a column; see `corrections_of`."""

    meaning: str
    unit: str


@dataclass(frozen=True)
class Layout:
    """The columns of a file.

    Attributes:
        columns: All columns, in the order of the file.
    """

    columns: tuple[Column, ...]

    @property
    def roles(self) -> dict[str, str]:
        """The column of each role."""
        return {column.meaning: column.name for column in self.columns if column.meaning in ROLES}

    @property
    def quantities(self) -> list[Column]:
        """The columns with values of a quantity."""
        return [column for column in self.columns if column.meaning in QUANTITIES]

    @property
    def is_long(self) -> bool:
        """Whether each row has one value, whose parameter is in a column."""
        return {PARAMETER, VALUE} <= self.roles.keys()

    @property
    def zone(self) -> str:
        """UTC if a heading says that times are in it; else empty."""
        return "UTC" if any(column.unit == "UTC" for column in self.columns) else ""


def corrections_of(texts: Iterable[str]) -> dict[str, Correction]:
    """Read what the user says: `column=parameter`, `column=parameter:unit`, or `column=`.

    Raises:
        CsvError: A text has another form, or names no parameter or unit.

    >>> corrections_of(["T out=temperature:°F", "x=", "when=time"])["T out"]
    Correction(meaning='temperature', unit='°F')
    """
    found = {}
    for text in texts:
        name, equals, rest = text.rpartition("=")
        if not equals or not name:
            raise CsvError(f"{text!r}: write column=parameter:unit, or column= to ignore a column")
        word, _, unit = rest.partition(":")
        meaning = word if word in (*QUANTITIES, *ROLES, "") else heading(word).meaning
        if word and not meaning:
            raise CsvError(f"{text!r}: no parameter {word!r}; there are {', '.join(QUANTITIES)}")
        unit = unit_of(unit) if unit else ""
        if unit and not takes(meaning, unit):
            raise CsvError(f"{text!r}: {meaning} cannot be in {unit!r}")
        found[name.strip()] = Correction(meaning, unit)
    return found


def layout_of(names: Sequence[str], corrections: Mapping[str, Correction]) -> Layout:
    """Return what the columns of a file are; each meaning belongs to one column only.

    Raises:
        CsvError: The user gives a meaning to two columns.
    """
    meanings = {name: understood(name, corrections) for name in names}
    best: dict[str, str] = {}
    for name, found in meanings.items():
        other = best.setdefault(found.meaning, name)
        if name in corrections and other in corrections and name != other and found.meaning:
            raise CsvError(f"{other!r} and {name!r} cannot both be {found.meaning}")
        better = found.rank < meanings[other].rank
        if name in corrections or (better and other not in corrections):
            best[found.meaning] = name
    columns = []
    for name, found in meanings.items():
        if found.meaning and best[found.meaning] != name:
            note = f"not used: {found.meaning} is taken from {best[found.meaning]!r}"
            columns.append(Column(name, "", "", note))
        else:
            columns.append(column_of(name, found, corrections))
    return Layout(tuple(_with_time(columns)))


def _with_time(columns: list[Column]) -> list[Column]:
    """Return columns whose only day or time of day is the time; a pair stays as it is."""
    times = [column for column in columns if column.meaning in {TIME, DATE, CLOCK}]
    if len(times) != 1:
        return columns
    return [c._replace(meaning=TIME) if c is times[0] else c for c in columns]


def column_of(name: str, found: Heading, corrections: Mapping[str, Correction]) -> Column:
    """Return a column; a quantity without a unit is assumed to be in that of the catalogue."""
    if not found.meaning:
        note = "not used: --map" if name in corrections else "not used: not known"
        return Column(name, "", "", note)
    if found.meaning in QUANTITIES and not found.unit:
        return Column(name, found.meaning, QUANTITIES[found.meaning].unit, ASSUMED)
    return Column(name, found.meaning, found.unit)


def understood(name: str, corrections: Mapping[str, Correction]) -> Heading:
    """Return the meaning of a name, by the user's word or else as a heading."""
    found = heading(name)
    said = corrections.get(name)
    if said is None:
        return found
    # A correction of the parameter only leaves the unit of the heading, if it fits.
    unit = said.unit or (found.unit if takes(said.meaning, found.unit) else "")
    return Heading(said.meaning, unit)


def check_names(corrections: Iterable[str], names: Iterable[str]) -> None:
    """Refuse corrections of what does not exist.

    Raises:
        CsvError: There is no such column or parameter; names the nearest.
    """
    known = list(dict.fromkeys(names))
    for name in corrections:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise CsvError(f"--map: no column or parameter {name!r}; {hint}")
