"""Functions as they are deployed, built for this processor and this Python."""

import platform
import shutil
import sys
from pathlib import Path

from scripts import bundle
from scripts.locked_packages import uv

#: Powertools' tracer needs it. It is the textbook's only package that uv.lock does not name.
_XRAY = "aws-xray-sdk==2.15.0"

_TEXTBOOK = Path(__file__).parents[1] / "peers" / "textbook.py"


def build_bundle(function: str, folder: Path) -> Path:
    """Build a function of ours below *folder*; return the bundle.

    Raises:
        BundleError: It cannot be built.
    """
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    bundle.build(function, bundle.Platform(platform.machine(), python, sys.executable), folder)
    return folder / function


def install_textbook(folder: Path) -> Path:
    """Install the textbook's function with its packages, as `sam build` does; return *folder*.

    Raises:
        BundleError: A package cannot be installed.
    """
    locked = folder.with_suffix(".txt")
    uv("export", "--locked", "--only-group=api", "--no-hashes", "-q", f"-o{locked}")
    packages = ("aws-lambda-powertools", "boto3", "fastapi", "mangum", _XRAY)
    where = (f"--target={folder}", f"--constraints={locked}", "--link-mode=copy", "--quiet")
    uv("pip", "install", *where, f"--python={sys.executable}", *packages)
    shutil.copy(_TEXTBOOK, folder)
    return folder
