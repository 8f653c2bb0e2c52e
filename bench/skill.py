"""How good the forecasts are: `python -m bench.skill`, which is `make skill`.

Trains a model if there is none, evaluates it on its held-back time, and replays the last nights.
The figures go to docs/skill.json; the tables of docs/skill.md are made of them, and the plots
redrawn.
"""

import json
from pathlib import Path

import click

from bench.harness.skill_figures import figures_of, measure
from bench.harness.skill_page import written
from forecasts.times import utc_now
from local.commands.options import FOLDER
from local.commands.progress import bar
from local.demo.night import MODEL, demo_model
from local.training.score_plot import plot_scores
from local.training.training import read_archive, train_model
from local.verification.plot import plot_verification

_folder = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--beijing", type=_folder, help="Folder with Beijing's observations, see the page.")
@click.option("--folder", type=_folder, default=FOLDER, help="Keeps the models; see `demo`.")
@click.option("--docs", type=_folder, default="docs", help="Has skill.md, and gets skill.json.")
def main(beijing: Path | None, folder: Path, docs: Path) -> None:
    """Measure the models, and write the tables and plots of docs/skill.md.

    Models that are there are used; delete the artifact to train again.
    """
    demo_model(folder, bar)
    demo_data = folder / "demo-observations" / "2013"
    _measure("demo", folder / MODEL, str(demo_data), docs)
    if beijing:
        path = folder / "beijing.tar.gz"
        if not path.exists():
            train_model(read_archive(str(beijing), None, bar), "beijing", path, bar)
        _measure("beijing", path, str(beijing), docs)


def _measure(name: str, model_path: Path, observations: str, docs: Path) -> None:
    """Measure a model; write its figures, its part of the page, and its plots."""
    measured = measure(model_path, observations, utc_now, bar)
    path, page, images = docs / "skill.json", docs / "skill.md", docs / "images"
    figures = json.loads(path.read_bytes()) if path.exists() else {}
    figures[name] = figures_of(measured)
    path.write_text(json.dumps(figures, indent=1) + "\n")
    page.write_text(written(page.read_text(), figures))
    images.mkdir(exist_ok=True)
    title = f"{name}, held-back time"
    plot_scores(measured.held_back, title, images / f"skill-{name}.png")
    plot_verification(measured.replay, images / f"replay-{name}.png")
    click.echo(f"Wrote the figures of {name} into {page}", err=True)


if __name__ == "__main__":
    main()
