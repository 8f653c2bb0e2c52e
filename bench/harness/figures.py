"""What every benchmark prints: figures with their targets, and the machine they were taken on.

`benchmark` makes the command of a benchmark: all have the same two options.
"""

import json
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.table import Table

_KIB_PER_GIB = 1024**2


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes:
        name: What was measured.
        value: The measurement, in *unit*.
        unit: The unit of *value* and *target*.
        target: The most that *value* should be; None if there is no target.
    """

    name: str
    value: float
    unit: str
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        return None if self.target is None else self.value <= self.target

    def to_json(self) -> dict[str, Any]:
        """Return the figure as a JSON object; its value has four significant digits."""
        return {
            "name": self.name,
            "value": float(f"{self.value:.4g}"),
            "unit": self.unit,
            "target": self.target,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found.

    Attributes:
        bench: The benchmark's name.
        versions: The versions of the packages that matter, and the inputs of the run.
        figures: The figures, in the order in which they are shown.
    """

    bench: str
    versions: Mapping[str, str]
    figures: Sequence[Figure]

    def show(self, machine: Mapping[str, Any], *, as_json: bool) -> None:
        """Print a table, or one JSON object."""
        if as_json:
            print(json.dumps(self.to_json(machine), ensure_ascii=False))
            return
        console = Console()
        console.print(self._table())
        console.print(", ".join(f"{name} {value}" for name, value in machine.items()))
        console.print(", ".join(f"{name} {value}" for name, value in self.versions.items()))

    def to_json(self, machine: Mapping[str, Any]) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "bench": self.bench,
            "machine": dict(machine),
            "versions": dict(self.versions),
            "figures": [figure.to_json() for figure in self.figures],
        }

    def _table(self) -> Table:
        table = Table(title=self.bench)
        table.add_column("figure")
        table.add_column("value", justify="right")
        table.add_column("unit")
        table.add_column("target", justify="right")
        table.add_column("met")
        for figure in self.figures:
            target = "" if figure.target is None else f"<= {digits(figure.target)}"
            met = {None: "", True: "yes", False: "NO"}[figure.met]
            table.add_row(figure.name, digits(figure.value), figure.unit, target, met)
        return table


class _Measure(Protocol):
    __doc__: str | None

    def __call__(self, *, quick: bool) -> Report: ...


def benchmark(quick_help: str) -> Callable[[_Measure], click.Command]:
    """Return a decorator that makes a command of a function that measures.

    Args:
        quick_help: What `--quick` changes.
    """

    def command(measure: _Measure) -> click.Command:
        @click.command(help=measure.__doc__)
        @click.option("--quick", is_flag=True, help=quick_help)
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
        def main(*, quick: bool, as_json: bool) -> None:
            before = machine()
            measure(quick=quick).show(before, as_json=as_json)

        return main

    return command


def machine() -> dict[str, Any]:
    """Describe this machine: processor, cores, memory, Python and current load.

    Raises:
        OSError: There is no /proc; benchmarks run on Linux.
    """
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / _KIB_PER_GIB, 1),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions(*packages: str) -> dict[str, str]:
    """Return the installed versions of packages."""
    return {package: version(package) for package in packages}


def _field(path: str, name: str) -> str:
    """Return the first field *name* of a file of `name: value` lines; "?" if there is none."""
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "?")


def digits(value: float) -> str:
    """Format a number: three significant digits, or all digits before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 -- 4 digits
