"""All benchmarks, one after the other: `python -m bench.all`, which is `make bench`.

Each runs as a process of its own. Its result is kept as JSON in `docs/benchmarks/`, its progress in
a log; a benchmark that fails does not stop the others. `docs/benchmarks.md` and its plots are then
made of all results, including those of earlier runs. The results of a `--quick` run go to
`build/benchmarks/`, because they do not belong on the committed page.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console

from bench.harness.benchmarks_page import BENCHES, page
from bench.harness.plots import draw
from bench.harness.results import Result, read_results, write_result
from forecasts.times import utc_now, utc_text

#: The folder of the page, its results and its plots; that of a quick run; that of logs.
DOCS, QUICK_DOCS, LOGS = Path("docs"), Path("build/benchmarks"), Path("build/benchmark-logs")

#: Seconds that an interrupted benchmark gets to end its servers.
_PATIENCE = 30

_console = Console(stderr=True)


@click.command()
@click.option("--only", multiple=True, type=click.Choice(BENCHES), help="Run this one; repeatable.")
@click.option(
    "--quick", is_flag=True, help="Smaller runs of the same shape, kept in build/benchmarks."
)
@click.option("--page", "page_only", is_flag=True, help="Run nothing; make the page again.")
def main(*, only: tuple[str, ...], quick: bool, page_only: bool) -> None:
    """Run benchmarks, and make the page of their results."""
    docs = QUICK_DOCS if quick else DOCS
    names = () if page_only else only or BENCHES
    failed = run_all(names, docs / "benchmarks", LOGS, quick=quick)
    write_page(docs)
    if failed:
        raise SystemExit(1)


def run_all(names: tuple[str, ...], results: Path, logs: Path, *, quick: bool) -> list[str]:
    """Run benchmarks and keep their results; return the names of those that failed.

    Args:
        names: The benchmarks, in order.
        results: Folder that gets `<name>.json`.
        logs: Folder that gets `<name>.log`.
        quick: Whether to make smaller runs.
    """
    logs.mkdir(parents=True, exist_ok=True)
    failed = []
    for number, name in enumerate(names, 1):
        log = logs / f"{name}.log"
        _console.print(f"{number} of {len(names)}: {name}, log in {log}")
        with _console.status(name):
            result = run(name, log, quick=quick)
        write_result(results, result)
        met, targets = result.targets()
        said = result.error or f"{met} of {targets} targets met"
        _console.print(f"  {result.seconds:.0f} s: {said}", markup=False, soft_wrap=True)
        failed += [name] if result.error else []
    return failed


def run(name: str, log: Path, *, quick: bool) -> Result:
    """Run a benchmark.

    Raises:
        KeyboardInterrupt: This process was interrupted; the benchmark has ended.
    """
    options = ["--quick"] if quick else []
    command = ["python", "-m", f"bench.{name}", *options]
    started, begin = utc_now().replace(microsecond=0), time.perf_counter()
    with log.open("w") as file:
        # In its own session, so that only this process interrupts it.
        process = subprocess.Popen(  # noqa: S603 -- ours
            [sys.executable, *command[1:], "--json"],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            start_new_session=True,
        )
        output = _output(process)
    report, error = _read(output, process.returncode, log)
    return Result(
        bench=name,
        command=" ".join(command),
        started=utc_text(started),
        seconds=round(time.perf_counter() - begin, 1),
        error=error,
        report=report,
    )


def write_page(docs: Path) -> Path:
    """Make `benchmarks.md` and its plots below *docs* of the results there.

    Raises:
        InputError: A result cannot be read.
    """
    results = read_results(docs / "benchmarks")
    images, path = docs / "images", docs / "benchmarks.md"
    draw(results, images)
    path.write_text(page(results, {picture.name for picture in images.iterdir()}))
    _console.print(f"Wrote {path}")
    return path


def _output(process: subprocess.Popen[str]) -> str:
    """Return what a process prints; end it if this process is interrupted."""
    try:
        return process.communicate()[0]
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        raise


def _read(output: str, status: int, log: Path) -> tuple[dict[str, object] | None, str | None]:
    """Return the report that was printed, or the reason why there is none."""
    if status == 0:
        with suppress(ValueError, IndexError):
            return json.loads(output.splitlines()[-1]), None
    lines = log.read_text().split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")
    return None, f"{said} (exit status {status})"


if __name__ == "__main__":
    main()
