"""Tables for terminals: scores, runs, the states of a night."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from forecasts.missing import explained
from forecasts.parameter import parameter
from forecasts.times import utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batch_jobs.downloads.difference import Difference, Moved
    from batch_jobs.training.registry import ModelRelease, Training
    from forecasts.missing import Count, MissingStation
    from forecasts.run import Pointer, Run
    from local.store_check import Damage
    from local.training.model_plan import Trained
    from model.evaluation import Evaluated


def summaries(scores: Mapping[str, Evaluated]) -> dict[str, dict[str, Any]]:
    """Return what `scores_table` shows."""
    return {code: score.summary() for code, score in scores.items()}


def scores_table(scores: Mapping[str, Mapping[str, Any]], title: str) -> Table:
    """Show each parameter's errors over all lead times, of `Evaluated.summary`."""
    table = Table(title=title, padding=0)
    for heading in ("parameter", "unit"):
        table.add_column(heading, no_wrap=True)
    for heading in ("MAE", "best reference", "skill", "coverage", "repeats"):
        table.add_column(heading, justify="right")
    for code, score in scores.items():
        reference = f"{score['reference']} {score[score['reference']]:.3g}"
        shares = (f"{score[name]:.1%}" for name in ("skill", "coverage", "repeats"))
        table.add_row(code, parameter(code).unit, f"{score['mae']:.3g}", reference, *shares)
    return table


def trained_table(trained: Sequence[Trained]) -> Table:
    """Show the scores of the models of a multi-model endpoint."""
    table = Table(title="Models on the held-back time", padding=0)
    table.add_column("file", no_wrap=True)
    for heading in ("stations", "MAE", "skill", "coverage"):
        table.add_column(heading, justify="right")
    for model in trained:
        shares = (f"{model.score[name]:.1%}" for name in ("skill", "coverage"))
        mae = f"{model.score['mae']:.3g}"
        table.add_row(model.model.file, str(model.stations), mae, *shares)
    return table


def training_set_table(manifest: Mapping[str, Any]) -> Table:
    """Show what a training set holds, by parameter and country."""
    table = Table(title=f"Hours from {manifest['since']} to {manifest['until']}", padding=0)
    for heading in ("parameter", "country"):
        table.add_column(heading, no_wrap=True)
    for heading in ("stations", "hours", "years"):
        table.add_column(heading, justify="right")
    for code, countries in manifest["parameters"].items():
        for country, content in countries.items():
            years = sorted({content["years"][0], content["years"][-1]})
            counts = (f"{content['stations']:,}", f"{content['hours']:,}")
            table.add_row(code, country or "unknown", *counts, "-".join(map(str, years)))
    return table


def leads_table(scores: Mapping[str, Evaluated], hours: Sequence[int] = (1, 3, 6, 12, 24)) -> Table:
    """Show each parameter's error and its ratio to the best reference at some lead times."""
    table = Table(title="MAE, and as a share of the best reference's, by lead time", padding=0)
    table.add_column("parameter", no_wrap=True)
    for hour in hours:
        table.add_column(f"{hour} h", justify="right")
    for code, score in scores.items():
        mae, share = score.by_lead("mae"), score.share_of_best()
        table.add_row(code, *(f"{mae[h - 1]:.3g} ({share[h - 1]:.0%})" for h in hours))
    return table


def runs_table(runs: Sequence[Run], pointer: Pointer | None) -> Table:
    """Show runs, newest first, and mark the one that readers get."""
    table = Table(padding=0)
    # Never shortened, whatever the terminal's width: other commands take the run's id.
    for heading in ("run", "state"):
        table.add_column(heading, no_wrap=True)
    for heading in ("issued", "published", "stations", "model", "reason"):
        table.add_column(heading, overflow="fold", min_width=len(heading))
    for run in runs:
        current = pointer is not None and pointer.current == run.id
        published = utc_text(run.published_at) if run.published_at else "-"
        cells = (utc_text(run.issue_time), published, str(run.stations), run.model)
        name = f"{run.id}\n(current)" if current else run.id
        table.add_row(name, run.state, *cells, run.reason or "")
    return table


def reasons_table(reasons: Mapping[str, Count]) -> Table:
    """Show how often each reason applies, and what it means."""
    table = Table(padding=0)
    table.add_column("reason", no_wrap=True)
    for heading in ("stations", "series"):
        table.add_column(heading, justify="right")
    table.add_column("meaning", overflow="fold")
    for code, count in reasons.items():
        table.add_row(code, str(count.stations), str(count.series), explained(code))
    return table


