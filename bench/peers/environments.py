"""The peers' own environments, each a folder of `.tools/`.

An environment is made once, from packages with fixed versions, and again whenever these change.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench.harness.errors import InputError

TOOLS = Path(__file__).resolve().parents[2] / ".tools"

#: Where `make` installs uv if the machine has none.
_UV = str(TOOLS / "uv" / "bin" / "uv")

#: The file that lists the packages of an environment.
_NOTE = "packages.txt"


class Environment(NamedTuple):
    """An environment.

    Attributes:
        name: Its folder in `.tools/`.
        packages: Requirements, `name==version`.
    """

    name: str
    packages: tuple[str, ...]

    def install(self) -> Path:
        """Return its folder; make it first if necessary.

        Byte code is compiled at once, because some peers start where nothing can be written.

        Raises:
            InputError: It cannot be made; says why.
        """
        home, note = TOOLS / self.name, "\n".join(self.packages)
        if home.exists() and (home / _NOTE).exists() and (home / _NOTE).read_text() == note:
            return home
        TOOLS.mkdir(exist_ok=True)
        part = home.with_suffix(".part")
        try:
            _uv("venv", "--clear", "--python", sys.executable, "--relocatable", str(part))
            python = f"--python={part / 'bin' / 'python'}"
            _uv("pip", "install", python, "--compile-bytecode", *self.packages)
            (part / _NOTE).write_text(note)
            shutil.rmtree(home, ignore_errors=True)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = getattr(error, "stderr", None) or str(error)
            text = f"the environment {self.name} cannot be made: {reason.strip()}"
            raise InputError(text) from error
        return part.rename(home)

    def versions(self) -> dict[str, str]:
        """Return the versions of its packages, by `<environment>: <package>`."""
        pins = (package.split("==") for package in self.packages)
        return {f"{self.name}: {package}": version for package, version in pins}


def _uv(*arguments: str) -> None:
    uv = shutil.which("uv") or _UV
    # Not below our pyproject.toml, whose settings would apply.
    elsewhere = tempfile.gettempdir()
    subprocess.run([uv, *arguments], cwd=elsewhere, check=True, capture_output=True, text=True)  # noqa: S603 -- ours
