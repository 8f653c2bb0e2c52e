"""`stationcast runs`: list runs, and choose the one that readers get."""

import json
from contextlib import closing

import click

from forecasts.errors import DamagedItemError
from forecasts.item import run_item
from forecasts.runs import current_pointer, get_run, publish, read_runs, rollback
from forecasts.stores.open import open_store
from forecasts.times import utc_now as now
from local.commands.options import store_option
from local.commands.progress import console
from local.commands.tables import runs_table


@click.group()
def runs() -> None:
    """List runs, and choose the one that readers get."""


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

    \b
    Example:
      stationcast runs publish 20131230T0000Z-2
    """
    with closing(open_store(store_url, now)) as store:
        pointer = publish(store, run_id, now())
    click.echo(f"Readers are on {pointer.current} (before: {pointer.previous})")


@runs.command("rollback")
@store_option
def runs_rollback(store_url: str) -> None:
    """Move readers back to the run before the current one, within 15 seconds.

    \b
    Example:
      stationcast runs rollback
    """
    with closing(open_store(store_url, now)) as store:
        pointer = rollback(store, now())
    click.echo(f"Readers are back on {pointer.current}")
