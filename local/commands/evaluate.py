"""`stationcast evaluate`: measure a model."""

import json
from datetime import datetime
from pathlib import Path

import click

from forecasts.times import from_text, utc_text
from local.commands.options import UtcTime, model_option, observations_option
from local.commands.progress import bar, console

# xgboost, polars and matplotlib take a second to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.command()
@observations_option
@model_option
@click.option(
    "--since",
    type=UtcTime(),
    help="Leave out earlier observations.  [default: those that the model was trained on]",
)
@click.option(
    "--output",
    default="evaluation",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for evaluation.json and evaluation.png.",
)
@click.option(
    "--adopt",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the model to this file, with these stations as part of its network for each "
    "parameter that it forecasts better than the reference; see docs/verification.md.",
)
def evaluate(
    observations: str,
    model_path: Path,
    since: datetime | None,
    output: Path,
    adopt: Path | None,
) -> None:
    """Measure a model's error, its skill against the best reference, and its intervals' coverage.

    \b
    Examples:
      stationcast evaluate --observations observations/ --model model.tar.gz
      stationcast evaluate --observations observations/ --model model.tar.gz \\
          --since 2013-12-01T00:00:00Z
      stationcast evaluate --observations elsewhere/ --model model.tar.gz \\
          --since 2022-01-08T00:00:00Z --adopt adopted.tar.gz
    """
    from batch_jobs.transform import load_model
    from local.commands.tables import leads_table, scores_table, summaries
    from local.training import adopting
    from local.training.score_plot import plot_scores
    from local.training.training import evaluate_model, read_archive
    from model.artifact import save
    from model.evaluation import interval_coverage, report_of

    model = load_model(model_path)
    codes = (*model.parameters, *model.covariates)
    archive = read_archive(observations, codes, bar).knowing(model.covariates)
    start = utc_text(since) if since else model.training["held_back_from"]
    scores = evaluate_model(model, archive, from_text(start))
    console.print(scores_table(summaries(scores), f"Model {model.name}, since {start}"))
    console.print(leads_table(scores))
    coverage = interval_coverage(scores)
    if coverage is not None:
        console.print(f"80 % interval where values rarely repeat: {coverage:.1%} on average")
    output.mkdir(parents=True, exist_ok=True)
    report = report_of(model.name, start, scores)
    (output / "evaluation.json").write_text(json.dumps(report, indent=1) + "\n")
    plot_scores(scores, f"{model.name}, since {start}", output / "evaluation.png")
    console.print(f"Wrote {output}/evaluation.json and {output}/evaluation.png")
    if adopt is None:
        return
    adopted = adopting.adopt(model, archive, from_text(start), scores)
    console.print(
        scores_table(summaries(adopted.scores), "The model by itself, without a reference")
    )
    if not adopted.parameters:
        console.print("The model is better at no parameter; nothing was adopted")
        return
    save(adopted.model, adopt)
    console.print(f"Adopted for {', '.join(adopted.parameters)}. Wrote {adopt}")
