"""The simulated day of `stationcast scaling`: its options, and the scene that they describe.

Options are named after the parameters of template.yaml.
"""

from __future__ import annotations

import re
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from local.commands.cost import prices_option
from local.cost.instances import INSTANCES, instance_of
from local.errors import ScalingError
from local.scaling.fleet import Routing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.scaling.simulation import Demand, Hosting
    from local.scaling.traffic import Peak

# numpy and matplotlib are slow to import, and most commands do not need them.
# ruff: noqa: PLC0415

_PEAK = re.compile(r"([0-9]{2}:[0-9]{2})=([0-9]{1,6}(?:\.[0-9]{1,6})?)x([0-9]{1,4})")
_MS = 1000
POSITIVE = click.FloatRange(min=0, min_open=True)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_HOSTED = [name for name, instance in INSTANCES.items() if instance.hosting]


class PeakType(click.ParamType["Peak"]):
    """A period with more requests than usual."""

    name = "peak"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Peak:
        """Read `12:00=5x30`: five times as many, for 30 minutes from 12:00."""
        from local.scaling.traffic import Peak, minute_of

        found = _PEAK.fullmatch(value)
        if not found:
            self.fail(f"{value!r} is not a peak; write 12:00=5x30", param, ctx)
        return Peak(minute_of(found[1], "peak"), float(found[2]), int(found[3]))


class Scene(NamedTuple):
    """The day that all policies are tried on.

    Attributes:
        demand: The requests of the day.
        hosting: The instances.
        patience: Seconds that the API waits for an answer.
    """

    demand: Demand
    hosting: Hosting
    patience: float


_SCENE_OPTIONS = (
    click.option("--traffic", type=_FILE, help="CSV file of time,requests; see docs/cost.md."),
    click.option(
        "--requests",
        type=click.FloatRange(min=0),
        default=200_000,
        help="Requests per day, spread over a typical daily curve. Ignored with --traffic.",
    ),
    click.option(
        "--peak",
        "peaks",
        type=PeakType(),
        multiple=True,
        help="More requests for a while: 12:00=5x30 is five times as many for 30 minutes.",
    ),
    click.option(
        "--service-ms",
        type=POSITIVE,
        help="Milliseconds a worker spends on one request.  [default: 20]",
    ),
    click.option(
        "--service-times",
        type=_FILE,
        help="File of measured times instead, one number of milliseconds per line.",
    ),
    click.option(
        "--endpoint-instance-type",
        type=click.Choice(_HOSTED),
        default="ml.m5.large",
        help="Instance type; it runs one worker on each vCPU.",
    ),
    prices_option,
    click.option(
        "--endpoint-seconds",
        type=POSITIVE,
        default=2.0,
        help="Seconds that the API waits for an answer.",
    ),
    click.option(
        "--start-seconds",
        type=click.FloatRange(min=0),
        default=300.0,
        help="Seconds until a new instance is in service.",
    ),
    click.option(
        "--metric-seconds",
        type=click.FloatRange(min=0),
        default=60.0,
        help="Seconds until a metric reaches its alarm.",
    ),
    click.option(
        "--most-waiting",
        type=click.IntRange(min=0),
        default=100,
        help="Longest queue of an instance; further requests are rejected.",
    ),
    click.option(
        "--routing",
        type=click.Choice([one.value for one in Routing]),
        default=Routing.RANDOM.value,
        help="How requests are spread over the instances.",
    ),
    click.option("--seed", type=int, default=1, help="Random seed."),
    click.option(
        "--scale-out-cooldown", type=float, default=60.0, help="Seconds between two increases."
    ),
    click.option(
        "--scale-in-cooldown", type=float, default=300.0, help="Seconds between two decreases."
    ),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    click.option(
        "--plot",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Also write a PNG of the day.",
    ),
)


def scene_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that describe the day."""
    return reduce(lambda made, option: option(made), reversed(_SCENE_OPTIONS), command)


def make_scene(  # noqa: PLR0913 -- the options
    *,
    traffic: Path | None,
    requests: float,
    peaks: Sequence[Peak],
    service_ms: float | None,
    service_times: Path | None,
    endpoint_instance_type: str,
    prices_name: str,
    endpoint_seconds: float,
    start_seconds: float,
    metric_seconds: float,
    most_waiting: int,
    routing: str,
    seed: int,
    **_: object,
) -> Scene:
    """Return the scene that the options describe.

    Raises:
        click.UsageError: Both kinds of service times are given.
        ScalingError: A file or the list of prices lacks something; names it.
    """
    from local.scaling.simulation import Demand, Hosting, draw_services
    from local.scaling.traffic import curve, read_traffic

    if service_ms and service_times:
        raise click.UsageError("give either --service-ms or --service-times")
    measured = _measured(service_times) if service_times else [(service_ms or 20.0) / _MS]
    day = read_traffic(traffic) if traffic else curve(requests, peaks)
    arrivals = day.arrivals(seed)
    hosting = Hosting(
        workers=instance_of(endpoint_instance_type).vcpus,
        usd_hour=_usd_hour(endpoint_instance_type, prices_name),
        start_seconds=start_seconds,
        metric_seconds=metric_seconds,
        most_waiting=most_waiting,
        routing=Routing(routing),
    )
    demand = Demand(arrivals, draw_services(measured, len(arrivals), seed))
    return Scene(demand, hosting, endpoint_seconds)


def _usd_hour(name: str, prices_name: str) -> float:
    from local.cost.prices import read_prices

    prices = read_prices(prices_name)
    price = prices.get(f"hosting/{name}")
    if price is None:
        raise ScalingError(f"the list of prices {prices.name!r} has no hourly price for {name}")
    return price.usd


def _measured(path: Path) -> list[float]:
    """Read service times, one number of ms per line; return seconds."""
    times = []
    for number, line in enumerate(
        path.read_text(encoding="utf-8", errors="replace").split("\n"), 1
    ):
        if line.strip():
            try:
                times.append(float(line) / _MS)
            except ValueError as error:
                raise ScalingError(
                    f"{path}, line {number}: {line!r} is not a number of ms"
                ) from error
    return times
