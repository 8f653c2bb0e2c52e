"""What a benchmark found when, kept as JSON: what `docs/benchmarks.md` is made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A benchmark that was run.

    Attributes:
        bench: Its name: `bench/<name>.py`.
        command: As it was called.
        started: UTC, RFC 3339.
        seconds: That it took.
        error: Why there is no report; None where there is one.
        report: As `Report.to_json` makes it; None where the benchmark failed.
    """

    bench: str
    command: str
    started: str
    seconds: float
    error: str | None = None
    report: dict[str, Any] | None = None

    @property
    def figures(self) -> list[dict[str, Any]]:
        """Its figures in order; none where it failed."""
        return self.report["figures"] if self.report else []

    def value(self, name: str) -> float | None:
        """Return a figure by its name; None where there is none."""
        return next((each["value"] for each in self.figures if each["name"] == name), None)

    def targets(self) -> tuple[int, int]:
        """Return how many targets it met, and how many it has."""
        met = [each["met"] for each in self.figures if each["met"] is not None]
        return sum(met), len(met)


def write_result(folder: Path, result: Result) -> None:
    """Write a result into *folder*, in the place of an older one."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
    _file(folder, result.bench).write_text(f"{text}\n")


def read_results(folder: Path) -> dict[str, Result]:
    """Read all results of *folder*, by benchmark.

    Raises:
        InputError: A file is no result; says which.
    """
    return dict(_read(folder))


def _read(folder: Path) -> Iterator[tuple[str, Result]]:
    for path in sorted(folder.glob("*.json")):
        try:
            result = Result(**json.loads(path.read_text()))
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}: not a result: {error}") from error
        yield result.bench, result


def _file(folder: Path, bench: str) -> Path:
    return folder / f"{bench}.json"
