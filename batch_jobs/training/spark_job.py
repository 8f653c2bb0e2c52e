"""The entry point of the Spark job that makes a training set on a cluster, such as EMR Serverless.

`spark-submit` runs this file alone; what it imports is in the packed environment that
`scripts/spark_environment.py` makes. The last line says what was done, or why nothing was.
"""

import argparse
import sys
from collections.abc import Sequence

from batch_jobs.errors import BatchJobsError
from batch_jobs.training.prepare import Request, prepare
from batch_jobs.training.spark import on_spark
from forecasts.errors import ForecastsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set, or bring it up to date; return the exit status."""
    wanted = _parser().parse_args(arguments)
    codes = wanted.parameters.split(",") if wanted.parameters else None
    request = Request(wanted.observations, wanted.output, parameters=codes)
    try:
        made = prepare(request, on_spark(None))
    except (BatchJobsError, ForecastsError) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    sys.stdout.write(
        f"Wrote {wanted.output}; groups read: {made.made}, up to date: {made.groups - made.made}\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Make a training set on Spark, or bring it up to date.",
        epilog="Example: spark-submit prepare.py --observations s3://bucket/observations "
        "--output s3://bucket/training/set --parameters pm25,o3",
    )
    parser.add_argument("--observations", required=True, help="a folder or s3://bucket/prefix")
    parser.add_argument("--output", required=True, help="the set: a folder or s3://bucket/prefix")
    parser.add_argument("--parameters", help="codes, e.g. pm25,o3; default: all that are measured")
    return parser


if __name__ == "__main__":
    sys.exit(main())
