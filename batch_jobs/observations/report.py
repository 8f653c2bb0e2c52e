"""The report of a reading: how much was read, what was dropped, and why.

Every row is accounted for: `rows == used + sum(dropped.values())`.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

#: Reasons to drop a row that is not broken.
EXPECTED = frozenset(
    {
        "outside_window",
        "not_requested",
        "duplicate",
        "unknown_parameter",
        "no_coordinates",
        "long_mean",
        "no_elevation",
        "other_sensor",
        "untrusted",
    }
)

MOST_EXAMPLES = 20
MOST_EXAMPLES_OF_A_REASON = 3
LONGEST_EXAMPLE = 240

_SORTED = ("dropped", "faults", "groups")


class Freshness(TypedDict):
    """The series of one source in one country; JSON-ready.

    Attributes:
        source: The `source=` folder of its files, or else their format.
        country: Two letters, or "" if it is unknown.
        fresh: Number of series with a reading in the last 3 hours.
        stale: Number of other series with one in the last 12 hours.
        silent: Number of other series with one in the window; they are not forecast.
        newest: RFC 3339 UTC; time of the newest reading of all.
    """

    source: str
    country: str
    fresh: int
    stale: int
    silent: int
    newest: str


@dataclass
class ReadReport:
    """Counts of the rows of a location.

    The fields are JSON-ready, so that `ReadReport(**report.to_json())` equals the report.

    Attributes:
        files: Number of opened files.
        skipped: Number of files that were listed but not opened, because their names show that
            they hold no requested readings. Folders of other days are not even listed.
        rows: Number of rows (CSV and NDJSON lines, Parquet rows) in the opened files.
        used: Number of rows that are in the observations.
        dropped: Number of other rows, by reason code; see `docs/observations.md`.
        faults: Number of files ignored, skipped or truncated, of bad lines of station files, and
            of series with hours that are not plausible, by reason code.
        examples: Faults for people, "file:line: what is wrong".
        groups: Numbers of good and of broken rows of each parameter ("parameter pm25"), source
            ("source iem") and country ("country US").
        untrusted: What was left out because most of its values are implausible ("pressure of
            source iem", "pm25 of country US").
        freshness: How old the newest readings are, by source and country.
        inputs: How the last day compares with the time of training, by parameter; see
            `batch_jobs.input_drift`.
        inputs_not_compared: Why some parameters, or all, are not in `inputs`; each begins with the
            code of its parameter or the kind of error.
    """

    files: int = 0
    skipped: int = 0
    rows: int = 0
    used: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)
    untrusted: list[str] = field(default_factory=list)
    freshness: list[Freshness] = field(default_factory=list)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    inputs_not_compared: list[str] = field(default_factory=list)
    _noted: Counter[str] = field(default_factory=Counter, init=False, repr=False, compare=False)

    @property
    def faulty(self) -> int:
        """Number of rows that were dropped because they are broken."""
        return sum(count for reason, count in self.dropped.items() if reason not in EXPECTED)

    def drop(self, reason: str, count: int = 1) -> None:
        """Count rows that are not used."""
        if not count:
            return
        self.dropped[reason] = self.dropped.get(reason, 0) + count

    def count(self, group: str, good: int, broken: int) -> None:
        """Count rows of a parameter, source or country."""
        counts = self.groups.setdefault(group, [0, 0])
        counts[0] += good
        counts[1] += broken

    def fault(self, reason: str, example: str) -> None:
        """Count a fault of a file, or of a line of a station file, and keep an example."""
        self.faults[reason] = self.faults.get(reason, 0) + 1
        self.note(reason, example)

    def note(self, reason: str, example: str) -> None:
        """Keep an example, unless there are enough of them."""
        few = self._noted[reason] < MOST_EXAMPLES_OF_A_REASON
        if few and len(self.examples) < MOST_EXAMPLES:
            self._noted[reason] += 1
            self.examples.append(example[:LONGEST_EXAMPLE])

    def to_json(self) -> dict[str, Any]:
        """Return the report as a JSON object, reasons in alphabetical order."""
        fields = asdict(self)
        del fields["_noted"]
        sorted_counts = {key: dict(sorted(fields[key].items())) for key in _SORTED}
        return fields | sorted_counts
