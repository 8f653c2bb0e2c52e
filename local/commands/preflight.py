"""`stationcast preflight`: whether an AWS account may run what the stack needs."""

import click
from rich.table import Table

from local.commands.progress import console
from local.quotas import Found, compare, needs, service_quotas


@click.command()
@click.option("--region", help="Region of the stack; by default AWS_DEFAULT_REGION.")
@click.option("--transform-instance", default="ml.m5.xlarge", help="As TransformInstanceType.")
@click.option(
    "--transform-count", default=1, type=click.IntRange(min=1), help="As TransformInstanceCount."
)
@click.option("--endpoint-instance", default="ml.m5.large", help="As EndpointInstanceType.")
@click.option(
    "--endpoint-count",
    default=0,
    type=click.IntRange(min=0),
    help="EndpointMaxInstances of all variants and the shadow together; 0 without an endpoint.",
)
@click.option(
    "--training-instance",
    help="As TrainingInstanceType; by default the stack trains no models itself.",
)
@click.pass_context
def preflight(
    ctx: click.Context,
    *,
    region: str | None,
    transform_instance: str,
    transform_count: int,
    endpoint_instance: str,
    endpoint_count: int,
    training_instance: str | None,
) -> None:
    """Compare the quotas of your AWS account with what your stack needs.

    A new account may have a quota of 0 for SageMaker's instances, and run ten Lambda functions at
    once. The command prints how to ask for more, and ends with status 1 if you have to. It only
    reads (servicequotas:ListServiceQuotas and servicequotas:ListAWSDefaultServiceQuotas).

    \b
    Examples:
      stationcast preflight --region eu-central-1 --endpoint-count 2
      stationcast preflight --region eu-central-1 --training-instance ml.m5.2xlarge
    """
    endpoint = (endpoint_instance, endpoint_count) if endpoint_count else None
    wanted = needs((transform_instance, transform_count), endpoint, training_instance)
    found = list(compare(service_quotas(region), wanted))
    console.print(_table(found))
    for one in found:
        _advise(one, region)
    if not all(one.is_enough for one in found):
        ctx.exit(1)


def _table(found: list[Found]) -> Table:
    table = Table(padding=0)
    for heading in ("quota", "needed", "account", "enough"):
        table.add_column(heading, no_wrap=True)
    for one in found:
        value = f"{one.quota.value:g}" if one.quota else "not listed"
        enough = "yes" if one.is_enough else "no"
        table.add_row(one.need.name, str(one.need.least), value, enough)
    return table


def _advise(one: Found, region: str | None) -> None:
    need = one.need
    if one.quota is None:
        click.echo(
            f"{need.name}: AWS lists no such quota here; check the instance type and the region"
        )
    elif not one.is_enough:
        place = f" --region {region}" if region else ""
        click.echo(
            f"Raise {need.name} from {one.quota.value:g} to {need.least}:\n"
            f"  aws service-quotas request-service-quota-increase{place} --service-code "
            f"{need.service} --quota-code {one.quota.code} --desired-value {need.least}"
        )
