"""`stationcast scaling`: try scaling policies on a simulated day.

Options are named after the parameters of template.yaml.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from local.commands.progress import bar, console
from local.commands.scaling_scene import POSITIVE, make_scene, scene_options
from local.scaling.policy import Policy, Scaling

if TYPE_CHECKING:
    from pathlib import Path

    from local.commands.scaling_scene import Scene
    from local.scaling.simulation import Day

# numpy and matplotlib are slow to import, and most commands do not need them.
# ruff: noqa: PLC0415


@click.group()
def scaling() -> None:
    """Simulate how an endpoint scales over a day of traffic, before paying for it."""


@scaling.command("simulate")
@scene_options
@click.option(
    "--endpoint-scaling",
    type=click.Choice([one.value for one in Scaling]),
    default=Scaling.INVOCATIONS.value,
    help="The metric that the policy follows.",
)
@click.option("--endpoint-min-instances", type=int, default=1, help="Smallest number of instances.")
@click.option("--endpoint-max-instances", type=int, default=2, help="Largest number of instances.")
@click.option(
    "--scaling-invocations",
    type=float,
    default=1000,
    help="Target: requests per instance and minute.",
)
@click.option("--scaling-latency", type=float, default=200, help="Target: latency in milliseconds.")
@click.option(
    "--scaling-concurrency",
    type=float,
    default=2,
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
    scene = make_scene(**options)
    day = simulate(scene.demand, policy, scene.hosting, options["seed"])
    _show(day, scene, plot, as_json=as_json)


@scaling.command("search")
@scene_options
@click.option(
    "--p99-ms",
    type=POSITIVE,
    required=True,
    help="Latency target: the 99th percentile, in milliseconds.",
)
@click.option(
    "--endpoint-scaling",
    "scalings",
    type=click.Choice([one.value for one in Scaling if one is not Scaling.CONCURRENCY]),
    multiple=True,
    default=(Scaling.INVOCATIONS.value, Scaling.NONE.value),
    help="Metrics to try; repeat the option for each.",
)
def scaling_search(
    p99_ms: float, scalings: tuple[str, ...], plot: Path | None, *, as_json: bool, **options: Any
) -> None:
    """Find the cheapest policy that meets a latency target, as parameters for a deployment.

    \b
    Examples:
      stationcast scaling search --p99-ms 200 --requests 1000000 --peak 12:00=4x30
      stationcast scaling search --p99-ms 200 --endpoint-scaling invocations \\
          --endpoint-scaling latency --endpoint-scaling none
    """
    from local.scaling.search import Promise, search

    scene = make_scene(**options)
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
