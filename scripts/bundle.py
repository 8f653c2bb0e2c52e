"""Build the bundles of the Lambda functions: `python -m scripts.bundle`, into `build/<function>/`.

A bundle holds those of our packages that the function needs, and their dependencies in the locked
versions, for the function's processor and Python. It is byte-compiled, because Lambda's folder is
read-only and Python would compile the rest again at every cold start. The same sources and the
same lock file make the same bytes, wherever and whenever they are built.

`docs/packaging.md` says what is left out, and why.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from scripts.locked_packages import ROOT, BundleError, copy_package, files_of, install, run, trim

#: Lambda's limit for an unpacked bundle.
MOST_BYTES = 250 * 1024**2

#: Folder in which Lambda unpacks a bundle, as tracebacks show it.
TASK_ROOT = "/var/task"

#: The earliest time of the zip format.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Function:
    """The content of a function's bundle.

    Attributes:
        handler: Entry point, as `template.yaml` names it.
        packages: Our packages; a dotted name is one inner package, without the rest of the outer.
        requirements: What these import; their dependencies are added.
        services: AWS services that the function calls; botocore's other descriptions are left out.
    """

    handler: str
    packages: tuple[str, ...]
    requirements: frozenset[str]
    services: frozenset[str]


def _job(
    module: str, *more: str, services: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> Function:
    return Function(
        handler=f"batch_jobs.{module}.handler",
        packages=("batch_jobs", "forecasts", *also),
        requirements=frozenset({"aws-lambda-powertools", "boto3", "orjson", "tzdata", *more}),
        services=frozenset({"dynamodb", "s3", *services}),
    )


_FETCH = _job("handler_fetch", "httpx", "polars", services=("ssm",))


#: By the logical id of the template.
FUNCTIONS = {
    "ApiFunction": Function(
        handler="api.handler.handler",
        packages=("api", "forecasts"),
        requirements=frozenset({"aws-lambda-powertools", "boto3", "tzdata"})
        | {"fastapi", "fastapi-swagger", "mangum", "starlette"},
        services=frozenset({"dynamodb", "lambda", "sagemaker-runtime"}),
    ),
    # The code of the model comes with the artifact, which the function fetches without boto3.
    "ModelFunction": Function(
        handler="model_function.handler.handler",
        packages=("model_function", "forecasts.aws"),
        requirements=frozenset({"numpy"}),
        services=frozenset(),
    ),
    # Only these functions read observations, and average directions as the model does.
    "AwaitObservationsFunction": _job(
        "handler_await_observations", "numpy", "polars", also=("model",)
    ),
    "PlanRunFunction": _job("handler_plan_run", "numpy", "polars", also=("model",)),
    "VerifyRunFunction": _job("handler_verify_run", "numpy", "polars", also=("model",)),
    "BuildInputFunction": _job("handler_build_input", "numpy", "polars", also=("model",)),
    "CompactObservationsFunction": _job("handler_compact_observations", "numpy", "polars"),
    "FetchIemFunction": _FETCH,
    "FetchOpenAQFunction": _FETCH,
    "FetchOpenAQArchiveFunction": _FETCH,
    "LoadForecastsFunction": _job("handler_load_forecasts", "numpy"),
    "WriteDownloadsFunction": _job("handler_write_downloads", "numpy", "polars"),
    "CheckRunFunction": _job("handler_check_run"),
    "PublishRunFunction": _job("handler_publish_run"),
    "AnnounceRunFunction": _job("handler_announce_run", services=("events", "sns", "ssm")),
    "FailRunFunction": _job("handler_fail_run"),
    "ReportAgeFunction": _job("handler_report_age"),
    "PlanTrainingFunction": _job("handler_plan_training", "numpy", also=("model",)),
    "JudgeCandidatesFunction": _job("handler_judge_candidates", "numpy", also=("model",)),
    "ReleaseModelFunction": _job("handler_release_model", "numpy", also=("model",)),
    "FailTrainingFunction": _job("handler_fail_training", "numpy", also=("model",)),
}


@dataclass(frozen=True)
class Platform:
    """The platform that bundles are built for.

    Attributes:
        machine: aarch64 or x86_64.
        python: Version, such as "3.13".
        interpreter: A Python of that version on this machine, to compile with.
    """

    machine: str
    python: str
    interpreter: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the requested bundles; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        interpreter = find_interpreter(options.python)
        target = Platform(options.platform, options.python, interpreter)
        for name in options.functions or FUNCTIONS:
            build(name, target, options.output)
            sys.stdout.write(_summary(name, options.output / name))
    except BundleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def build(name: str, target: Platform, output: Path) -> None:
    """Build the bundle of one function; `output/<name>` is replaced completely or not at all.

    Raises:
        BundleError: The lock file does not fit pyproject.toml, a package has no wheel for the
            target, a source does not compile, or the bundle exceeds Lambda's limit.
    """
    function = FUNCTIONS[name]
    output.mkdir(parents=True, exist_ok=True)
    # Built on the same disk as its place, so that the rename is one step.
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=output) as aside:
        folder = Path(aside, name)
        install(function.requirements, target.machine, target.python, folder)
        trim(folder, function.services)
        for package in function.packages:
            copy_package(Path(*package.split(".")), folder)
        compile_all(folder, target.interpreter)
        _check_size(name, folder)
        shutil.rmtree(output / name, ignore_errors=True)
        folder.rename(output / name)


def find_interpreter(version: str) -> str:
    """Return a Python of *version* ("3.13") on this machine.

    Raises:
        BundleError: There is none. Functions without byte code would start half as fast.
    """
    for path in (sys.executable, shutil.which(f"python{version}")):
        if path and _is_python(path, version):
            return path
    raise BundleError(f"No Python {version} on the path, which compiles the bundles; install it")


def write_zip(folder: Path, path: Path) -> None:
    """Pack *folder* into a zip file for Lambda; the same files always give the same bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files_of(folder):
            info = zipfile.ZipInfo(str(file.relative_to(folder)), _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, file.read_bytes())


