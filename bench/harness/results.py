"""Results of benchmarks, kept as JSON; `docs/benchmarks.md` is made of them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.harness.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run of a benchmark.

    Attributes:
        bench: The benchmark's name.
        command: The command line.
        started: When it started, UTC, RFC 3339.
        seconds: How long it took.
        error: Why there is no report; None if there is one.
        report: The report, as `Report.to_json` makes it; None if the benchmark failed.
    """

    bench: str
    command: str
    started: str
    seconds: float
    error: str | None = None
    report: dict[str, Any] | None = None

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Its figures in order; empty if it failed."""
        return self.report["figures"] if self.report else []

    def value(self, name: str) -> float | None:
        """Return the value of a figure by its name; None if there is none."""
        return next((each["value"] for each in self.figures if each["name"] == name), None)

    def targets(self) -> tuple[int, int]:
        """Return how many targets it met, and how many it has."""
        met = [each["met"] for each in self.figures if each["met"] is not None]
        return sum(met), len(met)


def write_result(folder: Path, result: Result) -> None:
    """Write a result into *folder*, replacing an older one."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
    (folder / f"{result.bench}.json").write_text(f"{text}\n")


def read_results(folder: Path) -> dict[str, Result]:
    """Read all results of *folder*, by benchmark.

    Raises:
        InputError: A file is not a result; says which.
    """
    results = {}
    for path in sorted(folder.glob("*.json")):
        try:
            results[path.stem] = Result(**json.loads(path.read_text()))
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}: not a result: {error}") from error
    return results
