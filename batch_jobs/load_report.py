"""What LoadForecasts reports of a part, and CheckRun of a run.

A module of its own, because the functions that only read reports carry no numpy.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from operator import le
from typing import TYPE_CHECKING, Any

from forecasts.parameter import PARAMETERS
from forecasts.run import QUANTILES

if TYPE_CHECKING:
    from forecasts.forecast import Quantiles

_MOST_EXAMPLES = 10


@dataclass
class ParameterStats:
    """What was loaded of one parameter, summed so that parts can be added.

    Attributes:
        series: How many stations have a forecast.
        implausible: Values outside the catalogue's limits.
        crossed: Hours at which p10 <= p50 <= p90 does not hold.
        median_sum: Of all p50.
        width_sum: Of all p90 - p10.
    """

    series: int = 0
    implausible: int = 0
    crossed: int = 0
    median_sum: float = 0.0
    width_sum: float = 0.0

    def add(self, code: str, quantiles: Quantiles) -> None:
        """Count the forecast of one station."""
        low, median, high = (quantiles[name] for name in QUANTILES)
        limits = PARAMETERS[code]
        self.series += 1
        if min(map(min, (low, median, high))) < limits.minimum or (
            max(map(max, (low, median, high))) > limits.maximum
        ):
            everything = (*low, *median, *high)
            self.implausible += sum(not limits.minimum <= v <= limits.maximum for v in everything)
        if not (all(map(le, low, median)) and all(map(le, median, high))):
            self.crossed += sum(not a <= b <= c for a, b, c in zip(low, median, high, strict=True))
        self.median_sum += sum(median)
        self.width_sum += sum(high) - sum(low)

    def merge(self, other: ParameterStats) -> None:
        """Add the counts of another part."""
        self.series += other.series
        self.implausible += other.implausible
        self.crossed += other.crossed
        self.median_sum += other.median_sum
        self.width_sum += other.width_sum


@dataclass
class LoadReport:
    """What became of a part, or of several.

    Attributes:
        stations: Stations whose forecast is in the table.
        missing: Series without a forecast, by reason.
        faults: What was wrong with the output, by reason.
        examples: For people, "part-00000.jsonl.out:3: what is wrong".
        parameters: By code.
        write_units: What the table charged.
    """

    stations: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    parameters: dict[str, ParameterStats] = field(default_factory=dict)
    write_units: float = 0.0

    def fault(self, reason: str, example: str) -> None:
        """Count something wrong, and name it."""
        self.faults[reason] += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example[:240])

    def merge(self, other: LoadReport) -> None:
        """Add the report of another part."""
        self.stations += other.stations
        self.missing += other.missing
        self.faults += other.faults
        self.examples = (self.examples + other.examples)[:_MOST_EXAMPLES]
        self.write_units += other.write_units
        for code, stats in other.parameters.items():
            self.parameters.setdefault(code, ParameterStats()).merge(stats)

    def to_json(self) -> dict[str, Any]:
        """Show the report as a JSON object."""
        # asdict() would make counters of their pairs.
        counters = {"missing": dict(self.missing), "faults": dict(self.faults)}
        return asdict(replace(self, missing=Counter(), faults=Counter())) | counters

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> LoadReport:
        """Read the report back.

        Raises:
            KeyError, TypeError: Not such a report.
        """
        return cls(
            **fields
            | {
                "missing": Counter(fields["missing"]),
                "faults": Counter(fields["faults"]),
                "parameters": {
                    code: ParameterStats(**stats) for code, stats in fields["parameters"].items()
                },
            }
        )
