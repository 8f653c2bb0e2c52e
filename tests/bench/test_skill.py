"""`make skill`: docs/skill.md has what was measured."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.harness.errors import InputError
from bench.harness.skill_page import written
from bench.skill import main

ROOT = Path(__file__).parents[2]


def test_the_page_is_made_of_the_figures():
    """The tables of docs/skill.md are what is written of docs/skill.json."""
    page = (ROOT / "docs" / "skill.md").read_text()
    figures = json.loads((ROOT / "docs" / "skill.json").read_bytes())

    assert "demo" in figures
    assert written(page, figures) == page


def test_a_page_without_the_lines():
    """A page that has no place for the tables is refused."""
    with pytest.raises(InputError, match="<!-- end of demo -->"):
        written("<!-- demo -->\n", {"demo": {}})


def test_measuring(model_path, observations, tmp_path):
    """Models are measured on their held-back time, and by replayed nights of it."""
    (tmp_path / "demo-observations").mkdir()
    (tmp_path / "demo-observations" / "2013").symlink_to(observations)
    for name in ("model.tar.gz", "beijing.tar.gz"):
        shutil.copy(model_path, tmp_path / name)
    names = ("demo", "beijing")
    page = "".join(f"<!-- {name} -->\n<!-- end of {name} -->\n" for name in names)
    (tmp_path / "skill.md").write_text(page)
    arguments = ["--beijing", observations, "--folder", tmp_path, "--docs", tmp_path]
    done = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)

    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "skill.json").read_bytes())
    of_demo = figures["demo"]
    # The model has learned until 16 December, and the last observation is of the 30th.
    assert (of_demo["since"], of_demo["nights"]["count"]) == ("2013-12-16T01:00:00Z", 13)
    assert set(of_demo["replay"]) == {"temperature", "pressure"}
    assert of_demo["replay"]["temperature"]["worst_station"] in ("EWR", "JFK", "LGA")
    assert len(of_demo["held_back"]["temperature"]["share_of_week"]) == 4
    rows = Path(tmp_path / "skill.md").read_text().count("\n| temperature, °C | ")
    assert rows == 4
    for kind in ("skill", "replay"):
        for name in names:
            assert (tmp_path / "images" / f"{kind}-{name}.png").exists()
