#!/usr/bin/env python3
"""Fetch the programs of AWS that tests run, once: `python scripts/runtimes.py`.

| in `.tools/`      | is                                                                          |
|-------------------|-----------------------------------------------------------------------------|
| `dynamodb-local`  | DynamoDB Local, Amazon's own Java program, as an npm package carries it     |
| `lambda-runtime`  | Lambda's runtime interface emulator, and the client that handlers run in    |
| `model-container` | the packages of AWS's XGBoost 3.2 image, SageMaker's toolkits among them    |
| `model-launcher`  | the program that starts this image's server or training, and its packages   |
| `spark`           | PySpark, which is Spark; it needs Java 17, and so do its tests              |

Amazon publishes or installs all of them, and nothing needs Docker. The models' environments have
xgboost-cpu instead of xgboost: the same module without CUDA.

If something cannot be fetched, this script says why and exits with 0, so that `make test` goes on
without the tests that need it. Under `CI` it exits with 1: there, no test may be left out.
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"

#: The npm package that carries DynamoDB Local, and the folder of the program in it.
DYNAMODB = "amplify-dynamodb-simulator@2.9.30"
_EMULATOR = "package/emulator/"

#: The wheel of SAM's command line carries Lambda's emulator.
SAM = "aws-sam-cli==1.170.0"
CLIENT = "awslambdaric==4.2.2"

#: The versions that the image pins.
IMAGE = (
    "numpy==2.1.0",
    "pandas==2.2.3",
    "psutil==7.0.0",
    "retrying==1.3.3",
    "scikit-learn==1.8.0",
    "scipy==1.15.0",
    "six==1.17.0",
    "xgboost-cpu==3.2.0",
)
#: Installed without their dependencies: the image has other versions, and tests start no server.
TOOLKITS = ("multi-model-server==1.1.2", "sagemaker-inference==1.5.5")

#: The launcher and the versions that the image has of what it needs. The launcher asks for a Flask
#: that the image does not have, nor those that Flask needs.
LAUNCHER = (
    "sagemaker-containers==2.8.6.post2",
    "boto3==1.38.0",
    "gevent==26.4.0",
    "gunicorn==25.3.0",
    "numpy==2.1.0",
    "protobuf==3.20.3",
    "psutil==7.0.0",
    "pyarrow==22.0.0",
    "retrying==1.3.3",
    "scipy==1.15.0",
    "setuptools==80.10.2",
    "urllib3==2.7.0",
    "werkzeug==3.1.8",
    "xgboost-cpu==3.2.0",
)
_INSTEAD = ("flask==3.1.3", "itsdangerous==2.2.0", "jinja2==3.1.6")

#: The version of SageMaker's and EMR's images.
SPARK = "pyspark==3.5.9"

#: The wheel's names of processors.
_MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}


def main() -> int:
    """Make sure that all of them are there; return the exit status."""
    fetched = [fetch(name, make) for name, make in RUNTIMES.items()]
    return 0 if all(fetched) else _status()


def fetch(name: str, make: Callable[[Path], None]) -> bool:
    """Let *make* create `.tools/<name>` if it is missing, and return whether it is there.

    The folder appears complete or not at all.
    """
    home = TOOLS / name
    if home.exists():
        return True
    TOOLS.mkdir(exist_ok=True)
    try:
        # On the same disk as its place, so that the rename is one step.
        with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
            make(Path(folder, name))
            Path(folder, name).rename(home)
    except (OSError, subprocess.CalledProcessError, tarfile.TarError, KeyError) as error:
        end = "needed under CI" if _status() else "the tests that need it are skipped"
        sys.stderr.write(f"{home} cannot be made; {end}: {_reason(error)}\n")
    return home.exists()


def make_dynamodb_local(home: Path) -> None:
    """Fetch DynamoDB Local into *home*."""
    _check_programs("java", "npm")
    folder = home.parent
    _run("npm", "pack", DYNAMODB, "--silent", "--pack-destination", str(folder))
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as package:
        members = [m for m in package.getmembers() if m.name.startswith(_EMULATOR)]
        package.extractall(folder, members, filter="data")
    (folder / _EMULATOR).rename(home)


def make_lambda_runtime(home: Path) -> None:
    """Fetch the emulator, `aws-lambda-rie`, and the client's modules, `python/`, into *home*."""
    wheel = home.with_name("sam")
    # Without its dependencies: only one file of the wheel is needed.
    _install("--no-deps", f"--target={wheel}", SAM)
    emulator = home / "aws-lambda-rie"
    home.mkdir()
    machine = _MACHINES[platform.machine()]
    (wheel / "samcli" / "local" / "rapid" / f"{emulator.name}-{machine}").rename(emulator)
    emulator.chmod(0o755)
    _install("--only-binary=:all:", f"--target={home / 'python'}", CLIENT)


def make_model_container(home: Path) -> None:
    """Install the image's packages into `python/` of *home*; some are published as sources only."""
    folder = f"--target={home / 'python'}"
    _install(folder, *IMAGE)
    _install("--no-deps", folder, *TOOLKITS)


def make_model_launcher(home: Path) -> None:
    """Install the launcher and the server that it starts into `python/` of *home*."""
    home.mkdir()
    instead = home / "instead.txt"
    instead.write_text("\n".join(_INSTEAD))
    _install(f"--target={home / 'python'}", f"--override={instead}", *LAUNCHER)


def make_spark(home: Path) -> None:
    """Install Spark into `python/` of *home*; it is published as sources only."""
    _check_programs("java")
    _install(f"--target={home / 'python'}", SPARK)


#: By folder in `.tools/`.
RUNTIMES = {
    "dynamodb-local": make_dynamodb_local,
    "lambda-runtime": make_lambda_runtime,
    "model-container": make_model_container,
    "model-launcher": make_model_launcher,
    "spark": make_spark,
}


def _check_programs(*names: str) -> None:
    missing = [tool for tool in names if shutil.which(tool) is None]
    if missing:
        needed = " and ".join(missing)
        raise FileNotFoundError(f"install {needed} (Java 17 or later; Node.js brings npm)")


def _install(*arguments: str) -> None:
    uv = shutil.which("uv") or str(TOOLS / "uv" / "bin" / "uv")
    _run(uv, "pip", "install", "--quiet", "--python", sys.executable, *arguments)


def _run(*command: str) -> None:
    # Not in the project's folder: its pyproject.toml would apply to what is installed here.
    subprocess.run(command, cwd=TOOLS, check=True, capture_output=True, text=True)  # noqa: S603 -- our own words


def _reason(error: Exception) -> str:
    output = getattr(error, "stderr", None) or str(error)
    return output.strip().splitlines()[-1]


def _status() -> int:
    # A script has no caller that could pass settings in.
    return int(bool(os.environ.get("CI")))  # noqa: TID251


if __name__ == "__main__":
    sys.exit(main())
