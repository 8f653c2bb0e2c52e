"""`stationcast scaling`: try scaling policies on a simulated day.

Options are named after the parameters of template.yaml.
"""

from __future__ import annotations

import json
import re
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from local.commands.cost import prices_option
from local.commands.progress import bar, console
from local.cost.instances import INSTANCES, instance_of
from local.errors import ScalingError
from local.scaling.fleet import Routing
from local.scaling.policy import Policy, Scaling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.scaling.simulation import Day, Demand, Hosting
    from local.scaling.traffic import Peak

# numpy and matplotlib are slow to import, and most commands do not need them.
# ruff: noqa: PLC0415

_PEAK = re.compile(r"([0-9]{2}:[0-9]{2})=([0-9]{1,6}(?:\.[0-9]{1,6})?)x([0-9]{1,4})")
_MS = 1000
_POSITIVE = click.FloatRange(min=0, min_open=True)
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
        show_default=True,
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
        type=_POSITIVE,
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
        show_default=True,
        help="Instance type; it runs one worker on each vCPU.",
    ),
    prices_option,
    click.option(
        "--endpoint-seconds",
        type=_POSITIVE,
        default=2.0,
        show_default=True,
        help="Seconds that the API waits for an answer.",
    ),
    click.option(
        "--start-seconds",
        type=click.FloatRange(min=0),
        default=300.0,
        show_default=True,
        help="Seconds until a new instance is in service.",
    ),
    click.option(
        "--metric-seconds",
        type=click.FloatRange(min=0),
        default=60.0,
        show_default=True,
        help="Seconds until a metric reaches its alarm.",
    ),
    click.option(
        "--most-waiting",
        type=click.IntRange(min=0),
        default=100,
        show_default=True,
        help="Longest queue of an instance; further requests are rejected.",
    ),
    click.option(
        "--routing",
        type=click.Choice([one.value for one in Routing]),
        default=Routing.RANDOM.value,
        show_default=True,
        help="How requests are spread over the instances.",
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Random seed."),
    click.option(
        "--scale-out-cooldown",
        type=float,
        default=60.0,
        show_default=True,
        help="Seconds between two increases.",
    ),
    click.option(
        "--scale-in-cooldown",
        type=float,
        default=300.0,
        show_default=True,
        help="Seconds between two decreases.",
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


@click.group()
def scaling() -> None:
    """Simulate how an endpoint scales over a day of traffic, before paying for it."""


@scaling.command("simulate")
@scene_options
@click.option(
    "--endpoint-scaling",
    type=click.Choice([one.value for one in Scaling]),
    default=Scaling.INVOCATIONS.value,
    show_default=True,
    help="The metric that the policy follows.",
)
@click.option(
    "--endpoint-min-instances",
    type=int,
    default=1,
    show_default=True,
    help="Smallest number of instances.",
)
@click.option(
    "--endpoint-max-instances",
    type=int,
    default=2,
    show_default=True,
    help="Largest number of instances.",
)
@click.option(
    "--scaling-invocations",
    type=float,
    default=1000,
    show_default=True,
    help="Target: requests per instance and minute.",
)
@click.option(
    "--scaling-latency",
    type=float,
    default=200,
    show_default=True,
    help="Target: latency in milliseconds.",
)
@click.option(
    "--scaling-concurrency",
    type=float,
    default=2,
    show_default=True,
    help="Target: requests in flight per instance. Not a parameter of the template.",
)
def scaling_simulate(
    endpoint_scaling: str,
    endpoint_min_instances: int,
    endpoint_max_instances: int,
    plot: Path | None,
    *,
    as_json: bool,
    **options: Any,
) -> None:
    """Show a day under one policy: instances, latencies, rejected requests and cost.

    \b
    Examples:
      stationcast scaling simulate --requests 1000000 --peak 12:00=4x30 --plot day.png
      stationcast scaling simulate --traffic day.csv --service-times times.txt \\
          --endpoint-max-instances 6 --scaling-invocations 2500
    """
    from local.scaling.simulation import simulate

    if endpoint_scaling == Scaling.NONE:
        # As in the template, the maximum has no effect then.
        endpoint_max_instances = endpoint_min_instances
    policy = Policy(
        scaling=Scaling(endpoint_scaling),
        min_instances=endpoint_min_instances,
        max_instances=endpoint_max_instances,
        target=options.get(f"scaling_{endpoint_scaling}", 1.0),
        scale_out_cooldown=options["scale_out_cooldown"],
        scale_in_cooldown=options["scale_in_cooldown"],
    )
    scene = _scene(**options)
    day = simulate(scene.demand, policy, scene.hosting, options["seed"])
    _show(day, scene, plot, as_json=as_json)


@scaling.command("search")
@scene_options
@click.option(
    "--p99-ms",
    type=_POSITIVE,
    required=True,
    help="Latency target: the 99th percentile, in milliseconds.",
)
@click.option(
    "--endpoint-scaling",
    "scalings",
    type=click.Choice([one.value for one in Scaling if one is not Scaling.CONCURRENCY]),
    multiple=True,
    default=(Scaling.INVOCATIONS.value, Scaling.NONE.value),
    show_default=True,
    help="Metrics to try; repeat the option for each.",
)
def scaling_search(
    p99_ms: float,
    scalings: tuple[str, ...],
    plot: Path | None,
    *,
    as_json: bool,
    **options: Any,
) -> None:
    """Find the cheapest policy that meets a latency target, as parameters for a deployment.

    \b
    Examples:
      stationcast scaling search --p99-ms 200 --requests 1000000 --peak 12:00=4x30
      stationcast scaling search --p99-ms 200 --endpoint-scaling invocations \\
          --endpoint-scaling latency --endpoint-scaling none
    """
    from local.scaling.search import Promise, search

    scene = _scene(**options)
    base = Policy(
        scale_out_cooldown=options["scale_out_cooldown"],
        scale_in_cooldown=options["scale_in_cooldown"],
    )
    tried = [Scaling(name) for name in scalings]
    found = search(scene.demand, scene.hosting, Promise(p99_ms), tried, bar, base)
    _show(found.day, scene, plot, as_json=as_json)
    if not as_json:
        instance_type = options["endpoint_instance_type"]
        click.echo(
            f"Of {found.tried} policies, the cheapest with a 99th percentile below {p99_ms:g} ms:\n"
        )
        click.echo(f"  EndpointInstanceType={instance_type} {found.day.policy.overrides()}")


def _scene(  # noqa: PLR0913 -- the options
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


def _show(day: Day, scene: Scene, plot: Path | None, *, as_json: bool) -> None:
    from local.scaling.tables import day_json, day_table, hours_of

    hours = hours_of(day, scene.patience)
    title = _title(day)
    if as_json:
        click.echo(json.dumps(day_json(day, hours), indent=1))
    else:
        console.print(day_table(hours, title))
    if plot:
        from local.scaling.plot import plot_day

        plot_day(day, title, scene.patience, plot)
        click.echo(f"Wrote {plot}", err=True)


def _title(day: Day) -> str:
    policy = day.policy
    if policy.scaling is Scaling.NONE:
        return f"{policy.min_instances} instances all day, ${day.usd:.2f}"
    span = f"{policy.min_instances} to {policy.max_instances} instances"
    return f"{span}, scaled on {policy.scaling} at {policy.target:g}, ${day.usd:.2f}"
