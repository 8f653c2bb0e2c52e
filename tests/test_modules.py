"""The shape of the code: modules are short, and imports never run in a circle."""

from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from forecasts import run
from model import features, prediction

ROOT = Path(__file__).parent.parent
PACKAGES = ("api", "batch_jobs", "bench", "forecasts", "local", "model", "model_function")

MOST_LINES = 350


@pytest.mark.parametrize("package", [*PACKAGES, "scripts"])
def test_modules_are_short(package):
    """No module outside of the tests has more than 350 lines."""
    lines = {path: path.read_text().count("\n") for path in (ROOT / package).rglob("*.py")}

    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_no_imports_in_a_circle():
    """Modules form a hierarchy, even if imports for types are counted."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}

    assert [*TopologicalSorter(imports).static_order()]


def test_both_sides_of_the_container_agree():
    """The model, which runs alone in its container, has the lengths and quantiles of forecasts."""
    assert features.HISTORY_HOURS == run.HISTORY_HOURS
    assert features.MAX_AGE_HOURS == run.MAX_AGE_HOURS
    assert features.LEAD_HOURS == run.LEAD_HOURS
    assert prediction.QUANTILES == run.QUANTILES
