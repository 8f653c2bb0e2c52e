"""Packages for another machine: those of `uv.lock`, and our own, put into a folder."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: Made whenever the project is installed, by `scripts/places.py`.
PLACES = ROOT / "api" / "reading" / "places.txt"

#: glibc of Amazon Linux 2023, which Lambda's Python 3.13 and EMR 7 run on.
_PLATFORM = "{}-manylinux_2_34"

#: The groups of `pyproject.toml` with the dependencies of functions.
_GROUPS = ("api", "batch")

#: Files of botocore's data that belong to no service.
_SHARED_DATA = {
    "_retry.json",
    "endpoints.json",
    "partitions.json",
    "sdk-default-configuration.json",
}


class BundleError(Exception):
    """A bundle cannot be built; the message says why."""


def install(requirements: Collection[str], machine: str, python: str, folder: Path) -> None:
    """Install locked packages and their dependencies, checked against the lock file's hashes.

    Args:
        requirements: Names of packages that `pyproject.toml` lists for functions.
        machine: The processor, aarch64 or x86_64.
        python: Version, such as "3.13".
        folder: Where they go.

    Raises:
        BundleError: The lock file does not fit pyproject.toml, or a package has no wheel.
    """
    listed = folder.parent / "requirements.txt"
    groups = [f"--only-group={group}" for group in _GROUPS]
    pruned = [f"--prune={name}" for name in sorted(_direct().difference(requirements))]
    uv("export", "--locked", "--no-emit-project", "-q", *groups, *pruned, f"-o{listed}")
    uv(
        *("pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
        f"--python-platform={_PLATFORM.format(machine)}",
        f"--python-version={python}",
        f"--target={folder}",
        "--link-mode=copy",
        f"--requirements={listed}",
    )
    listed.unlink()


def trim(folder: Path, services: Collection[str]) -> None:
    """Remove what no function runs: other services, tests, type stubs, an installer's records.

    Args:
        folder: Has installed packages.
        services: The AWS services whose descriptions stay.
    """
    unwanted = [
        *_other_services(folder, services),
        folder / "boto3" / "data",
        folder / "boto3" / "examples",
        folder / "bin",
        folder / ".lock",
        *(path for path in folder.rglob("tests") if path.is_dir()),
        *folder.rglob("*.pyi"),
        *(path for name in ("RECORD", "INSTALLER", "REQUESTED") for path in folder.rglob(name)),
    ]
    for path in unwanted:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def copy_package(package: Path, folder: Path) -> None:
    """Copy the sources of one of our packages, and the index of places, which the API reads.

    Args:
        package: Its path below the project; an inner one comes without the rest of the outer.
        folder: Where it goes.

    Raises:
        BundleError: The index of places was not made.
    """
    if package == Path("api") and not PLACES.exists():
        again = "uv sync --reinstall-package stationcast"
        raise BundleError(f"{PLACES.relative_to(ROOT)} was not made; run `{again}`")
    shutil.copytree(ROOT / package, folder / package, ignore=_only_sources)
    for parent in package.parents[:-1]:
        shutil.copy(ROOT / parent / "__init__.py", folder / parent)


def files_of(folder: Path) -> list[Path]:
    """Return all files below a folder, in order of name."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def uv(*arguments: str) -> None:
    """Run uv.

    Raises:
        BundleError: uv is missing or failed.
    """
    program = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    run([program, *arguments])


def run(command: Sequence[str], **variables: str) -> None:
    """Run a program in the project's folder, with *variables* added to the environment.

    Raises:
        BundleError: It is missing or failed.
    """
    environment = {**os.environ, **variables}  # noqa: TID251 -- passed on, not read
    try:
        subprocess.run(  # noqa: S603 -- our own words
            command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
    except FileNotFoundError as error:
        raise BundleError(f"{command[0]}: program not found; run `make test` once") from error
    except subprocess.CalledProcessError as error:
        raise BundleError(f"{' '.join(command[:3])}: {error.stderr or error.stdout}") from error


def _direct() -> frozenset[str]:
    """Return the names of the dependencies that `pyproject.toml` lists for functions."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    listed = [requirement for group in _GROUPS for requirement in groups[group]]
    return frozenset(requirement.partition(">")[0] for requirement in listed)


def _other_services(folder: Path, services: Collection[str]) -> Iterator[Path]:
    for path in folder.glob("botocore/data/*"):
        if path.name not in {*services, *_SHARED_DATA}:
            yield path


def _only_sources(folder: str, names: list[str]) -> set[str]:
    kept = {PLACES.name} | {n for n in names if n.endswith(".py")}
    return {n for n in names if not (n in kept or Path(folder, n, "__init__.py").exists())}
