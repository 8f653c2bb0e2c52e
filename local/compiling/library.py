"""Builds the library of a compiled artifact with Zig or the machine's own C compiler.

Zig comes as a Python package (`ziglang`). It builds for all platforms of the model and for an old C
library: 2.26, as in Lambda's oldest runtimes. The machine's own compiler builds for this machine
only.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from local.errors import CompilationError
from model.compiled import this_platform

SOURCE = Path(__file__).with_name("walker.c")

#: Zig's names for the platforms of SageMaker's instances and of Lambda.
ZIG_TARGETS = {
    "linux-x86_64": "x86_64-linux-gnu.2.26",
    "linux-aarch64": "aarch64-linux-gnu.2.26",
}
# Neither -ffast-math nor -march: sums must be XGBoost's, on any processor of the platform.
_FLAGS = ("-O3", "-shared", "-fPIC", "-Wl,-s")

ADVICE = (
    "no C compiler found: `uv pip install ziglang` installs one that builds for all platforms of "
    "the model; `apt-get install gcc` installs one for this machine"
)


class Compiler(NamedTuple):
    """A C compiler.

    Attributes:
        name: Its name and version, for messages and the manifest.
        commands: Its command line for each platform.
    """

    name: str
    commands: Mapping[str, tuple[str, ...]]

    def build(self, name: str) -> bytes:
        """Build the library for a platform; the same source gives the same bytes.

        Raises:
            CompilationError: The compiler fails; has its message.
        """
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder, "walker.so")
            # Run in the source's folder, so that no path of this machine ends up in the library.
            command = [*self.commands[name], *_FLAGS, SOURCE.name, "-o", str(library)]
            done = subprocess.run(  # noqa: S603 -- a compiler, our source
                command, cwd=SOURCE.parent, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise CompilationError(
                    f"{self.name} builds no library: {done.stderr.strip()[-2000:]}"
                )
            return library.read_bytes()


def find_compiler() -> Compiler:
    """Find Zig or, if it is not installed, this machine's own compiler.

    Raises:
        CompilationError: There is no compiler.
    """
    try:
        name = f"zig {version('ziglang')}"
    except PackageNotFoundError:
        return _own_compiler()
    zig = (sys.executable, "-m", "ziglang", "cc", "-target")
    # Also for this machine, whatever it is: the result is checked here before it is written.
    targets = {this_platform(): "native"} | ZIG_TARGETS
    return Compiler(name, {each: (*zig, target) for each, target in targets.items()})


def _own_compiler() -> Compiler:
    found = shutil.which("cc")
    if found is None:
        raise CompilationError(ADVICE)
    asked = [found, "--version"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 -- cc
    return Compiler(done.stdout.partition("\n")[0], {this_platform(): (found,)})
