"""Options that say which stations: those of every command that fetches observations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from batch_jobs.feeds.wanted import Near, Stations, Wanted

F = TypeVar("F", bound=Callable[..., Any])

_KM_ALONE = "--km says how near; say near which place, too: --near 40.7,-74.0"

# The choices of stations are in a package that loads polars.
# ruff: noqa: PLC0415


class Degrees(click.ParamType[tuple[float, ...]]):
    """Latitudes and longitudes, separated by commas.

    Args:
        name: As in the usage, e.g. `LAT,LON`; says how many there are.
        limits: The largest value of each.
    """

    def __init__(self, name: str, limits: tuple[float, ...]) -> None:
        self.name = name
        self._limits = limits

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Read the numbers, or fail with an example."""
        try:
            numbers = tuple(float(text) for text in value.split(","))
            pairs = [*zip(numbers, self._limits, strict=True)]
        except ValueError:
            self.fail(f"{value!r} is not {self.name}, in degrees: 40.7,-74.0", param, ctx)
        if not all(abs(number) <= limit for number, limit in pairs):  # False for NaN, too
            self.fail(f"{value!r} is not {self.name}: no such place on Earth", param, ctx)
        return numbers


stations_option = click.option("--stations", help="Ids, separated by commas: JFK,LGA")
near_option = click.option(
    "--near",
    type=Degrees("LAT,LON", (90, 180)),
    help="Stations near a place, in degrees north and east: 40.7,-74.0",
)


#: How near is near for a fetch and for `stationcast live`, kilometres.
FETCH_KM, LIVE_KM = 50.0, 100.0


def km_option(default: float) -> Callable[[F], F]:
    """Return the option that says how near is near."""
    return click.option(
        "--km",
        type=click.FloatRange(min=0, min_open=True),
        help=f"How near, with --near.  [default: {default:g}]",
    )


def wanted_options(command: F) -> F:
    """Add the options to a command; `wanted_of` reads them."""
    for option in reversed(
        (
            stations_option,
            near_option,
            km_option(FETCH_KM),
            click.option(
                "--bbox",
                type=Degrees("WEST,SOUTH,EAST,NORTH", (180, 90, 180, 90)),
                help="Stations in a box of degrees: -75,40,-73,41",
            ),
            click.option("--country", help="Stations of a country, by its two letters: DE"),
            click.option(
                "--stations-from",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                help="Stations of a file: a stations.csv, or an id in each line.",
            ),
        )
    ):
        command = option(command)
    return command


def wanted_of(
    *,
    stations: str | None,
    near: tuple[float, ...] | None,
    km: float | None,
    bbox: tuple[float, ...] | None,
    country: str | None,
    stations_from: Path | None,
) -> Wanted:
    """Return which stations are wanted: all without an option.

    Raises:
        UsageError: There are several options, one that names no station, or --km alone.
    """
    from batch_jobs.feeds.wanted import Box, Country, Everywhere, Near, Stations

    choices: list[Wanted] = []
    if stations is not None:
        choices.append(Stations(_ids(stations.split(","), "--stations")))
    if near is not None:
        choices.append(Near(near[0], near[1], km or FETCH_KM))
    elif km is not None:
        raise click.UsageError(_KM_ALONE)
    if bbox is not None:
        choices.append(Box(*_box(bbox)))
    if country is not None:
        choices.append(Country(_country(country)))
    if stations_from is not None:
        lines = stations_from.read_text(encoding="utf-8-sig").splitlines()
        ids = [line.split(",")[0].strip('" ') for line in lines]
        rows = [one for one in ids if one != "station_id"]
        choices.append(Stations(_ids(rows, "the file of --stations-from")))
    if len(choices) > 1:
        raise click.UsageError(
            "say which stations in one way: --stations, --near, --bbox, --country or "
            "--stations-from"
        )
    return choices[0] if choices else Everywhere()


def place_wanted(
    stations: str | None, near: tuple[float, ...] | None, km: float | None
) -> Near | Stations | None:
    """Return which stations are wanted, by `--stations` or `--near`; None without both.

    Raises:
        UsageError: Both are given, the ids name no station, or --km is given alone.
    """
    from batch_jobs.feeds.wanted import Near, Stations

    if stations is not None and near is not None:
        raise click.UsageError("say where in one way: --near or --stations")
    if near is not None:
        return Near(near[0], near[1], km or LIVE_KM)
    if km is not None:
        raise click.UsageError(_KM_ALONE)
    return Stations(_ids(stations.split(","), "--stations")) if stations is not None else None


def _ids(texts: list[str], where: str) -> frozenset[str]:
    ids = frozenset(text.strip() for text in texts) - {""}
    if not ids:
        raise click.UsageError(f"{where} names no station")
    return ids


def _box(bbox: tuple[float, ...]) -> tuple[float, float, float, float]:
    west, south, east, north = bbox
    if south > north:
        raise click.UsageError("--bbox: its south is north of its north; west comes first")
    return west, south, east, north


def _country(text: str) -> str:
    code = text.strip().upper()
    if len(code) != 2 or not code.isalpha():  # noqa: PLR2004 -- ISO 3166-1 alpha-2
        raise click.UsageError(f"--country {text!r} is not a code of two letters, such as DE")
    return code
