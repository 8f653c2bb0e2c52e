"""The package's metadata for installers."""

import tomllib
from pathlib import Path

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())


def test_functions_and_command_line_require_the_same_versions():
    """The command line requires what functions require, except Mangum, which is for Lambda."""
    groups = PYPROJECT["dependency-groups"]
    functions = {*groups["api"], *groups["batch"]}
    needed = set(PYPROJECT["project"]["dependencies"])

    assert {each.partition(">")[0] for each in functions - needed} == {"mangum"}
