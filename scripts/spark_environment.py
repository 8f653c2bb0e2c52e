"""Pack what the Spark job of EMR Serverless needs: `python -m scripts.spark_environment`.

| in `build/spark/`    | is                                                                |
|----------------------|-------------------------------------------------------------------|
| `environment.tar.gz` | a Python interpreter, our packages and their locked dependencies  |
| `prepare.py`         | the entry point, `batch_jobs/training/spark_job.py`               |

Spark unpacks the environment beside each of its processes (`spark.archives`) and starts the
interpreter in it. PySpark is EMR's. An interpreter has to find its library from where it is, as
those do that uv installs. The same sources, lock file and interpreter make the same bytes.
"""

import argparse
import gzip
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.locked_packages import ROOT, BundleError, copy_package, install, trim, uv

#: The newest Python that PySpark 3.5 names as its own.
PYTHON = "3.11.18"

#: EMR's processor, as the template says.
MACHINE = "x86_64"

ENVIRONMENT, ENTRY_POINT = "environment.tar.gz", "prepare.py"

PACKAGES = ("batch_jobs", "forecasts", "model")
REQUIREMENTS = ("boto3", "numpy", "orjson", "polars", "tzdata")
SERVICES = ("s3",)

#: Parts of the standard library that no job imports, and what an interpreter brings for installing.
_LEFT_OUT = shutil.ignore_patterns(
    *("__pycache__", "config-*", "ensurepip", "idlelib", "lib2to3", "site-packages"),
    *("test", "tests", "tkinter", "turtledemo"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build environment and entry point; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="interpreter-") as aside:
            interpreter = options.interpreter or install_interpreter(Path(aside))
            build(interpreter, MACHINE, options.output)
    except BundleError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    size = (options.output / ENVIRONMENT).stat().st_size
    sys.stdout.write(f"{options.output / ENVIRONMENT}  {size / 1e6:.0f} MB\n")
    return 0


def install_interpreter(folder: Path) -> Path:
    """Let uv fetch the interpreter for EMR's processor into *folder*; return its own folder.

    Raises:
        BundleError: It cannot be fetched.
    """
    name = f"cpython-{PYTHON}-linux-{MACHINE}-gnu"
    uv("python", "install", "--quiet", "--no-bin", f"--install-dir={folder}", name)
    return folder / name


def build(interpreter: Path, machine: str, output: Path) -> None:
    """Build environment and entry point; each is replaced completely or not at all.

    Args:
        interpreter: Folder of a Python, with `bin/` and `lib/`.
        machine: Its processor, aarch64 or x86_64.
        output: Where they go.

    Raises:
        BundleError: There is no interpreter, or a package has no wheel for it.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".spark-", dir=output) as aside:
        folder = Path(aside, "environment")
        version = copy_interpreter(interpreter, folder)
        packages = folder / "lib" / f"python{version}" / "site-packages"
        install(REQUIREMENTS, machine, version, packages)
        trim(packages, SERVICES)
        for package in PACKAGES:
            copy_package(Path(package), packages)
        pack(folder, Path(aside, ENVIRONMENT))
        shutil.copy(ROOT / "batch_jobs" / "training" / "spark_job.py", Path(aside, ENTRY_POINT))
        for name in (ENVIRONMENT, ENTRY_POINT):
            Path(aside, name).replace(output / name)


def copy_interpreter(interpreter: Path, folder: Path) -> str:
    """Copy an interpreter without what no job needs; return its version, such as "3.11".

    Raises:
        BundleError: There is none.
    """
    programs = sorted(interpreter.glob("bin/python3.[0-9]*[0-9]"))
    if not programs:
        raise BundleError(f"{interpreter}: no interpreter there; bin/python3.11 is missing")
    name = programs[-1].name
    (folder / "bin").mkdir(parents=True)
    shutil.copy(programs[-1], folder / "bin" / name)
    (folder / "bin" / "python").symlink_to(name)
    shutil.copytree(interpreter / "lib" / name, folder / "lib" / name, ignore=_LEFT_OUT)
    for library in interpreter.glob(f"lib/lib{name}.so*"):
        shutil.copy(library, folder / "lib", follow_symlinks=False)
    return name.removeprefix("python")


def pack(folder: Path, path: Path) -> None:
    """Pack *folder* into a `.tar.gz`; the same files always give the same bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for each in sorted(folder.rglob("*")):
            archive.add(each, each.relative_to(folder), recursive=False, filter=_without_origin)


def _without_origin(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.mtime = info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o755 if info.mode & 0o100 else 0o644
    return info


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Pack what the Spark job of EMR Serverless needs.",
        epilog="Example: python -m scripts.spark_environment --output build/spark",
    )
    parser.add_argument(
        "--interpreter",
        type=Path,
        metavar="FOLDER",
        help=f"with bin/ and lib/ of a Python for {MACHINE}; default: uv fetches Python {PYTHON}",
    )
    default = ROOT / "build" / "spark"
    parser.add_argument(
        "--output", type=Path, default=default, metavar="FOLDER", help="build/spark"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
