"""The peers' own environments, each a folder of `.tools/`.

An environment is made once, from packages with fixed versions, and again whenever these change.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.harness.errors import InputError

TOOLS = Path(__file__).resolve().parents[2] / ".tools"

#: Where `make` installs uv if the machine has none.
_UV = str(TOOLS / "uv" / "bin" / "uv")

#: The file that lists the packages of an environment.
_NOTE = "packages.txt"


def environment(name: str, packages: Sequence[str]) -> Path:
    """Return the folder of an environment; make it first if necessary.

    Byte code is compiled at once, because some peers start where nothing can be written.

    Args:
        name: Its folder in `.tools/`.
        packages: Requirements, `name==version`.

    Raises:
        InputError: It cannot be made; says why.
    """
    home, note = TOOLS / name, "\n".join(packages)
    if home.exists() and (home / _NOTE).exists() and (home / _NOTE).read_text() == note:
        return home
    TOOLS.mkdir(exist_ok=True)
    part = home.with_suffix(".part")
    try:
        _uv("venv", "--clear", "--python", sys.executable, "--relocatable", str(part))
        python = f"--python={part / 'bin' / 'python'}"
        _uv("pip", "install", python, "--compile-bytecode", *packages)
        (part / _NOTE).write_text(note)
        shutil.rmtree(home, ignore_errors=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        raise InputError(f"the environment {name} cannot be made: {reason.strip()}") from error
    return part.rename(home)


def versions_of(home: Path, *packages: str) -> dict[str, str]:
    """Return the versions of packages in an environment, by `<environment>: <package>`."""
    code = f"import json, importlib.metadata as m; print(json.dumps([*map(m.version, {packages})]))"
    done = subprocess.run(  # noqa: S603 -- ours
        [home / "bin" / "python", "-c", code], check=True, capture_output=True, text=True
    )
    found = zip(packages, json.loads(done.stdout), strict=True)
    return {f"{home.name}: {package}": version for package, version in found}


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv") or _UV
    # Not below our pyproject.toml, whose settings would apply.
    elsewhere = tempfile.gettempdir()
    subprocess.run([uv, *arguments], cwd=elsewhere, check=True, capture_output=True, text=True)  # noqa: S603 -- ours
