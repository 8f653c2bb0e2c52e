"""`stationcast import`: people's own CSV files become observations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from forecasts.station import STATION_ID, is_timezone
from forecasts.times import utc_now as now
from forecasts.times import utc_text
from local.commands.progress import bar, console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batch_jobs.feeds.plain_csv.importing import Asked, Import
    from batch_jobs.feeds.plain_csv.quality import Values
    from batch_jobs.feeds.plain_csv.sheet import Sheet

# polars takes half a second to import, and most commands do not need it.
# ruff: noqa: PLC0415


_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


class Zone(click.ParamType[str]):
    """An IANA time zone, or an offset such as `+01:00`."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a zone."""
        from batch_jobs.feeds.plain_csv.zones import offset_of

        if not is_timezone(value) and offset_of(value) is None:
            self.fail(f"{value!r} is no time zone; write Europe/Berlin or +01:00", param, ctx)
        return str(value)


class Name(click.ParamType[str]):
    """A name that can be a folder and a station's id."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a name."""
        if not STATION_ID.fullmatch(value):
            self.fail(f"{value!r}: use letters, digits and . _ : -", param, ctx)
        return str(value)


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", required=True, help="Folder or s3://bucket/prefix of observations.")
@click.option(
    "--source",
    "name",
    type=Name(),
    default="csv",
    help="Name of the import; its files are in the folder source=import-NAME.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=PARAMETER:UNIT",
    help="What a column, or a name in a column of parameters, is. COLUMN= ignores it. Repeatable.",
)
@click.option(
    "--timezone",
    "zone",
    type=Zone(),
    help="Zone of times that have none: Europe/Berlin, UTC or +01:00.",
)
@click.option(
    "--day-first/--month-first",
    default=None,
    help="Whether 11/12/2026 is in December, if the files do not show it.",
)
@click.option("--station", type=Name(), help="Id of the station, if no column names it.")
@click.option("--latitude", help="Degrees north of the only station.")
@click.option("--longitude", help="Degrees east of the only station.")
@click.option("--elevation", help="Metres above sea level of the only station.")
@click.option("--name", "title", help="Name of the only station, for people.")
@click.option(
    "--station-file",
    type=click.Path(path_type=Path),
    help="CSV file with the id, the latitude and the longitude of each station.",
)
@click.option("--yes", is_flag=True, help="Write without a question.")
def import_csv(files: tuple[Path, ...], *, yes: bool, **options: Any) -> None:
    """Turn CSV files of your own into observations.

    A file has a column for each parameter, or one row for each value. What it is understood as is
    shown before anything is written. If you import the same again, nothing is written twice.

    \b
    Examples:
      stationcast import garden.csv --into observations/ --station garden \\
          --latitude 52.52 --longitude 13.40 --timezone Europe/Berlin
      stationcast import 2025.csv 2026.csv --into observations/ --station-file stations.csv \\
          --map 'temp=temperature:°F' --map 'battery=' --yes
    """
    from batch_jobs.feeds.plain_csv.importing import read_import

    read = read_import(_asked(files, options), bar)
    show(read)
    for problem in read.problems:
        click.echo(f"Problem: {problem}", err=True)
    if read.problems:
        raise click.ClickException("nothing was written")
    if not yes:
        _confirm(read)
    written = read.write()
    already = f"; {written.known:,} were there already" if written.known else ""
    click.echo(f"Readings written: {written.new:,}{already}")
    for file in written.files:
        click.echo(f"  {file}")


def _asked(files: tuple[Path, ...], options: dict[str, Any]) -> Asked:
    from batch_jobs.feeds.plain_csv.columns import corrections_of
    from batch_jobs.feeds.plain_csv.importing import Asked
    from batch_jobs.feeds.plain_csv.places import Given
    from batch_jobs.feeds.plain_csv.readings import Clock

    zone = options["zone"] or ""
    return Asked(
        files=files,
        into=options["into"],
        now=now(),
        name=options["name"],
        corrections=corrections_of(options["maps"]),
        clock=Clock(zone, options["day_first"]),
        station=options["station"] or "",
        given=Given(
            latitude=options["latitude"] or "",
            longitude=options["longitude"] or "",
            elevation=options["elevation"] or "",
            name=options["title"] or "",
            timezone=zone if is_timezone(zone) else "",
        ),
        station_file=options["station_file"],
    )


def _confirm(read: Import) -> None:
    """Ask whether to write.

    Raises:
        ClickException: There is no terminal to ask.
        Abort: The answer is no.
    """
    if not sys.stdin.isatty():
        raise click.ClickException("nothing was written; if this is right, repeat it with --yes")
    click.confirm(f"Write this into {read.asked.into}?", abort=True)


def show(read: Import) -> None:
    """Print what files are understood as, and what is left out."""
    layouts: dict[object, list[Sheet]] = {}
    for sheet in read.sheets:
        click.echo(_about(sheet))
        layouts.setdefault(sheet.columns, []).append(sheet)
    for sheets in layouts.values():
        console.print(_columns_table(sheets))
    first, last = read.span
    order = " (day first)" if read.clock.day_first else ""
    zone = f"; times without a zone: {read.clock.zone}{order}" if read.clock.zone else ""
    click.echo(
        f"{read.readings:,} readings, stations: {len(read.station_ids):,}, "
        f"{utc_text(first)} to {utc_text(last)}{zone}"
    )
    for note in read.left_out.notes:
        click.echo(f"Note: {note}")
    for reason, count in sorted(read.left_out.counts.items()):
        click.echo(f"Left out: {count:,} {reason}")
        for example in read.left_out.examples[reason]:
            click.echo(f"  {example}")


def _about(sheet: Sheet) -> str:
    separator = _SEPARATORS[sheet.text.separator]
    mark = "comma" if sheet.table.mark == "," else "point"
    facts = f"{separator} between fields, decimal {mark}, {sheet.text.encoding}"
    return f"{sheet.text.name}: {len(sheet.table.lines):,} lines, {facts}"


def _columns_table(sheets: Sequence[Sheet]) -> Table:
    table = Table(padding=0)
    for heading in ("column", "becomes", "unit"):
        table.add_column(heading, overflow="fold")
    for heading in ("readings", "lowest", "highest"):
        table.add_column(heading, justify="right")
    table.add_column("note", overflow="fold")
    for column in sheets[0].columns:
        values = [one for sheet in sheets for one in sheet.values if one.column.name == column.name]
        table.add_row(
            Text(column.name),
            column.meaning or "-",
            column.unit,
            *_range(values),
            Text(column.note),
        )
    return table


def _range(values: list[Values]) -> tuple[str, str, str]:
    """Return the number of values, the lowest and the highest."""
    numbers = [one.numbers for one in values if len(one.numbers)]
    if not numbers:
        return ("0" if values else "", "", "")
    low, high = min(one.min() for one in numbers), max(one.max() for one in numbers)
    return f"{sum(map(len, numbers)):,}", f"{low:g}", f"{high:g}"
