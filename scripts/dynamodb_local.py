#!/usr/bin/env python3
"""Fetch DynamoDB Local, once, for the tests: `python scripts/dynamodb_local.py`.

DynamoDB Local is Amazon's own Java program. The npm package below carries it, so that it comes
through whatever npm is set up to use. It is put into `.tools/dynamodb-local/`.

Without java or npm this says what to install and ends well, so that `make test` goes on without
the tests that need it. Where `CI` is set it fails instead: there, nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "amplify-dynamodb-simulator@2.9.30"
TOOLS = Path(__file__).resolve().parent.parent / ".tools"
HOME = TOOLS / "dynamodb-local"
JAR = "DynamoDBLocal.jar"

#: Where the package keeps the program.
_FOLDER = "package/emulator/"


def main() -> int:
    """Make sure that DynamoDB Local is there; return the exit status."""
    if (HOME / JAR).exists():
        return 0
    missing = [tool for tool in ("java", "npm") if shutil.which(tool) is None]
    if missing:
        wanted = " and ".join(missing)
        return _give_up(f"install {wanted} (Java 17 or later; Node.js brings npm)")
    try:
        fetch(HOME)
    except (OSError, subprocess.CalledProcessError, tarfile.TarError) as error:
        return _give_up(f"npm could not fetch {PACKAGE}: {_reason(error)}")
    return 0


def fetch(home: Path) -> None:
    """Fetch DynamoDB Local into the folder *home*, which appears complete or not at all.

    Raises:
        OSError: Files cannot be written.
        subprocess.CalledProcessError: npm failed.
        tarfile.TarError: What npm brought is no package.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    # Unpacked beside its place, on the same disk, so that the rename is one step.
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        aside = Path(folder)
        npm = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", folder]
        subprocess.run(npm, check=True, capture_output=True, text=True)  # noqa: S603 -- our own words
        (archive,) = aside.glob("*.tgz")
        with tarfile.open(archive) as package:
            members = [m for m in package.getmembers() if m.name.startswith(_FOLDER)]
            package.extractall(aside, members, filter="data")
        (aside / _FOLDER).rename(home)


def _reason(error: Exception) -> str:
    output = getattr(error, "stderr", None) or str(error)
    return output.strip().splitlines()[-1]


def _give_up(reason: str) -> int:
    # A script has no settings to be handed: it is its own command line.
    strict = bool(os.environ.get("CI"))  # noqa: TID251
    end = "needed under CI" if strict else "the DynamoDB tests are skipped"
    sys.stderr.write(f"DynamoDB Local is not there; {end}. To have it: {reason}\n")
    return int(strict)


if __name__ == "__main__":
    sys.exit(main())
