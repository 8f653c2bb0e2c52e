"""Environments of peers are made once, and again if their packages change."""

import zipfile

import pytest

from bench.harness.errors import InputError
from bench.peers import environments
from bench.peers.environments import Environment


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


@pytest.fixture
def make(tools):  # noqa: ARG001 -- it has to be there
    """A function that makes an environment of the packages at given paths."""
    return lambda *packages: Environment("peer", packages).install()


def test_made_once(tools, make, package):
    """It is made with its packages, and reused."""
    home = make(package("1.0"))
    (home / "mark").touch()

    assert make(package("1.0")) == home == tools / "peer"
    assert (home / "mark").exists()
    assert version_in(home) == "1.0"


def test_other_packages(make, package):
    """With another version it is made again."""
    make(package("1.0"))

    assert version_in(make(package("2.0"))) == "2.0"


def test_that_cannot_be_made(tools, make, tmp_path, package):
    """The error names the package, and the earlier environment stays."""
    make(package("1.0"))
    with pytest.raises(InputError, match=r"the environment peer cannot be made: (?s:.*)missing-1"):
        make(str(tmp_path / "missing-1.0-py3-none-any.whl"))

    assert version_in(tools / "peer") == "1.0"


def test_versions():
    """They are those that are asked for."""
    assert Environment("peer", ("tiny[more]==1.0",)).versions() == {"peer: tiny[more]": "1.0"}


def version_in(home):
    """Return the version of the package that an environment has."""
    (about,) = home.rglob("tiny-*.dist-info")
    return about.name.removesuffix(".dist-info").partition("-")[2]
