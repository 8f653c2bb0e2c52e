"""Values of a quantity: read, and those left out that stand for none or cannot be.

The rules are those of the night, so that what is imported is used, and what is not is named once.
"""

import shlex
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from batch_jobs.feeds.plain_csv.columns import Column
from batch_jobs.feeds.plain_csv.left_out import LeftOut
from batch_jobs.feeds.plain_csv.numbers import numbers_of
from batch_jobs.feeds.plain_csv.table import Table
from batch_jobs.observations.headings import units_for
from batch_jobs.observations.names import SENTINELS
from batch_jobs.observations.quantities import QUANTITIES
from forecasts.units import Conversion, conversion

#: No value converted with it is plausible.
_NEVER = Conversion(np.nan, np.nan)
#: Share of values that are plausible in a unit if it is the right one.
_MOST = 0.9


class Values(NamedTuple):
    """Values of one quantity in one unit.

    Attributes:
        column: What they are.
        rows: Their rows in the table.
        numbers: In the column's unit.
        strange: Numbers that are not plausible, and left out.
    """

    column: Column
    rows: NDArray[np.int64]
    numbers: NDArray[np.float64]
    strange: NDArray[np.float64]


def values_of(
    column: Column, cells: pl.Series, rows: NDArray[np.int64], table: Table, left_out: LeftOut
) -> Values:
    """Read cells.

    Args:
        column: What they are.
        cells: Their text; null if empty.
        rows: Their rows in the table.
        table: The table.
        left_out: Takes what is no number, stands for a missing value, or is not plausible.
    """
    numbers, bad = numbers_of(cells, table.mark)

    def said(problem: str) -> Callable[[int], str]:
        return lambda n: f"{table.where(int(rows[n]))}: {column.name} {cells[n][:40]!r} {problem}"

    left_out.add("bad_value", bad.arg_true().to_list(), said("is not a number"))
    value = numbers.to_numpy()
    sentinel = np.isin(value, list(SENTINELS))
    left_out.add("sentinel", _at(sentinel), said("stands for a missing value"))
    number = np.isfinite(value) & ~sentinel
    good = number & _plausible(column, value)
    strange = number & ~good
    left_out.add("implausible", _at(strange), said(f"is not plausible in {column.unit}"))
    return Values(column, rows[good], value[good], value[strange])


def _at(mask: NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)]


def _plausible(column: Column, value: NDArray[np.float64]) -> NDArray[np.bool_]:
    quantity = QUANTITIES[column.meaning]
    scale, offset = conversion(quantity.parameter, column.unit) or _NEVER
    low, high = quantity.minimum - quantity.noise, quantity.maximum + quantity.noise
    with np.errstate(invalid="ignore", over="ignore"):
        ours = value * scale + offset
        return (ours >= low) & (ours <= high)


def problem_of(values: Sequence[Values]) -> str:
    """Say that a column cannot be what it says, and in which units it could be.

    Args:
        values: All values of the column.

    Returns:
        The problem; "" if most values are plausible.
    """
    strange = np.concatenate([one.strange for one in values])
    if len(strange) <= sum(len(one.numbers) for one in values):
        return ""
    column = values[0].column
    units = [column._replace(unit=unit) for unit in units_for(column.meaning)]
    fit = [other.unit for other in units if _plausible(other, strange).mean() > _MOST]
    maps = [shlex.quote(f"{column.name}={column.meaning}:{unit}") for unit in fit]
    maps.append(shlex.quote(f"{column.name}="))
    return (
        f"most values of {column.name!r} are not plausible as {column.meaning} in {column.unit} "
        f"({strange.min():g} to {strange.max():g}); correct it: --map {' or --map '.join(maps)}"
    )
