#!/usr/bin/env python3
"""Fetch what AWS runs our code in, once, for the tests: `python scripts/runtimes.py`.

| in `.tools/`      | is                                                                        |
|-------------------|---------------------------------------------------------------------------|
| `lambda-runtime`  | Lambda's runtime interface emulator and the client that handlers run in   |
| `model-container` | what AWS's XGBoost 3.2 image has installed, SageMaker's toolkits included |

All of it is Amazon's own or what Amazon installs, and comes as Python packages; nothing needs
Docker. The model container has xgboost-cpu in the place of xgboost: the same module without CUDA.

Where something cannot be fetched this says why and ends well, so that `make test` goes on without
the tests that need it. Where `CI` is set it fails instead: there, nothing may be left out.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"

#: The wheel of SAM's command line carries the emulator.
SAM = "aws-sam-cli==1.170.0"
CLIENT = "awslambdaric==4.2.2"

#: As the image pins them.
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
#: Without what they ask for: the image has other versions of it, and tests start no server.
TOOLKITS = ("multi-model-server==1.1.2", "sagemaker-inference==1.5.5")

#: What the wheel calls the processors.
_MACHINES = {"x86_64": "x86_64", "aarch64": "arm64"}


def main() -> int:
    """Make sure that both are there; return the exit status."""
    fetched = [fetch(name, make) for name, make in RUNTIMES.items()]
    return 0 if all(fetched) else _status()


def fetch(name: str, make: Callable[[Path], None]) -> bool:
    """Have *make* make `.tools/<name>`, which appears complete or not at all; say if it is there.

    Nothing is done where it is there already.
    """
    home = TOOLS / name
    if home.exists():
        return True
    TOOLS.mkdir(exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
            make(Path(folder, name))
            Path(folder, name).rename(home)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        end = "needed under CI" if _status() else "the tests that need it are skipped"
        sys.stderr.write(f"{home} cannot be made; {end}: {_reason(error)}\n")
    return home.exists()


def make_lambda_runtime(home: Path) -> None:
    """Fetch the emulator, `aws-lambda-rie`, and the client's modules, `python/`, into *home*."""
    wheel = home.with_name("sam")
    # Only the one file of the wheel: what else it asks for is for the whole command line.
    _install("--no-deps", f"--target={wheel}", SAM)
    emulator = home / "aws-lambda-rie"
    home.mkdir()
    machine = _MACHINES[platform.machine()]
    (wheel / "samcli" / "local" / "rapid" / f"{emulator.name}-{machine}").rename(emulator)
    emulator.chmod(0o755)
    _install("--only-binary=:all:", f"--target={home / 'python'}", CLIENT)


def make_model_container(home: Path) -> None:
    """Install the image's packages into `python/` of *home*; some come as sources only."""
    folder = f"--target={home / 'python'}"
    _install(folder, *IMAGE)
    _install("--no-deps", folder, *TOOLKITS)


#: By their folder in `.tools/`.
RUNTIMES = {"lambda-runtime": make_lambda_runtime, "model-container": make_model_container}


def _install(*arguments: str) -> None:
    uv = shutil.which("uv") or str(TOOLS / "uv" / "bin" / "uv")
    command = [uv, "pip", "install", "--quiet", "--python", sys.executable, *arguments]
    # Not from our folder, whose pyproject.toml would speak for what is installed here.
    subprocess.run(command, cwd=TOOLS, check=True, capture_output=True, text=True)  # noqa: S603 -- our own words


def _reason(error: Exception) -> str:
    output = getattr(error, "stderr", None) or str(error)
    return output.strip().splitlines()[-1]


def _status() -> int:
    # A script has no settings to be handed: it is its own command line.
    return int(bool(os.environ.get("CI")))  # noqa: TID251


if __name__ == "__main__":
    sys.exit(main())
