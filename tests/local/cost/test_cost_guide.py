"""The commands in docs/cost.md print what the page shows."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from local.commands.main import main
from local.cost.workload import workload_of
from local.scaling.traffic import read_traffic

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "cost.md").read_text()
#: Commands, each with what it prints.
STEPS = re.findall(
    r"^```sh\n(stationcast [^`]*)^```\n\n```text\n(.*?)^```\n", PAGE, re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("command", "printed"), STEPS)
def test_the_output_of_a_command(command, printed, monkeypatch, tmp_path):
    """The page shows the exact output; for the search, its end."""
    words = shlex.split(command.replace("\\\n", " "))[1:]
    monkeypatch.chdir(ROOT)
    words = [str(tmp_path / Path(word).name) if "images/" in word else word for word in words]
    result = CliRunner().invoke(main, words)

    assert result.exit_code == 0
    assert result.stdout.rstrip().endswith(printed.rstrip())


def test_the_page_has_commands():
    """The page shows costs, training, accelerators and scaling."""
    assert len(STEPS) == 8


def test_the_workload_of_the_page():
    """It is a valid workload."""
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    workload = workload_of(tomllib.loads(text), "page")

    assert workload.variants == 2


def test_the_day_of_the_page(tmp_path):
    """It is a valid day of traffic."""
    (text,) = re.findall(r"^```csv\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "day.csv").write_text(text)

    assert read_traffic(tmp_path / "day.csv").requests == pytest.approx(39_000)
