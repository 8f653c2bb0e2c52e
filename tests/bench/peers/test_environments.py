"""Environments of peers are made once, and again if their packages change."""

import zipfile

import pytest

from bench.harness.errors import InputError
from bench.peers import environments
from bench.peers.environments import environment, versions_of


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder of environments that is empty."""
    monkeypatch.setattr(environments, "TOOLS", tmp_path / "tools")
    return tmp_path / "tools"


@pytest.fixture
def package(tmp_path):
    """A function that writes a package of a version, as a wheel."""

    def write(version):
        about = f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n"
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        path = tmp_path / f"tiny-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("tiny.py", "")
            for name, text in {"METADATA": about, "WHEEL": tags, "RECORD": ""}.items():
                wheel.writestr(f"tiny-{version}.dist-info/{name}", text)
        return str(path)

    return write


def test_made_once(tools, package):
    """It is made with its packages, and reused."""
    home = environment("peer", [package("1.0")])
    (home / "mark").touch()

    assert environment("peer", [package("1.0")]) == home == tools / "peer"
    assert (home / "mark").exists()
    assert versions_of(home, "tiny") == {"peer: tiny": "1.0"}


@pytest.mark.usefixtures("tools")
def test_other_packages(package):
    """With another version it is made again."""
    environment("peer", [package("1.0")])
    home = environment("peer", [package("2.0")])

    assert versions_of(home, "tiny") == {"peer: tiny": "2.0"}


def test_that_cannot_be_made(tools, tmp_path, package):
    """The error names the package, and the earlier environment stays."""
    environment("peer", [package("1.0")])
    with pytest.raises(InputError, match=r"the environment peer cannot be made: (?s:.*)missing-1"):
        environment("peer", [str(tmp_path / "missing-1.0-py3-none-any.whl")])

    assert versions_of(tools / "peer", "tiny") == {"peer: tiny": "1.0"}