class Size(NamedTuple):
    """The size of a bundle.

    Attributes:
        zipped: Bytes that are uploaded.
        unpacked: Bytes of its files.
        packages: Number of third-party packages.
    """

    zipped: int
    unpacked: int
    packages: int


def size_of(folder: Path) -> Size:
    """Measure a bundle."""
    with tempfile.TemporaryDirectory() as aside:
        path = Path(aside, "bundle.zip")
        write_zip(folder, path)
        zipped = path.stat().st_size
    return Size(zipped, _unpacked(folder), sum(1 for _ in folder.glob("*.dist-info")))


def compile_all(folder: Path, interpreter: str) -> None:
    """Compile all sources so that Python never looks at the sources again.

    Raises:
        BundleError: A source does not compile.
    """
    command = [interpreter, "-m", "compileall", "-q", "-f", "--invalidation-mode=unchecked-hash"]
    # One process and one hash seed, so that the order of a set is the same in every build.
    run([*command, "-s", str(folder), "-p", TASK_ROOT, str(folder)], PYTHONHASHSEED="0")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build the bundles of the Lambda functions.")
    parser.add_argument("--platform", choices=("aarch64", "x86_64"), default="aarch64")
    parser.add_argument("--python", default="3.13", metavar="VERSION", help="default: %(default)s")
    parser.add_argument("--output", type=Path, default=ROOT / "build", metavar="FOLDER")
    parser.add_argument(
        "functions", nargs="*", choices=[*FUNCTIONS, []], metavar="FUNCTION", help="default: all"
    )
    return parser


def _check_size(name: str, folder: Path) -> None:
    size = _unpacked(folder)
    if size > MOST_BYTES:
        raise BundleError(f"{name}: {size / 1e6:.0f} MB unpacked; Lambda accepts 250 MiB")


def _summary(name: str, folder: Path) -> str:
    size = size_of(folder)
    megabytes = f"{size.zipped / 1e6:6.1f} MB zipped  {size.unpacked / 1e6:6.1f} MB unpacked"
    return f"{name:22} {megabytes}  {size.packages:3} packages\n"


def _unpacked(folder: Path) -> int:
    return sum(file.stat().st_size for file in files_of(folder))


def _is_python(path: str, version: str) -> bool:
    # The path may have a launcher for a version that it cannot start.
    script = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run(  # noqa: S603 -- our own words
        [path, "-c", script], check=False, capture_output=True, text=True
    )
    return done.stdout.strip() == version


if __name__ == "__main__":
    sys.exit(main())
