"""The report of LoadForecasts on a part, and of CheckRun on a run.

It is a module of its own because the functions that only read reports carry no numpy.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from forecasts.circle import clockwise
from forecasts.forecast import Quantiles
from forecasts.run import QUANTILES

_MOST_EXAMPLES = 10


@dataclass
class ParameterStats:
    """Sums over the loaded forecasts of one parameter, so that parts can be added.

    Attributes:
        series: Number of stations with a forecast.
        median_sum: Sum of all p50.
        width_sum: Sum of all p90 - p10.
    """

    series: int = 0
    median_sum: float = 0.0
    width_sum: float = 0.0

    def add(self, quantiles: Quantiles, *, circular: bool = False) -> None:
        """Count the forecast of one station; the interval of a direction is an arc."""
        low, median, high = (quantiles[name] for name in QUANTILES)
        self.series += 1
        self.median_sum += sum(median)
        self.width_sum += sum(map(clockwise, low, high)) if circular else sum(high) - sum(low)

    def merge(self, other: "ParameterStats") -> None:
        """Add the counts of another part."""
        self.series += other.series
        self.median_sum += other.median_sum
        self.width_sum += other.width_sum


@dataclass
class LoadReport:
    """The report of one part, or of several.

    Attributes:
        stations: Number of stations whose forecast is in the table.
        missing: Number of series without a forecast, for each reason.
        faults: Number of faults of the output, for each reason.
        examples: Faults for people, "part-00000.jsonl.out:3: what is wrong".
        parameters: Sums for each parameter code.
        write_units: Write units that the table consumed.
    """

    stations: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    parameters: dict[str, ParameterStats] = field(default_factory=dict)
    write_units: float = 0.0

    def fault(self, reason: str, example: str) -> None:
        """Count a fault, and keep an example of it."""
        self.faults[reason] += 1
        if len(self.examples) < _MOST_EXAMPLES:
            self.examples.append(example[:240])

    def merge(self, other: "LoadReport") -> None:
        """Add the report of another part."""
        self.stations += other.stations
        self.missing += other.missing
        self.faults += other.faults
        self.examples = (self.examples + other.examples)[:_MOST_EXAMPLES]
        self.write_units += other.write_units
        for code, stats in other.parameters.items():
            self.parameters.setdefault(code, ParameterStats()).merge(stats)

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        # asdict() would build counters from their pairs.
        counters = {"missing": dict(self.missing), "faults": dict(self.faults)}
        return asdict(replace(self, missing=Counter(), faults=Counter())) | counters

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "LoadReport":
        """Read the report back.

        Raises:
            KeyError, TypeError: *fields* is not such a report.
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