def missing_table(stations: Sequence[MissingStation]) -> Table:
    """Show stations, whether they have any forecast, and the parameters of each reason."""
    table = Table(padding=0)
    table.add_column("station", no_wrap=True)
    for heading in ("forecast", "reason: parameters", "detail"):
        table.add_column(heading, overflow="fold")
    for each in stations:
        codes: dict[str, list[str]] = {}
        for code, reason in each.missing.items():
            codes.setdefault(reason, []).append(code)
        lines = [f"{reason}: {', '.join(of)}" for reason, of in codes.items()]
        table.add_row(each.station_id, each.forecast, "\n".join(lines), Text(each.detail))
    return table


def difference_table(found: Difference, before: str, after: str) -> Table:
    """Show how much came, went and moved from one run to another, and the first of each."""
    table = Table(title=f"From {before} to {after}", padding=0)
    table.add_column("what", no_wrap=True)
    table.add_column("how many", justify="right")
    table.add_column("the first", overflow="fold")
    for name in ("stations", "parameters", "series"):
        for way in ("added", "removed"):
            names = getattr(found, f"{name}_{way}")
            shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
            table.add_row(f"{name} {way}", str(len(names)), Text(shown))
    hours = "valid times" if found.same_times else "hours of the day"
    moved = f"of {found.compared}, compared at the same {hours}"
    table.add_row("series moved", str(len(found.moved)), moved)
    return table


#: The most names in a cell, and forecasts in the table of those that moved.
_SHOWN, _MOVED = 10, 20


def moved_table(moved: Sequence[Moved]) -> Table:
    """Show the forecasts that moved most."""
    title = f"The {_MOVED} that moved most" if len(moved) > _MOVED else "What moved"
    table = Table(title=title, padding=0)
    table.add_column("station", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("parameter", no_wrap=True)
    for heading in ("hours", "at", "from", "to", "widths"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in moved[:_MOVED]:
        of = parameter(each.parameter)
        values = (f"{value:.{of.decimals}f} {of.unit}" for value in (each.before, each.after))
        numbers = (each.time, *values, f"{each.widths:.2f}")
        table.add_row(each.station_id, Text(each.name), each.parameter, str(each.hours), *numbers)
    return table


def damages_table(damages: Sequence[Damage]) -> Table:
    """Show what is damaged: the kind of item, how many, and the first of them."""
    table = Table(padding=0)
    table.add_column("what", overflow="fold")
    table.add_column("damaged", justify="right")
    table.add_column("first", overflow="fold")
    for each in damages:
        table.add_row(each.what, f"{each.damaged} of {each.items}", Text(each.first))
    return table


def trainings_table(trainings: Sequence[Training]) -> Table:
    """Show trainings, newest first."""
    table = Table(title="Trainings", padding=0)
    for heading in ("month", "state"):
        table.add_column(heading, no_wrap=True)
    for heading in ("chosen", "approved by", "reason"):
        table.add_column(heading, overflow="fold")
    for each in trainings:
        table.add_row(each.name, each.state, each.chosen, each.approved_by, Text(each.reason))
    return table


def releases_table(releases: Sequence[ModelRelease]) -> Table:
    """Show releases, newest first, and mark the one that is in use."""
    table = Table(title="Releases", padding=0)
    for heading in ("number", "model", "released"):
        table.add_column(heading, no_wrap=True)
    for heading in ("reason", "taken back"):
        table.add_column(heading, overflow="fold")
    in_use = max((each.number for each in releases if not each.taken_back), default=0)
    for each in reversed(releases):
        number = f"{each.number} (in use)" if each.number == in_use else str(each.number)
        why = Text(each.reason), Text(each.taken_back)
        table.add_row(number, each.model, each.released_at, *why)
    return table


def candidates_table(training: Training) -> Table:
    """Show the candidates of a training: what each gains, and how it does in each parameter."""
    table = Table(title=f"Candidates of {training.name}", padding=0)
    table.add_column("candidate", no_wrap=True)
    for heading in ("parameter", "gain", "skill", "reference", "coverage"):
        table.add_column(heading, justify="right")
    for candidate in training.candidates.values():
        name = f"{candidate.name} {'accepted' if candidate.accepted else 'refused'}"
        for code, each in candidate.held_back.items():
            gain = "-" if each["gain"] is None else f"{each['gain']:+.1%}"
            shares = f"{each['skill']:+.1%}", each["reference"], f"{each['coverage']:.1%}"
            table.add_row(name, code, gain, *shares)
            name = ""
    return table


def seconds_table(seconds: dict[str, float]) -> Table:
    """Show how long each state of a night took."""
    table = Table()
    table.add_column("state")
    table.add_column("seconds", justify="right")
    for state, taken in seconds.items():
        table.add_row(state, f"{taken:.2f}")
    table.add_row("all", f"{sum(seconds.values()):.2f}")
    return table
