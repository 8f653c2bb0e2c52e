"""`stationcast compile`: compile a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from local.commands.progress import bar

if TYPE_CHECKING:
    from local.compiling.compile import Compiled

# xgboost takes a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


@click.command("compile")
@click.argument("model", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The compiled artifact.  [default: model.compiled.tar.gz for model.tar.gz]",
)
def compile_command(model: Path, output: Path | None) -> None:
    """Compile MODEL, to get the same forecasts faster and without XGBoost.

    The compiled artifact is evaluated, served and deployed like any other, on the platforms that
    the command prints. Its forecasts are equal to the last bit, which is checked on 20,000 rows of
    each parameter. Keep MODEL: a compiled artifact cannot be compiled for other platforms.

    \b
    Example:
      stationcast compile model.tar.gz
      stationcast endpoint --variant booster=model.tar.gz --variant compiled=model.compiled.tar.gz
    """
    from local.compiling.compile import compile_model
    from local.compiling.library import find_compiler

    output = output or model.with_name(model.name.removesuffix(".tar.gz") + ".compiled.tar.gz")
    compiled = compile_model(model, output, find_compiler(), bar)
    for line in _gains(compiled):
        click.echo(line)
    click.echo(f"Wrote {output}")


def _gains(compiled: Compiled) -> list[str]:
    before, after = compiled.seconds_before * 1e3, compiled.seconds_after * 1e3
    large, small = compiled.bytes_before / 1e6, compiled.bytes_after / 1e6
    return [
        f"For {', '.join(compiled.platforms)}, by {compiled.compiler}",
        f"Trees of one request: {before:.3g} ms, compiled {after:.3g} ms: {before / after:.3g} x",
        f"Artifact: {large:.3g} MB, compiled {small:.3g} MB",
    ]
