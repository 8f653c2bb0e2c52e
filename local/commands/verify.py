"""`stationcast verify`: did the forecasts come true?"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from forecasts.runs import get_run, list_runs
from forecasts.stores.open import open_store
from forecasts.times import utc_now as now
from local.commands.options import UtcTime, observations_option, store_option
from local.commands.progress import bar
from local.commands.verification import json_option, output_option, show_verification

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from forecasts.run import Run
    from forecasts.stores.protocol import Store
    from local.verification.report import VerificationReport

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


@click.command()
@observations_option
@store_option
@click.option("--run", "run_id", help="Verify this run, even one that readers never got.")
@click.option("--since", type=UtcTime(), help="Verify all published runs from this issue time on.")
@click.option("--until", type=UtcTime(), help="Verify all published runs up to this issue time.")
@json_option
@output_option
def verify(
    observations: str,
    store_url: str,
    run_id: str | None,
    since: datetime | None,
    until: datetime | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Compare forecasts of past nights with what was then observed.

    By default, the newest published night whose 24 hours are over. A skill is said against the best
    of three forecasts that need no model; docs/verification.md says which, and what each number is.

    \b
    Examples:
      stationcast verify --observations observations/
      stationcast verify --observations observations/ --since 2026-11-01T00:00:00Z --output november
      stationcast verify --observations observations/ --run 20131230T0000Z-1 --json
    """
    if run_id and (since or until):
        raise click.UsageError("--run names one run; leave --since and --until away")
    with closing(open_store(store_url, now)) as store:
        report = _verified(store, _chosen(store, run_id, since, until), observations)
    show_verification(report, output, as_json=as_json)


def _chosen(
    store: Store, run_id: str | None, since: datetime | None, until: datetime | None
) -> Sequence[Run]:
    from local.verification.report import runs_to_verify

    if run_id:
        return [get_run(store, run_id)]
    runs = runs_to_verify(list_runs(store), now(), since, until)
    if not runs:
        raise click.ClickException(
            "no published run whose 24 hours are over; `stationcast runs list` lists all runs"
        )
    return runs


def _verified(store: Store, runs: Sequence[Run], observations: str) -> VerificationReport:
    from local.verification.nights import verify_runs
    from local.verification.report import VerificationReport

    report = VerificationReport(now())
    verify_runs(store, runs, observations, report, bar)
    return report
