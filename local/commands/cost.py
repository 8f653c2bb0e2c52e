"""`stationcast cost`: what each way of hosting costs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecasts.times import utc_now as now
from local.commands.progress import bar, console
from local.cost.additions import additions
from local.cost.comparison import compare_contexts, compare_lookups
from local.cost.prices import BUNDLED, read_prices
from local.cost.workload import DAY, Workload, read_workload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.cost.bill import Bill
    from local.cost.comparison import Comparison
    from local.cost.curves import Curves
    from local.cost.prices import Prices
    from local.cost.refresh import Refreshed

# matplotlib and boto3 are slow to import, and only plots and `cost refresh` need them.
# ruff: noqa: PLC0415

#: Requests a month at both ends of a plot.
LOW, HIGH = 1e4, 1e9

_HOURS = 720
_POSITIVE = click.FloatRange(min=0, min_open=True)

prices_option = click.option(
    "--prices",
    "prices_name",
    default="today",
    help=f"List of prices: {' or '.join(BUNDLED)}, or a file from `stationcast cost refresh`.",
)


@click.group(invoke_without_command=True)
@click.option(
    "--workload",
    "workload_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file; docs/cost.md describes its fields. The options below override it.",
)
@prices_option
@click.option("--stations", type=click.IntRange(1), help="Number of stations.")
@click.option("--parameters", type=click.IntRange(1), help="Parameters of each station.")
@click.option("--lookups", type=click.FloatRange(0), help="Lookups per day.")
@click.option("--contexts", type=click.FloatRange(0), help="Real-time requests per day.")
@click.option("--context-ms", type=_POSITIVE, help="Milliseconds that a worker spends on one.")
@click.option(
    "--trainings", type=click.FloatRange(0), help="Trainings of new models per month, e.g. 1."
)
@click.option("--feeds", type=click.IntRange(0), help="Feeds that fetch observations every hour.")
@click.option("--days", type=_POSITIVE, help="Days in a month, e.g. 30.4167 for 730 hours.")
@click.option("--free-tier", is_flag=True, help="Subtract the monthly allowances.")
@click.option("--lines", is_flag=True, help="Show every line of each bill, with its arithmetic.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write a PNG of the costs by requests, with break-even points.",
)
@click.pass_context
def cost(
    context: click.Context,
    /,
    workload_path: Path | None,
    prices_name: str,
    plot: Path | None,
    *,
    free_tier: bool,
    lines: bool,
    as_json: bool,
    **given: float | None,
) -> None:
    """Compare the monthly costs of computing forecasts every night and on request.

    \b
    Examples:
      stationcast cost
      stationcast cost --lookups 1000000 --contexts 50000 --lines
      stationcast cost --workload docs/cost-book.toml --prices book
      stationcast cost --lookups 0 --trainings 1 --feeds 2
      stationcast cost --plot cost.png
    """
    if context.invoked_subcommand:
        return
    fields = {name: value for name, value in given.items() if value is not None}
    workload = read_workload(workload_path, fields)
    prices = read_prices(prices_name)
    compare = {"lookups": partial(compare_lookups, prices=prices, free_tier=free_tier)}
    if any(workload.contexts):
        compare["contexts"] = partial(compare_contexts, prices=prices, free_tier=free_tier)
    comparisons = [one(workload) for one in compare.values()]
    curves = [_curves(one, workload, name) for name, one in compare.items()]
    added = additions(workload, prices, free_tier=free_tier)
    if as_json:
        shown = _as_json(prices, comparisons, curves, added)
        click.echo(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        _show(comparisons, curves, lines=lines)
        _show_additions(added)
        click.echo(f"Prices: {prices.name}, {prices.region}, {prices.read}. {prices.about}")
    if plot:
        from local.cost.plot import plot_curves

        plot_curves(curves, f"Cost of hosting in {prices.region}, prices of {prices.read}", plot)
        click.echo(f"Wrote {plot}", err=True)


def _curves(compare: Callable[[Workload], Comparison], workload: Workload, name: str) -> Curves:
    """Return the costs by requests of one kind, with the daily curve of *workload*."""
    from local.cost.curves import curves_of

    hourly: tuple[float, ...] = getattr(workload, name)
    shape = tuple(count / sum(hourly) for count in hourly) if sum(hourly) else DAY

    def at(requests: float) -> Comparison:
        hours = tuple(requests / workload.days * share for share in shape)
        return compare(replace(workload, **{name: hours}))  # type: ignore[arg-type]  # one of two fields

    return curves_of(at, LOW, HIGH)


def _as_json(
    prices: Prices, comparisons: list[Comparison], curves: list[Curves], added: Sequence[Bill]
) -> dict[str, Any]:
    shown = []
    for comparison, curve in zip(comparisons, curves, strict=True):
        break_evens = [one.to_json() for one in curve.break_evens]
        shown.append({**comparison.to_json(), "break_evens": break_evens})
    about = {"name": prices.name, "region": prices.region, "read": prices.read}
    bills = [bill.to_json() for bill in added]
    return {"prices": about, "comparisons": shown, "additions": bills}


def _show(comparisons: list[Comparison], curves: list[Curves], *, lines: bool) -> None:
    from local.cost.tables import comparison_table, lines_table, remarks

    for comparison, curve in zip(comparisons, curves, strict=True):
        console.print(lines_table(comparison) if lines else comparison_table(comparison))
        for remark in remarks(comparison.bills):
            click.echo(remark)
        for at in curve.break_evens:
            click.echo(
                f"Cheapest from {at.requests:,.0f} a month: {at.above}, below that: {at.below}"
            )
        click.echo()


def _show_additions(added: Sequence[Bill]) -> None:
    """Show the parts that cost the same for every way."""
    from local.cost.tables import bills_table, remarks

    if not added:
        return
    console.print(bills_table("In addition, whatever the way", added))
    for remark in remarks(added):
        click.echo(remark)
    click.echo()


@cost.command("accelerators")
@click.argument("latencies", nargs=-1, required=True)
@click.option(
    "--at-once",
    default=1,
    type=click.IntRange(1),
    help="Inferences that an instance runs in parallel.",
)
@prices_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def cost_accelerators(
    latencies: tuple[str, ...], at_once: int, prices_name: str, *, as_json: bool
) -> None:
    """Compare instance types by the price of a million inferences, given measured latencies.

    LATENCIES are TYPE=MILLISECONDS, or TYPE+TYPE=MILLISECONDS for an instance with an accelerator.

    \b
    Examples:
      stationcast cost accelerators ml.c5.xlarge=40 ml.g4dn.xlarge=6 ml.inf2.xlarge=3
      stationcast cost accelerators --prices book ml.m5.xlarge+ml.eia2.medium=12 ml.p2.xlarge=20
    """
    from local.cost.accelerators import compare_accelerators
    from local.cost.tables import accelerators_table

    read = dict(_latency(text) for text in latencies)
    found = compare_accelerators(read, at_once, read_prices(prices_name), _HOURS)
    if as_json:
        click.echo(json.dumps({"instances": [one.to_json() for one in found]}, indent=1))
        return
    console.print(accelerators_table(found, at_once))
    for one in found:
        if one.status:
            click.echo(f"{one.name} is not available: {one.status}")


def _latency(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        milliseconds = float(value)
    except ValueError:
        milliseconds = -1.0
    if not 0 < milliseconds < float("inf"):
        raise click.BadParameter(f"{text!r} is not TYPE=MILLISECONDS", param_hint="LATENCIES")
    return name, milliseconds


@cost.command("refresh")
@click.option("--region", help="AWS region.  [default: the region of --prices]")
@click.option(
    "--output",
    default="prices.json",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The new list of prices.",
)
@prices_option
def cost_refresh(region: str | None, output: Path, prices_name: str) -> None:
    """Update a list of prices from AWS's Price List API.

    Needs AWS credentials with the permission pricing:GetProducts. Prices that AWS does not list
    are kept and named. This command has been tested against an imitation of the API, not yet
    against AWS.

    \b
    Example:
      stationcast cost refresh --region eu-central-1 --output prices.json
      stationcast cost --prices prices.json
    """
    from local.cost.refresh import pricing_client, refresh

    prices = read_prices(prices_name)
    refreshed = refresh(prices, region or prices.region, pricing_client(), now(), bar)
    refreshed.prices.write(output)
    _show_refreshed(refreshed, output)


def _show_refreshed(refreshed: Refreshed, output: Path) -> None:
    for key, reason in refreshed.kept.items():
        click.echo(f"  kept {key}: {reason}", err=True)
    click.echo(f"Wrote {output}: {len(refreshed.read)} prices read, {len(refreshed.kept)} kept")
