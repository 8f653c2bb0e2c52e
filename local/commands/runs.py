"""`stationcast runs`: list runs, and choose the one that readers get."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING

import click

from batch_jobs.announce_run import announce_move
from batch_jobs.announcements.settings import open_announcer
from forecasts.errors import DamagedItemError, ForecastsError
from forecasts.item import run_item
from forecasts.missing import count_reasons, explained, get_missing
from forecasts.runs import current_pointer, get_run, publish, read_runs, rollback
from forecasts.stores.open import open_store
from forecasts.stores.pace import Pace
from forecasts.times import utc_now as now
from local.commands.options import store_option
from local.commands.progress import bar, console
from local.commands.tables import damages_table, missing_table, reasons_table, runs_table
from local.commands.whole_runs import diff, export
from local.store_check import ITEMS_PER_SECOND, StoreCheck

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from batch_jobs.announcements.announcer import Announcer
    from forecasts.missing import Count, MissingStation
    from forecasts.run import Pointer
    from forecasts.stores.protocol import Reader


@click.group()
def runs() -> None:
    """List runs, and choose the one that readers get."""


runs.add_command(export)
runs.add_command(diff)


@runs.command("list")
@store_option
def runs_list(store_url: str) -> None:
    """List all runs, newest first; what is damaged is named below.

    \b
    Examples:
      stationcast runs list
      stationcast runs list --store dynamodb://stationcast
    """
    with closing(open_store(store_url, now)) as store:
        readable, damaged = read_runs(store)
        try:
            pointer = current_pointer(store)
        except DamagedItemError as error:
            pointer = None
            damaged.append(error)
    console.print(runs_table(readable, pointer))
    for each in damaged:
        click.echo(each, err=True)


@runs.command("show")
@click.argument("run_id")
@store_option
def runs_show(run_id: str, store_url: str) -> None:
    """Print a run and its quality report as JSON.

    \b
    Example:
      stationcast runs show 20131230T0000Z-1
    """
    with closing(open_store(store_url, now)) as store:
        run = get_run(store, run_id)
    click.echo(json.dumps(json.loads(run_item(run, 1).body), indent=1, ensure_ascii=False))


@runs.command("publish")
@click.argument("run_id")
@store_option
def runs_publish(run_id: str, store_url: str) -> None:
    """Move readers to RUN_ID, an older or a newer run, within 15 seconds.

    STATIONCAST_WEBHOOK_URL names a receiver that is told; see docs/standards.md.

    \b
    Example:
      stationcast runs publish 20131230T0000Z-2
    """
    announcer = open_announcer(os.environ, now)
    with closing(open_store(store_url, now)) as store:
        before = _readable_pointer(store)
        pointer = publish(store, run_id, now())
        click.echo(f"Readers are on {pointer.current} (before: {pointer.previous})")
        if before is None or before.version != pointer.version:
            _tell(store, pointer, before, announcer)


@runs.command("rollback")
@store_option
def runs_rollback(store_url: str) -> None:
    """Move readers back to the run before the current one, within 15 seconds.

    STATIONCAST_WEBHOOK_URL names a receiver that is told; see docs/standards.md.

    \b
    Example:
      stationcast runs rollback
    """
    announcer = open_announcer(os.environ, now)
    with closing(open_store(store_url, now)) as store:
        before = current_pointer(store)
        pointer = rollback(store, now())
        click.echo(f"Readers are back on {pointer.current}")
        _tell(store, pointer, before, announcer)


@runs.command("check")
@click.option("--run", "run_id", help="Check this run only.")
@store_option
def runs_check(run_id: str | None, store_url: str) -> None:
    """Read the whole store; say what is damaged, and what to do about it.

    Reads up to 5,000 items a second, so that readers notice nothing. The exit status is 1 if
    something is damaged.

    \b
    Examples:
      stationcast runs check
      stationcast runs check --run 20131230T0000Z-1
    """
    with closing(open_store(store_url, now)) as store:
        check = StoreCheck(store, now(), bar, Pace(ITEMS_PER_SECOND))
        damages = list(check.one(run_id) if run_id else check.all())
    if not damages:
        click.echo("All items can be read")
        return
    console.print(damages_table(damages))
    for advice in dict.fromkeys(each.advice for each in damages):
        click.echo(f"To do: {advice}")
    raise click.ClickException(f"{sum(each.damaged for each in damages)} items are damaged")


@runs.command("missing")
@click.argument("run_id", required=False)
@click.option("--reason", help="Only stations that lack a forecast for this reason.")
@click.option(
    "--forecast",
    type=click.Choice(["none", "partial"]),
    help="Only stations without any forecast, or only those with one of other parameters.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@store_option
def runs_missing(
    run_id: str | None, reason: str | None, forecast: str | None, store_url: str, *, as_json: bool
) -> None:
    """List the stations without a forecast of some or all parameters, and why.

    RUN_ID is any run that was loaded, even a rejected one; by default the one that readers get.

    \b
    Examples:
      stationcast runs missing
      stationcast runs missing --forecast none
      stationcast runs missing 20131230T0000Z-1 --reason too_few_observations
    """
    with closing(open_store(store_url, now)) as store:
        run = get_run(store, run_id or _current_id(store))
        stations = get_missing(store, run)
    reasons = count_reasons(stations)
    chosen = [
        each
        for each in stations
        if reason in (None, *each.missing.values()) and forecast in (None, each.forecast)
    ]
    if as_json:
        click.echo(_missing_json(run.id, reasons, chosen))
        return
    click.echo(f"Run {run.id}: {len(stations)} stations lack a forecast")
    if chosen:
        console.print(reasons_table(reasons))
        console.print(missing_table(chosen))


def _readable_pointer(store: Reader) -> Pointer | None:
    try:
        return current_pointer(store)
    except DamagedItemError:
        return None  # publishing replaces it


def _tell(store: Reader, pointer: Pointer, before: Pointer | None, announcer: Announcer) -> None:
    """Tell others of a move, which stands whatever becomes of that."""
    try:
        untold = announce_move(store, pointer, before.current if before else None, announcer)
    except ForecastsError as error:
        untold = [str(error)]
    for what in untold:
        click.echo(f"  not told: {what}", err=True)


def _current_id(store: Reader) -> str:
    pointer = current_pointer(store)
    if pointer is None:
        raise click.ClickException("no run is published yet; name a run: `stationcast runs list`")
    return pointer.current


def _missing_json(
    run_id: str, reasons: Mapping[str, Count], stations: Iterable[MissingStation]
) -> str:
    shown = [
        {"code": code, "explanation": explained(code), **count._asdict()}
        for code, count in reasons.items()
    ]
    answer = {"run": run_id, "reasons": shown, "items": [each._asdict() for each in stations]}
    return json.dumps(answer, indent=1, ensure_ascii=False)
