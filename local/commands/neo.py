"""`stationcast neo`: compile models of old XGBoost versions by SageMaker Neo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from forecasts.times import utc_now as now
from local.commands.progress import waiting

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.literals import TargetDeviceType

# boto3 takes a third of a second to import, and most commands do not need it.
# ruff: noqa: PLC0415

#: Instances without accelerators that Neo compiles trees for, according to its documentation.
TARGETS: tuple[TargetDeviceType, ...] = ("ml_c4", "ml_c5", "ml_m4", "ml_m5")

#: Seconds between two checks of a job.
POLL_SECONDS = 5.0


class S3Url(click.ParamType[str]):
    """The URL of an object or a prefix in S3."""

    name = "s3-url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take `s3://bucket/key`."""
        scheme, _, rest = value.partition("://")
        if scheme != "s3" or not all(rest.partition("/")[::2]):
            self.fail(f"{value!r} is not an S3 URL; write s3://bucket/key", param, ctx)
        return str(value)


@click.command()
@click.argument("model", type=S3Url())
@click.option(
    "--xgboost", required=True, help="Version that trained it: 1.3.3, or a container's 1.2-2."
)
@click.option(
    "--output", required=True, type=S3Url(), help="Where to write the result: s3://bucket/prefix."
)
@click.option(
    "--role", required=True, help="ARN of a role that may read MODEL and write the result."
)
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="ml_c5",
    help="Instances that will serve the model.",
)
def neo(model: str, xgboost: str, output: str, role: str, target: TargetDeviceType) -> None:
    """Compile MODEL, an artifact of XGBoost 1.3.3 or older, with SageMaker Neo.

    Neo does not support newer versions; use `stationcast compile` for the models of this project.

    \b
    Example:
      stationcast neo s3://bucket/old/model.tar.gz --xgboost 1.3.3 \\
          --output s3://bucket/compiled --role arn:aws:iam::123456789012:role/neo
    """
    from local.compiling.neo import Job, Neo, check_model, check_version

    check_version(xgboost)
    check_model(model)
    compiler = Neo()
    name = compiler.start(Job(model, output, role, target), now())
    click.echo(f"Started {name}; after Ctrl-C it continues in SageMaker.", err=True)
    with waiting(f"Compilation job {name}", POLL_SECONDS) as pause:
        compiled = compiler.wait(name, pause)
    click.echo(f"{compiled.artifact}\nserved by {compiled.image}")
