"""What an import leaves out: counted by reason, the first few named by file and line."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

#: Examples that are kept of each reason.
MOST_EXAMPLES = 5


@dataclass
class LeftOut:
    """Lines and values that are not imported.

    Attributes:
        counts: Number of each reason, by the codes of docs/import.md.
        examples: The first of each reason, "file:line: what is wrong".
        notes: What people should know though nothing is left out.
    """

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, reason: str, rows: Iterable[int], what: Callable[[int], str]) -> None:
        """Count rows.

        Args:
            reason: A code.
            rows: Rows of a table.
            what: Returns "file:line: what is wrong" for a row; called for the first few only.
        """
        kept = self.examples.setdefault(reason, [])
        for row in rows:
            self.counts[reason] += 1
            if len(kept) < MOST_EXAMPLES:
                kept.append(what(row))

    def count(self, reason: str, number: int, example: str) -> None:
        """Count readings that have one example together."""
        self.counts[reason] += number
        self.examples.setdefault(reason, []).append(example)
