"""The report of a reading: how much was read, what was dropped, and why.

Nothing is lost in silence: `rows == used + sum(dropped.values())`, always.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

#: Why a row was dropped although nothing is wrong with it.
EXPECTED = frozenset(
    {"outside_window", "not_requested", "duplicate", "unknown_parameter", "no_coordinates"}
)

MOST_EXAMPLES = 20
MOST_EXAMPLES_OF_A_REASON = 3
LONGEST_EXAMPLE = 240


@dataclass
class ReadReport:
    """What became of the rows of a location.

    The fields are JSON-ready, so that `ReadReport(**report.to_json())` is the report again.

    Attributes:
        files: How many files were opened.
        skipped: How many files were not opened, because their name tells that nothing in them is
            asked for.
        rows: How many rows (CSV and NDJSON lines, Parquet rows) they hold.
        used: How many of them are in the observations.
        dropped: Rows that are not, by reason code; see `docs/observations.md`.
        faults: What else was found, by reason code: files ignored, skipped or cut short, and
            lines of a station file.
        examples: For people, "file:line: what is wrong".
    """

    files: int = 0
    skipped: int = 0
    rows: int = 0
    used: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    _noted: Counter[str] = field(default_factory=Counter, init=False, repr=False, compare=False)

    @property
    def faulty(self) -> int:
        """Rows dropped because something is wrong with them, unlike the `EXPECTED` reasons."""
        return sum(count for reason, count in self.dropped.items() if reason not in EXPECTED)

    def drop(self, reason: str, count: int = 1) -> None:
        """Count rows that are not used."""
        self.dropped[reason] = self.dropped.get(reason, 0) + count

    def fault(self, reason: str, example: str) -> None:
        """Count a file, or a line of a station file, and say what is wrong with it."""
        self.faults[reason] = self.faults.get(reason, 0) + 1
        self.note(reason, example)

    def wants(self, reason: str) -> bool:
        """Whether one more example of *reason* would be kept."""
        few = self._noted[reason] < MOST_EXAMPLES_OF_A_REASON
        return few and len(self.examples) < MOST_EXAMPLES

    def note(self, reason: str, example: str) -> None:
        """Keep an example, if there are not enough of them."""
        if self.wants(reason):
            self._noted[reason] += 1
            self.examples.append(example[:LONGEST_EXAMPLE])

    def merge(self, other: ReadReport) -> ReadReport:
        """Return the report of both readings, this one's examples first."""
        examples = dict.fromkeys(self.examples + other.examples)
        return ReadReport(
            files=self.files + other.files,
            skipped=self.skipped + other.skipped,
            rows=self.rows + other.rows,
            used=self.used + other.used,
            dropped=dict(Counter(self.dropped) + Counter(other.dropped)),
            faults=dict(Counter(self.faults) + Counter(other.faults)),
            examples=list(examples)[:MOST_EXAMPLES],
        )

    def to_json(self) -> dict[str, Any]:
        """Show the report as a JSON object, reasons in alphabetical order."""
        fields = asdict(self)
        del fields["_noted"]
        sorted_counts = {key: dict(sorted(fields[key].items())) for key in ("dropped", "faults")}
        return fields | sorted_counts
