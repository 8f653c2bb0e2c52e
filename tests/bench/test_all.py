"""`make bench`: every benchmark is a process, and a page shows their results."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.all import run, run_all, write_page
from bench.harness.benchmarks_page import BENCHES
from bench.harness.errors import InputError
from bench.harness.plots import PLOTS
from bench.harness.results import Result, read_results, write_result

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cost(tmp_path_factory):
    """The result of a cheap benchmark, run as a process."""
    return run("cost", tmp_path_factory.mktemp("logs") / "log", quick=True)


def a_result(bench, *figures, **changes):
    """Return a result with figures of a name, a value and a target."""
    shown = [
        {"name": n, "value": v, "unit": "x", "target": t, "met": None if t is None else v <= t}
        for n, v, t in figures
    ]
    machine = {"cpu": "A", "cores": 2, "memory_gib": 8, "python": "3.11", "load_before": 0.5}
    report = {"bench": bench, "machine": machine, "versions": {"a": "1"}, "figures": shown}
    known = {"bench": bench, "command": f"python -m bench.{bench}", "seconds": 1.0}
    return Result(**{**known, "started": "2026-11-22T00:00:00Z", "report": report, **changes})


def page_of(folder, *results):
    """Return the page that is made of results."""
    for result in results:
        write_result(folder / "benchmarks", result)
    return write_page(folder).read_text()


def test_a_benchmark_runs(cost):
    """The result has the report, the command and the duration."""
    assert cost.error is None
    assert cost.command == "python -m bench.cost --quick"
    assert cost.report["bench"] == "cost"
    assert cost.seconds > 0


def test_results_are_read_back(cost, tmp_path):
    """A result survives being written and read."""
    write_result(tmp_path, cost)

    assert read_results(tmp_path) == {"cost": cost}


def test_one_that_fails(tmp_path):
    """A failed benchmark is kept with its last line of output, and the others run."""
    failed = run_all(("missing", "cost"), tmp_path / "results", tmp_path / "logs", quick=True)
    results = read_results(tmp_path / "results")

    assert failed == ["missing"]
    assert results["missing"].report is None
    assert "No module named bench.missing (exit status 1)" in results["missing"].error
    assert results["cost"].report
    assert "No module" in (tmp_path / "logs" / "missing.log").read_text()


def test_the_page_of_a_real_run(cost, tmp_path):
    """It has a row for each figure, the circumstances, and the plot."""
    text = page_of(tmp_path, cost)

    assert "| today, lookups: endpoint, always on | " in text
    assert f"`python -m bench.cost --quick`, {cost.started}" in text
    assert f"Python {cost.report['machine']['python']}" in text
    assert "](images/benchmarks-cost.png)" in text
    assert (tmp_path / "images" / "benchmarks-cost.png").read_bytes().startswith(b"\x89PNG")


def test_a_section_that_is_absent(cost, tmp_path):
    """A benchmark without a result is left out, with its plots."""
    text = page_of(tmp_path, cost)

    assert "## Cost" in text
    assert "## The night" not in text
    assert "benchmarks-night" not in text


def test_a_benchmark_that_failed(tmp_path):
    """The page says that it failed, and why."""
    text = page_of(tmp_path, a_result("hot_path", report=None, error="no DynamoDB Local | see"))

    assert "**Failed, and without figures:** hot_path." in text
    assert "**Failed** (2026-11-22T00:00:00Z): no DynamoDB Local \\| see" in text


def test_targets(tmp_path):
    """Missed targets are counted, listed, and marked in their table."""
    figures = (("a", 1, 2), ("b", 3, 2), ("c", 3, None))
    text = page_of(tmp_path, a_result("model", *figures), a_result("load", ("d", 1, 2)))

    assert "2 of 3 targets are met." in text
    assert "| model | b | 3 x | 2 x |" in text
    assert "| a | 1 x | 2 x | met |" in text
    assert "| b | 3 x | 2 x | **missed** |" in text
    assert "| c | 3 x |  |  |" in text


def test_many_figures(tmp_path):
    """If there are many figures, those with a target come first and the others are folded."""
    several = [(f"figure {number}", number, None) for number in range(20)]
    result = a_result("growth", *several, ("promised", 1, 2))
    result.report["figures"][0]["unit"] = result.report["figures"][7]["unit"] = "s"
    shown, folded = page_of(tmp_path, result).split("<summary>2 more figures</summary>")

    assert "| promised | 1 x | 2 x | met |" in shown
    assert "| figure 7 | 7 s |  |  |" in folded


def test_states_of_nights(tmp_path):
    """Nights are drawn by state; a single night is not drawn."""
    ours = [("ours: wall", 9, None), ("ours: Transform: wall", 4, None)]
    theirs = [("textbook: wall", 90, None), ("textbook: Write: wall", 50, None)]
    feast = [("Feast materialize, 7 of 504 numbers: wall", 6, None)]
    picture = tmp_path / "images" / "benchmarks-night.png"

    assert picture.name not in page_of(tmp_path, a_result("textbook_night", *ours))
    assert picture.name in page_of(tmp_path, a_result("textbook_night", *ours, *theirs, *feast))
    assert picture.exists()
    assert picture.name not in page_of(tmp_path, a_result("textbook_night", *feast))
    assert not picture.exists()


def test_all_are_run():
    """Every module that prints a report is run and shown."""
    marks = ("@benchmark(", '@click.option("--json"')
    texts = {path.stem: path.read_text() for path in (ROOT / "bench").glob("*.py")}
    texts["real_time"] = (ROOT / "bench" / "real_time" / "__main__.py").read_text()

    assert set(BENCHES) == {n for n, text in texts.items() if any(mark in text for mark in marks)}


def test_plots_are_of_benchmarks():
    """Plots belong to benchmarks, and are shown with one."""
    benches = {panel.bench for plot in PLOTS.values() for panel in plot.panels}

    assert benches | {plot.section for plot in PLOTS.values()} <= set(BENCHES)


def test_a_file_that_is_no_result(tmp_path):
    """The error names the file."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "load.json").write_text('{"bench": "load"}')
    with pytest.raises(InputError, match=r"load\.json: not a result"):
        write_page(tmp_path)


def test_an_interrupt(tmp_path, monkeypatch):
    """An interrupt ends the running benchmark, and keeps earlier results."""
    command = [sys.executable, "-m", "bench.all", "--quick", "--only", "cost", "--only", "scaling"]
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # Without a model of the demo, `scaling` begins by training one.
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        log = tmp_path / "build" / "benchmark-logs" / "scaling.log"
        while not log.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()

    assert process.returncode == 1
    assert "Aborted!" in said
    kept = tmp_path / "build" / "benchmarks" / "benchmarks"
    assert [path.name for path in kept.iterdir()] == ["cost.json"]
    assert json.loads((kept / "cost.json").read_text())["error"] is None
