"""`stationcast training`: training sets; what becomes of them is in `renewal`."""

from datetime import datetime

import click
from rich.text import Text

from local.commands import renewal
from local.commands.locations import alone
from local.commands.options import UtcTime, observations_option
from local.commands.progress import bar, console
from local.machine import cores

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


@click.group()
def training() -> None:
    """Train, judge, release and take back models; see docs/renewal.md.

    A month's training makes candidates and compares them with the model in use. The best one that
    is nowhere worse is released; otherwise everything stays as it is.

    \b
    Examples:
      stationcast training run --observations observations/ --model model.tar.gz
      stationcast training run --observations observations/ --ask
      stationcast training approve 2026-12 --by ada
      stationcast training release 2026-12
      stationcast training status
      stationcast training rollback --reason "the intervals are too narrow"
    """


for command in (
    renewal.run,
    renewal.status,
    renewal.candidates,
    renewal.approve,
    renewal.release,
    renewal.rollback,
):
    training.add_command(command)


@training.command()
@observations_option
@click.option("--output", required=True, help="The set: a folder or s3://bucket/prefix.")
@click.option("--parameters", help="Codes, e.g. pm25,o3.  [default: all that are measured]")
@click.option(
    "--countries",
    help="Two-letter codes, e.g. US,DE; __ for stations of unknown country.  [default: all]",
)
@click.option("--since", type=UtcTime(), help="First hour.  [default: the first with a value]")
@click.option("--until", type=UtcTime(), help="Last hour.  [default: the last with a value]")
@click.option(
    "--spark",
    is_flag=False,
    flag_value="local[*]",
    metavar="[MASTER]",
    help="Let Spark do the reading, with this many cores of this machine (local[2]; local[*] if "
    "nothing is named) or on a cluster (spark://host:7077). The set is the same.",
)
def prepare(
    observations: str,
    output: str,
    parameters: str | None,
    countries: str | None,
    since: datetime | None,
    until: datetime | None,
    spark: str | None,
) -> None:
    """Make a training set, or bring it up to date.

    Only what has changed since the last time is read: months with new or changed files. It may be
    interrupted and repeated; the set stays as it was until the new one is complete.

    \b
    Examples:
      stationcast training prepare --observations observations/ --output sets/all
      stationcast training prepare --observations s3://bucket/observations \\
          --output s3://bucket/sets/pm25 --parameters pm25 --countries US,DE
      stationcast training prepare --observations archive/ --output sets/2024 \\
          --since 2024-01-01T00:00:00Z --until 2024-12-31T23:00:00Z --spark
    """
    from batch_jobs.training.prepare import Request, prepare
    from batch_jobs.training.spark import on_spark
    from batch_jobs.training.this_machine import on_this_machine
    from batch_jobs.training.training_sets import NO_COUNTRY
    from local.commands.tables import training_set_table

    codes = countries.split(",") if countries else None
    request = Request(
        observations,
        output,
        parameters.split(",") if parameters else None,
        codes and ["" if code == NO_COUNTRY else code.upper() for code in codes],
        since,
        until,
    )
    run = on_spark(spark) if spark else on_this_machine(cores())
    with alone(output):
        prepared = prepare(request, run, bar)
    for fault in prepared.manifest["faults"]:
        click.echo(f"  {fault['location'] or 'a file'}: {fault['reason']}", err=True)
    console.print(training_set_table(prepared.manifest))
    kept = prepared.groups - prepared.made
    groups = f"groups read: {prepared.made}, up to date: {kept}"
    console.print(Text(f"Wrote {output}; {groups}"), soft_wrap=True)
