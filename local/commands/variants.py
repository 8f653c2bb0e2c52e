"""`stationcast variants`: the production variants of an endpoint."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from rich.table import Table

from forecasts.stores.open import open_store
from forecasts.times import utc_now as now
from local.commands.options import store_option
from local.commands.progress import bar, console, waiting
from local.releases.weights import promoted, read_percentages, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from forecasts.release import Release
    from local.releases.variants import Deployed, Releases
    from local.variant_report.answer_log import AnswerLog
    from local.variant_report.report import Report

# boto3 takes a third of a second to import, and most commands do not need it.
# ruff: noqa: PLC0415

#: Seconds between two checks of an endpoint that is being updated.
POLL_SECONDS = 2.0

_NAME = re.compile(r"(?:sagemaker://)?([a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62})")


_AGO = re.compile(r"([1-9]\d{0,4})([dhm])")
_WEEK = timedelta(days=7)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


class Ago(click.ParamType[timedelta]):
    """A time span before now, in days, hours or minutes."""

    name = "ago"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read `7d`, `12h` or `30m`."""
        found = _AGO.fullmatch(value)
        if not found:
            self.fail(f"{value!r} is not a time span; write 7d, 12h or 30m", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


class EndpointName(click.ParamType[str]):
    """The name of an endpoint, or its URL in the API's settings."""

    name = "endpoint"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read `sagemaker://name` or `name`."""
        found = _NAME.fullmatch(value)
        if not found:
            self.fail(
                f"{value!r} is not the name of an endpoint; write sagemaker://stationcast",
                param,
                ctx,
            )
        return found[1]


endpoint_option = click.option(
    "--endpoint",
    "endpoint_name",
    type=EndpointName(),
    default="sagemaker://stationcast",
    envvar="STATIONCAST_ENDPOINT",
    show_envvar=True,
    help="The endpoint. AWS_ENDPOINT_URL_SAGEMAKER is its address, if it is not in AWS.",
)


@click.group()
def variants() -> None:
    """Move requests between the production variants of an endpoint, and compare the variants.

    Weights do not move callers that the API assigns to a variant (STATIONCAST_VARIANTS).
    """


@variants.command("show")
@endpoint_option
def variants_show(endpoint_name: str) -> None:
    """Show the variants and their shares of the requests.

    \b
    Example:
      stationcast variants show
    """
    from local.releases.variants import SageMaker

    _show(SageMaker().describe(endpoint_name))


@variants.command("shift")
@click.argument("shares", nargs=-1, required=True)
@endpoint_option
@store_option
def variants_shift(shares: tuple[str, ...], endpoint_name: str, store_url: str) -> None:
    """Set the shares of variants, in percent; the other variants keep their proportions.

    \b
    Examples:
      stationcast variants shift depth10=5
      stationcast variants shift depth5=80 depth10=20
    """
    asked = read_percentages(shares)
    _change(endpoint_name, store_url, lambda weights: shifted(weights, asked))


@variants.command("promote")
@click.argument("variant")
@endpoint_option
@store_option
def variants_promote(variant: str, endpoint_name: str, store_url: str) -> None:
    """Send all requests to VARIANT.

    \b
    Example:
      stationcast variants promote depth10
    """
    _change(endpoint_name, store_url, lambda weights: promoted(weights, variant))


@variants.command("rollback")
@endpoint_option
@store_option
def variants_rollback(endpoint_name: str, store_url: str) -> None:
    """Undo the last change of weights; repeat it to undo earlier ones.

    \b
    Example:
      stationcast variants rollback
    """
    _release(endpoint_name, store_url, lambda releases: releases.roll_back(now()))


@variants.command("report")
@click.option(
    "--log",
    "log_file",
    type=click.File(encoding="utf-8", errors="replace"),
    help="The journal of the API; - for standard input.",
)
@click.option("--log-group", help="Log group of the API in CloudWatch, instead of --log.")
@click.option(
    "--since",
    type=Ago(),
    help="Leave out older entries: 7d, 12h, 30m.  [default for --log-group: 7d]",
)
@click.option("--observations", help="Folder or s3://bucket/prefix; adds accuracy to the report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write a PNG of the report.",
)
def variants_report(
    log_file: TextIO | None,
    log_group: str | None,
    since: timedelta | None,
    observations: str | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    """Compare variants by volume, latency, failure rate and accuracy, with intervals.

    \b
    Examples:
      stationcast variants report --log api.log
      stationcast variants report --log-group /aws/lambda/stationcast-api --since 7d \\
          --observations s3://bucket/observations/ --output variants.png
    """
    from local.variant_report.accuracy import read_observed
    from local.variant_report.answer_log import read_answers
    from local.variant_report.report import make_report

    log = read_answers(*_source(log_file, log_group, since))
    _say_broken(log)
    observed = read_observed(observations, log.answers, bar) if observations else None
    report = make_report(log, observed)
    _show_report(report, as_json=as_json)
    if output:
        from local.variant_report.plot import plot_report

        plot_report(report, output)
        click.echo(f"Wrote {output}", err=True)


def _source(
    log_file: TextIO | None, log_group: str | None, since: timedelta | None
) -> tuple[Iterator[tuple[str, str]], datetime | None]:
    """Return the lines of the log, and the time of the earliest that counts."""
    from local.variant_report.log_sources import lines_of_file, lines_of_group

    if log_file and not log_group:
        return lines_of_file(log_file), now() - since if since else None
    if log_group and not log_file:
        start = now() - (since or _WEEK)
        return lines_of_group(log_group, start), start
    raise click.UsageError("give either --log or --log-group")


def _say_broken(log: AnswerLog) -> None:
    for example in log.examples:
        click.echo(f"  broken: {example}", err=True)
    if not log.answers:
        found = f"{log.lines} lines, {log.broken} of them broken, {log.others} about other things"
        raise click.ClickException(f"no real-time answer in the log: {found}")


def _show_report(report: Report, *, as_json: bool) -> None:
    from local.variant_report.tables import report_tables

    if as_json:
        click.echo(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
        return
    for table in report_tables(report):
        console.print(table)
    log = report.log
    click.echo(
        f"{log.lines} lines: {len(log.answers)} answers, {log.broken} broken, {log.others} others"
    )


def _change(
    endpoint_name: str, store_url: str, change: Callable[[Mapping[str, float]], Mapping[str, float]]
) -> None:
    _release(endpoint_name, store_url, lambda releases: releases.set(change, now()))


def _release(endpoint_name: str, store_url: str, begin: Callable[[Releases], Release]) -> None:
    from local.releases.variants import Releases, SageMaker

    sagemaker = SageMaker()
    with closing(open_store(store_url, now, create=True)) as store:
        begin(Releases(sagemaker, store, endpoint_name))
    with waiting(f"Endpoint {endpoint_name}", POLL_SECONDS) as pause:
        found = sagemaker.wait(endpoint_name, pause)
    _show(found)


def _show(found: Deployed) -> None:
    table = Table(title=f"Endpoint {found.endpoint_name}: {found.status}", padding=0)
    table.add_column("variant", no_wrap=True)
    for heading in ("share", "weight", "instances"):
        table.add_column(heading, justify="right")
    table.add_column("model")
    for variant in found.variants:
        share = f"{found.shares[variant.name]:.4g} %"
        instances = "serverless" if variant.instances is None else str(variant.instances)
        table.add_row(variant.name, share, f"{variant.weight:g}", instances, variant.model)
    for variant in found.shadows:
        table.add_row(variant.name, "shadow", "", str(variant.instances), variant.model)
    console.print(table)
    if found.reason:
        click.echo(found.reason)
